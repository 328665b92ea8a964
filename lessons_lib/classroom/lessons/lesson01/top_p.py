"""An exercise of lesson 01: keep just enough."""

import numpy as np
import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson01.shared import like, only, renormalised, row


def my_top_p(p, threshold):
    order = p.argsort(descending=True)
    count = int((p[order].cumsum(0) < threshold).sum()) + 1  # totals that fall short, and the one that does not
    keep = order[:count]
    kept = torch.zeros_like(p)
    kept[keep] = p[keep]
    return kept / kept.sum()


def whichever_of_a_tie(answer, p, threshold):
    """A learner's result, as if of equal chances the first in the row were kept: which of them stay is up to them."""
    result = answer(p, threshold)
    if isinstance(result, torch.Tensor):
        result = result.detach().numpy()
    try:
        kept = np.array(result, dtype=np.float64)
    except (TypeError, ValueError):
        return result
    if kept.shape != tuple(p.shape):
        return result
    for chance in p.unique():
        tied = (p == chance).numpy()
        kept[tied] = -np.sort(-kept[tied])
    return kept


def top_p_drops_the_crossing_token(p, threshold):
    """It looks as if you dropped the token that crosses the threshold. It belongs to the set: without it the set
    does not reach the threshold."""
    order = p.argsort(descending=True)
    keep = order[p[order].cumsum(0) <= threshold]
    return renormalised(only(p, keep if len(keep) else order[:1]))


def top_p_may_keep_nothing(p, threshold):
    """It looks as if you dropped the token that crosses the threshold, which can leave nothing at all. It belongs to
    the set: without it the set does not reach the threshold."""
    order = p.argsort(descending=True)
    return renormalised(only(p, order[p[order].cumsum(0) <= threshold]))


def top_p_stops_before_the_threshold(p, threshold):
    """It looks as if you dropped the token that brings the total to the threshold. It belongs to the set: without it
    the set does not reach the threshold."""
    order = p.argsort(descending=True)
    return renormalised(only(p, order[p[order].cumsum(0) < threshold]))


def top_p_keeps_all_of_a_tie(p, threshold):
    """It looks as if you kept every token that is as likely as the last one kept. Of tied tokens only as many stay as
    the total needs."""
    totals = p.sort(descending=True).values
    lowest = totals[int((totals.cumsum(0) < threshold).sum())]
    return renormalised(torch.where(p >= lowest, p, 0))


def top_p_in_sorted_order(p, threshold):
    """It looks as if the result stands in the order of likelihood. Each token keeps its place in the row: put the
    kept probabilities back where they were."""
    return my_top_p(p, threshold).sort(descending=True).values


def top_p_in_row_order(p, threshold):
    """It looks as if you added up in the order of the row. Sort first: the set is made of the most probable tokens."""
    before = p.cumsum(0) - p
    return renormalised(torch.where(before < threshold, p, 0))


def top_p_not_renormalised(p, threshold):
    """It looks as if you forgot to share out again: what is left no longer sums to 1, so divide by its sum."""
    return torch.where(my_top_p(p, threshold) > 0, p, 0)


def top_p_keeps_one_too_many(p, threshold):
    """It looks as if you kept one token too many: stop with the first token that brings the total to the threshold."""
    order = p.argsort(descending=True)
    count = int((p[order].cumsum(0) < threshold).sum()) + 2
    return renormalised(only(p, order[:count]))


def top_p_keeps_at_least_two(p, threshold):
    """It looks as if at least two tokens stay. One is enough where its chance alone reaches the threshold."""
    order = p.argsort(descending=True)
    return renormalised(only(p, order[: max(2, int((p[order].cumsum(0) < threshold).sum()) + 1)]))


def top_p_needs_more_than_the_threshold(p, threshold):
    """It looks as if you went on although the total had already reached the threshold exactly: reaching it is enough.
    Compare with <, not <=."""
    order = p.argsort(descending=True)
    count = int((p[order].cumsum(0) <= threshold).sum()) + 1
    return renormalised(only(p, order[:count]))


def top_p_as_a_floor(p, threshold):
    """It looks as if you kept the tokens whose own probability reaches the threshold. It is their total, from the
    likeliest down, that must reach it."""
    return renormalised(torch.where(p >= threshold, p, 0))


def top_p_without_places(p, threshold):
    """It looks as if you return the kept tokens alone. The result has one place for each token of the row: 0 where a
    token is dropped."""
    kept = my_top_p(p, threshold)
    return kept[kept > 0]


