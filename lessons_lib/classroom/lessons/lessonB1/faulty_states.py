"""An exercise of appendix B1: from what a state says to what is wrong with its program."""

from functools import partial

import torch
from torch import Tensor

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson07.faulty_programs import in_order, with_letters
from lessons_lib.classroom.lessons.lessonB1.shared import grid

KEYS = grid((1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0))
VALUES = grid((3, 1, 0), (2, 6, 4), (8, 4, 0), (10, 0, 2))
LEFT = 0.5  # of the state, after each token


def run(fault: str = "") -> tuple[Tensor, Tensor]:
    """What each token is answered when it asks with its own key, [T, V], and the state behind them all, [K, V].

    Args:
        fault: the letter of a fault, or nothing.
    """
    keys = 2 * KEYS if fault == "G" else KEYS
    carried, inside = torch.zeros(3, 3, dtype=torch.float64), torch.zeros(3, 3, dtype=torch.float64)
    answers = []
    for place, (k, v) in enumerate(zip(keys, VALUES, strict=True)):
        before = carried + inside
        if fault == "F" and place == 2:  # the second chunk begins
            carried, inside = before, torch.zeros_like(inside)
        if fault not in ("B", "D"):
            inside = LEFT * inside
        change = v if fault == "C" else v - k @ (carried + inside)
        inside = inside + (torch.outer(change, k) if fault == "A" else torch.outer(k, change))
        if fault == "B":
            inside = LEFT * inside
        answers.append(k @ (before if fault == "E" else carried + inside))
    return torch.stack(answers), carried + inside


def symptoms() -> str:
    """What the right program and five faulty ones say, a block each."""
    lines = [f"{'':10}{'answer to each token':26}state behind them"]
    for name, fault in {
        "right": "",
        **{f"program {n}": fault for n, fault in enumerate(my_faulty_states(), 1)},
    }.items():
        answers, state = ([" ".join(f"{x:7.3f}" for x in row) for row in each.tolist()] for each in run(fault))
        heads = [name, "", "", ""]
        lines += [f"{h:10}{a:26}{s}".rstrip() for h, a, s in zip(heads, answers, [*state, ""], strict=True)]
    return "\n".join(lines)


def my_faulty_states():
    # 1: the last row of the state has 3 more than it should, what was there. 2: what the first two left is unfaded,
    # and only that. 3: everything is half. 4: the state is right, the answers are of the token before. 5: columns.
    return ["C", "F", "B", "E", "A"]


def by_program(answer):
    return in_order(answer, "program")


_with = partial(with_letters, my_faulty_states())


def states_that_never_fade():
    """2: if nothing ever faded, the third row of the state would be (8, 4, 0). It has faded once, as it should. Which
    rows have not?"""
    return _with(_2="D")


def states_without_correction():
    """2: the first key came twice, and under it stands the second value alone. So what was there was taken away. What
    is wrong with the second row?"""
    return _with(_2="C")


def states_one_and_two_swapped():
    """1 and 2 have changed places. In 1 the row of the key that came twice is wrong, in 2 a row that was written once,
    two tokens ago."""
    return _with(_1="F", _2="C")


def states_of_long_keys():
    """3: with keys twice as long answers grow: a key meets itself with length 2 when it writes, and again when it
    asks. Here all is half."""
    return _with(_3="G")


def states_that_do_not_fade_in_three():
    """3: without fading all would be as large as it was written, or larger than it should. Here all is half."""
    return _with(_3="D")


def states_turned_over_in_four():
    """4: the state behind the tokens is right, so nothing is wrong with what is written. When is it asked?"""
    return _with(_4="A")


def states_asked_early_in_five():
    """5: the first token has an answer already, so the state is asked behind the write. Look at the state: where do the
    numbers of (2, 6, 4) stand?"""
    return _with(_5="E")


def states_four_and_five_swapped():
    """4 and 5 have changed places. In 4 the state is right and the answers are not; in 5 the values lie in columns."""
    return _with(_4="A", _5="E")


def states_that_fade_late_in_one():
    """1: if the state faded behind the write, all answers were half. Only the key that came twice is wrong, by the
    eighth of (3, 1, 0) that is left."""
    return _with(_1="B")


def states_that_never_fade_in_one():
    """1: the second and third row are right, so the state fades. Only the key that came twice is wrong, by the eighth
    of (3, 1, 0) that is left."""
    return _with(_1="D")


FAULTY_STATES = Exercise(
    id="faulty_states",
    title="What is wrong with it?",
    difficulty=2,
    minutes=15,
    kind="diagnose",
    contract="a list of five letters: the fault of program 1, of program 2, and so on to program 5.",
    cases=((),),
    tried="all five programs",
    hints=(
        "First see which rows of the state are wrong: that of the key that came twice, those written long ago, or all.",
        "Programs 1 and 2 each have one wrong row. In program 4 no row is wrong.",
        "In program 2 the third row has faded once and the second row not at all. What lies between the two writes?",
    ),
    solution=my_faulty_states,
    harness=by_program,
    mistakes=(
        states_that_never_fade,
        states_without_correction,
        states_one_and_two_swapped,
        states_of_long_keys,
        states_that_do_not_fade_in_three,
        states_turned_over_in_four,
        states_asked_early_in_five,
        states_four_and_five_swapped,
        states_that_fade_late_in_one,
        states_that_never_fade_in_one,
    ),
)
