"""An exercise of lesson 01: keep just enough."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson01.shared import only, renormalised, row


def my_top_p(p, threshold):
    order = p.argsort(descending=True, stable=True)
    before = p[order].cumsum(0) - p[order]  # what more likely tokens hold together
    keep = order[before < threshold]
    kept = torch.zeros_like(p)
    kept[keep] = p[keep]
    return kept / kept.sum()


def top_p_drops_the_crossing_token(p, threshold):
    """It looks as if you dropped the token that crosses the threshold. It belongs to the set: without it the set
    does not reach the threshold."""
    order = p.argsort(descending=True, stable=True)
    keep = order[p[order].cumsum(0) <= threshold]
    return renormalised(only(p, keep if len(keep) else order[:1]))


def top_p_may_keep_nothing(p, threshold):
    """It looks as if you dropped the token that crosses the threshold, which can leave nothing at all. It belongs to
    the set: without it the set does not reach the threshold."""
    order = p.argsort(descending=True, stable=True)
    return renormalised(only(p, order[p[order].cumsum(0) <= threshold]))


def top_p_stops_before_the_threshold(p, threshold):
    """It looks as if you dropped the token that brings the total to the threshold. It belongs to the set: without it
    the set does not reach the threshold."""
    order = p.argsort(descending=True, stable=True)
    return renormalised(only(p, order[p[order].cumsum(0) < threshold]))


def top_p_keeps_all_of_a_tie(p, threshold):
    """It looks as if you kept every token that is as likely as the last one kept. Of tied tokens only as many stay as
    the total needs, the first in the row first."""
    totals = p.sort(descending=True).values
    lowest = totals[int((totals.cumsum(0) < threshold).sum())]
    return renormalised(torch.where(p >= lowest, p, 0))


def top_p_keeps_the_last_of_a_tie(p, threshold):
    """It looks as if, of tied tokens, you kept the last in the row: keep the first. A stable descending sort does."""
    return my_top_p(p.flip(0), threshold).flip(0)


def top_p_in_sorted_order(p, threshold):
    """It looks as if the result stands in the order of likelihood. Each token keeps its place in the row: put the
    kept probabilities back where they were."""
    return my_top_p(p, threshold).sort(descending=True).values


def top_p_in_row_order(p, threshold):
    """It looks as if you added up in the order of the row. Sort first: the set is made of the most probable tokens."""
    before = p.cumsum(0) - p
    return renormalised(torch.where(before < threshold, p, 0))


def top_p_not_renormalised(p, threshold):
    """It looks as if you forgot to renormalise: what is left no longer sums to 1, so divide by its sum."""
    order = p.argsort(descending=True, stable=True)
    before = p[order].cumsum(0) - p[order]
    return only(p, order[before < threshold])


def top_p_keeps_one_too_many(p, threshold):
    """It looks as if you kept one token too many: stop with the first token that brings the total to the threshold."""
    order = p.argsort(descending=True, stable=True)
    count = int((p[order].cumsum(0) < threshold).sum()) + 2
    return renormalised(only(p, order[:count]))


def top_p_needs_more_than_the_threshold(p, threshold):
    """It looks as if you went on although the total had already reached the threshold exactly: reaching it is enough.
    Compare with <, not <=."""
    order = p.argsort(descending=True, stable=True)
    before = p[order].cumsum(0) - p[order]
    return renormalised(only(p, order[before <= threshold]))


def top_p_as_a_floor(p, threshold):
    """It looks as if you kept the tokens whose own probability reaches the threshold. It is their total, from the
    likeliest down, that must reach it."""
    return renormalised(torch.where(p >= threshold, p, 0))


TOP_P = Exercise(
    id="top_p",
    title="Keep just enough",
    difficulty=3,
    minutes=12,
    contract="Probabilities p [V] and 0 < threshold <= 1 to probabilities [V]: the smallest set of likeliest tokens "
    "whose total reaches the threshold, renormalised; all others 0. Of tied tokens the first in the row come first.",
    # Totals that meet the threshold exactly are made of halves and quarters, which floats hold exactly.
    cases=(
        (row(0.7, 0.3), 0.6),
        (row(0.6, 0.3, 0.1), 0.8),
        (row(0.1, 0.3, 0.6), 0.8),
        (row(0.5, 0.25, 0.25), 0.75),
        (row(0.125, 0.5, 0.125, 0.25), 0.75),
        (row(0.25, 0.25, 0.25, 0.25), 0.6),
        (row(0.5, 0.25, 0.25), 1.0),
    ),
    tried="sorted and unsorted rows, totals that meet the threshold exactly, ties, and a threshold of 1",
    hints=(
        "Go through the tokens from the likeliest down, adding up. When may you stop?",
        "A token is in the set if the tokens before it have not reached the threshold yet.",
        "sorted.cumsum(0) - sorted is what the tokens before each one hold together.",
    ),
    solution=my_top_p,
    mistakes=(
        top_p_drops_the_crossing_token,
        top_p_may_keep_nothing,
        top_p_stops_before_the_threshold,
        top_p_keeps_all_of_a_tie,
        top_p_keeps_the_last_of_a_tie,
        top_p_in_sorted_order,
        top_p_in_row_order,
        top_p_not_renormalised,
        top_p_keeps_one_too_many,
        top_p_needs_more_than_the_threshold,
        top_p_as_a_floor,
    ),
)
