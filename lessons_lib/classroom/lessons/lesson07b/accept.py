"""An exercise of lesson 07b: accept a guess, or draw what is missing."""

import torch

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused


def my_accept(p, q, guess, u, dart):
    if u < p[guess] / q[guess]:
        return guess
    missing = (p - q).clamp(min=0)
    return int((missing.cumsum(0) / missing.sum() <= dart).sum())


def the_same_each_time(answer, p, q, guess, u, dart):
    """What a learner's function makes of a case; refused if asking again gives another token."""
    again = {str(answer(p.clone(), q.clone(), guess, u, dart)) for _ in range(7)}
    if len(again) > 1:
        raise Refused(f"for the same numbers your function gave {' and '.join(sorted(again)[:2])}: draw with the dart")
    return answer(p, q, guess, u, dart)


def _dart_on(chances, dart):
    return int((chances.cumsum(0) / chances.sum() <= dart).sum())


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


def accept_by_the_smaller(p, q, guess, u, dart):
    """It looks as if a guess is accepted with the chance min(p, q). So often a token is drawn and accepted; this one
    has been drawn, and p / q is what is left to decide."""
    return guess if u < min(p[guess], q[guess]) else my_accept(p, q, guess, float("inf"), dart)


def accept_by_its_share(p, q, guess, u, dart):
    """It looks as if a guess is accepted with the chance p / (p + q). It is p / q: where the model's chance is at least
    the draft's, the guess always stands."""
    return guess if u < p[guess] / (p[guess] + q[guess]) else my_accept(p, q, guess, float("inf"), dart)


def accept_with_the_two_swapped(p, q, guess, u, dart):
    """It looks as if u and the dart have changed places: u decides whether the guess stands, and the dart falls on the
    missing chances."""
    return my_accept(p, q, guess, dart, u)


def accept_takes_the_missing_as_chances(p, q, guess, u, dart):
    """It looks as if the missing chances are not made to add up to 1 before the dart is thrown."""
    missing = (p - q).clamp(min=0)
    return guess if u < p[guess] / q[guess] else min(int((missing.cumsum(0) <= dart).sum()), len(p) - 1)


def accept_takes_the_difference(p, q, guess, u, dart):
    """It looks as if you used the size of the difference. Only what p has MORE than q is missing; where q is larger,
    nothing is."""
    missing = (p - q).abs()
    return guess if u < p[guess] / q[guess] else int((missing.cumsum(0) / missing.sum() <= dart).sum())


def accept_without_clamp(p, q, guess, u, dart):
    """It looks as if negative differences stay in the line. Where q is larger, nothing is missing: clamp(min=0)."""
    missing = p - q
    return guess if u < p[guess] / q[guess] else int((missing.cumsum(0) / missing.sum() <= dart).sum())


def accept_without_clamp_divided_first(p, q, guess, u, dart):
    """It looks as if negative differences stay in the line. Where q is larger, nothing is missing: clamp(min=0)."""
    missing = (p - q) / (p - q).sum()  # about 0
    return guess if u < p[guess] / q[guess] else min(int((missing.cumsum(0) <= dart).sum()), len(p) - 1)


def accept_counts_the_missing_alone(p, q, guess, u, dart):
    """It looks as if the tokens of which nothing is missing are left out before they are counted. Then the place is not
    the token's id: leave them in, with 0."""
    missing = (p - q)[p > q]
    return guess if u < p[guess] / q[guess] else _dart_on(missing, dart)


def accept_draws_evenly(p, q, guess, u, dart):
    """It looks as if all tokens of which something is missing are equally likely. Each has as much of the line as is
    missing of it: p - q."""
    return guess if u < p[guess] / q[guess] else _dart_on((p > q).float(), dart)


def accept_throws_from_the_other_end(p, q, guess, u, dart):
    """It looks as if the missing chances lie on the line from the last token to the first. They lie in the order of the
    ids, as cumsum adds them up."""
    missing = (p - q).clamp(min=0).flip(0)
    return guess if u < p[guess] / q[guess] else len(p) - 1 - _dart_on(missing, dart)


def accept_takes_the_most_missing(p, q, guess, u, dart):
    """It looks as if a refused guess is replaced by the token of which most is missing. It has to be drawn, with the
    dart."""
    return guess if u < p[guess] / q[guess] else int((p - q).argmax())


def accept_draws_again_from_the_draft(p, q, guess, u, dart):
    """It looks as if a refused guess is replaced by another draw from q. That one would have to be judged too: draw
    from what is missing, p - q where that is above 0."""
    return guess if u < p[guess] / q[guess] else _dart_on(q, dart)


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


def accept_above_the_ratio(p, q, guess, u, dart):
    """It looks as if a guess is accepted where u is above p / q. A number from 0 to 1 is below p / q with the chance
    p / q: that is where the guess is accepted."""
    return guess if u > p[guess] / q[guess] else my_accept(p, q, guess, float("inf"), dart)


def accept_without_u(p, q, guess, u, dart):
    """It looks as if a guess is refused wherever p is less than q. It is accepted with the chance p / q then: compare u
    with that."""
    return guess if p[guess] >= q[guess] else my_accept(p, q, guess, float("inf"), dart)


