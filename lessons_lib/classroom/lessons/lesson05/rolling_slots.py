"""An exercise of lesson 05: which token lies in which slot of a rolling cache."""

from lessons_lib.classroom.exercises import Exercise


def my_slots(tokens, window):
    slots = [None] * window
    for token in range(tokens):
        slots[token % window] = token
    return slots


def slots_in_order(tokens, window):
    """It looks as if the tokens were sorted, the oldest first. Token t stays in slot t % window until another takes its
    place."""
    kept = list(range(max(0, tokens - window), tokens))
    return kept + [None] * (window - len(kept))


def slots_the_last_in_order(tokens, window):
    """It looks as if the last tokens were listed, the oldest first. There are always `window` slots: token t stays in
    slot t % window until another takes its place, and an empty slot holds None."""
    return list(range(max(0, tokens - window), tokens))


def slots_newest_first(tokens, window):
    """It looks as if the newest token is always in slot 0. Token t stays in slot t % window until another takes its
    place."""
    kept = list(range(max(0, tokens - window), tokens))[::-1]
    return kept + [None] * (window - len(kept))


def slots_counting_from_one(tokens, window):
    """It looks as if tokens count from 1: the first token is number 0, and lies in slot 0."""
    return [None if token is None else token + 1 for token in my_slots(tokens, window)]


def slots_with_numbers_from_one(tokens, window):
    """It looks as if tokens count from 1: the first token is number 0, and lies in slot 0."""
    slots = [None] * window
    for token in range(1, tokens + 1):
        slots[token % window] = token
    return slots


def slots_one_further(tokens, window):
    """It looks as if token t went into slot (t + 1) % window. Token 0 lies in slot 0."""
    slots = my_slots(tokens, window)
    return slots[-1:] + slots[:-1]


def slots_one_too_many(tokens, window):
    """It looks as if one token more was read: `tokens` of them are numbered 0 to tokens - 1."""
    return my_slots(tokens + 1, window)


def slots_that_stay(tokens, window):
    """It looks as if the first tokens keep their slots. A new token overwrites what lies there, the one that has just
    left the window."""
    return [slot if slot < tokens else None for slot in range(window)]


def slots_empty_are_minus_one(tokens, window):
    """It looks as if empty slots hold -1. They hold None."""
    return [-1 if token is None else token for token in my_slots(tokens, window)]


def slots_empty_are_zero(tokens, window):
    """It looks as if empty slots hold 0. But 0 is a token: they hold None."""
    return [0 if token is None else token for token in my_slots(tokens, window)]


def slots_without_the_empty(tokens, window):
    """It looks as if empty slots were left out. There are always `window` slots, and an empty one holds None."""
    return [token for token in my_slots(tokens, window) if token is not None]


def slots_by_division(tokens, window):
    """It looks as if the slot is t // window, how often the window fits. It is the rest, t % window."""
    slots = [None] * window
    for token in range(tokens):
        slots[min(token // window, window - 1)] = token
    return slots


def slots_of_a_cleared_cache(tokens, window):
    """It looks as if the slots are emptied each time that they are full. Only the one slot that a new token needs is
    overwritten."""
    start = (tokens - 1) // window * window if tokens else 0
    return [start + slot if start + slot < tokens else None for slot in range(window)]


def slots_that_lose_token_0(tokens, window):
    """It looks as if token 0 was taken for an empty slot: 0 counts as false, so `if token` leaves it out. Ask
    `token is not None`, or whether there is such a token."""
    return [token if token else None for token in my_slots(tokens, window)]


def slots_that_shift(tokens, window):
    """It looks as if the tokens move up when one comes in, as in a queue. A rolling cache shifts nothing: token t is
    written into slot t % window, and stays there until another takes its place."""
    return ([None] * window + list(range(tokens)))[-window:]


def slots_without_the_last(tokens, window):
    """It looks as if the last token was left out: `tokens` of them are numbered 0 to tokens - 1, which is
    range(tokens)."""
    return my_slots(max(0, tokens - 1), window)


def slots_without_none(tokens, window):
    """It looks as if slots that no token has reached yet hold numbers below 0. They hold None."""
    return [tokens - 1 - (tokens - 1 - slot) % window for slot in range(window)]


def slots_of_a_smaller_window(tokens, window):
    """It looks as if the slot is the rest by window - 1, so the last slot stays empty. It is t % window."""
    return [*my_slots(tokens, max(1, window - 1)), None][:window]


ROLLING_SLOTS = Exercise(
    id="rolling_slots",
    title="Which token lies where?",
    difficulty=1,
    minutes=5,
    kind="transfer",
    contract="how many tokens were read, 0 or more, one at a time, and a window of 1 or more, to a list of `window` "
    "entries: for each slot of the rolling cache the number of the token in it, counted from 0; None where there is "
    "none yet.",
    cases=((0, 2), (1, 3), (3, 3), (4, 3), (5, 1), (10, 4), (6, 5), (17, 5), (20, 5)),
    tried="no token, slots still empty, just full, overwritten once and several times, a window of 1",
    hints=(
        "Begin with a list of `window` times None.",
        "Then put each token 0, 1, 2, … into its slot, whatever lies there.",
        "The slot of token t is t % window.",
    ),
    solution=my_slots,
    mistakes=(
        slots_in_order,
        slots_the_last_in_order,
        slots_newest_first,
        slots_counting_from_one,
        slots_with_numbers_from_one,
        slots_one_further,
        slots_one_too_many,
        slots_that_stay,
        slots_empty_are_minus_one,
        slots_empty_are_zero,
        slots_without_the_empty,
        slots_by_division,
        slots_of_a_cleared_cache,
        slots_that_lose_token_0,
        slots_that_shift,
        slots_without_the_last,
        slots_without_none,
        slots_of_a_smaller_window,
    ),
)
