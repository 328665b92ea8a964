"""An exercise of lesson 06: is it causal?"""

import numpy as np

from lessons_lib.classroom.exercises import Exercise


def my_is_causal(score, ids, V):
    before = np.asarray(score(ids))
    for place in range(1, len(ids)):
        for token in range(V):
            after = np.asarray(score([*ids[:place], token, *ids[place + 1 :]]))
            if not np.allclose(after[:place], before[:place]):
                return False
    return True


def swaps(score, ids, V, places, rows, tokens=None, tolerance=1e-8):
    """Whether no swap at these places moves these rows; what the mistakes have in common."""
    before = np.asarray(score(ids))
    for place in places:
        for token in range(V) if tokens is None else tokens(ids[place]):
            after = np.asarray(score([*ids[:place], token, *ids[place + 1 :]]))
            if not np.allclose(after[rows(place)], before[rows(place)], rtol=0, atol=tolerance):
                return False
    return True


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
    before, other = np.asarray(score(ids)), list(ids)
    for place in range(1, len(ids)):
        for other[place] in range(V):
            if not np.allclose(np.asarray(score(other))[:place], before[:place]):
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
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place), tolerance=0.05)


def causal_compares_the_winner(score, ids, V):
    """It looks as if only the likeliest token was compared. Scores can move without changing the winner."""
    return my_is_causal(lambda ids: np.asarray(score(ids)).argmax(-1), ids, V)


def causal_by_prefixes(score, ids, V):
    """It looks as if the rows of the beginning alone were compared with those of the whole. That tries the tokens that
    follow and no others: a leak may wait for another token."""
    whole = np.asarray(score(ids))
    return all(np.allclose(np.asarray(score(ids[:place])), whole[:place]) for place in range(1, len(ids)))


def causal_always(score, ids, V):
    """It looks as if every model is causal, whatever it does: is anything compared?"""
    return True


def causal_upside_down(score, ids, V):
    """It looks as if the answer is upside down: True means that no later token moves an earlier row."""
    return not my_is_causal(score, ids, V)


def causal_adds_up_the_changes(score, ids, V):
    """It looks as if the changes of all scores were added up. One that goes up and one that goes down then cancel: look
    at each, without its sign."""
    before = np.asarray(score(ids))
    for place in range(1, len(ids)):
        for token in range(V):
            after = np.asarray(score([*ids[:place], token, *ids[place + 1 :]]))
            if abs((after[:place] - before[:place]).sum()) > 1e-9:
                return False
    return True


def own_token_only(ids: list) -> np.ndarray:
    """Causal: each row depends on its token alone."""
    return np.array([[token, 1.5 * token - 2] for token in ids], dtype=float)


def running_mean(ids: list) -> np.ndarray:
    """Causal: each row is the mean so far."""
    return own_token_only(ids).cumsum(0) / np.arange(1, len(ids) + 1)[:, None]


def sees_the_next(ids: list) -> np.ndarray:
    """Each row knows its successor."""
    return own_token_only(ids) + own_token_only([*ids[1:], 0])


def whispers(ids: list) -> np.ndarray:
    """Each row knows the mean of all, a little."""
    return own_token_only(ids) + 0.001 * np.mean(ids)


def second_tells_first(ids: list) -> np.ndarray:
    """The second token reaches the first row, and nothing else leaks."""
    rows = running_mean(ids)
    rows[:1] += own_token_only(ids)[1:2].sum(0)
    return rows


def last_tells_first(ids: list) -> np.ndarray:
    """The last token reaches the first row, and nothing else leaks."""
    rows = running_mean(ids)
    rows[0] += own_token_only(ids)[-1]
    return rows


def last_tells_its_neighbour(ids: list) -> np.ndarray:
    """The last token reaches the row before it, and nothing else leaks."""
    rows = running_mean(ids)
    rows[-2:-1] += own_token_only(ids)[-1]
    return rows


def three_tells_all(ids: list) -> np.ndarray:
    """A 3 anywhere moves all rows; no other token does."""
    return own_token_only(ids) + (3 in ids)


def two_turns_all(ids: list) -> np.ndarray:
    """A 2 anywhere turns the two scores of all rows round, and with them the winner; no other token does."""
    return own_token_only(ids)[:, :: -1 if 2 in ids else 1]


def cancels_out(ids: list) -> np.ndarray:
    """The last token moves one score of the first row up and the other as far down."""
    rows = running_mean(ids)
    rows[0] += np.array([1.0, -1.0]) * ids[-1]
    return rows


IS_CAUSAL = Exercise(
    id="is_causal",
    title="Is it causal?",
    difficulty=3,
    minutes=12,
    kind="transfer",
    contract="a function score from a list of T ids to scores [T, V], a list of ids below V, and V, to True if no "
    "later token, whichever it is, changes any number of an earlier row, else False. Changes below 1e-6 are rounding.",
    cases=(
        (own_token_only, [2, 1], 4),
        (running_mean, [2, 1, 3], 4),
        (sees_the_next, [2, 1, 3], 4),
        (second_tells_first, [2, 1, 3, 1], 4),
        (last_tells_first, [2, 1, 3, 1], 4),
        (last_tells_its_neighbour, [2, 1, 3, 1], 4),
        (whispers, [2, 1, 3, 1], 4),
        (cancels_out, [2, 1, 3, 1], 4),
        (three_tells_all, [0, 1, 0, 1], 5),
        (two_turns_all, [0, 1, 0, 1], 5),
    ),
    tried="two causal models, and leaks from the next, the second and the last token, one that cancels out, "
    "a faint one and a rare one",
    hints=(
        "Score the ids once. Then swap one token for another and score again.",
        "If the token at `place` was swapped, compare the rows [:place] of both results.",
        "Two loops: over all places from 1, and over all V tokens.",
    ),
    solution=my_is_causal,
    mistakes=(
        causal_adds_up_the_changes,
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
