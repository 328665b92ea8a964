"""An exercise of lesson 13b: how often one of k answers is right, told from n answers."""

import math

from lessons_lib.classroom.exercises import Exercise


def my_pass_at_k(n, right, k):
    import math

    return 1 - math.comb(n - right, k) / math.comb(n, k)


def pass_with_replacement(n, right, k):
    """It looks as if an answer can be drawn twice. The k are taken from the n without putting any back; with
    replacement the result is too small."""
    return 1 - (1 - right / n) ** k


def pass_as_all_wrong(n, right, k):
    """It looks as if this is the chance that all are wrong. Asked for is 1 minus that."""
    return 1 - my_pass_at_k(n, right, k)


def pass_as_all_right(n, right, k):
    """It looks as if this is the chance that all k are right. One is enough."""
    return math.comb(right, k) / math.comb(n, k)


def pass_as_a_mean(n, right, k):
    """It looks as if k does not count. With more answers it is likelier that one is right."""
    return right / n


def pass_as_k_times(n, right, k):
    """It looks as if you multiplied the share of right answers by k. Chances of things that can happen together don't
    add up."""
    return min(1.0, k * right / n)


def pass_as_exactly_one(n, right, k):
    """It looks as if this is the chance that exactly one is right. At least one is asked for."""
    return right * math.comb(n - right, k - 1) / math.comb(n, k)


def pass_with_wrong_and_right_swapped(n, right, k):
    """It looks as if right and wrong are swapped: n - right are wrong, and all k must come from them to fail."""
    return 1 - math.comb(right, k) / math.comb(n, k)


def pass_without_fractions(n, right, k):
    """It looks as if // cuts the fraction off. Divide with /."""
    return 1 - math.comb(n - right, k) // math.comb(n, k)


PASS = Exercise(
    id="my_pass_at_k",
    title="One of k",
    difficulty=2,
    minutes=10,
    kind="transfer",
    contract="n answers, right of which are right, and k from 1 to n, all whole numbers, to the chance, a number from "
    "0 to 1, that of k different ones of the n, all choices equally likely, at least one is right.",
    cases=((2, 1, 1), (2, 1, 2), (4, 1, 2), (4, 3, 2), (5, 0, 3), (32, 8, 8), (10, 10, 4), (7, 2, 3)),
    tried="both of two, two of four, none right, 8 of 32, all right, and two of seven",
    hints=(
        "When do you fail? Only if all k come from the wrong ones.",
        "math.comb(n, k) says in how many ways k can be chosen from n; math.comb(n, k) is 0 where k is larger than n.",
        "1 minus the ways to choose k wrong ones, divided by all ways.",
    ),
    solution=my_pass_at_k,
    mistakes=(
        pass_with_replacement,
        pass_as_all_wrong,
        pass_as_all_right,
        pass_as_a_mean,
        pass_as_k_times,
        pass_as_exactly_one,
        pass_with_wrong_and_right_swapped,
        pass_without_fractions,
    ),
)
