"""An exercise of lesson 00b: a training loop with two wrong lines, neither of which raises an error."""

import re
from collections.abc import Callable

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


def lines_count_one_fault_twice():
    """Line 7 is one of them: it stands between backward and step. Lines 6 and 7 in the wrong order are that one fault;
    the other is elsewhere, and concerns what is read."""
    return [6, 7]


def lines_count_one_fault_twice_with_the_step():
    """Line 7 is one of them: it stands between backward and step. Lines 7 and 8 in the wrong order are that one fault;
    the other is elsewhere, and concerns what is read."""
    return [7, 8]


def lines_blame_the_order_too():
    """Line 3 is right, and lines 6 and 7 in the wrong order are one fault: which of these two must move, so that step
    finds slopes and the old ones are gone?"""
    return [3, 6, 7]


def lines_blame_the_step():
    """Line 3 is right. Of the last three, line 8 does what it should: it moves against the slopes that it finds. Who
    has left it none?"""
    return [3, 8]


def lines_blame_backward():
    """Line 3 is right. Line 6 is where it should be, behind the loss and before the step: what happens to the slopes
    after it?"""
    return [3, 6]


def lines_blame_backward_and_step():
    """Lines 6 and 8 do what they should, in the right order. What happens to the slopes between them? And which places
    can be drawn?"""
    return [6, 8]


def lines_blame_the_optimizer():
    """Line 7 is right. Line 1 is in order: the optimiser has the parameters, and 1 is the learning rate that worked in
    section 10. Look at what the loop reads."""
    return [1, 7]


def lines_blame_the_rounds():
    """Line 7 is right. Line 2 is in order: 200 rounds are enough to see a loss fall. Look at what the loop reads."""
    return [2, 7]


def lines_blame_the_loss():
    """Line 7 is right. Line 5 is in order: cross_entropy wants scores and does its own softmax. Look at what the loop
    reads."""
    return [5, 7]


def lines_blame_the_scores():
    """Line 7 is right. Line 4 is in order: the inputs are picked by the same rows as the targets. Look at which rows
    there are."""
    return [4, 7]


def numbers_of(answer: Callable) -> frozenset | list | None:
    """The numbers of an answer, in any order: of a list, of one number, or of a text such as "3, 7"."""
    lines = answer()
    if isinstance(lines, str):
        lines = [int(digits) for digits in re.findall(r"\d+", lines)]
    elif isinstance(lines, int):
        lines = [lines]
    if lines is None:
        return None
    lines = list(lines)
    return frozenset(lines) if len(set(lines)) == len(lines) else sorted(lines)


FAULTY_LINES = Exercise(
    id="faulty_lines",
    title="Two wrong lines",
    difficulty=2,
    minutes=6,
    kind="diagnose",
    contract="a list of the numbers of the two wrong lines, in any order.",
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
        lines_count_one_fault_twice,
        lines_count_one_fault_twice_with_the_step,
        lines_blame_the_order_too,
        lines_blame_the_step,
        lines_blame_backward,
        lines_blame_backward_and_step,
        lines_blame_the_optimizer,
        lines_blame_the_rounds,
        lines_blame_the_loss,
        lines_blame_the_scores,
    ),
)
