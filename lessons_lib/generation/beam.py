"""Beam search: go on with several texts at once and keep those that are likeliest as a whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import torch

from lessons_lib import arguments
from lessons_lib.generation.batch import row_of
from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.generation.request import Request
from lessons_lib.generation.runner import Runner
from lessons_lib.generation.sampling import Sampler
from lessons_lib.model import Transformer

if TYPE_CHECKING:
    from lessons_lib.tokenizer import Tokenizer


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
    tokenizer: Tokenizer | None = None,
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
        tokenizer: only its tokens may be chosen; None for any id that the model scores.

    Returns:
        At most `num_beams` texts, the best first.

    Raises:
        ValueError: for an empty or overlong text, an id outside the vocabulary or a bad setting.
        LogitsError: if the model's scores are not a distribution.

    Source: Sutskever et al. 2014, section 3.2; the penalty and the end are those of Hugging Face transformers.
    """
    row = row_of(model, Request(token_ids, max_new_tokens, stop_token_ids=stop_token_ids), tokenizer, None)
    num_beams = arguments.whole("num_beams", num_beams, 1)
    length_penalty = arguments.real("length_penalty", length_penalty, -50, 50, "-50 to 50")
    v, ends, limit = model.config.vocab_size, row.ends, row.last - len(row.ids)
    if limit == 0:
        return [Beam([], 0.0)]
    runner, check, cache = Runner(model), Sampler(), KVCache.of(model, 1, row.last)
    unread, growing, ended = torch.tensor([row.ids]), [Beam([], 0.0)], []
    # Enough candidates that `num_beams` remain, even if the best of them all end.
    candidates = max(2, 1 + len(ends)) * num_beams
    for n in range(1, limit + 1):
        logits = runner(unread, cache, logits_to_keep=1)[:, -1]  # [beams, V]
        row.only_tokens(logits)
        logits = check.scores(logits)  # in float32
        totals = logits.log_softmax(-1) + torch.tensor([[beam.score] for beam in growing])  # [beams, V]
        best = totals.flatten().topk(min(candidates, totals.numel()))  # [candidates]
        longer, origins = [], []
        for place, (total, index) in enumerate(zip(best.values.tolist(), best.indices.tolist(), strict=True)):
            if total == -math.inf:  # what may not come
                break
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
