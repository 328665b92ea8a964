"""An exercise of lesson 01: the whole sampler."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson01.shared import row
from lessons_lib.classroom.lessons.lesson01.temperature import my_temperature
from lessons_lib.classroom.lessons.lesson01.top_k import my_top_k
from lessons_lib.classroom.lessons.lesson01.top_p import my_top_p


def my_choose(scores, T, k, threshold, u):
    if T == 0:
        return int(scores.argmax())
    p = torch.softmax(scores / T, dim=-1)
    p = my_top_k(p, k)
    p = my_top_p(p, threshold)
    return int((p.cumsum(0) <= u).sum())


def choose_top_p_before_temperature(scores, T, k, threshold, u):
    """It looks as if you filtered before applying the temperature. Temperature changes the probabilities, and so
    which tokens top-p keeps: it comes first."""
    if T == 0:
        return int(scores.argmax())
    p = my_top_p(my_top_k(torch.softmax(scores, dim=-1), k), threshold)
    p = my_temperature(p, T)
    return int((p.cumsum(0) <= u).sum())


def choose_without_renormalising(scores, T, k, threshold, u):
    """It looks as if you drew from a filtered row that does not sum to 1. u runs from 0 to 1, so renormalise before
    the draw."""
    if T == 0:
        return int(scores.argmax())
    p = torch.softmax(scores / T, dim=-1)
    p = torch.where(my_top_p(my_top_k(p, k), threshold) > 0, p, 0)
    return int((p.cumsum(0) <= u).sum())


def choose_wrong_at_the_border(scores, T, k, threshold, u):
    """It looks as if a u that meets the running total exactly stays with the earlier token. Token i owns the numbers
    from the total before it, included, up to its own total, excluded: take the first total above u."""
    if T == 0:
        return int(scores.argmax())
    p = my_top_p(my_top_k(torch.softmax(scores / T, dim=-1), k), threshold)
    return int((p.cumsum(0) < u).sum())


def choose_top_p_before_top_k(scores, T, k, threshold, u):
    """It looks as if top-p came before top-k. Top-k renormalises, so that top-p then adds up larger numbers and may
    keep fewer tokens: top-k comes first."""
    if T == 0:
        return int(scores.argmax())
    p = my_top_k(my_top_p(torch.softmax(scores / T, dim=-1), threshold), k)
    return int((p.cumsum(0) <= u).sum())


def choose_in_sorted_order(scores, T, k, threshold, u):
    """It looks as if you returned a place in the sorted row: the answer is the token's place in the row as given."""
    if T == 0:
        return int(scores.argmax())
    p = my_top_p(my_top_k(torch.softmax(scores / T, dim=-1), k), threshold)
    return int((p.sort(descending=True).values.cumsum(0) <= u).sum())


def choose_divides_by_zero(scores, T, k, threshold, u):
    """It looks as if T = 0 divides by zero. There the largest score has everything: return its place."""
    p = my_top_p(my_top_k(torch.softmax(scores / T, dim=-1), k), threshold)
    return int((p.cumsum(0) <= u).sum())


def choose_always_the_likeliest(scores, T, k, threshold, u):
    """It looks as if you always take the likeliest token. For T above 0 the number u decides: take the first token
    whose running total is above u."""
    return int(scores.argmax())


SAMPLER = Exercise(
    id="sampler",
    title="The whole sampler",
    difficulty=3,
    minutes=15,
    contract="scores [V], temperature T >= 0, k >= 1, 0 < threshold <= 1 and a number 0 <= u < 1 to one token id: "
    "temperature, then top-k, then top-p, then the first token in the row's order whose running total is above u. "
    "T = 0 takes the largest score.",
    cases=(
        (row(0.0, 0.0), 1.0, 2, 1.0, 0.25),
        (row(0.0, 0.0), 1.0, 2, 1.0, 0.5),
        (row(1.0, 3.0, 2.0), 0.0, 3, 1.0, 0.9),
        (row(1.0, 3.0, 2.0), 1.0, 3, 1.0, 0.5),
        (row(2.0, 1.0, 0.0), 1.0, 2, 1.0, 0.95),
        (row(2.0, 1.0, 0.0), 3.0, 3, 0.6, 0.9),
        (row(0.0, 0.0, 0.0, 0.0), 1.0, 3, 0.6, 0.7),
        (row(1.0, 1.0, 1.0, 1.0), 1.0, 4, 1.0, 0.75),
        (row(0.9, 0.8, 0.0), 1.0, 2, 0.5, 0.6),
    ),
    tried="T = 0, 1 and 3, both filters alone and together, and numbers u on the border between two tokens",
    hints=(
        "Reuse what you have: softmax of scores / T, then my_top_k, then my_top_p.",
        "Lay the probabilities end to end on a line from 0 to 1. u is a point on it: whose piece does it hit?",
        "(p.cumsum(0) <= u).sum() counts the tokens whose piece ends at or before u.",
    ),
    solution=my_choose,
    mistakes=(
        choose_top_p_before_temperature,
        choose_without_renormalising,
        choose_wrong_at_the_border,
        choose_top_p_before_top_k,
        choose_in_sorted_order,
        choose_divides_by_zero,
        choose_always_the_likeliest,
    ),
)
