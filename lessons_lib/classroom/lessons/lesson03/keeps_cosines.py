"""An exercise of lesson 03: which changes of a table leave all cosines as they are."""

import numpy as np

from lessons_lib import vectors
from lessons_lib.classroom.exercises import Exercise

ALL_RIGHT = "the numbers of all changes that keep every cosine, and no other"
NUMBERS = set(range(1, 9))


def my_numbers():
    random = np.random.default_rng(1)
    table = random.normal(size=(10, 5))
    longer, wider, turned = table.copy(), table.copy(), table.copy()
    longer[6] *= 3
    wider[:, 2] *= 3
    turned[6] *= -1
    alike, each_its_own = table[:, [3, 0, 4, 1, 2]], random.permuted(table, axis=1)
    tables = [table * 3, table + 3, each_its_own, alike, longer, wider, -table, turned]
    before = vectors.cosine_similarity(table, table)
    after = [vectors.cosine_similarity(each, each) for each in tables]
    return {number for number, now in enumerate(after, start=1) if np.allclose(now, before, atol=1e-5)}


def judged(answer):
    """What is wrong with a learner's list: of several numbers that do not belong there, the smallest.

    Args:
        answer: a function that returns the numbers of the changes.
    """
    given = answer()
    if given is None:
        return None
    try:
        given = [number.item() if hasattr(number, "item") else number for number in given]
    except (TypeError, ValueError):
        return "no list of numbers"
    if given and all(isinstance(each, bool) for each in given):
        return "truth values, and no numbers of changes"
    if not all(isinstance(each, int | float) and each == int(each) for each in given):
        return "no list of whole numbers"
    numbers, right = {int(each) for each in given}, my_numbers()
    if numbers == right:
        return ALL_RIGHT
    if numbers == {number - 1 for number in right}:
        return "each number is one too small"
    if numbers == NUMBERS - right:
        return "all changes that do change cosines"
    if numbers == NUMBERS:
        return "all eight changes"
    if wrong := sorted(numbers - right):
        return f"{wrong[0]} is {'one that does not belong there' if wrong[0] in NUMBERS else 'no number from 1 to 8'}"
    missing = right - numbers
    return f"nothing wrong, but {'several are' if len(missing) > 1 else f'number {missing.pop()} is'} missing"


def keeps_by_adding():
    """Number 2 does not belong there. Adding 3 to every number moves all arrows the same way: (1, 0) and (0, 1) are at
    a right angle, (4, 3) and (3, 4) are not."""
    return {1, 2, 4, 5, 7}


def keeps_by_any_shuffle():
    """Number 3 does not belong there. If each row is shuffled in its own way, the numbers that meet in a dot product no
    longer belong together."""
    return {1, 3, 4, 5, 7}


def keeps_by_one_column():
    """Number 6 does not belong there. To stretch one column turns every arrow towards that axis, each by another
    angle."""
    return {1, 4, 5, 6, 7}


def keeps_by_one_turned_round():
    """Number 8 does not belong there. One arrow now points the other way: its cosines with the others change their
    sign."""
    return {1, 4, 5, 7, 8}


def keeps_without_one_row():
    """To make one row three times as long changes no direction, and the cosine divides by the
    length."""
    return {1, 4, 7}


def keeps_without_all_rows():
    """Make all rows three times as long: no direction changes, and the cosine divides by the lengths."""
    return {4, 5, 7}


def keeps_without_the_sign():
    """If all arrows are turned round, any two of them are at the angle that they had."""
    return {1, 4, 5}


def keeps_without_the_shuffle():
    """If all rows are shuffled alike, the same pairs of numbers meet in every dot product, in another
    order."""
    return {1, 5, 7}


def keeps_the_others():
    """These are the changes that do change cosines: hand in the others."""
    return set(range(1, 9)) - my_numbers()


def keeps_by_stretching_alone():
    """Length is not the only thing that the cosine overlooks: try a turn of all arrows, and one arrow that grows."""
    return {1}


def keeps_counted_from_zero():
    """It looks as if you counted the changes from 0. Here they are numbered from 1 to 8, as in the text."""
    return {number - 1 for number in my_numbers()}


def keeps_as_truth_values():
    """It looks as if you say of each change whether it keeps the cosines. Asked for are the numbers of those that
    do."""
    return [number in my_numbers() for number in sorted(NUMBERS)]


def keeps_all():
    """Not all of them. Take (1, 0) and (0, 1), at a right angle, and add 3 to every number: what is the angle then?"""
    return set(range(1, 9))


KEEPS_COSINES = Exercise(
    id="keeps_cosines",
    title="On paper: what does the cosine notice?",
    difficulty=1,
    minutes=8,
    contract="a list of the numbers of those changes, from 1 to 8, after which the cosine of every pair of rows is "
    "what it was, in any order.",
    cases=((),),
    tried="all eight changes, on random numbers",
    hints=(
        "Take two arrows on paper, (1, 0) and (0, 1), and a third, (2, 1). What happens to the angles between them?",
        "Making an arrow longer changes no angle. Turning one round changes its angles; turning all round does not.",
        "In a dot product number meets number by column. Which shuffle keeps the meetings?",
    ),
    solution=my_numbers,
    mistakes=(
        keeps_by_adding,
        keeps_by_any_shuffle,
        keeps_by_one_column,
        keeps_by_one_turned_round,
        keeps_without_one_row,
        keeps_without_all_rows,
        keeps_without_the_sign,
        keeps_without_the_shuffle,
        keeps_the_others,
        keeps_by_stretching_alone,
        keeps_counted_from_zero,
        keeps_as_truth_values,
        keeps_all,
    ),
    kind="predict",
    harness=judged,
)
