"""What the building exercise of lesson 09b races: tiny models in 64 bits, with the same losses everywhere."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache, partial

import torch

from lessons_lib.classroom.lessons.lesson09b import track
from lessons_lib.model import Transformer

SIZES = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 1, "num_attention_heads": 2}


def small_model(name: str, seed: int) -> Transformer:
    """A variant of the track, much smaller."""
    return track.build(track.VARIANTS[name], seed, **SIZES).double()


@cache
def small_texts() -> track.Texts:
    """The beginnings of a few stories: ids [N, T + 1] with T = 20, so that even a tiny model can show something."""
    return track.Texts(*(part[:count, :21] for part, count in zip(track.texts(), (64, 24, 24), strict=True)))


def raced_with(answer: Callable, one: str, other: str, rates: Sequence[float], seeds: Sequence[int]) -> object:
    """What a learner's race says of two variants of the track, in small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        texts = track.Texts(*(part.clone() for part in small_texts()))
        return answer(partial(small_model, one), partial(small_model, other), texts, list(rates), list(seeds))
    finally:
        torch.set_num_threads(before)
