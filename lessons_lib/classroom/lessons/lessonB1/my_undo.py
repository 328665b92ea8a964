"""An exercise of appendix B1: the state before a token, from the state behind it."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lessonB1.shared import grid, random


def my_undo(S, k, v, beta):
    left = 1 - beta * (k @ k)  # of what was held under the key
    if left == 0:
        return None
    held = (k @ S - beta * (k @ k) * v) / left
    return S - torch.outer(k, beta * (v - held))


def _undo(S, k, v, beta, length=None, held=None, change=None, none=None, outer=torch.outer):
    """The same with the knobs that mistakes turn."""
    square = k @ k if length is None else length
    left = 1 - beta * square
    if left == 0:
        return none
    before = (k @ S - beta * square * v) / left if held is None else held(S, k, v, left)
    return S - outer(k, (beta * (v - before)) if change is None else change(v, before, beta))


def undo_with_what_is_held_now(S, k, v, beta):
    """It looks as if you take what the state says under the key now. What was written depends on what it said before:
    work that out of what it says now."""
    return _undo(S, k, v, beta, held=lambda S, k, v, left: k @ S)


def undo_with_what_is_held_now_everywhere(S, k, v, beta):
    """It looks as if you take what the state says under the key now. What was written depends on what it said before:
    work that out of what it says now."""
    return S - torch.outer(k, beta * (v - k @ S))


def undo_of_a_sum(S, k, v, beta):
    """It looks as if the whole value is taken out again, as from a sum. The delta rule wrote beta times the value's
    difference to what was held."""
    return S - torch.outer(k, v)


def undo_of_a_weaker_sum(S, k, v, beta):
    """It looks as if beta times the value is taken out, as from a sum. The delta rule wrote beta times the value's
    difference to what was held."""
    return S - torch.outer(k, beta * v)


def undo_by_adding(S, k, v, beta):
    """It looks as if what was written is added once more. It is taken out."""
    return _undo(S, k, v, beta, change=lambda v, before, beta: -beta * (v - before))


def undo_by_the_rule_again(S, k, v, beta):
    """It looks as if the delta rule is applied a second time. It goes on towards the value, not back."""
    return S + torch.outer(k, beta * (v - k @ S))


def undo_without_beta(S, k, v, beta):
    """It looks as if all of the difference is taken out. beta times it was written."""
    return _undo(S, k, v, beta, change=lambda v, before, beta: v - before)


def undo_for_keys_of_length_one(S, k, v, beta):
    """It looks as if every key has length 1. What is left of what was held is 1 - beta times k · k."""
    return _undo(S, k, v, beta, length=1)


def undo_for_beta_one(S, k, v, beta):
    """It looks as if only beta = 1 can't be undone, and is always one that can't. It depends on the key's length too:
    beta times k · k is 1."""
    return None if beta == 1 else my_undo(S, k, v, beta)


def undo_that_does_not_divide(S, k, v, beta):
    """It looks as if what was held is not divided by what is left of it, 1 - beta times k · k."""
    return _undo(S, k, v, beta, held=lambda S, k, v, left: k @ S - (1 - left) * v)


def undo_that_forgets_the_value(S, k, v, beta):
    """It looks as if the value's part is not taken off before you divide. Under the key there is now part of what was
    held and part of the value."""
    return _undo(S, k, v, beta, held=lambda S, k, v, left: (k @ S) / left)


def undo_by_the_length(S, k, v, beta):
    """It looks as if the key's length is taken where its square, k · k, belongs."""
    return _undo(S, k, v, beta, length=k.norm())


def undo_for_beta_one_alone(S, k, v, beta):
    """It looks as if only beta = 1 can't be undone, and is always one that can't. It depends on the key's length too:
    beta times k · k is 1."""
    return None if beta == 1 else undo_by_dividing(S, k, v, beta)


def undo_by_dividing(S, k, v, beta):
    """It looks as if you divide by 0 where beta times k · k is 1. What the state said under the key is gone there: give
    None."""
    square = beta * (k @ k)
    return S - torch.outer(k, beta * (v - (k @ S - square * v) / (1 - square)))


def undo_with_nan(S, k, v, beta):
    """It looks as if you divide by 0 where beta times k · k is 1. What the state said under the key is gone there: give
    None."""
    return _undo(S, k, v, beta, none=torch.full_like(S, torch.nan))


def undo_near_one(S, k, v, beta):
    """It looks as if you give None wherever beta times k · k is near 1. As long as anything is left of what was held,
    it can be worked out: None at exactly 1, up to rounding."""
    return None if abs(beta * (k @ k) - 1) < 0.1 else my_undo(S, k, v, beta)


def undo_with_zeros(S, k, v, beta):
    """It looks as if you give zeros, or the state as it is, where nothing can be known. What the state said under the
    key is gone, so no state is the answer: None."""
    return _undo(S, k, v, beta, none=torch.zeros_like(S))


def undo_with_the_state(S, k, v, beta):
    """It looks as if you give zeros, or the state as it is, where nothing can be known. What the state said under the
    key is gone, so no state is the answer: None."""
    return _undo(S, k, v, beta, none=S.clone())


MY_UNDO = Exercise(
    id="my_undo",
    title="One token back",
    difficulty=3,
    minutes=20,
    kind="transfer",
    contract="S [K, V], the state right behind a token whose key k [K], value v [V] and beta, a number above 0, the "
    "delta rule has written, without decay. To the state [K, V] before that token; None where it can't be told, which "
    "is where beta times k · k is exactly 1. Keys may have any length.",
    cases=(
        (grid((4.0,)), grid(1), grid(6), 0.5),
        (grid((3, 1), (2, 5)), grid(1, 0), grid(4, 2), 0.5),
        (grid((3, 1, 0), (2, 5, 1)), grid(0.6, 0.8), grid(7, 0, 2), 0.25),
        (grid((3, 1), (2, 5)), grid(1, 0), grid(3, 1), 1.0),
        (grid((3, 1), (2, 5)), grid(2, 1), grid(3, 1), 1.0),
        (grid((8, 1, 2), (2, 5, 0)), grid(2, 0), grid(3, 1, 5), 0.25),
        (grid((3, 1), (2, 5)), grid(1, 0), grid(4, 2), 0.999),
        (random(1, 5, 3), random(2, 5), random(3, 3), 0.7),
        (random(4, 3, 6), random(5, 3), random(6, 6), 1.3),
        (random(7, 4, 4), 3 * random(8, 4), random(9, 4), 0.1),
    ),
    tried="a state of one number, keys of length 1 and others, beta above, below and near 1, and what can't be told",
    hints=(
        "If you knew what was held under the key before, you could take out what was written.",
        "Ask the state with k now: it says held + beta * (k @ k) * (v - held). Solve for held.",
        "held = (k @ S - beta * (k @ k) * v) / (1 - beta * (k @ k)).",
    ),
    solution=my_undo,
    mistakes=(
        undo_with_what_is_held_now,
        undo_with_what_is_held_now_everywhere,
        undo_of_a_sum,
        undo_of_a_weaker_sum,
        undo_by_adding,
        undo_by_the_rule_again,
        undo_without_beta,
        undo_for_keys_of_length_one,
        undo_for_beta_one,
        undo_for_beta_one_alone,
        undo_by_dividing,
        undo_with_nan,
        undo_near_one,
        undo_that_does_not_divide,
        undo_that_forgets_the_value,
        undo_by_the_length,
        undo_with_zeros,
        undo_with_the_state,
    ),
)