def top_p_with_a_sorted_mask(p, threshold):
    """It looks as if you decide on the sorted row and keep the same places of the row as it was given. Place 0 of the
    sorted row is the likeliest token, wherever it stood: order says where."""
    ordered = p.sort(descending=True).values
    return renormalised(torch.where(ordered.cumsum(0) - ordered < threshold, p, 0))


def top_p_with_places_for_ranks(p, threshold):
    """It looks as if you compare the places in order with the number of tokens that stay. A place says where a token
    stands, not how likely it is: those that stay are order[:count]."""
    order = p.argsort(descending=True)
    count = int((p[order].cumsum(0) < threshold).sum()) + 1
    return renormalised(torch.where(order < count, p, 0))


def top_p_with_softmax(p, threshold):
    """It looks as if you share out by softmax. That is for scores; these are chances already, and exp would change
    their ratios: divide by their sum."""
    kept = my_top_p(p, threshold)
    return torch.where(kept > 0, p, -torch.inf).softmax(-1)


def top_p_of_scores(p, threshold):
    """It looks as if you took over top-p as section 7 has it. That starts from scores; these are chances already: add
    them up as they are, put 0 in place of minus infinity, and divide by the sum at the end."""
    order = p.argsort(descending=True)
    keep = order[: int((p.softmax(-1)[order].cumsum(0) < threshold).sum()) + 1]
    kept = torch.full_like(p, -torch.inf)
    kept[keep] = p[keep]
    return kept


def top_p_with_minus_infinity(p, threshold):
    """It looks as if a token that is dropped gets minus infinity. That is its score; its chance is 0."""
    return torch.where(my_top_p(p, threshold) > 0, p, -torch.inf)


def top_p_as_min_p(p, threshold):
    """It looks as if you compare each chance with the favourite's. That is min-p; top-p adds up, from the likeliest
    down, until the total reaches the threshold."""
    return renormalised(torch.where(p >= threshold * p.max(), p, 0))


def top_p_finds_no_crossing(p, threshold):
    """It looks as if you look for the first total that reaches the threshold, and here none does: added up in floats,
    these chances end a little below 1. Then every token stays."""
    order = p.argsort(descending=True)
    crossing = int((p[order].cumsum(0) >= threshold).nonzero()[0])
    return renormalised(only(p, order[: crossing + 1]))


def top_p_takes_the_first_for_the_crossing(p, threshold):
    order = p.argsort(descending=True)
    crossing = int((p[order].cumsum(0) >= threshold).int().argmax())  # 0 where there is none
    return renormalised(only(p, order[: crossing + 1]))


def top_p_from_the_rarest(p, threshold):
    """It looks as if you add up from the rarest token upwards. Begin with the likeliest: argsort(descending=True)."""
    order = p.argsort()
    return renormalised(only(p, order[: int((p[order].cumsum(0) < threshold).sum()) + 1]))


def top_p_from_the_rarest_without_one_more(p, threshold):
    order = p.argsort()
    return renormalised(only(p, order[p[order].cumsum(0) < threshold]))


def top_p_with_some_slack(p, threshold):
    """It looks as if a total that lies a little below the threshold counts as reaching it. It falls short, if only in
    the digits that are not shown here: compare the totals as they are, without rounding."""
    order = p.argsort(descending=True)
    return renormalised(only(p, order[: int((p[order].cumsum(0) < threshold - 1e-3).sum()) + 1]))


def top_p_rounded(p, threshold):
    order = p.argsort(descending=True)
    return renormalised(only(p, order[: int((p[order].cumsum(0).round(decimals=2) < threshold).sum()) + 1]))


def top_p_runs_out(p, threshold):
    """It looks as if the loop runs on when no token is left. Added up in floats, these chances end a little below 1, so
    the total never reaches the threshold: end the loop with the last token too."""
    order, total, count = p.argsort(descending=True), 0.0, 0
    while total < threshold:
        total += p[order[count]]
        count += 1
    return renormalised(only(p, order[:count]))


def top_p_runs_out_of_a_list(p, threshold):
    order = sorted(range(len(p)), key=lambda i: -p[i])
    kept = []
    while p[kept].sum() < threshold:
        kept.append(order[len(kept)])
    return renormalised(only(p, torch.tensor(kept)))


