"""An exercise of lesson 04: no looking ahead."""

from collections.abc import Callable

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson04.shared import lower_triangle, made_up, table


def my_causal_weights(scores):
    future = torch.ones_like(scores).triu(1).bool()
    return torch.softmax(scores.masked_fill(future, -torch.inf), dim=-1)


def causal_with_zeros_before(scores):
    """It looks as if you set the scores of the future to 0 before the softmax. A score of 0 is a fair score: exp(0) is
    1. Only minus infinity becomes a weight of 0."""
    return torch.softmax(scores.tril(), dim=-1)


def causal_with_zeros_after(scores):
    """It looks as if you set the weights of the future to 0 after the softmax. The rows then sum to less than 1, since
    the future had a part in the sum: hide it before the softmax."""
    return torch.softmax(scores, dim=-1).tril()


def causal_shared_out_again(scores):
    """It looks as if you cut the weights after the softmax and divided each row by what was left. That is right on
    paper, but a high score in the future leaves 0 / 0: hide it before the softmax."""
    weights = torch.softmax(scores, dim=-1).tril()
    return weights / weights.sum(-1, keepdim=True)


def causal_shared_out_again_without_nan(scores):
    """It looks as if you cut the weights after the softmax and divided each row by what was left, with a small number
    added or 0 for nan. A high score in the future leaves the row without weights: hide it before the softmax."""
    return causal_shared_out_again(scores).nan_to_num()


def causal_shared_out_again_with_a_little_more(scores):
    """It looks as if you cut the weights after the softmax and divided each row by what was left, with a small number
    added or 0 for nan. A high score in the future leaves the row without weights: hide it before the softmax."""
    weights = torch.softmax(scores, dim=-1).tril()
    return weights / (weights.sum(-1, keepdim=True) + 1e-9)


def causal_powers_shared_out_with_a_little_more(scores):
    """It looks as if you cut the weights after the softmax and divided each row by what was left, with a small number
    added or 0 for nan. A high score in the future leaves the row without weights: hide it before the softmax."""
    powers = (scores - scores.amax(-1, keepdim=True)).exp().tril()
    return powers / (powers.sum(-1, keepdim=True) + 1e-9)


def causal_without_itself_without_nan(scores):
    """It looks as if a token can't see itself, and nan was made 0: the rule is j <= i, not j < i. The first token then
    looks at itself alone."""
    return causal_without_itself(scores).nan_to_num()


def causal_without_itself(scores):
    """It looks as if a token can't see itself: the rule is j <= i, not j < i. The first token would have nobody to look
    at, and a row of nothing but minus infinity becomes nan."""
    return torch.softmax(scores.masked_fill(~lower_triangle(len(scores)).tril(-1), -torch.inf), dim=-1)


def causal_the_wrong_way(scores):
    """It looks as if the past is hidden and the future is open: row i may look at the columns 0 to i."""
    return torch.softmax(scores.masked_fill(~lower_triangle(len(scores)).T, -torch.inf), dim=-1)


def causal_sees_one_ahead(scores):
    """It looks as if each token sees one token too many, the next one, which is what the model has to guess."""
    return torch.softmax(scores.masked_fill(torch.ones_like(scores).triu(2).bool(), -torch.inf), dim=-1)


def causal_not_at_all(scores):
    """It looks as if nothing is hidden: scores[i, j] with j > i must not count."""
    return torch.softmax(scores, dim=-1)


def _causal_with(number: float) -> Callable:
    """A softmax in which the future's scores are a low number."""

    def causal_with_a_low_number(scores):
        """It looks as if the future has a low number in place of minus infinity. A visible score may be as low, and
        then the future gets its share."""
        return torch.softmax(scores.masked_fill(~lower_triangle(len(scores)), number), dim=-1)

    return causal_with_a_low_number


def causal_over_the_columns(scores):
    """It looks as if the columns sum to 1 where the rows should: softmax over each row, dim=-1."""
    return torch.softmax(scores.masked_fill(~lower_triangle(len(scores)), -torch.inf), dim=0)


def causal_by_a_product(scores):
    """It looks as if you multiplied the hidden scores by minus infinity. 0 times infinity is nan: put minus infinity
    in their place, with masked_fill or torch.where."""
    return torch.softmax(scores + torch.ones_like(scores).triu(1) * -torch.inf, dim=-1)


def causal_divided_once_more(scores):
    """It looks as if you divided the scores by the root of T. These are scaled already: take them as they are."""
    return my_causal_weights(scores / len(scores) ** 0.5)


