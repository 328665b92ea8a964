"""An exercise of lesson 06: is it causal?"""

from collections.abc import Callable

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.trials import Refused
from lessons_lib.classroom.values import comparable, same


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


def causal_keeps_the_swaps(score, ids, V):
    """It looks as if a swapped token stays swapped when the next place is tried. Start from the given ids each time."""
    before, other = score(ids), list(ids)
    for place in range(1, len(ids)):
        for other[place] in range(V):
            if (score(other) - before)[:place].abs().max() > 1e-6:
                return False
    return True


def causal_keeps_the_last_result(score, ids, V):
    """It looks as if each swap writes over what the one before it has found. One that moves an earlier row is enough:
    return False there and then."""
    before, found = score(ids), False
    for place in range(1, len(ids)):
        for token in range(V):
            after = score([*ids[:place], token, *ids[place + 1 :]])
            found = bool((after - before)[:place].abs().max() > 1e-6)
    return not found


def causal_includes_itself(score, ids, V):
    """It looks as if the swapped token's own row had to stay. It may move; only the rows before it may not."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place + 1))


def causal_looks_after(score, ids, V):
    """It looks as if you watched the rows after the swapped token. Those may move; the ones before it may not."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place + 1, None))


def causal_looks_from_itself_on(score, ids, V):
    """It looks as if you watched the rows from the swapped token on. Those may move; the ones before it may not."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place, None))


def causal_watches_all_rows(score, ids, V):
    """It looks as if no row may move. The swapped token's own and the later ones may; only the rows before it may
    not."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(None))


def causal_looks_at_the_first_row(score, ids, V):
    """It looks as if only the first row was watched. A leak may reach back by one token and no further."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(1))


def causal_looks_at_the_row_before(score, ids, V):
    """It looks as if only the row just before the swapped token was watched. A leak may reach further back."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place - 1, place))


def causal_leaves_out_the_row_before(score, ids, V):
    """It looks as if the row just before the swapped token was left out. [:place] holds all rows before it."""
    return swaps(score, ids, V, range(1, len(ids)), lambda place: slice(place - 1))


def causal_with_wide_tolerance(score, ids, V):
    """It looks as if small changes were let pass. Every change above 1e-6 of an earlier row is a leak."""
    return rows_before(score, ids, V, lambda now, then: ((now - then).abs() > 1e-5).any())


def causal_by_the_mean(score, ids, V):
    """It looks as if the mean of all changes was taken, in which a single one nearly vanishes. One number that moves is
    a leak: take the largest."""
    return rows_before(score, ids, V, lambda now, then: (now - then).abs().mean() > 1e-6)


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


def causal_never(score, ids, V):
    """It looks as if no model is causal, whatever it does: is there a way to a return True?"""
    return False


def causal_upside_down(score, ids, V):
    """It looks as if the answer is upside down: True means that no later token moves an earlier row."""
    return not my_is_causal(score, ids, V)


def causal_adds_up_the_changes(score, ids, V):
    """It looks as if the changes of all scores were added up. One that goes up and one that goes down then cancel: look
    at each, without its sign."""
    return rows_before(score, ids, V, lambda now, then: abs((now - then).sum()) > 1e-6)


def causal_adds_up_the_sizes(score, ids, V):
    """It looks as if the changes of all scores were added up. Much rounding then looks like a leak: take the largest
    change and not the sum."""
    return rows_before(score, ids, V, lambda now, then: (now - then).abs().sum() > 1e-6)


def causal_without_abs(score, ids, V):
    """It looks as if only scores that rise are noticed. A leak may also lower one: compare without the sign, by abs."""
    return rows_before(score, ids, V, lambda now, then: (now - then).max() > 1e-6)


def causal_without_abs_from_the_other_side(score, ids, V):
    """It looks as if only scores that fall are noticed. A leak may also raise one: compare without the sign, by abs."""
    return rows_before(score, ids, V, lambda now, then: (then - now).max() > 1e-6)


def causal_to_the_last_digit(score, ids, V):
    """It looks as if every difference counts, also in the last digit. Changes below 1e-6 are rounding."""
    return rows_before(score, ids, V, lambda now, then: (now != then).any())


def causal_with_allclose(score, ids, V):
    """It looks as if a large score may change more than a small one, as allclose does unless it is told rtol=0. Here
    every change above 1e-6 counts."""
    return rows_before(score, ids, V, lambda now, then: not torch.allclose(now, then))


