"""An exercise of lesson 04: who looks at whom."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson04.shared import made_up, table


def my_weights(q, k):
    scores = q @ k.T / q.shape[-1] ** 0.5
    return torch.softmax(scores, dim=-1)


def weights_without_scale(q, k):
    """It looks as if you did not divide by the square root of D, the length of one query: the scores grow with D, and
    softmax then gives nearly everything to one key."""
    return torch.softmax(q @ k.T, dim=-1)


def weights_divided_by_d(q, k):
    """It looks as if you divided by D. A sum of D products grows like the square root of D, so that is what you divide
    by."""
    return torch.softmax(q @ k.T / q.shape[-1], dim=-1)


def weights_divided_by_root_of_keys(q, k):
    """It looks as if you divided by the square root of the number of keys: D is the length of one query."""
    return torch.softmax(q @ k.T / len(k) ** 0.5, dim=-1)


def weights_over_queries(q, k):
    """It looks as if the columns sum to 1 where the rows should: each query shares out its attention, so the softmax
    runs over the keys, dim=-1."""
    return torch.softmax(q @ k.T / q.shape[-1] ** 0.5, dim=0)


def weights_without_softmax(q, k):
    """It looks as if you returned the scores: softmax over each row turns them into shares that sum to 1."""
    return q @ k.T / q.shape[-1] ** 0.5


def weights_with_keys_as_rows(q, k):
    """It looks as if keys and queries changed places: there is one row for each query and one column for each key."""
    return torch.softmax(k @ q.T / q.shape[-1] ** 0.5, dim=-1)


def weights_that_overflow(q, k):
    """It looks as if you take exp of large scores: inf / inf is nan. torch.softmax, or subtracting the largest score of
    each row first, is safe."""
    powers = (q @ k.T / q.shape[-1] ** 0.5).exp()
    return powers / powers.sum(-1, keepdim=True)


WEIGHTS = Exercise(
    id="attention_weights",
    title="Who looks at whom",
    difficulty=1,
    minutes=5,
    contract="queries q [T, D] and keys k [S, D] to weights [T, S]: the softmax over each row of the dot products "
    "divided by the square root of D.",
    cases=(
        (table([0.8, 0.4]), table([0.7, 0.5], [0.2, 0.9])),
        (table([1, 0], [0, 2], [1, 1]), table([2, 0], [0, 1])),
        (made_up(2, 5), made_up(3, 5)),
        (table([30, 0, 0, 0]), table([10, 0, 0, 0], [9.9, 0, 0, 0], [0, 1, 0, 0])),
    ),
    tried="the two words of the lesson, more queries than keys and fewer, and scores of 150",
    hints=(
        "One entry for each query and each key: that is a product of two matrices.",
        "q @ k.T holds every dot product. How long is one query? q.shape[-1].",
        "torch.softmax(scores, dim=-1) makes every row sum to 1.",
    ),
    solution=my_weights,
    mistakes=(
        weights_without_scale,
        weights_divided_by_d,
        weights_divided_by_root_of_keys,
        weights_over_queries,
        weights_without_softmax,
        weights_with_keys_as_rows,
        weights_that_overflow,
    ),
)
