"""Runner: one pass of a model over the tokens that a cache has not seen, on the fastest path there is."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lessons_lib.generation.compiled.fit import applies
from lessons_lib.generation.compiled.step import DecodeStep
from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.model import Transformer


class Runner:
    """Runs a model without gradients: a few tokens through the compiled step where it applies, else the model itself.

    Args:
        model: its weights must stay where they are in memory while this is in use, and its adapter as it is.
    """

    def __init__(self, model: Transformer) -> None:
        self.model = model
        self.step = DecodeStep(model) if applies(model) else None

    @torch.no_grad()
    def __call__(self, token_ids: Tensor, cache: KVCache, logits_to_keep: int = 0) -> Tensor:
        """Read `token_ids` [B, T] behind those in the cache.

        Args:
            logits_to_keep: score only so many tokens at the end of each row; 0 for all.

        Returns:
            Scores [B, T, V], or [B, logits_to_keep, V], on the CPU.
        """
        if self.step and token_ids.numel() <= self.step.most_tokens:
            return self.step(token_ids, cache, logits_to_keep)
        device = next(self.model.parameters()).device
        return self.model(token_ids.to(device), cache, logits_to_keep=logits_to_keep).cpu()

    @torch.no_grad()
    def together(self, texts: Sequence[tuple[Sequence[int], KVCache]]) -> Tensor:
        """Read the next tokens of several texts, each of them behind a cache of its own, of one row.

        Where the step does not apply they are read one after the other: right, and no faster than alone. With more
        tokens than the step is made for it becomes slow in proportion.

        Args:
            texts: for each the tokens to read, at least one, and its cache; no cache twice.

        Returns:
            Scores [len(texts), V] of the last token of each, on the CPU.
        """
        if self.step and (len(texts) > 1 or len(texts[0][0]) <= self.step.most_tokens):
            return self.step.together(texts)
        return torch.cat([self(torch.tensor([token_ids]), cache, 1)[:, -1] for token_ids, cache in texts])