def causal_with_half_of_allclose(score, ids, V):
    """It looks as if a large score may change more than a small one, as allclose does unless it is told rtol=0. Here
    every change above 1e-6 counts."""
    return rows_before(score, ids, V, lambda now, then: not torch.allclose(now, then, atol=1e-6))


def causal_after_one_swap(score, ids, V):
    """It looks as if you answer after the first swap: the return True stands inside the loop. One swap that moves
    nothing proves nothing; only when all are tried is the answer True."""
    return swaps(score, ids, V, [1], lambda place: slice(place), lambda token: [0])


def all_tried(answer: Callable, score: Callable, ids: list, V: int) -> object:
    """What an answer says of a model. It may say True only when every swap of one token was scored: a leak may open for
    any of them.

    Raises:
        Refused: if it says True before that, with nothing found, and if it hands over what is no list of ids below V.
    """
    given, scored = tuple(ids), {}

    def watched(text: list | Tensor) -> Tensor:
        tokens = torch.as_tensor(text)
        if tokens.ndim != 1:
            raise Refused(f"score takes one list of ids, got the shape {list(tokens.shape)}")
        if outside := [token for token in tokens.tolist() if not 0 <= token < V]:
            raise Refused(f"score got the id {outside[0]}; ids are below V, here {V}, and not below 0")
        scored[tuple(tokens.tolist())] = score(tokens)
        return score(tokens)

    said = comparable(answer(watched, ids, V))
    if tuple(ids) != given or not same(said, comparable(True)):
        return said
    right, untried = score(given), {}
    for place in range(1, len(given)):
        for token in {*range(V)} - {given[place]}:
            swapped = (*given[:place], token, *given[place + 1 :])
            if swapped not in scored:
                untried.setdefault(place, []).append(token)
            elif (scored[swapped] - right)[:place].abs().max() > 1e-6:
                return said  # what it scored would have told it
    for place, tokens in untried.items():
        which = f"token{'s' if len(tokens) > 1 else ''} {', '.join(map(str, sorted(tokens)))}"
        raise Refused(
            f"your function says True, but never scored the whole text with {which} at place {place}, all else as "
            "given: a leak may open for one token at one place alone"
        )
    return said


def own_token_only(ids: list | Tensor) -> Tensor:
    """Causal: each row [V] depends on its token alone."""
    tokens = torch.as_tensor(ids).double()
    return tokens[:, None] * torch.tensor([1.0, 1.5, -1.0, 0.5, 2.0]) + torch.tensor([0.5, -2.25, 3.0, 1.0, -3.0])


def running_mean(ids: list | Tensor) -> Tensor:
    """Causal: each row is the mean so far."""
    return own_token_only(ids).cumsum(0) / torch.arange(1, len(ids) + 1)[:, None]


def past_only(ids: list | Tensor) -> Tensor:
    """Causal: each row depends on the tokens before its own."""
    rows = running_mean(ids)
    return torch.cat((torch.ones_like(rows[:1]), rows[:-1]))


def deaf(ids: list | Tensor) -> Tensor:
    """Causal: no row depends on any token."""
    return torch.ones_like(own_token_only(ids))


def rounds(ids: list | Tensor) -> Tensor:
    """Causal, up to rounding: one score of the first row moves by half of 1e-6 at most."""
    rows = running_mean(ids)
    rows[0, 0] += 1.2e-7 * torch.as_tensor(ids).sum()
    return rows


def rounds_everywhere(ids: list | Tensor) -> Tensor:
    """Causal, up to rounding: all scores move by half of 1e-6 at most."""
    return running_mean(ids) + 1.2e-7 * torch.as_tensor(ids).sum()


def sees_the_next(ids: list | Tensor) -> Tensor:
    """Each row knows its successor."""
    rows = own_token_only(ids)
    return rows + torch.cat((rows[1:], rows[:1]))


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
    """Any other last token than 1 lowers the first row, and nothing else moves anything."""
    rows = deaf(ids)
    rows[0] -= float((torch.as_tensor(ids)[-1] - 1).abs())
    return rows


def whispers(ids: list | Tensor) -> Tensor:
    """A last token that is not 1 moves all scores, some of them near 0, by 1.3 millionths."""
    return running_mean(ids) + 1.3e-6 * float(ids[-1] != 1)


