"""How sure a score is: an interval for one model, tests for two, and how many questions it takes.

A score is the share of questions answered rightly. Other questions of the same kind would give another one. Two models
that answered the same questions are compared question by question: what both know, or neither, says nothing about which
is better.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from lessons_lib import arguments

_BLOCK = 1 << 20  # numbers drawn at once


class Interval(NamedTuple):
    """From `low` to `high`."""

    low: float
    high: float


class Paired(NamedTuple):
    """Two models on the same questions.

    Attributes:
        only_first, only_second: questions that one answered rightly and the other wrongly.
        p: how often models of equal skill would be at least so far apart, 0 to 1.
    """

    only_first: int
    only_second: int
    p: float


def wilson(right: int, n: int, confidence: float = 0.95) -> Interval:
    """The shares of right answers that fit with what was seen: `right` of `n`.

    It stays between 0 and 1 and has a width even where all answers are right, which `p ± 1.96 sqrt(p (1 - p) / n)` has
    not.

    Args:
        right: right answers, 0 to `n`.
        n: answers; of 0 nothing is known.
        confidence: how often such intervals hold the true share, between 0 and 1.

    Raises:
        ValueError: for numbers out of these ranges.

    Example:
        >>> [round(end, 3) for end in wilson(60, 100)]
        [0.502, 0.691]

    Source: Wilson 1927, "Probable Inference, the Law of Succession, and Statistical Inference".
    """
    n = arguments.whole("n", n, 0)
    right = arguments.whole("right", right, 0, n)
    z = _z(confidence)
    if n == 0:
        return Interval(0.0, 1.0)
    share = right / n
    below = 1 + z * z / n
    middle = (share + z * z / (2 * n)) / below
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / below
    return Interval(0.0 if right == 0 else middle - half, 1.0 if right == n else middle + half)


def standard_error(values: Iterable[float]) -> float:
    """How far the mean of such values is off, typically: their deviation, with n - 1, over the root of n.

    Returns:
        In the unit of the values; NaN for fewer than two of them, from which it cannot be told. All alike give 0, which
        is not to be believed.

    Example:
        >>> round(standard_error([1, 0, 1, 1]), 3)
        0.25
    """
    found = np.asarray(list(values), dtype=np.float64)
    return math.nan if len(found) < 2 else float(found.std(ddof=1) / math.sqrt(len(found)))


def mcnemar(first: Iterable[bool], second: Iterable[bool]) -> Paired:
    """Compare two models on the same questions, exactly.

    Only questions count that one knows and the other does not. If the two were equally good, each of these would be the
    toss of a coin.

    Args:
        first, second: for each question whether the answer was right, in the same order.

    Raises:
        ValueError: if there are not as many of the one as of the other, or an answer is neither right nor wrong.

    Example:
        >>> mcnemar([1, 1, 1, 1, 1, 1, 0], [0, 0, 0, 0, 0, 0, 0])
        Paired(only_first=6, only_second=0, p=0.03125)

    Source: McNemar 1947, "Note on the Sampling Error of the Difference Between Correlated Proportions".
    """
    one, other = _pair(first, second)
    if not np.isin(np.concatenate((one, other)), (0, 1)).all():
        raise ValueError("first, second: got a value that is neither True nor False, allowed these two")
    only_first, only_second = int((one > other).sum()), int((one < other).sum())
    tosses, fewer = only_first + only_second, min(only_first, only_second)
    ways = term = 1  # ways to get at most `fewer` heads
    for heads in range(1, fewer + 1):
        term = term * (tosses - heads + 1) // heads
        ways += term
    return Paired(only_first, only_second, min(1.0, (2 * ways) / (1 << tosses)))


def paired_bootstrap(
    first: Iterable[float],
    second: Iterable[float],
    confidence: float = 0.95,
    draws: int = 10_000,
    seed: int = 0,
) -> Interval:
    """By how much the first model's mean may be above the second's, for any score, not right and wrong alone.

    The questions are drawn anew, with repeats, each with both its scores; what the differences of the means then are,
    but for the outermost, is the interval.

    Args:
        first, second: scores for each question, in the same order and unit.
        confidence: share of the draws inside, between 0 and 1.
        draws: how often, at least 1.
        seed: of the draws.

    Raises:
        ValueError: for no scores, unlike numbers of them, or one that is not finite.

    Example:
        >>> paired_bootstrap([3.0, 2.0], [1.0, 0.0])  # always 2 more
        Interval(low=2.0, high=2.0)

    Source: Efron and Tibshirani 1993, "An Introduction to the Bootstrap", section 13.3.
    """
    _z(confidence)
    draws = arguments.whole("draws", draws, 1)
    one, other = _pair(first, second)
    if not len(one):
        raise ValueError("first: got no scores, allowed at least one")
    difference = one - other
    if not np.isfinite(difference).all():
        raise ValueError("first, second: got a score that is not finite, allowed numbers")
    random = np.random.default_rng(arguments.whole("seed", seed, 0))
    n, means = len(difference), []
    for start in range(0, draws, rows := max(1, _BLOCK // n)):
        means.append(difference[random.integers(n, size=(min(rows, draws - start), n))].mean(1))
    low, high = np.quantile(np.concatenate(means), [(1 - confidence) / 2, (1 + confidence) / 2])
    return Interval(float(low), float(high))


def needed(
    first: float, second: float, *, differing: float | None = None, power: float = 0.8, confidence: float = 0.95
) -> int:
    """How many questions it takes to tell two shares of right answers apart.

    Args:
        first, second: the true shares, 0 to 1.
        differing: the share of the questions that one knows and the other does not, if both are asked the same and
            compared by `mcnemar`; None if each is asked questions of its own. The exact test wants some 10% more.
        power: how often the difference is to be found, between 0 and 1.
        confidence: how often none is to be found where there is none, between 0 and 1.

    Returns:
        Questions for each of the two.

    Raises:
        ValueError: for equal shares, or fewer differing questions than the difference takes.

    Example:
        >>> needed(0.60, 0.65), needed(0.60, 0.65, differing=0.1)
        (1471, 312)

    Source: Fleiss 1981, "Statistical Methods for Rates and Proportions", section 3.2, without its correction; Connor
    1987, "Sample Size for Testing Differences in Proportions for the Paired-Sample Design".
    """
    for name, share in (("first", first), ("second", second)):
        arguments.real(name, share, 0, 1, "0 to 1")
    gap = abs(first - second)
    if gap == 0:
        raise ValueError(f"second: got {second}, as first is; allowed another share")
    chance, found = _z(confidence), NormalDist().inv_cdf(_share("power", power))
    if differing is None:
        mean = (first + second) / 2
        spread = first * (1 - first) + second * (1 - second)
        return math.ceil(((chance * math.sqrt(2 * mean * (1 - mean)) + found * math.sqrt(spread)) / gap) ** 2)
    arguments.real("differing", differing, gap, 1, f"{gap:g} to 1 (the difference is part of it)")
    return math.ceil(((chance * math.sqrt(differing) + found * math.sqrt(differing - gap * gap)) / gap) ** 2)


def _z(confidence: float) -> float:
    """How many deviations from its middle hold such a share of a normal distribution."""
    return NormalDist().inv_cdf((1 + _share("confidence", confidence)) / 2)


def _share(name: str, value: float) -> float:
    return arguments.real(name, value, math.ulp(0), 1 - math.ulp(0.5), "a share between 0 and 1")


def _pair(first: Iterable[float], second: Iterable[float]) -> tuple[np.ndarray, np.ndarray]:
    one, other = (np.asarray(x if isinstance(x, Sequence) else list(x), dtype=np.float64) for x in (first, second))
    if one.ndim != 1 or one.shape != other.shape:
        raise ValueError(f"second: got {len(other)} answers, allowed as many as first has ({len(one)})")
    return one, other
