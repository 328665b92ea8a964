"""An exercise of lesson 07: one step of attention with a cache."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson07.shared import grid


def my_cached_attention(query, key, value, keys, values):
    keys = torch.cat((keys, key[None]))
    values = torch.cat((values, value[None]))
    weights = (keys @ query / len(query) ** 0.5).softmax(0)
    return weights @ values, keys, values


def cached_without_itself(query, key, value, keys, values):
    """It looks as if the token does not look at itself. Its own key and value join the cache first."""
    out, _, _ = my_cached_attention(query, keys[-1], values[-1], keys[:-1], values[:-1])
    return out, torch.cat((keys, key[None])), torch.cat((values, value[None]))


def cached_without_keeping(query, key, value, keys, values):
    """It looks as if the new key and value are used and then lost. Return the grown cache: the next token needs it."""
    out, _, _ = my_cached_attention(query, key, value, keys, values)
    return out, keys, values


def cached_without_scale(query, key, value, keys, values):
    """It looks as if the scores are not divided by the square root of D."""
    keys, values = torch.cat((keys, key[None])), torch.cat((values, value[None]))
    return (keys @ query).softmax(0) @ values, keys, values


def cached_in_front(query, key, value, keys, values):
    """It looks as if the new key and value were put in front. What comes later stands behind."""
    keys, values = torch.cat((key[None], keys)), torch.cat((value[None], values))
    return (keys @ query / len(query) ** 0.5).softmax(0) @ values, keys, values


def cached_swaps(query, key, value, keys, values):
    """It looks as if keys and values have changed places: keys are compared with the query, values are mixed."""
    out, _, _ = my_cached_attention(query, value, key, values, keys)
    return out, torch.cat((keys, key[None])), torch.cat((values, value[None]))


def cached_mean(query, key, value, keys, values):
    """It looks as if all values are mixed alike. The softmax of the scores says how much of each."""
    keys, values = torch.cat((keys, key[None])), torch.cat((values, value[None]))
    return values.mean(0), keys, values


CACHED_ATTENTION = Exercise(
    id="cached_attention",
    title="One step of attention with a cache",
    difficulty=2,
    minutes=10,
    contract="query, key and value of the new token, [D] each, and the cached keys and values, [S, D] each, S of 1 or "
    "more, to (what the token receives [D], keys [S + 1, D], values [S + 1, D]).",
    cases=(
        (torch.tensor([1.0]), torch.tensor([0.0]), torch.tensor([0.0]), grid((0,), (0.6931,)), grid((4,), (8,))),
        (
            torch.tensor([1.0, -1.0]),
            torch.tensor([2.0, 0.5]),
            torch.tensor([3.0, 1.0]),
            grid((1, 0)),
            grid((-1, 2)),
        ),
        (
            torch.tensor([0.5, 1.0, -2.0, 1.0]),
            torch.tensor([1.0, 0.0, 1.0, 2.0]),
            torch.tensor([5.0, -1.0, 0.0, 1.0]),
            grid((0, 1, 0, 1), (2, 0, 1, 0), (1, 1, 1, 1)),
            grid((1, 2, 3, 4), (0, 1, 0, 1), (2, 2, 0, 0)),
        ),
    ),
    tried="the three tokens of section 2, one token in the cache and several, two and four numbers",
    hints=(
        "First let the cache grow: torch.cat((keys, key[None])), and the values in the same way.",
        "keys @ query gives one score for each token; divide by the square root of D.",
        "softmax turns scores into shares, and shares @ values is what the token receives.",
    ),
    solution=my_cached_attention,
    mistakes=(
        cached_without_itself,
        cached_without_keeping,
        cached_without_scale,
        cached_in_front,
        cached_swaps,
        cached_mean,
    ),
)
