"""An exercise of lesson 01: on paper, how many words each filter keeps."""

import itertools

import numpy as np

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.lessons.lesson01.shared import like

ASKED = ("top-k 2", "top-p 0.75", "min-p 0.2", "top-k 3, then top-p 0.75")


def named(answer):
    """Each number beside what it answers: the right numbers at other places are no hint.

    Args:
        answer: a function that returns the four numbers.
    """
    numbers = answer()
    if numbers is None:
        return None
    items = list(numbers) if isinstance(numbers, list | tuple | np.ndarray) or hasattr(numbers, "tolist") else None
    if items is None or any(isinstance(item, str | list | tuple) for item in items):
        return "not a list of four whole numbers, such as [1, 1, 1, 1]"
    if len(items) != len(ASKED):
        return f"a list of {len(items)}, and four numbers are asked for"
    return list(zip(ASKED, items, strict=True))


def my_numbers():
    return [2, 3, 4, 2]


def top_p_without_the_crossing_word():
    """It looks as if top-p dropped the word that carries the total over 0.75. That word stays: without it the set
    does not reach 0.75."""
    return [2, 2, 4, 1]


def min_p_as_a_floor():
    """It looks as if min-p compares with 0.2 itself. Its bar is 0.2 times the favourite's chance: 0.08."""
    return [2, 3, 3, 2]


def top_p_stops_too_early():
    """The second number: 0.40 and 0.25 make 0.65, which does not reach 0.75. The word that carries the total over the
    line stays in."""
    return [2, 2, 4, 2]


def top_p_goes_on_too_long():
    """The second number: 0.40, 0.25 and 0.20 make 0.85, and that is enough for 0.75. No further word is needed."""
    return [2, 4, 4, 2]


def min_p_keeps_all():
    """The third number: the bar is 0.2 times the favourite's chance, 0.08, and 0.05 lies below it."""
    return [2, 3, 5, 2]


def min_p_above_the_floor():
    """It looks as if min-p compares with 0.2 itself, and drops what equals it. Its bar is 0.2 times the favourite's
    chance: 0.08."""
    return [2, 3, 2, 2]


def filters_without_renormalising():
    """The last number: once top-k has cut, the three that stay share the whole. 0.40 becomes 0.47 and 0.25 becomes
    0.29, so fewer words reach 0.75."""
    return [2, 3, 4, 3]


def second_filter_without_the_crossing_word():
    """The last number: after top-k 3 the first word has 0.47, which does not reach 0.75. The second carries the total
    over it, and stays."""
    return [2, 3, 4, 1]


def top_k_keeps_another_number():
    """The first number: top-k 2 keeps two words, whatever their chances."""
    return [3, 3, 4, 2]


def top_k_keeps_one():
    return [1, 3, 4, 2]


_SECOND = {2: top_p_stops_too_early, 4: top_p_goes_on_too_long}
_THIRD = {2: min_p_above_the_floor, 3: min_p_as_a_floor, 5: min_p_keeps_all}
_FOURTH = {1: second_filter_without_the_crossing_word, 3: filters_without_renormalising}


def several_wrong():
    """Answers with two or three wrong numbers: the words for each, one after the other."""
    for numbers in itertools.product((2, 3, 4), (2, 3, 4, 5), (1, 2, 3)):
        parts = [wrong[n] for wrong, n in zip((_SECOND, _THIRD, _FOURTH), numbers, strict=True) if n in wrong]
        if len(parts) > 1 and numbers != (2, 4, 1):  # that has words of its own

            def wrong_numbers(numbers=numbers):
                return [2, *numbers]

            wrong_numbers.__doc__ = " ".join(part.__doc__ for part in parts)
            yield wrong_numbers


STAYS_IN = Exercise(
    id="stays_in",
    title="On paper: who stays in?",
    difficulty=1,
    minutes=5,
    contract="A list of four whole numbers: how many words top-k 2 keeps, how many top-p 0.75, how many min-p 0.2, and "
    "how many are left after top-k 3 and then top-p 0.75.",
    cases=((),),
    tried="top-k counts, top-p adds up, min-p looks at the favourite, and a second filter sees shares of what is left",
    hints=(
        "Running totals of 0.40, 0.25, 0.20, 0.10, 0.05: 0.40, 0.65, 0.85, 0.95, 1.",
        "Min-p 0.2 of a favourite that has 0.40 sets the bar at 0.08.",
        "After top-k 3, divide 0.40, 0.25 and 0.20 by their sum, 0.85, before you add up to 0.75.",
    ),
    solution=my_numbers,
    mistakes=(
        top_p_without_the_crossing_word,
        top_p_stops_too_early,
        top_p_goes_on_too_long,
        min_p_as_a_floor,
        min_p_keeps_all,
        min_p_above_the_floor,
        filters_without_renormalising,
        second_filter_without_the_crossing_word,
        top_k_keeps_another_number,
        like(top_k_keeps_another_number, top_k_keeps_one),
        *several_wrong(),
    ),
    kind="predict",
    harness=named,
)
