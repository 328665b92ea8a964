"""An exercise of lesson 07b: accept a guess, or draw what is missing."""

import torch

from lessons_lib.classroom.exercises import Exercise


def my_accept(p, q, guess, u, dart):
    if u < p[guess] / q[guess]:
        return guess
    missing = (p - q).clamp(min=0)
    return int((missing.cumsum(0) / missing.sum() <= dart).sum())


def accept_redraws_from_p(p, q, guess, u, dart):
    """It looks as if a refused guess is replaced by a draw from p. Then tokens that the draft proposes too often still
    come too often: draw from what p has more than q."""
    return guess if u < p[guess] / q[guess] else int((p.cumsum(0) <= dart).sum())


def accept_upside_down(p, q, guess, u, dart):
    """It looks as if the ratio is upside down. What the draft proposes too often must be refused: p / q."""
    return guess if u < q[guess] / p[guess] else my_accept(p, q, guess, float("inf"), dart)


def accept_by_p(p, q, guess, u, dart):
    """It looks as if a guess is accepted with its chance p. It has already been drawn with the chance q; p / q puts
    that right."""
    return guess if u < p[guess] else my_accept(p, q, guess, float("inf"), dart)


def accept_takes_the_missing_as_chances(p, q, guess, u, dart):
    """It looks as if the missing chances are not made to add up to 1 before the dart is thrown."""
    missing = (p - q).clamp(min=0)
    return guess if u < p[guess] / q[guess] else min(int((missing.cumsum(0) <= dart).sum()), len(p) - 1)


def accept_takes_the_difference(p, q, guess, u, dart):
    """It looks as if you used the size of the difference. Only what p has MORE than q is missing; where q is larger,
    nothing is."""
    missing = (p - q).abs()
    return guess if u < p[guess] / q[guess] else int((missing.cumsum(0) / missing.sum() <= dart).sum())


def accept_takes_the_likeliest(p, q, guess, u, dart):
    """It looks as if a refused guess is replaced by the likeliest token. It has to be drawn, with the dart."""
    return guess if u < p[guess] / q[guess] else int(p.argmax())


def accept_redraws_from_q(p, q, guess, u, dart):
    """It looks as if the missing chances are q - p. Draw from what the model has more than the draft: p - q, where
    that is above 0."""
    missing = (q - p).clamp(min=0)
    return guess if u < p[guess] / q[guess] else int((missing.cumsum(0) / missing.sum() <= dart).sum())


def accept_redraws_from_the_overlap(p, q, guess, u, dart):
    """It looks as if a refused guess is replaced by a draw from the smaller of p and q. That part has come through
    already; draw from what is missing, p - q where that is above 0."""
    both = torch.minimum(p, q)
    return guess if u < p[guess] / q[guess] else int((both.cumsum(0) / both.sum() <= dart).sum())


def accept_never_refuses(p, q, guess, u, dart):
    """It looks as if every guess is accepted. Then the text is the draft's."""
    return guess


P3, Q3 = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.7, 0.1])


P4, Q4 = torch.tensor([0.1, 0.2, 0.3, 0.4]), torch.tensor([0.4, 0.3, 0.2, 0.1])


ACCEPT = Exercise(
    id="accept",
    title="Accept a guess, or draw what is missing",
    difficulty=3,
    minutes=14,
    contract="the model's chances p [V], the draft's q [V], a guess drawn from q, and two random numbers from 0 below "
    "1: u decides whether the guess is accepted, and the dart falls on the line of the missing chances otherwise. To a "
    "token id.",
    cases=(
        (P3, Q3, 0, 0.99, 0.9),
        (P3, Q3, 1, 0.40, 0.5),
        (P3, Q3, 1, 0.45, 0.55),
        (P3, Q3, 1, 0.45, 0.9),
        (P3, Q3, 1, 0.35, 0.1),
        (P3, Q3, 1, 0.9, 0.3),
        (P4, Q4, 0, 0.2, 0.0),
        (P4, Q4, 0, 0.9, 0.15),
        (P4, Q4, 0, 0.9, 0.35),
        (P4, Q4, 1, 0.7, 0.55),
        (P4, Q4, 3, 0.999, 0.0),
    ),
    tried="guesses proposed too often and too rarely, both sides of the ratio, and darts on each missing piece",
    hints=(
        "u < p[guess] / q[guess] accepts; a ratio above 1 always does.",
        "What is missing: (p - q).clamp(min=0), divided by its sum.",
        "The dart hits the first running total above it: count the totals that are not above the dart.",
    ),
    solution=my_accept,
    mistakes=(
        accept_redraws_from_p,
        accept_upside_down,
        accept_by_p,
        accept_takes_the_missing_as_chances,
        accept_takes_the_difference,
        accept_takes_the_likeliest,
        accept_redraws_from_q,
        accept_redraws_from_the_overlap,
        accept_never_refuses,
    ),
)
