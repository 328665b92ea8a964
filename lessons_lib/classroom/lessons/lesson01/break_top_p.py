"""An exercise of lesson 01: find the row on which a hasty top-p goes wrong."""

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction

import numpy as np

from lessons_lib.classroom.exercises import Exercise

FOUND = "hasty_top_p keeps other words than it should"


def kept(p: Sequence[Fraction], threshold: Fraction, order: Iterable[int]) -> set[int]:
    """The places of the words that top-p keeps if it goes through them in this order, computed as on paper."""
    before, found = Fraction(0), set()
    for place in order:
        if before < threshold and p[place]:
            found.add(place)
        before += p[place]
    return found


def tried_on(answer):
    """What a learner's row and threshold show.

    Args:
        answer: a function that returns a pair: chances and a threshold.
    """
    pair = answer()
    if pair is None:
        return None
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        return "not a pair: a list of chances, and a threshold"
    if np.ndim(pair[0]) == 0 and np.ndim(pair[1]) == 1:
        return "the threshold first and then the chances: swap the two"
    try:
        p, threshold = np.asarray(pair[0]), np.asarray(pair[1])
        p = p if p.dtype.kind == "f" else p.astype(np.float64)  # a tensor is compared in its own type
    except (TypeError, ValueError):
        return "chances that are no list of numbers"
    if p.ndim != 1:
        return "chances that are not one row"
    if threshold.ndim or threshold.dtype.kind not in "fiu" or not 0 < threshold <= 1:
        return "a threshold that is no number above 0 and at most 1"
    if not (p >= 0).all():
        return "a chance that is negative, or no number"
    if not math.isclose(p.sum(), 1, abs_tol=1e-4):
        return f"chances whose sum is not 1 but {p.sum():.4g}"
    p, threshold = [Fraction(str(chance)) for chance in p], Fraction(str(threshold))
    falling = sorted(range(len(p)), key=lambda place: -p[place])  # of equal chances the first in the row first
    if kept(p, threshold, range(len(p))) != kept(p, threshold, falling):
        return FOUND
    if falling == sorted(falling):
        return "both keep the same words: the row is sorted"
    if (some := [chance for chance in p if chance]) == sorted(some, reverse=True):
        return "both keep the same words: but for words of chance 0 the row is sorted"
    if falling[0] == 0 and p[0] >= threshold:
        return "both keep the same words: the first one alone"
    return "both keep the same words"


def my_row():
    return [0.2, 0.7, 0.1], 0.6


def a_sorted_row():
    """A row that is sorted already, likeliest first, can't tell the two apart. What does the hasty version take for
    granted?"""
    return [0.7, 0.2, 0.1], 0.6


def a_row_sorted_but_for_zeros():
    """A word of chance 0 adds nothing, and without those the row is sorted. At no threshold do the two differ: let a
    word that has some chance stand before a likelier one."""
    return [0.0, 1.0], 0.5


def too_high_a_threshold():
    """At this threshold the two agree although the row is not sorted. Take the likeliest
    word that is not first: lower the threshold until it reaches it alone."""
    return [0.2, 0.7, 0.1], 1.0


def a_favourite_that_is_enough():
    """The likeliest word stands first and reaches the threshold alone, so neither looks further: raise the threshold
    until it takes another word too, and let that be the last of the row."""
    return [0.6, 0.1, 0.3], 0.6


def chances_that_sum_to_more():
    """The chances must share 1 between them: only one word comes next."""
    return [0.2, 0.7, 0.2], 0.6


def a_negative_chance():
    """A chance is never negative. Move the likeliest word behind another one instead."""
    return [0.2, -0.2, 1.0], 0.5


BREAK_TOP_P = Exercise(
    id="break_top_p",
    title="Find the row that breaks it",
    difficulty=2,
    minutes=4,
    contract="A pair of a list of chances and a threshold, such as ([0.5, 0.3, 0.2], 0.7), for which hasty_top_p keeps "
    "other words than it should. The chances sum to 1, and the threshold is above 0 and at most 1.",
    cases=((),),
    tried="your row shows the fault: the hasty version adds up in the order of the row",
    hints=(
        "Follow the two versions line by line. Which step of the right one does the hasty one lack?",
        "On the four words of section 2 both agree. What is special about the order in which these stand?",
        "Put the likeliest word last, and choose a threshold that it reaches alone.",
    ),
    solution=my_row,
    mistakes=(
        a_sorted_row,
        a_row_sorted_but_for_zeros,
        too_high_a_threshold,
        a_favourite_that_is_enough,
        chances_that_sum_to_more,
        a_negative_chance,
    ),
    kind="diagnose",
    harness=tried_on,
)
