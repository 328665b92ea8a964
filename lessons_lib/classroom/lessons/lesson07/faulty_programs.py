"""An exercise of lesson 07: from what a program does to what is wrong with it."""

import re
from functools import partial

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.showing import shown
from lessons_lib.classroom.trials import Refused


def my_faulty_programs():
    # 1: nothing is kept. 2: new tokens stand at place 0. 3: padding is seen. 4: nobody listens for the stop token.
    # 5: half characters are printed. 6: the date stands in front of everything.
    return ["D", "B", "E", "A", "G", "H"]


def in_order(answer, what):
    """The letters of an answer, one for each `what`, in whatever form they come.

    Raises:
        Refused: if there is no letter in it.
    """
    given = answer()
    if given is None:
        return None
    if isinstance(given, dict):
        given = [given[key] for key in sorted(given)]
    text = given if isinstance(given, str) else " ".join(str(letter) for letter in given)
    text = text if re.search(r"[^A-Za-z]", text) else " ".join(text)
    letters = [letter.upper() for letter in re.findall(r"\b[A-Za-z]\b", text)]
    if not letters:
        raise Refused(f'the letters of the faults are asked for, such as "A"; got {shown(given, 60)}')
    return {f"{what} {number}": letter for number, letter in enumerate(letters, start=1)}


def by_program(answer):
    return in_order(answer, "program")


def with_letters(right, /, **changes):
    """The letters of a right answer with others at some places, such as `_2="B"`."""
    letters = [*right]
    for place, letter in changes.items():
        letters[int(place[1:]) - 1] = letter
    return letters


_with = partial(with_letters, my_faulty_programs())


def programs_first_two_swapped():
    """1 and 2 have changed places. The program of 1 writes the right text, so its tokens see all they should, at the
    right places: it only takes too long. The text of 2 goes wrong as soon as a token is read alone."""
    return _with(_1="B", _2="D")


def programs_without_values():
    """2: with keys and no values, a new token would have weights for the past and nothing to weigh: an error is
    likelier than a text. The first token is right, since the whole prompt is read in one pass. What is different for
    the next?"""
    return _with(_2="C")


def programs_padding_on_the_right():
    """3: read at its last column, a row that is padded on the right is wrong too. But the rows of this program end in
    the same column, so the padding stands on the left. What must a real token not see?"""
    return _with(_3="F")


def programs_longer_by_the_date():
    """1: a new date lengthens only the wait for the first token of an answer. Here each new token takes longer than the
    one before it."""
    return _with(_1="H")


def programs_date_as_no_cache():
    """6: within an answer all goes well, so a cache is in use. What is read again is the conversation before the
    answer: which change makes all of it new?"""
    return _with(_6="D")


def programs_emoji_by_stop():
    """5: what follows is right, and so are the tokens. Only letters that take several tokens are broken."""
    return _with(_5="A")


FAULTY_PROGRAMS = Exercise(
    id="faulty_programs",
    title="What is wrong with it?",
    difficulty=2,
    minutes=12,
    kind="diagnose",
    contract="a list of six letters: the fault of program 1, of program 2, and so on to program 6.",
    cases=((),),
    tried="all six programs",
    hints=(
        "Two of them write exactly the right tokens and only take too long: which ones, and when do they wait?",
        "If the first new token is right and the second is not, what is different for the second?",
        "Program 3: rows that end in the same column are padded on the left, and a row without padding is right. What "
        "do the others see that they should not?",
    ),
    solution=my_faulty_programs,
    harness=by_program,
    mistakes=(
        programs_first_two_swapped,
        programs_without_values,
        programs_padding_on_the_right,
        programs_longer_by_the_date,
        programs_date_as_no_cache,
        programs_emoji_by_stop,
    ),
)
