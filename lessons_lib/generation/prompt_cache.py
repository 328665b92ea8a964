"""PromptCache: what two prompts have in common is read once."""

from __future__ import annotations

import torch

from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.model import Transformer
from lessons_lib.parts import check_model


class PromptCache:
    """Keeps the keys and values of the last text, so that the next one reads only what is new behind a common start.

    The turns of a chat are such texts, and so are questions about one long document. Hand it to `generate` or `stream`,
    one text at a time. Where the model's weights have changed since, everything is read anew.

    Args:
        model: the model whose keys and values are kept.
        max_length: tokens that there is room for; None for the whole context.

    Attributes:
        reused: how many tokens the last text did not have to read.

    Example:
        `generate(model, ids, cache=prompt_cache)`, then `generate(model, longer_ids, cache=prompt_cache)`
    """

    def __init__(self, model: Transformer, max_length: int | None = None) -> None:
        check_model(model)
        self.model = model
        self.cache = KVCache.of(model, 1, max_length)
        self.reused = 0
        self._weights = _mark(model)
        self._ids: list[int] = []  # of which the cache holds the first `cache.length`

    @property
    def token_ids(self) -> list[int]:
        """The tokens whose keys and values are held."""
        return self._ids[: self.cache.length]

    def length_for(self, model: Transformer) -> int:
        """How many tokens a text of this model may have here.

        Raises:
            ValueError: if the keys and values are those of another model.
        """
        if self.model is not model:
            raise ValueError("cache: got that of another model, allowed this model's")
        return self.cache.max_length

    def start(self, token_ids: list[int]) -> list[int]:
        """Keep what a text shares with the one before; return the tokens that are still to be read, at least one.

        Args:
            token_ids: the text. The list is kept, and tokens that are appended to it are expected to be read next.
        """
        weights = _mark(self.model)
        if weights != self._weights:  # trained, loaded, quantised or moved since: what is held is another model's
            self._weights, self.cache = weights, KVCache.of(self.model, 1, self.cache.max_length)
        shared = 0
        for held, wanted in zip(self.token_ids, token_ids[:-1], strict=False):  # the last is read for its scores
            if held != wanted:
                break
            shared += 1
        if not self.cache.keeps(shared):
            shared = 0
        self.cache.truncate(shared)
        self._ids, self.reused = token_ids, shared
        return token_ids[shared:]

    def check_owner(self, token_ids: list[int]) -> None:
        """Raise ValueError unless this text, the same list, was the last to start."""
        if self._ids is not token_ids:
            raise ValueError("cache: got another text in between, allowed one at a time")


def _mark(model: Transformer) -> tuple[object, ...]:
    """What tells a model's weights from those that it had before: where they lie, how often they were written to, and
    some numbers out of each, for torch does not count what is written through `.data` or from outside."""
    weights = [x.detach() for x in (*model.parameters(), *model.buffers())]
    places = [(x.data_ptr(), 0 if x.is_inference() else x._version, x.dtype, x.shape) for x in weights]
    some = torch.cat([x.reshape(-1)[:: max(1, x.numel() // 64)] for x in weights])
    return model.config, places, some.double().cpu().numpy().tobytes()
