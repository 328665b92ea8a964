"""An exercise of lesson 01: keep the k likeliest."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson01.shared import only, renormalised, row


def my_top_k(p, k):
    order = p.argsort(descending=True, stable=True)
    kept = torch.zeros_like(p)
    kept[order[:k]] = p[order[:k]]
    return kept / kept.sum()


def top_k_leaks_ties(p, k):
    """It looks as if you kept everything that reaches the k-th largest value. Where several tokens tie there, more
    than k get through: keep exactly k, the first of the tied ones in the row."""
    threshold = p.sort(descending=True).values[min(k, len(p)) - 1]
    return renormalised(torch.where(p >= threshold, p, 0))


def top_k_not_renormalised(p, k):
    """It looks as if you forgot to renormalise: what is left no longer sums to 1, so divide by its sum."""
    order = p.argsort(descending=True, stable=True)
    return only(p, order[:k])


def top_k_keeps_one_too_many(p, k):
    """It looks as if you kept k + 1 tokens: the positions 0 to k - 1 of the sorted row are k already."""
    return my_top_k(p, k + 1)


def top_k_keeps_the_last_of_a_tie(p, k):
    """It looks as if, of tied tokens, you kept the last in the row: keep the first. A stable descending sort does."""
    return my_top_k(p.flip(0), k).flip(0)


def top_k_keeps_the_lowest(p, k):
    """It looks as if you kept the k least probable tokens: sort in descending order."""
    order = p.argsort(stable=True)
    return renormalised(only(p, order[:k]))


def top_k_keeps_the_first(p, k):
    """It looks as if you kept the first k tokens of the row: sort by probability before you cut."""
    return renormalised(only(p, torch.arange(k)))


TOP_K = Exercise(
    id="top_k",
    title="Keep the k likeliest",
    difficulty=2,
    minutes=8,
    contract="probabilities p [V] and k >= 1 to probabilities [V]: the k largest renormalised, all others 0. "
    "Of tied tokens the first in the row stay; a k above V keeps everything.",
    cases=(
        (row(0.3, 0.7), 1),
        (row(0.2, 0.5, 0.3), 2),
        (row(0.1, 0.2, 0.3, 0.4), 2),
        (row(0.25, 0.25, 0.25, 0.25), 3),
        (row(0.1, 0.3, 0.3, 0.3), 2),
        (row(0.5, 0.5), 9),
    ),
    tried="k from 1 to more than there is, sorted and unsorted rows, and ties",
    hints=(
        "Sort, keep k positions, put them back where they were, renormalise.",
        "p.argsort(descending=True, stable=True) lists positions from the likeliest down; tied ones stay in order.",
        "Start from torch.zeros_like(p) and copy p at the first k of those positions.",
    ),
    solution=my_top_k,
    mistakes=(
        top_k_leaks_ties,
        top_k_not_renormalised,
        top_k_keeps_one_too_many,
        top_k_keeps_the_last_of_a_tie,
        top_k_keeps_the_lowest,
        top_k_keeps_the_first,
    ),
)
