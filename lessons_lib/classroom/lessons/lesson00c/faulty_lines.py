"""An exercise of lesson 00c: a training loop with two wrong lines, neither of which raises an error."""

import re
from collections.abc import Callable
from typing import Any

from lessons_lib.classroom.exercises import Exercise


def my_faulty_lines():
    # 3: it draws places 0 to 255 only, names with A; len(next_letter) must stand there
    # 7: the slopes are deleted between backward and step, so that nothing moves
    return [3, 7]


def lines_only_the_loud_one():
    """Line 7 is one of them: it is why the loss stands still. With it mended the loss falls, and yet the model would
    know only some of the names. Which line decides what it reads?"""
    return [7]


def lines_only_the_quiet_one():
    """Line 3 is one of them: only the first 256 places are ever read. But that is not why the loss stands still: which
    line comes too early?"""
    return [3]


# Two lines, of which one is right or none: what each of the others does.
ALONE = {
    1: "Line 1 is in order: the optimiser has the parameters, and 1 is the learning rate that worked in section 4.",
    2: "Line 2 is in order: 200 rounds are enough to see a loss fall.",
    4: "Line 4 is in order: the inputs are picked by the same rows as the targets.",
    5: "Line 5 is in order: cross_entropy wants scores and does its own softmax.",
    6: "Line 6 belongs behind the loss and before the step, and there it stands: which line comes between 6 and 8?",
    8: "Line 8 does what it should: it moves against the slopes that it finds. Who has left it none?",
}
ONE_FAULT = (
    "Line 7 is one of them: it stands between backward and step. Lines {} in the wrong order are that one fault; the "
    "other is elsewhere, and concerns what is read."
)
TWO_LINES = {frozenset((6, 7)): ONE_FAULT.format("6 and 7"), frozenset((7, 8)): ONE_FAULT.format("7 and 8")}
for line, words in ALONE.items():
    TWO_LINES[frozenset((3, line))] = f"Line 3 is right. {words} Why does the loss stand still?"
    TWO_LINES.setdefault(frozenset((7, line)), f"Line 7 is right. {words} Look at what the loop reads.")
    for other in range(line + 1, 9):
        if other in ALONE:
            TWO_LINES[frozenset((line, other))] = f"{words} {ALONE[other]}"

TWO_LINES[frozenset((6, 8))] = (
    "Lines 6 and 8 do what they should, in the right order. What happens to the slopes between them? And which places "
    "can be drawn?"
)


def _blames(lines: frozenset[int] | list[int], words: str) -> Callable:
    def mistake():
        return lines

    mistake.__name__ = f"lines_{'_and_'.join(map(str, sorted(lines)))}"
    mistake.__doc__ = words
    return mistake


def lines_blame_the_order_too():
    """Line 3 is right, and lines 6 and 7 in the wrong order are one fault: which of these two must move, so that step
    finds slopes and the old ones are gone?"""
    return [3, 6, 7]


def lines_blame_the_order_of_the_last_two():
    """Line 3 is right, and lines 7 and 8 in the wrong order are one fault: which of these two must move, so that step
    finds slopes and the old ones are gone?"""
    return [3, 7, 8]


THREE_LINES = {
    frozenset((3, 7, line)): f"Two of these three are wrong, and two are asked for. {ALONE[line]}"
    for line in (1, 2, 4, 5)
}


def lines_all():
    """Both are among these, and only two lines are wrong: what would each one do, if you mended it alone?"""
    return [*range(1, 9)]


def lines_say_the_loud_one_twice():
    """Line 7 is one of them, and the other is another one: with 7 mended the loss falls, and yet the model would know
    only some of the names. Which line decides what it reads?"""
    return [7, 7]


def lines_say_the_quiet_one_twice():
    """Line 3 is one of them, and the other is another one. Why does the loss stand still: which line comes too
    early?"""
    return [3, 3]


def lines_say_one_of_both_twice():
    """Both are among these, and one stands twice: a list of two numbers is wanted."""
    return [3, 3, 7]


def lines_say_the_other_of_both_twice():
    """Both are among these, and one stands twice: a list of two numbers is wanted."""
    return [3, 7, 7]


def lines_in_one_number():
    """37 is one number, and there is no line 37: a list of two numbers is wanted, with a comma between them."""
    return [37]


def lines_in_one_number_backwards():
    """73 is one number, and there is no line 73: a list of two numbers is wanted, with a comma between them."""
    return [73]


def numbers_of(answer: Callable) -> frozenset | list | None:
    """The numbers of an answer, in any order: of a list, of one number, or of texts such as "3, 7"."""
    lines = answer()
    if lines is None:
        return None
    lines = _numbers_in(lines)
    return frozenset(lines) if len(set(lines)) == len(lines) else sorted(lines)


def _numbers_in(item: Any) -> list:
    if isinstance(item, str):
        return [int(digits) for digits in re.findall(r"\d+", item)]
    if isinstance(item, list | tuple | set | frozenset | range):
        return [number for each in item for number in _numbers_in(each)]
    return _numbers_in(item.tolist()) if hasattr(item, "tolist") else [item]


FAULTY_LINES = Exercise(
    id="faulty_lines",
    title="Two wrong lines",
    difficulty=2,
    minutes=8,
    kind="diagnose",
    contract="a list of the numbers of the two wrong lines, in any order. Where lines stand in a wrong order, the "
    "wrong one is the one that stands between two that belong together.",
    cases=((),),
    tried="both lines. The quiet one is the dangerous one: with line 7 alone mended the loss of the batches falls to "
    "1.57, and on all names it is 4.43, worse than knowing nothing; with both mended it is 2.45",
    hints=(
        "The printed losses are equal to the last digit. What could keep a step from moving anything?",
        "zero_grad may stand before backward or behind step, not between them.",
        "How many places are there, and which of them can line 3 draw?",
    ),
    solution=my_faulty_lines,
    harness=numbers_of,
    mistakes=(
        lines_only_the_loud_one,
        lines_only_the_quiet_one,
        *(_blames(lines, words) for lines, words in (TWO_LINES | THREE_LINES).items()),
        lines_all,
        lines_blame_the_order_too,
        lines_blame_the_order_of_the_last_two,
        lines_say_the_loud_one_twice,
        lines_say_the_quiet_one_twice,
        lines_say_one_of_both_twice,
        lines_say_the_other_of_both_twice,
        lines_in_one_number,
        lines_in_one_number_backwards,
    ),
)
