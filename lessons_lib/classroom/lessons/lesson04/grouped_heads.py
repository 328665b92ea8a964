"""An exercise of lesson 04: heads that share."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson04.shared import made_up


def my_grouped_attention(q, k, v):
    shared_by = len(q) // len(k)
    k, v = k.repeat_interleave(shared_by, 0), v.repeat_interleave(shared_by, 0)  # [H, T, D]
    scores = q @ k.transpose(-1, -2) / q.shape[-1] ** 0.5  # [H, T, T]
    future = torch.ones_like(scores).triu(1).bool()
    return scores.masked_fill(future, -torch.inf).softmax(-1) @ v


def attend(q, k, v, scale=None, future=-torch.inf):
    """Plain attention of H heads, with the knobs that mistakes turn."""
    scores = q @ k.transpose(-1, -2) * (q.shape[-1] ** -0.5 if scale is None else scale)
    hidden = torch.ones_like(scores).triu(1).bool()
    return (scores if future is None else scores.masked_fill(hidden, future)).softmax(-1) @ v


def spread(x, q):
    """A key or value head for each query head."""
    return x.repeat_interleave(len(q) // len(x), 0)


def grouped_by_repeat(q, k, v):
    """It looks as if query head h reads key head h modulo G. Neighbours share: heads 0, 1, ... read key head 0, so it
    is repeat_interleave, not repeat."""
    times = len(q) // len(k)
    return attend(q, k.repeat(times, 1, 1), v.repeat(times, 1, 1))


def grouped_by_the_first(q, k, v):
    """It looks as if all query heads read the first key head: head h reads key head h // (H / G)."""
    return attend(q, k[:1].expand(len(q), -1, -1), v[:1].expand(len(q), -1, -1))


def grouped_by_the_mean(q, k, v):
    """It looks as if you averaged the key and value heads: each group of queries has a pair of its own."""
    return attend(q, k.mean(0, keepdim=True), v.mean(0, keepdim=True))


def grouped_without_scale(q, k, v):
    """It looks as if you did not divide by the square root of D."""
    return attend(q, spread(k, q), spread(v, q), scale=1.0)


def grouped_without_mask(q, k, v):
    """It looks as if tokens see the future: hide the scores above the diagonal before the softmax."""
    return attend(q, spread(k, q), spread(v, q), future=None)


def grouped_with_zeros(q, k, v):
    """It looks as if you set the scores of the future to 0: only minus infinity becomes a weight of 0."""
    return attend(q, spread(k, q), spread(v, q), future=0.0)


GROUPED = Exercise(
    id="grouped_heads",
    title="Heads that share",
    difficulty=3,
    minutes=15,
    contract="q [H, T, D], k and v [G, T, D], where G divides H, to [H, T, D]: causal attention, scaled by the square "
    "root of D, in which query head h reads key and value head h // (H / G).",
    cases=(
        (made_up(2, 1, 2), made_up(1, 1, 2), made_up(1, 1, 2) + 1),
        (made_up(2, 3, 2), made_up(1, 3, 2), made_up(1, 3, 2) + 1),
        (made_up(3, 2, 4), made_up(3, 2, 4) + 0.3, made_up(3, 2, 4) - 1),
        (made_up(4, 3, 2), made_up(2, 3, 2), made_up(2, 3, 2) * 2),
        (made_up(6, 4, 5), made_up(3, 4, 5), made_up(3, 4, 5) - 0.5),
    ),
    tried="one key head for all, one for each, and groups of two",
    hints=(
        "First give every query head a key head and a value head of its own, [H, T, D]; the rest is as before.",
        "k.repeat_interleave(n, 0) repeats each head n times in place: 0, 0, 1, 1. k.repeat gives 0, 1, 0, 1.",
        "@ works on all heads at once: q @ k.transpose(-1, -2) is [H, T, T].",
    ),
    solution=my_grouped_attention,
    mistakes=(
        grouped_by_repeat,
        grouped_by_the_first,
        grouped_by_the_mean,
        grouped_without_scale,
        grouped_without_mask,
        grouped_with_zeros,
    ),
)
