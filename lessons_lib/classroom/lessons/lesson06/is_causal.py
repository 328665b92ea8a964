"""An exercise of lesson 06: is it causal?"""

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise


def my_is_causal(score, ids, V):
    before = score(ids)
    for place in range(1, len(ids)):
        for token in range(V):
            after = score([*ids[:place], token, *ids[place + 1 :]])
            if (after - before)[:place].abs().max() > 1e-6:
                return False
    return True


def swaps(score, ids, V, places, rows, tokens=None, differ=lambda now, then: ((now - then).abs() > 1e-6).any()):
    """Whether no swap at these places moves these rows; what the mistakes have in common."""
    before = score(ids)
    for place in places:
        for token in range(V) if tokens is None else tokens(ids[place]):
            after = score([*ids[:place], token, *ids[place + 1 :]])
            if differ(after[rows(place)], before[rows(place)]):
                return False
    return True


def rows_before(score, ids, V, differ):
    """All swaps, and the right rows, by another comparison."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place), differ=differ)


def causal_swaps_the_last_only(score, ids, V):
    """It looks as if only the last token was swapped. A leak may reach back from any place."""
    return swaps(score, ids, V, [len(ids) - 1], lambda place: slice(place))


def causal_swaps_the_second_only(score, ids, V):
    """It looks as if only one early token was swapped. A leak may begin later in the text."""
    return swaps(score, ids, V, [1], lambda place: slice(place))


def causal_tries_one_token(score, ids, V):
    """It looks as if only one other token was tried at each place. Some leaks open for one token alone: try all V."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place), lambda token: [(token + 1) % V])


def causal_keeps_the_swaps(score, ids, V):
    """It looks as if a swapped token stays swapped when the next place is tried. Start from the given ids each time."""
    before, other = score(ids), list(ids)
    for place in range(1, len(ids)):
        for other[place] in range(V):
            if (score(other) - before)[:place].abs().max() > 1e-6:
                return False
    return True


def causal_includes_itself(score, ids, V):
    """It looks as if the swapped token's own row had to stay. It may move; only the rows before it may not."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place + 1))


def causal_looks_after(score, ids, V):
    """It looks as if you watched the rows after the swapped token. Those may move; the ones before it may not."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place + 1, None))


def causal_looks_at_the_first_row(score, ids, V):
    """It looks as if only the first row was watched. A leak may reach back by one token and no further."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(1))


def causal_with_wide_tolerance(score, ids, V):
    """It looks as if small changes were let pass. Any change of an earlier row is a leak, however small."""
    return rows_before(score, ids, V, lambda now, then: (now - then).abs().max() > 0.05)


def causal_compares_the_winner(score, ids, V):
    """It looks as if only the likeliest token was compared. Scores can move without changing the winner."""
    return rows_before(score, ids, V, lambda now, then: (now.argmax(-1) != then.argmax(-1)).any())


def causal_by_prefixes(score, ids, V):
    """It looks as if the rows of the beginning alone were compared with those of the whole. That tries the tokens that
    follow and no others: a leak may wait for another token."""
    whole = score(ids)
    return all((score(ids[:place]) - whole[:place]).abs().max() <= 1e-6 for place in range(1, len(ids)))


def causal_always(score, ids, V):
    """It looks as if every model is causal, whatever it does: is anything compared?"""
    return True


def causal_upside_down(score, ids, V):
    """It looks as if the answer is upside down: True means that no later token moves an earlier row."""
    return not my_is_causal(score, ids, V)


def causal_adds_up_the_changes(score, ids, V):
    """It looks as if the changes of all scores were added up. One that goes up and one that goes down then cancel: look
    at each, without its sign."""
    return rows_before(score, ids, V, lambda now, then: abs((now - then).sum()) > 1e-6)


def causal_without_abs(score, ids, V):
    """It looks as if only scores that rise are noticed. A leak may also lower one: compare without the sign, by abs."""
    return rows_before(score, ids, V, lambda now, then: (now - then).max() > 1e-6)


def causal_to_the_last_digit(score, ids, V):
    """It looks as if every difference counts, also in the last digit. Changes below 1e-6 are rounding."""
    return rows_before(score, ids, V, lambda now, then: (now != then).any())


def causal_with_allclose(score, ids, V):
    """It looks as if a large score may change more than a small one, as allclose does unless it is told rtol=0. Here
    every change above 1e-6 counts."""
    return rows_before(score, ids, V, lambda now, then: not torch.allclose(now, then))


def causal_looks_at_the_row_before(score, ids, V):
    """It looks as if only the row just before the swapped token was watched. A leak may reach further back."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place - 1, place))


def causal_after_one_swap(score, ids, V):
    """It looks as if you answer after the first swap: the return True stands inside the loop. One swap that moves
    nothing proves nothing; only when all are tried is the answer True."""
    return swaps(score, ids, V, [1], lambda place: slice(place), lambda token: [0])


def own_token_only(ids: list | Tensor) -> Tensor:
    """Causal: each row depends on its token alone."""
    tokens = torch.as_tensor(ids).double()
    return torch.stack((tokens, 1.5 * tokens - 2), -1)


