"""Beam search: go on with several texts at once and keep those that are likeliest as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import torch

from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.generation.request import Request
from lessons_lib.generation.runner import Runner
from lessons_lib.generation.sampling import Sampler
from lessons_lib.model import Transformer


class Beam(NamedTuple):
    """New tokens, and how likely the model finds them: a higher score is likelier."""

    token_ids: list[int]
    score: float


def beam_search(
    model: Transformer,
    token_ids: Sequence[int],
    num_beams: int = 4,
    max_new_tokens: int = 128,
    length_penalty: float = 1.0,
    stop_token_ids: Sequence[int] | None = None,
) -> list[Beam]:
    """Look for the continuation with the highest total probability, which greedy choices often miss.

    The search ends where a text that is still growing could no longer beat the worst of those that have ended, if it
    ended now.

    Args:
        model: any `Transformer`.
        token_ids: the text so far; at least one token, fewer than the model's context.
        num_beams: texts to go on with at once; 1 is greedy.
        max_new_tokens: the most tokens to make.
        length_penalty: a score is the sum of the logarithms divided by the number of tokens, the one that ends the
            text included, to this power: 0 for the sum, 1 for the mean, more for longer texts.
        stop_token_ids: tokens that end the text and are not given out; None for the model's own end tokens.

    Returns:
        At most `num_beams` texts, the best first.

    Raises:
        ValueError: for an empty or overlong text, an id outside the vocabulary or a bad setting.
        LogitsError: if the model's scores are not a distribution.

    Source: Sutskever et al. 2014, section 3.2; the penalty and the end are those of Hugging Face transformers.
    """
    context, v = model.config.max_position_embeddings, model.config.vocab_size
    Request(token_ids, max_new_tokens, stop_token_ids=stop_token_ids).check(v, context)
    if num_beams < 1:
        raise ValueError(f"num_beams: got {num_beams}, allowed 1 or more")
    ends = frozenset(model.config.eos_token_id if stop_token_ids is None else stop_token_ids)
    limit = min(max_new_tokens, context - len(token_ids))
    if limit == 0:
        return [Beam([], 0.0)]
    runner, check, cache = Runner(model), Sampler(), KVCache.of(model, 1, len(token_ids) + limit)
    unread, growing, ended = torch.tensor([list(token_ids)]), [Beam([], 0.0)], []
    # Enough candidates that `num_beams` remain, even if the best of them all end.
    candidates = max(2, 1 + len(ends)) * num_beams
    for n in range(1, limit + 1):
        logits = check.scores(runner(unread, cache, logits_to_keep=1)[:, -1])  # [beams, V]
        totals = logits.log_softmax(-1) + torch.tensor([[beam.score] for beam in growing])  # [beams, V]
        best = totals.flatten().topk(min(candidates, totals.numel()))  # [candidates]
        longer, origins = [], []
        for place, (total, index) in enumerate(zip(best.values.tolist(), best.indices.tolist(), strict=True)):
            origin, token = divmod(index, v)
            new = growing[origin].token_ids + ([] if token in ends else [token])
            if token in ends or n == limit:
                if place < num_beams:
                    ended.append(Beam(new, total / n**length_penalty))
            elif len(longer) < num_beams:
                longer.append(Beam(new, total))
                origins.append(origin)
        ended = sorted(ended, key=lambda beam: -beam.score)[:num_beams]
        if not longer or (len(ended) == num_beams and longer[0].score / n**length_penalty <= ended[-1].score):
            break
        cache.select(origins)
        growing, unread = longer, torch.tensor([beam.token_ids[-1:] for beam in longer])  # [beams, 1]
    return ended
