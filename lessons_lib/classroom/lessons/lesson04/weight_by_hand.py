"""An exercise of lesson 04: one row of attention weights, on paper."""

from collections.abc import Callable
from fractions import Fraction
from math import inf, log
from numbers import Real

from lessons_lib.classroom.exercises import Exercise


def my_row():
    # divided by the root of 4: ln 2, 0, 2 ln 2; e to the power of each: 2, 1, 4; together 7; token 3 is hidden
    return [2 / 7, 1 / 7, 4 / 7, 0]


def shares(*powers: float) -> list[float]:
    """Powers as shares of their sum."""
    return [power / sum(powers) for power in powers]


def row_without_root():
    """It looks as if the dot products were not divided: D is 4, so halve each before you take e to its power."""
    return shares(4, 1, 16, 0)


def row_divided_by_d():
    """It looks as if you divided by D = 4: divide by its root, 2."""
    return shares(2**0.5, 1, 2, 0)


def row_without_mask():
    """It looks as if token 2 sees token 3, which comes later: the mask hides it, and it gets nothing."""
    return shares(2, 1, 4, 16)


def row_of_plain_softmax():
    """It looks as if the dot products were neither divided by the root of D nor masked: halve each, and give token 3
    nothing."""
    return shares(4, 1, 16, 256)


def row_with_a_zero_score():
    """It looks as if you hid token 3 with a score of 0, and e to the power of 0 is 1: hidden is minus infinity, whose
    power is 0."""
    return shares(2, 1, 4, 1)


def row_cut_afterwards():
    """It looks as if token 3 was cut out after the sum was taken, in which it has 16 of 23: hide it before, and the
    three others share the whole."""
    return [2 / 23, 1 / 23, 4 / 23, 0]


def row_without_itself():
    """It looks as if token 2 does not see itself: it may look at tokens 0, 1 and 2."""
    return shares(2, 1, 0, 0)


def row_of_powers():
    """These are the powers. Divide by their sum, so that the row sums to 1."""
    return [2, 1, 4, 0]


def row_of_scores():
    """These are the scores, scaled and hidden as they should be. Softmax comes next: e to the power of each, divided by
    the sum of the powers."""
    return [log(2), 0, 2 * log(2), -inf]


def row_of_scores_and_a_zero():
    """These are the scores, scaled as they should be. Hidden is minus infinity, not 0; then comes softmax: e to the
    power of each, divided by the sum of the powers."""
    return [log(2), 0, 2 * log(2), 0]


def row_of_three_scores():
    """These are the scores of the three tokens that it may see. Softmax comes next: e to the power of each, divided by
    the sum of the powers; token 3 gets 0."""
    return [log(2), 0, 2 * log(2)]


def row_of_scores_as_shares():
    """It looks as if you divided the scores by their sum. Take e to the power of each first: a score of 0 is no share
    of 0."""
    return [1 / 3, 0, 2 / 3, 0]


def row_in_per_cent():
    """The right shares, in per cent. A row of weights sums to 1: divide by 100."""
    return [200 / 7, 100 / 7, 400 / 7, 0]


def row_of_three():
    """The right shares; add the one of token 3, so that there are four."""
    return [2 / 7, 1 / 7, 4 / 7]


def numbers(answer: Callable) -> object:
    """The row, with texts such as "2/7" as numbers, to two digits behind the point; the right weight where two digits
    are cut off and not rounded, in per cent too.

    Raises:
        ValueError: if a text is no number.
    """
    given = answer()
    given = given.tolist() if hasattr(given, "tolist") else given
    if not isinstance(given, list | tuple):
        return given
    row = [_number(each) for each in given]
    for known in (my_row(), row_in_per_cent()):
        near = 0.01 * sum(known)
        if len(row) == len(known) and all(
            isinstance(each, float) and abs(each - weight) < near for each, weight in zip(row, known, strict=True)
        ):
            row = [round(weight, 2) for weight in known]
    return row


def _number(given: object) -> object:
    """A number or its text, rounded; in a list too."""
    if isinstance(given, list):
        return [_number(each) for each in given]
    if isinstance(given, str):
        given = float(Fraction(given.replace(" ", "")))
    return round(float(given), 2) if isinstance(given, Real) else given


WEIGHT_BY_HAND = Exercise(
    id="weight_by_hand",
    title="A row of weights, on paper",
    difficulty=1,
    minutes=5,
    kind="predict",
    contract="a list of four weights; 1 / 3 may stand as it is, and two digits behind the point are enough.",
    cases=((),),
    tried="the four weights, by hand",
    hints=(
        "Two things happen to the dot products before the softmax (sections 5 and 6). Then: e to the power of each, "
        "divided by the sum.",
        "D is 4 and its root 2: the scores are ln 2, 0 and 2 ln 2. What is e to the power of 2 ln 2?",
        "The powers are 2, 1 and 4. Token 3 is hidden, so its power is 0.",
    ),
    solution=my_row,
    harness=numbers,
    mistakes=(
        row_without_root,
        row_divided_by_d,
        row_without_mask,
        row_of_plain_softmax,
        row_with_a_zero_score,
        row_cut_afterwards,
        row_without_itself,
        row_of_powers,
        row_of_scores,
        row_of_scores_and_a_zero,
        row_of_three_scores,
        row_of_scores_as_shares,
        row_in_per_cent,
        row_of_three,
    ),
)
