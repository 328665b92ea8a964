"""An exercise of lesson 01: softmax that can't overflow."""

import math

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson01.shared import like, row


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


def softmax_with_one_maximum_for_all_rows(scores):
    """It looks as if all rows subtract the largest score of the whole table. A row far below it then has exp 0
    everywhere, and 0 / 0 is nan: each row subtracts its own largest score, amax(-1, keepdim=True)."""
    weights = (scores - scores.max()).exp()
    return weights / weights.sum(-1, keepdim=True)


def softmax_without_keepdim(scores):
    """It looks as if keepdim is missing. amax(-1) and sum(-1) of [2, 3] have the shape [2], which does not fit to
    [2, 3]; with keepdim=True it is [2, 1], one number a row, and fits."""
    weights = (scores - scores.amax(-1)).exp()
    return weights / weights.sum(-1)


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


def softmax_with_max_alone(scores):
    """scores.max(-1) gives two things, the largest values and their places, and you subtract both at once: take
    .values, or amax, which gives the values alone."""
    return (scores - scores.max(-1, keepdim=True)).exp()


def softmax_clamped(scores):
    """It looks as if you cut large scores down to a limit. Scores above it then become equal, although one was higher:
    subtract the largest score of each row, and all gaps stay."""
    weights = scores.clamp(max=80).exp()
    return weights / weights.sum(-1, keepdim=True)


def softmax_in_logarithms(scores):
    """It looks as if you took log_softmax, or the logarithm at the end. Chances are never negative: leave the logarithm
    out."""
    return torch.log_softmax(scores, dim=-1)


def softmax_with_nan_replaced(scores):
    """It looks as if nan was replaced by a number. The row is lost by then: every score that overflows gets the same.
    Subtract the largest score of each row before exp, and there is no nan."""
    return softmax_overflows(scores).nan_to_num(1.0)


def softmax_with_nan_at_0(scores):
    return softmax_overflows(scores).nan_to_num(0.0)


def softmax_with_a_small_number_below(scores):
    """It looks as if a small number is added to the sum, against division by 0. The row is lost by then: subtract the
    largest score of each row before exp, and the sum is at least 1."""
    weights = scores.exp()
    return weights / (weights.sum(-1, keepdim=True) + 1e-6)


def softmax_minus_another(scores):
    """It looks as if you subtract the mean of a row, or its smallest score. What lies far above it still overflows:
    subtract the largest, and no exp is above 1."""
    return softmax_overflows(scores - scores.mean(-1, keepdim=True))


def softmax_with_more_below(scores):
    """It looks as if a number is added to the sum. The exp of the largest score is 1 by then, so there is no division
    by 0 to fear, and with anything added the row does not sum to 1."""
    weights = (scores - scores.amax(-1, keepdim=True)).exp()
    return weights / (weights.sum(-1, keepdim=True) + 1e-3)


def softmax_of_base_2(scores):
    """It looks as if 2 is raised to the scores. Softmax takes e: scores.exp()."""
    return my_softmax(scores * math.log(2))


def softmax_scaled(scores):
    """It looks as if the scores are divided before exp, so that they are not so large. That changes their gaps, and
    with them the chances: subtract the largest score."""
    return my_softmax(scores / scores.amax(-1, keepdim=True))


def softmax_divided_by_the_largest(scores):
    """It looks as if you divide by the largest of the row. Divide by the sum, so that the row sums to 1."""
    weights = scores.exp()
    return weights / weights.amax(-1, keepdim=True)


def softmax_along_axis_1(scores):
    """It looks as if the axis is 1. A row alone has one axis, number 0, and a block of tables has three: dim=-1 is the
    last one of each."""
    return torch.softmax(scores, dim=1)


SOFTMAX = Exercise(
    id="softmax",
    title="Softmax that can't overflow",
    difficulty=1,
    minutes=7,
    contract="Scores [..., V] to probabilities [..., V]. Each row along the last axis sums to 1, whatever the scores "
    "are: very large, very small, or both in one table.",
    cases=(
        (row(0.0, 1.0),),
        (row(3.1, 2.8, 2.0, -4.4),),
        (torch.tensor([[1.0, 2.0, 3.0], [0.0, 0.0, -1.0]]),),
        (row(1000.0, 999.0, 0.0),),
        (row(-1000.0, -1001.0),),
        (torch.tensor([[1000.0, 999.0], [0.0, 1.0]]),),
        (torch.tensor([[[1.0, 2.0, 4.0, 8.0], [2.0, 2.0, 2.0, 2.0]]]),),
    ),
    tried="one row and several, negative scores, scores of 1000, and rows of very different size. "
    "(If you added a small number to the sum: no need, the largest exp is 1)",
    hints=(
        "Softmax is exp(score) divided by the sum of exp over the row.",
        "exp(1000) is too large for a float. Adding the same number to every score of a row changes nothing: "
        "which number would make the largest score 0?",
        "scores.amax(-1, keepdim=True), or scores.max(-1, keepdim=True).values, is the largest score of each row, in a "
        "shape that subtracts from scores.",
    ),
    solution=my_softmax,
    mistakes=(
        softmax_overflows,
        softmax_over_first_axis,
        softmax_over_everything,
        softmax_with_one_maximum_for_all_rows,
        softmax_without_keepdim,
        softmax_shifted_too_late,
        softmax_without_sum,
        softmax_without_exp,
        softmax_with_max_alone,
        softmax_clamped,
        softmax_in_logarithms,
        softmax_with_nan_replaced,
        like(softmax_with_nan_replaced, softmax_with_nan_at_0),
        softmax_along_axis_1,
        softmax_with_a_small_number_below,
        like(softmax_with_a_small_number_below, lambda s: s.exp() / (s.exp().sum(-1, keepdim=True) + 1e-8)),
        softmax_divided_by_the_largest,
        softmax_minus_another,
        like(softmax_minus_another, lambda s: softmax_overflows(s - s.amin(-1, keepdim=True))),
        softmax_with_more_below,
        like(
            softmax_with_more_below,
            lambda s: (s - s.amax(-1, True)).exp() / ((s - s.amax(-1, True)).exp().sum(-1, True) + 1e-2),
        ),
        softmax_of_base_2,
        softmax_scaled,
        like(softmax_scaled, lambda s: my_softmax(s / s.abs().amax(-1, keepdim=True))),
        like(softmax_scaled, lambda s: my_softmax(s / s.max())),
        like(softmax_divided_by_the_largest, lambda s: s / s.amax(-1, keepdim=True)),
        like(softmax_clamped, lambda scores: my_softmax(scores.clamp(-80, 80))),
    ),
)