TOP_P = Exercise(
    id="top_p",
    title="Keep just enough",
    difficulty=2,
    minutes=12,
    contract="Probabilities p [V] and 0 < threshold <= 1 to probabilities [V]: the smallest set of likeliest tokens "
    "whose total reaches the threshold, shared out again; all others 0. Of tied tokens any may stay, as many as the "
    "total needs.",
    # Totals that meet the threshold exactly are made of halves and quarters, which floats hold exactly.
    cases=(
        (row(0.7, 0.3), 0.6),
        (row(0.6, 0.3, 0.1), 0.8),
        (row(0.1, 0.3, 0.6), 0.8),
        (row(0.5, 0.25, 0.25), 0.75),
        (row(0.125, 0.5, 0.125, 0.25), 0.75),
        (row(0.25, 0.25, 0.25, 0.25), 0.6),
        (row(0.5, 0.25, 0.25), 1.0),
        (row(0.05, 0.4, 0.1, 0.25, 0.2), 0.8),
        (row(0.33005, 0.335, 0.33495), 0.67),  # the first two total 0.66995
        (row(0.21, 0.78, 0.01), 1.0),  # sums to 0.99999994 in float32
        (
            torch.full((64,), 1 / 64),
            0.5,
        ),  # long enough for a sort that does not keep the order of equal ones to show it
    ),
    tried="sorted and unsorted rows, totals that meet the threshold exactly or nearly, ties, and a threshold of 1, "
    "which floats may not reach",
    hints=(
        "Go through the tokens from the likeliest down, adding up. When may you stop?",
        "plain_top_p of section 7 does nearly that. It starts from scores, and you have the chances already: which of "
        "its lines change?",
        "order = p.argsort(descending=True), and p[order].cumsum(0) are the running totals. Those below the threshold "
        "belong to tokens that are needed and not enough; one token more is enough. Begin with zeros in place of minus "
        "infinity, and divide by the sum at the end.",
    ),
    solution=my_top_p,
    mistakes=(
        top_p_keeps_at_least_two,
        top_p_drops_the_crossing_token,
        top_p_may_keep_nothing,
        top_p_stops_before_the_threshold,
        top_p_keeps_all_of_a_tie,
        top_p_in_sorted_order,
        top_p_in_row_order,
        top_p_not_renormalised,
        top_p_keeps_one_too_many,
        top_p_needs_more_than_the_threshold,
        top_p_as_a_floor,
        top_p_without_places,
        like(
            top_p_without_places, lambda p, threshold: top_p_without_places(p.sort(descending=True).values, threshold)
        ),
        top_p_with_a_sorted_mask,
        top_p_with_places_for_ranks,
        top_p_with_softmax,
        like(top_p_with_softmax, lambda p, threshold: my_top_p(p, threshold).softmax(-1)),
        like(top_p_with_softmax, lambda p, threshold: torch.where(my_top_p(p, threshold) > 0, p, 0).softmax(-1)),
        top_p_of_scores,
        like(top_p_of_scores, lambda p, threshold: top_p_of_scores(p, threshold).softmax(-1)),
        like(top_p_of_scores, lambda p, threshold: renormalised(top_p_of_scores(p, threshold).clamp(min=0))),
        top_p_with_minus_infinity,
        like(
            top_p_with_minus_infinity,
            lambda p, threshold: renormalised(top_p_with_minus_infinity(p, threshold)),
        ),
        top_p_as_min_p,
        like(top_p_as_min_p, lambda p, t: renormalised(torch.where(p >= (1 - t) * p.max(), p, 0))),
        top_p_finds_no_crossing,
        like(top_p_finds_no_crossing, top_p_takes_the_first_for_the_crossing),
        top_p_from_the_rarest,
        like(top_p_from_the_rarest, top_p_from_the_rarest_without_one_more),
        top_p_with_some_slack,
        like(top_p_with_some_slack, top_p_rounded),
        top_p_runs_out,
        like(top_p_runs_out, top_p_runs_out_of_a_list),
        # Added up in double precision, as loops over Python's numbers do.
        like(top_p_drops_the_crossing_token, lambda p, t: top_p_drops_the_crossing_token(p.double(), t)),
        like(top_p_may_keep_nothing, lambda p, t: top_p_may_keep_nothing(p.double(), t)),
        like(top_p_needs_more_than_the_threshold, lambda p, t: top_p_needs_more_than_the_threshold(p.double(), t)),
    ),
    harness=whichever_of_a_tie,
)
