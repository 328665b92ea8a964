"""An exercise of appendix A2: a mean with its error bar, from a few runs."""

import math
from statistics import median

from lessons_lib.classroom.exercises import Exercise


def my_error_bar(values):
    n = len(values)
    mean = sum(values) / n
    variance = sum((value - mean) ** 2 for value in values) / (n - 1)
    error = math.sqrt(variance / n)
    return mean - 2 * error, mean + 2 * error


def bar(values, spare=1, runs=math.sqrt, wide=2):
    """The bar with its parts replaced. Solutions spell this out; mistakes use it."""
    n = len(values)
    mean = sum(values) / n
    error = wide * math.sqrt(sum((value - mean) ** 2 for value in values) / (n - spare)) / runs(n)
    return mean - error, mean + error


def divides_by_n(values):
    """It looks as if the variance is divided by n. The runs are a sample of all runs that there could be: divide by
    n - 1."""
    return bar(values, spare=0)


def spread_of_one_run(values):
    """It looks as if the bar is two standard deviations wide: that says where single runs lie. The mean is surer:
    divide by the root of n."""
    return bar(values, runs=lambda n: 1)


def without_the_root(values):
    """It looks as if you divide the standard deviation by n: divide by the root of n."""
    return bar(values, runs=float)


def one_error(values):
    """It looks as if the bar has one standard error on each side: two are asked."""
    return bar(values, wide=1)


def variance_for_deviation(values):
    """It looks as if you took the variance for the standard deviation: its root is missing."""
    low, high = bar(values)
    error = ((high - low) / 4) ** 2 * len(values)
    half = 2 * error / math.sqrt(len(values))
    return (low + high) / 2 - half, (low + high) / 2 + half


def mean_and_error(values):
    """It looks as if you returned the mean and the half width: the two ends are asked, mean minus and mean plus."""
    low, high = bar(values)
    return (low + high) / 2, (high - low) / 2


def mean_and_one_error(values):
    """It looks as if you returned the mean and one standard error: the two ends are asked, the mean minus and plus two
    of them."""
    low, high = bar(values)
    return (low + high) / 2, (high - low) / 4


def half_width(values):
    """It looks as if you returned the two standard errors alone: take them from the mean, and add them to it."""
    low, high = bar(values)
    return (high - low) / 2


def as_wide_as_a_bell(values):
    """It looks as if the bar has 1.96 standard errors on each side: exactly two are asked."""
    return bar(values, wide=1.96)


def variance_by_n(values):
    """It looks as if the root is missing: the variance divided by n is the square of the standard error."""
    low, high = bar(values)
    error = ((high - low) / 4) ** 2
    return (low + high) / 2 - 2 * error, (low + high) / 2 + 2 * error


def wider_for_few(values):
    """It looks as if you took as many standard errors as section 8 asks for with few numbers. That holds the mean more
    truly; here exactly two are asked."""
    return bar(values, wide={2: 12.7, 3: 4.3, 4: 3.2, 8: 2.4}[len(values)])


def around_the_median(values):
    """It looks as if the bar stands around the median, the number in the middle. The mean is asked: the sum divided by
    n."""
    low, high = bar(values)
    return median(values) - (high - low) / 2, median(values) + (high - low) / 2


def one_run_too_few(values):
    """It looks as if you divide by the root of n - 1. The n - 1 stands in the variance; the standard error is the
    standard deviation divided by the root of n."""
    return bar(values, runs=lambda n: math.sqrt(n - 1))


ERROR_BAR = Exercise(
    id="error_bar",
    title="How sure is a mean?",
    difficulty=2,
    minutes=10,
    contract="values, a list of two or more numbers, to the pair (low, high): the mean minus and plus two standard "
    "errors, the variance divided by n - 1.",
    cases=(
        ([3.0, 5.0, 7.0],),
        ([2.0, 4.0],),
        ([1.0, 1.0, 1.0, 1.0],),
        ([2.61, 2.58, 2.66, 2.6, 2.63, 2.57, 2.6, 2.64],),
    ),
    tried="two, three, four equal and eight numbers",
    hints=(
        "The standard error is the standard deviation divided by the root of how many numbers there are.",
        "For 3, 5, 7: the squares 4, 0, 4 add up to 8; 8 / 2 is the variance, its root 2 the standard deviation.",
        "error = math.sqrt(variance / n), and the ends are mean - 2 * error and mean + 2 * error.",
    ),
    solution=my_error_bar,
    mistakes=(
        divides_by_n,
        spread_of_one_run,
        without_the_root,
        one_error,
        variance_for_deviation,
        mean_and_error,
        mean_and_one_error,
        half_width,
        as_wide_as_a_bell,
        variance_by_n,
        wider_for_few,
        around_the_median,
        one_run_too_few,
    ),
)