def accept_throws_u(p, q, guess, u, dart):
    """It looks as if u is thrown a second time, in place of the dart. A refusal says that u is large, so it is no fair
    draw any more: that is what the dart is for."""
    return my_accept(p, q, guess, u, u)


def accept_redraws_from_p_without_the_guess(p, q, guess, u, dart):
    """It looks as if a refused guess is replaced by a draw from p without the guess. Draw from what p has more than q:
    where q is larger, nothing is missing."""
    rest = p.clone()
    rest[guess] = 0
    return guess if u < p[guess] / q[guess] else _dart_on(rest, dart)


def accept_softmax_of_the_missing(p, q, guess, u, dart):
    """It looks as if softmax makes the missing chances add up to 1. It gives a share to tokens of which nothing is
    missing, too: divide by the sum."""
    missing = (p - q).clamp(min=0)
    return guess if u < p[guess] / q[guess] else _dart_on(missing.softmax(0), dart)


def accept_at_the_ratio(p, q, guess, u, dart):
    """Right, but for u exactly at the ratio. Where p is 0 the ratio is 0, and u may be 0: the model never writes that
    token, so ask for u < p / q."""
    return guess if u <= p[guess] / q[guess] else my_accept(p, q, guess, u, dart)


def accept_dart_on_the_border(p, q, guess, u, dart):
    """Right, but for a dart exactly on a border, such as 0. It belongs to the piece that begins there; else a token may
    come of which nothing is missing."""
    missing = (p - q).clamp(min=0)
    return guess if u < p[guess] / q[guess] else int((missing.cumsum(0) / missing.sum() < dart).sum())


def accept_on_both_borders(p, q, guess, u, dart):
    """Right, but for the borders: u exactly at the ratio refuses (the ratio may be 0, and u too), and a dart exactly on
    a border, such as 0, belongs to the piece that begins there."""
    return guess if u <= p[guess] / q[guess] else accept_dart_on_the_border(p, q, guess, u, dart)


def accept_never_refuses(p, q, guess, u, dart):
    """It looks as if every guess is accepted. Then the text is the draft's."""
    return guess


P3, Q3 = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.7, 0.1])


P4, Q4 = torch.tensor([0.1, 0.2, 0.3, 0.4]), torch.tensor([0.4, 0.3, 0.2, 0.1])
NEVER = torch.tensor([0.0, 0.7, 0.3])  # the model never writes the first token


ACCEPT = Exercise(
    id="accept",
    title="Accept a guess, or draw what is missing",
    difficulty=3,
    minutes=15,
    contract="the model's chances p [V], the draft's q [V], a guess drawn from q, and two random numbers from 0 below "
    "1: u decides whether the guess is accepted, and the dart falls on the line of the missing chances otherwise. To a "
    "token id.",
    cases=(
        (P3, Q3, 0, 0.99, 0.9),
        (P3, Q3, 1, 0.40, 0.5),
        (P3, Q3, 1, 0.45, 0.55),
        (P3, Q3, 1, 0.45, 0.9),
        (P3, Q3, 1, 0.35, 0.1),
        (P3, Q3, 1, 0.9, 0.36),
        (P4, Q4, 0, 0.22, 0.0),
        (P4, Q4, 0, 0.9, 0.15),
        (P4, Q4, 0, 0.9, 0.35),
        (P4, Q4, 1, 0.9, 0.95),
        (P4, Q4, 1, 0.7, 0.55),
        (P4, Q4, 3, 0.999, 0.0),
        (P4, Q4, 0, 0.9, 0.0),
        (NEVER, Q3, 0, 0.0, 0.5),
        (P3, Q3, 0, 0.3, 0.9),
        (P3, Q3, 0, 0.6, 0.9),
    ),
    tried="guesses proposed too often and too rarely, both sides of the ratio, darts on each missing piece, "
    "and 0 for u and for the dart",
    hints=(
        "u < p[guess] / q[guess] accepts; a ratio above 1 always does.",
        "What is missing: (p - q).clamp(min=0), divided by its sum.",
        "The dart hits the first running total above it: count the totals that are not above the dart.",
    ),
    solution=my_accept,
    harness=the_same_each_time,
    mistakes=(
        accept_redraws_from_p,
        accept_upside_down,
        accept_by_p,
        accept_by_the_smaller,
        accept_by_its_share,
        accept_with_the_two_swapped,
        accept_takes_the_missing_as_chances,
        accept_takes_the_difference,
        accept_without_clamp,
        accept_without_clamp_divided_first,
        accept_counts_the_missing_alone,
        accept_draws_evenly,
        accept_throws_from_the_other_end,
        accept_takes_the_most_missing,
        accept_draws_again_from_the_draft,
        accept_takes_the_likeliest,
        accept_redraws_from_q,
        accept_redraws_from_the_overlap,
        accept_above_the_ratio,
        accept_without_u,
        accept_throws_u,
        accept_redraws_from_p_without_the_guess,
        accept_softmax_of_the_missing,
        accept_at_the_ratio,
        accept_dart_on_the_border,
        accept_on_both_borders,
        accept_never_refuses,
    ),
)