def whispers_once(ids: list | Tensor) -> Tensor:
    """A last token that is not 1 moves one score of the first row by 1.3 millionths."""
    rows = running_mean(ids)
    rows[0, 0] += 1.3e-6 * float(ids[-1] != 1)
    return rows


def whispers_beside_larger_scores(ids: list | Tensor) -> Tensor:
    """A last token that is not 1 moves scores of 3 by 1.3 millionths."""
    return 3 * deaf(ids) + 1.3e-6 * float(ids[-1] != 1)


def cancels_out(ids: list | Tensor) -> Tensor:
    """The last token moves one score of the first row up and another as far down."""
    rows = running_mean(ids)
    rows[0, :2] += torch.tensor([1.0, -1.0]) * float(ids[-1])
    return rows


def zero_tells_all(ids: list | Tensor) -> Tensor:
    """A 0 anywhere moves all rows; no other token does."""
    return own_token_only(ids) + float(0 in torch.as_tensor(ids).tolist())


def four_tells_all(ids: list | Tensor) -> Tensor:
    """A 4, the last token that there is, moves all rows; no other token does."""
    return own_token_only(ids) + float(4 in torch.as_tensor(ids).tolist())


def two_turns_all(ids: list | Tensor) -> Tensor:
    """A 2 anywhere turns the scores of all rows round, and with them the winner; no other token does."""
    rows = own_token_only(ids)
    return rows.flip(1) if 2 in torch.as_tensor(ids).tolist() else rows


IS_CAUSAL = Exercise(
    id="is_causal",
    title="Is it causal?",
    difficulty=3,
    minutes=15,
    kind="transfer",
    contract="a function score from a list of T ids to scores, a tensor [T, V], then a list of ids below V, and V; to "
    "True if no later token, whichever it is, changes any number of an earlier row by more than 1e-6 (less is "
    "rounding), else False.",
    cases=(
        (own_token_only, [2, 1], 5),
        (past_only, [2, 1, 3], 5),
        (deaf, [2, 1, 3], 5),
        (rounds, [2, 1, 3], 5),
        (rounds_everywhere, [2, 1, 3], 5),
        (sees_the_next, [2, 1, 3], 5),
        (second_tells_first, [2, 1, 3, 1], 5),
        (last_tells_first, [2, 1, 3, 1], 5),
        (last_tells_its_neighbour, [2, 1, 3, 1], 5),
        (last_lowers_first, [2, 1, 3, 1], 5),
        (whispers, [2, 1, 3, 1], 5),
        (whispers_once, [2, 1, 3, 1], 5),
        (whispers_beside_larger_scores, [2, 1, 3, 1], 5),
        (cancels_out, [2, 1, 3, 1], 5),
        (zero_tells_all, [1, 2, 1, 2], 5),
        (two_turns_all, [0, 1, 0, 1], 5),
        (four_tells_all, [0, 1, 0, 1], 5),
    ),
    tried="five causal models, two of which round, and leaks from the next, the second and the last token, one that "
    "only lowers, one that cancels out, three faint ones and three rare ones; and that every token is tried at every "
    "place",
    hints=(
        "Score the ids once. Then swap one token for another and score again.",
        "If the token at `place` was swapped, compare the rows [:place] of both: (after - before)[:place].abs().max().",
        "Two loops: over all places from 1, and over all V tokens.",
    ),
    solution=my_is_causal,
    harness=all_tried,
    mistakes=(
        causal_keeps_the_swaps,
        causal_keeps_the_last_result,
        causal_includes_itself,
        causal_looks_after,
        causal_looks_from_itself_on,
        causal_watches_all_rows,
        causal_looks_at_the_first_row,
        causal_looks_at_the_row_before,
        causal_leaves_out_the_row_before,
        causal_with_wide_tolerance,
        causal_by_the_mean,
        causal_compares_the_winner,
        causal_by_prefixes,
        causal_always,
        causal_never,
        causal_upside_down,
        causal_adds_up_the_changes,
        causal_adds_up_the_sizes,
        causal_without_abs,
        causal_without_abs_from_the_other_side,
        causal_to_the_last_digit,
        causal_with_allclose,
        causal_with_half_of_allclose,
        causal_after_one_swap,
    ),
)
