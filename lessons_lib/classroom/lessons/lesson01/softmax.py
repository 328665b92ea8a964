"""An exercise of lesson 01: softmax that can't overflow."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson01.shared import row


def my_softmax(scores):
    shifted = scores - scores.amax(-1, keepdim=True)
    weights = shifted.exp()
    return weights / weights.sum(-1, keepdim=True)


def softmax_overflows(scores):
    """It looks as if you take exp of the scores as they are. exp(1000) is inf, and inf / inf is nan: subtract the
    largest score of each row first. The result is the same, since both sides of the fraction shrink alike."""
    weights = scores.exp()
    return weights / weights.sum(-1, keepdim=True)


def softmax_over_first_axis(scores):
    """It looks as if the columns sum to 1 where the rows should: sum over the last axis, dim=-1."""
    return torch.softmax(scores, dim=0)


def softmax_over_everything(scores):
    """It looks as if all rows together sum to 1: each row has its own sum. Use sum(-1, keepdim=True)."""
    weights = (scores - scores.max()).exp()
    return weights / weights.sum()


def softmax_shifted_too_late(scores):
    """It looks as if you subtract the largest value after exp. That changes the result: subtract from the scores,
    before exp."""
    weights = scores.exp() - scores.exp().amax(-1, keepdim=True)
    return weights / weights.sum(-1, keepdim=True)


def softmax_without_sum(scores):
    """It looks as if you did not divide by the sum: the results of a row must sum to 1."""
    return (scores - scores.amax(-1, keepdim=True)).exp()


def softmax_without_exp(scores):
    """It looks as if you divide the scores by their sum. Scores may be negative; exp makes them positive first."""
    return scores / scores.sum(-1, keepdim=True)


SOFTMAX = Exercise(
    id="softmax",
    title="Softmax that can't overflow",
    difficulty=1,
    minutes=5,
    contract="scores [..., V] to probabilities [..., V]; each row along the last axis sums to 1, for any scores.",
    cases=(
        (row(0.0, 1.0),),
        (row(3.1, 2.8, 2.0, -4.4),),
        (torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, -1.0]]),),
        (row(1000.0, 999.0, 0.0),),
        (row(-1000.0, -1001.0),),
        (torch.tensor([[[1.0, 2.0, 4.0, 8.0], [2.0, 2.0, 2.0, 2.0]]]),),
    ),
    tried="one row and several, negative scores, and scores of 1000",
    hints=(
        "Softmax is exp(score) divided by the sum of exp over the row.",
        "exp(1000) is too large for a float. Adding the same number to every score of a row changes nothing: "
        "which number would make the largest score 0?",
        "scores.amax(-1, keepdim=True) is the largest score of each row, in a shape that subtracts from scores.",
    ),
    solution=my_softmax,
    mistakes=(
        softmax_overflows,
        softmax_over_first_axis,
        softmax_over_everything,
        softmax_shifted_too_late,
        softmax_without_sum,
        softmax_without_exp,
    ),
)