def causal_without_softmax(scores):
    """These are the hidden scores. Take the softmax of each row, which makes shares of them."""
    return scores.masked_fill(~lower_triangle(len(scores)), -torch.inf)


def causal_by_powers(scores):
    """It looks as if you took e to the power of each score yourself. The power of 1000 is inf and that of -150 is 0,
    and 0 / 0 is left; torch.softmax subtracts the largest score first, which changes no share."""
    powers = scores.exp().tril()
    return powers / powers.sum(-1, keepdim=True)


def causal_by_powers_below_the_highest(scores):
    """It looks as if you subtracted the highest score of the whole table before you took e to the power of each. A row
    far below it has powers of 0 alone, and 0 / 0 is left: each row needs its own highest, as torch.softmax takes it."""
    powers = (scores - scores.max()).exp().tril()
    return powers / powers.sum(-1, keepdim=True)


def causal_by_powers_below_the_highest_visible(scores):
    """It looks as if you subtracted the highest score of the whole table before you took e to the power of each. A row
    far below it has powers of 0 alone, and 0 / 0 is left: each row needs its own highest, as torch.softmax takes it."""
    return causal_by_powers_below_the_highest(scores.masked_fill(~lower_triangle(len(scores)), -torch.inf))


def causal_by_powers_without_nan(scores):
    """It looks as if you took e to the power of each score yourself, and put 0 where nan came. The row has lost its
    weights: torch.softmax subtracts the largest score first, so that no power is inf and they are not all 0."""
    return causal_by_powers(scores).nan_to_num()


def causal_in_logarithms(scores):
    """It looks as if these are the logarithms of the weights: softmax, not log_softmax."""
    return torch.log_softmax(scores.masked_fill(~lower_triangle(len(scores)), -torch.inf), dim=-1)


def causal_of_five(scores):
    """It looks as if your mask has a fixed size. Make it as large as the scores: torch.ones_like(scores), or
    len(scores) in place of the number."""
    return torch.softmax(scores.masked_fill(~lower_triangle(5), -torch.inf), dim=-1)


def causal_of_five_by_a_sum(scores):
    """It looks as if your mask has a fixed size. Make it as large as the scores: torch.ones_like(scores), or
    len(scores) in place of the number."""
    return torch.softmax(scores + torch.full((5, 5), -torch.inf).triu(1), dim=-1)


def causal_mask_turned_round(scores):
    """It looks as if a ~ is missing: masked_fill writes where the mask is True, and tril is True where one may look."""
    return torch.softmax(scores.masked_fill(lower_triangle(len(scores)), -torch.inf), dim=-1)


CAUSAL = Exercise(
    id="causal_mask",
    title="No looking ahead",
    difficulty=2,
    minutes=4,
    contract="scores [T, T], row i for query i, to weights [T, T]: row i is the softmax of its scores 0 to i, and 0 "
    "after that. Any score may be given, also one far below 0.",
    cases=(
        (table([2]),),
        (table([1, 3], [0, 0]),),
        (table([0.5, 1, -1], [-2, -1, 4], [1, 2, 3]),),
        (made_up(5, 5),),
        (table([0, 1000], [1000, 0]),),
        (table([-50, 3, 0], [-150, -151, 4], [0, -1, -2]),),
        (table([-(2.0**40), 1], [-30_000, -30_040]),),
        (table([0, 1], [200, 0]),),
    ),
    tried="one token and five, scores of 200 and 1000, and visible scores of -50, -150 and below minus a trillion",
    hints=(
        "Which score becomes a weight of exactly 0 after the softmax?",
        "torch.ones_like(scores).triu(1) is 1 above the diagonal, which is the future.",
        "scores.masked_fill(where, -torch.inf), and then the softmax over each row.",
    ),
    solution=my_causal_weights,
    mistakes=(
        causal_with_zeros_before,
        causal_with_zeros_after,
        causal_shared_out_again,
        causal_shared_out_again_without_nan,
        causal_shared_out_again_with_a_little_more,
        causal_powers_shared_out_with_a_little_more,
        causal_without_itself,
        causal_without_itself_without_nan,
        causal_the_wrong_way,
        causal_sees_one_ahead,
        causal_not_at_all,
        *map(_causal_with, (-9.0, -10.0, -20.0, -100.0, -1e9)),
        causal_over_the_columns,
        causal_by_a_product,
        causal_divided_once_more,
        causal_without_softmax,
        causal_mask_turned_round,
        causal_by_powers,
        causal_by_powers_below_the_highest,
        causal_by_powers_below_the_highest_visible,
        causal_by_powers_without_nan,
        causal_in_logarithms,
        causal_of_five,
        causal_of_five_by_a_sum,
    ),
)
