"""An exercise of lesson 14: two models on the same questions."""

import math
from statistics import NormalDist

from lessons_lib.classroom.exercises import Exercise


def my_mcnemar(first, second):
    import math

    pairs = list(zip(first, second, strict=True))
    only_first = sum(1 for one, other in pairs if one and not other)
    only_second = sum(1 for one, other in pairs if other and not one)
    tosses, fewer = only_first + only_second, min(only_first, only_second)
    ways = sum(math.comb(tosses, heads) for heads in range(fewer + 1))
    return min(1.0, 2 * ways / 2**tosses)


def _counts(first, second):
    pairs = [(bool(one), bool(other)) for one, other in zip(first, second, strict=True)]
    return [pairs.count(each) for each in ((True, False), (False, True), (True, True), (False, False))]


def _at_most(tosses, heads):
    return sum(math.comb(tosses, each) for each in range(heads + 1)) / 2**tosses


def mcnemar_one_sided(first, second):
    """It looks as if only one direction counts. Either model could have been the better one, so take twice the chance
    of at most so few heads."""
    only_first, only_second, *_ = _counts(first, second)
    return _at_most(only_first + only_second, min(only_first, only_second))


def mcnemar_uncapped(first, second):
    """Nearly. Where both have won equally often, twice the chance is more than 1: a chance is at most 1."""
    return 2 * mcnemar_one_sided(first, second)


def mcnemar_exactly(first, second):
    """It looks as if this is the chance of exactly so many heads. Asked for is that of so few *or fewer*."""
    only_first, only_second, *_ = _counts(first, second)
    tosses = only_first + only_second
    return min(1.0, 2 * math.comb(tosses, min(only_first, only_second)) / 2**tosses)


def mcnemar_of_fewer_than(first, second):
    """It looks as if the last term is missing: *at most* so few heads, this number included. range(fewer) ends one
    earlier."""
    only_first, only_second, *_ = _counts(first, second)
    return min(1.0, 2 * _at_most(only_first + only_second, min(only_first, only_second) - 1))


def mcnemar_of_all_questions(first, second):
    """It looks as if every question is a toss. Those that both know, or neither, say nothing about which is better:
    toss only those that one knows and the other does not."""
    only_first, only_second, both, neither = _counts(first, second)
    return min(1.0, 2 * _at_most(only_first + only_second + both + neither, min(only_first, only_second)))


def mcnemar_of_the_shares(first, second):
    """It looks as if the two scores are compared as if each model had been asked questions of its own. They were asked
    the same ones: count, question by question, which of the two was right alone."""
    first, second = list(first), list(second)
    n = len(first)
    one, other = sum(first) / n, sum(second) / n
    mean = (one + other) / 2
    error = math.sqrt(2 * mean * (1 - mean) / n)
    return 2 * (1 - NormalDist().cdf(abs(one - other) / error)) if error else 1.0


def mcnemar_by_the_square(first, second):
    """It looks as if this is the test with a square, (b - c)² / (b + c), which is an approximation: it is off where few
    questions differ. Count the ways exactly, with math.comb."""
    only_first, only_second, *_ = _counts(first, second)
    if not only_first + only_second:
        return 1.0
    return 2 * (1 - NormalDist().cdf(abs(only_first - only_second) / math.sqrt(only_first + only_second)))


def mcnemar_of_the_more_frequent(first, second):
    """It looks as if you counted up to the larger of the two numbers. Count up to the smaller: how often would a coin
    give so *few* heads?"""
    only_first, only_second, *_ = _counts(first, second)
    return min(1.0, 2 * _at_most(only_first + only_second, max(only_first, only_second)))


def mcnemar_of_the_first(first, second):
    """It looks as if you always count up to the questions that only the first knows. Which of the two won less often
    may change: take the smaller number."""
    only_first, only_second, *_ = _counts(first, second)
    return min(1.0, 2 * _at_most(only_first + only_second, only_first))


def mcnemar_of_the_second(first, second):
    """It looks as if you always count up to the questions that only the second knows. Which of the two won less often
    may change: take the smaller number."""
    return mcnemar_of_the_first(second, first)


def mcnemar_that_none_differ(first, second):
    """It looks as if this is 1 - p: how unlike chance it is. Asked for is how often a coin does at least as badly."""
    return 1 - my_mcnemar(first, second)


_ONE = [True] * 6 + [False]
_OTHER = [False] * 7
_LONG = [n % 3 != 0 for n in range(60)]
_LONGER = [(n % 3 != 0 and n % 7 != 1) or n % 9 == 0 for n in range(60)]

MCNEMAR = Exercise(
    id="my_mcnemar",
    title="The same questions for both",
    difficulty=2,
    minutes=15,
    contract="for two models two equally long lists, True where the answer to a question was right, in the same order "
    "of questions, to p: how often tosses of a coin, one for each question that exactly one of the two knows, would "
    "split at least as unevenly, in either direction. It is 1 where no question differs.",
    cases=(
        ([True], [True]),
        ([True, False], [False, True]),
        ([True, True, True], [False, False, False]),
        (_ONE, _OTHER),
        (_OTHER, _ONE),
        ([True] * 40 + [False] * 9 + [True] * 2, [True] * 40 + [True] * 9 + [False] * 2),
        (_LONG, _LONGER),
    ),
    tried="no difference, a draw, one that always wins and one that always loses, and many questions that both know",
    hints=(
        "Count two numbers: how many questions only the first knows, and how many only the second.",
        "tosses is their sum and fewer the smaller one. math.comb(tosses, heads) is in how many ways so many of the "
        "tosses are heads, and 2**tosses how many ways there are in all.",
        "Add up math.comb(tosses, heads) for heads in range(fewer + 1), times 2, divided by 2**tosses, and at most 1.",
    ),
    solution=my_mcnemar,
    mistakes=(
        mcnemar_one_sided,
        mcnemar_uncapped,
        mcnemar_exactly,
        mcnemar_of_fewer_than,
        mcnemar_of_all_questions,
        mcnemar_of_the_shares,
        mcnemar_by_the_square,
        mcnemar_of_the_more_frequent,
        mcnemar_of_the_first,
        mcnemar_of_the_second,
        mcnemar_that_none_differ,
    ),
)
