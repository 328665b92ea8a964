"""An exercise of lesson 09b: how many seeds a race needs before it is run."""

import math
from statistics import mean, pstdev, stdev

from lessons_lib.classroom.exercises import Exercise


def my_seeds_needed(differences, d):
    n = len(differences)
    middle = sum(differences) / n
    spread = (sum((x - middle) ** 2 for x in differences) / (n - 1)) ** 0.5
    seeds = (2 * spread / d) ** 2  # 2 * spread / root of seeds = d
    return max(2, math.ceil(round(seeds, 9)))  # 8.000000000000002 is 8


def seeds_needed_for_one_error(differences, d):
    """It looks as if one standard error should be at most d. Two should, and that takes four times as many seeds."""
    return max(2, math.ceil((stdev(differences) / d) ** 2))


def seeds_needed_for_one_error_alone(differences, d):
    """It looks as if one standard error should be at most d. Two should, and that takes four times as many seeds; and
    never fewer than 2."""
    return math.ceil((stdev(differences) / d) ** 2)


def seeds_needed_over_n(differences, d):
    """Nearly. The spread looks as if its squares were divided by n, and not by n - 1."""
    return max(2, math.ceil((2 * pstdev(differences) / d) ** 2))


def seeds_needed_not_squared(differences, d):
    """It looks as if a square is missing: from 2 * s / n ** 0.5 = d comes n = (2 * s / d) ** 2."""
    return max(2, math.ceil(2 * stdev(differences) / d))


def seeds_needed_in_proportion(differences, d):
    """It looks as if half as long a bar took twice as many seeds. The bar shrinks with the root of their number, so it
    takes four times as many."""
    n = len(differences)
    return max(2, math.ceil(n * (2 * stdev(differences) / n**0.5) / d))


def seeds_needed_unrounded(differences, d):
    """Right but for rounding: with [0, 2] and d = 1 the computer finds 8.000000000000002 seeds, and math.ceil makes 9
    of it. Round to nine decimals before you round up."""
    return max(2, math.ceil((2 * stdev(differences) / d) ** 2))


def seeds_needed_with_much_room(differences, d):
    """It looks as if much was given away before the number was rounded up. Only what rounding alone can do, less than
    1e-9, is no more: 9.005 seeds are 10."""
    return max(2, math.ceil((2 * stdev(differences) / d) ** 2 - 1e-2))


def seeds_needed_below(differences, d):
    """It looks as if the bar had to be shorter than d. At most d is asked for: where a whole number of seeds gives
    exactly d, that number is enough."""
    return max(2, int(round((2 * stdev(differences) / d) ** 2, 9)) + 1)


def seeds_needed_cut(differences, d):
    """It looks as if the number was rounded down or to the nearest. Then the bar is still a little longer than d: round
    up."""
    return max(2, int((2 * stdev(differences) / d) ** 2))


def seeds_needed_alone(differences, d):
    """With one seed there is no spread, and no bar. The answer is at least 2."""
    return math.ceil((2 * stdev(differences) / d) ** 2)


def seeds_needed_more(differences, d):
    """It looks as if the number grows with the seeds of the first try, so that you counted those that come on top.
    Asked for is how many in all; or the spread was divided by the root of n already, though d is to be reached by a new
    number of seeds."""
    return max(2, math.ceil((2 * stdev(differences) / len(differences) ** 0.5 / d) ** 2))


def seeds_needed_by_the_mean(differences, d):
    """It looks as if the mean of the differences went into it. How long a bar is depends on how far they lie apart."""
    return max(2, math.ceil((2 * abs(mean(differences)) / d) ** 2))


SEEDS_NEEDED = Exercise(
    id="seeds_needed",
    title="How many seeds will it take?",
    difficulty=2,
    minutes=10,
    kind="transfer",
    contract="a list of at least two differences from a first try, and a difference d above 0 that matters to you, to "
    "the smallest whole number of seeds, at least 2, for which two standard errors are at most d (more by rounding "
    "alone, less than 1e-9, is no more), if the differences go on to lie as far apart as in the first try.",
    cases=(
        ([0.0, 2.0], 1.1),
        ([1.0, 2.0, 3.0], 1.0),
        ([0.0, 2.0], 1.0),
        ([0.0, 2.0], 0.5),
        ([0.0, 2.0], 0.9425),
        ([0.0, 2.0], 0.9999),
        ([0.3, 0.3, 0.3], 0.1),
        ([0.01, 0.05, -0.02, 0.04], 0.018),
        ([0.01, 0.05, -0.02, 0.04], 0.009),
        ([0.01, 0.05, -0.02, 0.04], 0.3),
        ([0.5, 0.52, 0.44, 0.6, 0.57], 0.025),
        ([0.3, -0.3, 0.4], 0.006),
    ),
    tried="two seeds, a d that is met exactly and one nearly, differences that don't differ, few seeds and thousands",
    hints=(
        "Two standard errors of n seeds are 2 * s / n ** 0.5, with s from the first try. Which n makes that d?",
        "n = (2 * s / d) ** 2. round(n, 9) takes off what rounding left; then math.ceil and max(2, ...).",
    ),
    solution=my_seeds_needed,
    mistakes=(
        seeds_needed_for_one_error,
        seeds_needed_for_one_error_alone,
        seeds_needed_over_n,
        seeds_needed_not_squared,
        seeds_needed_in_proportion,
        seeds_needed_unrounded,
        seeds_needed_with_much_room,
        seeds_needed_below,
        seeds_needed_cut,
        seeds_needed_alone,
        seeds_needed_more,
        seeds_needed_by_the_mean,
    ),
)