def running_mean(ids: list | Tensor) -> Tensor:
    """Causal: each row is the mean so far."""
    return own_token_only(ids).cumsum(0) / torch.arange(1, len(ids) + 1)[:, None]


def rounds(ids: list | Tensor) -> Tensor:
    """Causal, up to rounding: the digits behind the ninth depend on all tokens."""
    return running_mean(ids) + 1e-10 * own_token_only(ids).sum()


def sees_the_next(ids: list | Tensor) -> Tensor:
    """Each row knows its successor."""
    rows = own_token_only(ids)
    return rows + torch.cat((rows[1:], rows[:1]))


def whispers(ids: list | Tensor) -> Tensor:
    """Each row knows the mean of all, a little."""
    rows = own_token_only(ids)
    return rows + 0.001 * rows[:, 0].mean()


def whispers_beside_large_scores(ids: list | Tensor) -> Tensor:
    """The last token moves scores of 20 by a ten-thousandth and less."""
    rows = own_token_only(ids)
    return rows + 20 + 0.0001 * rows[-1, 0] / 4


def second_tells_first(ids: list | Tensor) -> Tensor:
    """The second token reaches the first row, and nothing else leaks."""
    rows = running_mean(ids)
    rows[:1] += own_token_only(ids)[1:2].sum(0)
    return rows


def last_tells_first(ids: list | Tensor) -> Tensor:
    """The last token reaches the first row, and nothing else leaks."""
    rows = running_mean(ids)
    rows[0] += own_token_only(ids)[-1]
    return rows


def last_tells_its_neighbour(ids: list | Tensor) -> Tensor:
    """The last token reaches the row before it, and nothing else leaks."""
    rows = running_mean(ids)
    rows[-2:-1] += own_token_only(ids)[-1]
    return rows


def last_lowers_first(ids: list | Tensor) -> Tensor:
    """Any other last token than 1 lowers the first row, and nothing else leaks."""
    rows = running_mean(ids)
    rows[0] -= (own_token_only(ids)[-1, 0] - 1).abs()
    return rows


def three_tells_all(ids: list | Tensor) -> Tensor:
    """A 3 anywhere moves all rows; no other token does."""
    return own_token_only(ids) + float(3 in torch.as_tensor(ids).tolist())


def two_turns_all(ids: list | Tensor) -> Tensor:
    """A 2 anywhere turns the two scores of all rows round, and with them the winner; no other token does."""
    rows = own_token_only(ids)
    return rows.flip(1) if 2 in torch.as_tensor(ids).tolist() else rows


def cancels_out(ids: list | Tensor) -> Tensor:
    """The last token moves one score of the first row up and the other as far down."""
    rows = running_mean(ids)
    rows[0] += torch.tensor([1.0, -1.0]) * rows.new_tensor(float(ids[-1]))
    return rows


IS_CAUSAL = Exercise(
    id="is_causal",
    title="Is it causal?",
    difficulty=3,
    minutes=14,
    kind="transfer",
    contract="a function score from a list of T ids to scores, a tensor [T, V], then a list of ids below V, and V; to "
    "True if no later token, whichever it is, changes any number of an earlier row by more than 1e-6 (less is "
    "rounding), else False.",
    cases=(
        (own_token_only, [2, 1], 4),
        (running_mean, [2, 1, 3], 4),
        (rounds, [2, 1, 3], 4),
        (sees_the_next, [2, 1, 3], 4),
        (second_tells_first, [2, 1, 3, 1], 4),
        (last_tells_first, [2, 1, 3, 1], 4),
        (last_tells_its_neighbour, [2, 1, 3, 1], 4),
        (last_lowers_first, [2, 1, 3, 1], 4),
        (whispers, [2, 1, 3, 1], 4),
        (whispers_beside_large_scores, [2, 1, 3, 1], 4),
        (cancels_out, [2, 1, 3, 1], 4),
        (three_tells_all, [0, 1, 0, 1], 5),
        (two_turns_all, [0, 1, 0, 1], 5),
    ),
    tried="three causal models, one of which rounds, and leaks from the next, the second and the last token, one that "
    "only lowers, one that cancels out, two faint ones and two rare ones",
    hints=(
        "Score the ids once. Then swap one token for another and score again.",
        "If the token at `place` was swapped, compare the rows [:place] of both: (after - before)[:place].abs().max().",
        "Two loops: over all places from 1, and over all V tokens.",
    ),
    solution=my_is_causal,
    mistakes=(
        causal_after_one_swap,
        causal_adds_up_the_changes,
        causal_without_abs,
        causal_to_the_last_digit,
        causal_with_allclose,
        causal_looks_at_the_row_before,
        causal_swaps_the_last_only,
        causal_swaps_the_second_only,
        causal_tries_one_token,
        causal_keeps_the_swaps,
        causal_includes_itself,
        causal_looks_after,
        causal_looks_at_the_first_row,
        causal_with_wide_tolerance,
        causal_compares_the_winner,
        causal_upside_down,
        causal_by_prefixes,
        causal_always,
    ),
)
