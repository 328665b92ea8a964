"""An exercise of lesson 08: which ways of preparing a corpus leak."""

import itertools
from collections.abc import Callable, Sequence

from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.letters import letters
from lessons_lib.classroom.trials import Refused

_NO_LEAK = {
    "B": "It looks as if B leaks. Once each text stands there once, no shuffle can put it on both sides. (Its question "
    "may be on both: that is not word for word.)",
    "C": "It looks as if C leaks. Equal texts have the same question, so all copies go to one side.",
    "D": "It looks as if D leaks. Equal texts have equal hashes, so all copies of one text go to one side. (The "
    "question with another answer may go to the other: that is a leak too, but not word for word.)",
    "E": "It looks as if E leaks. Python's hash is another in each process, but in one process equal texts have equal "
    "ones: the copies are found. It would be wrong to *split* by it.",
    "CD": "It looks as if C and D leak, since they drop nothing. Copies that stay do a harm, but no leak: equal texts "
    "have equal hashes and equal questions, so where do all copies of one text go?",
}
_MISSING = {
    "": "Both that leak are missing, too.",
    "A": "One that leaks is missing, too: where does a model meet the test texts while it learns?",
    "F": "One that leaks is missing, too: each part may be free of copies, and a text still stand once in both.",
    "AF": "",
}


def my_which_leak():
    return ["A", "F"]  # nobody compares the two parts of A; F tests on what it has trained on


def leak_none():
    """Two of them leak. Where does a model meet the test texts while it learns, and who compares the two parts?"""
    return []


def leak_only_the_first():
    """One is missing. Where does a model meet the test texts while it learns?"""
    return ["A"]


def leak_only_the_last():
    """One is missing. Each part may be free of copies, and a text still stand once in both."""
    return ["F"]


def _leak_too_many(right: str, wrong: Sequence[str]) -> Callable:
    """Those of the right letters, and letters of ways that do not leak."""

    def mistake() -> list[str]:
        return sorted({*right, *wrong})

    first = "CD" if {"C", "D"} <= set(wrong) else wrong[0]
    mistake.__doc__ = f"{_NO_LEAK[first]} {_MISSING[right]}".strip()
    return mistake


def letters_that_leak(answer: Callable) -> frozenset | None:
    """The letters of an answer.

    Raises:
        Refused: for a dict, or for True and False, which say it otherwise; for a letter that no way has.
    """
    given = answer()
    if isinstance(given, dict) or (isinstance(given, list | tuple) and any(isinstance(one, bool) for one in given)):
        raise Refused(f"asked for is a list of the letters of those that leak, such as ['B', 'C'], got {given}")
    chosen = letters(lambda: given)
    if chosen and not chosen <= set("ABCDEF"):
        raise Refused(f"the ways have the letters A to F, got {given}")
    return chosen


WHICH_LEAK = Exercise(
    id="which_leak",
    title="Which of these leak?",
    difficulty=1,
    minutes=6,
    kind="diagnose",
    contract="a list of the letters of the ways that leak word for word.",
    cases=((),),
    tried="the two ways that leak are those",
    hints=(
        "Follow one text that stands there 121 times: on which side do its copies lie?",
        "Equal texts have equal hashes and equal questions.",
    ),
    solution=my_which_leak,
    harness=letters_that_leak,
    mistakes=(
        leak_none,
        leak_only_the_first,
        leak_only_the_last,
        *(
            _leak_too_many(right, wrong)
            for right in _MISSING
            for count in range(1, 5)
            for wrong in itertools.combinations("BCDE", count)
        ),
    ),
)
