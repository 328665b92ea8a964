"""An answer that is some letters, in whatever form a learner gives them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from lessons_lib.classroom.trials import Refused


def letters(answer: Callable) -> frozenset | None:
    """The letters of an answer, which have no order: a list, a set, a text such as "A, B", or a dict that says yes or
    no to each.

    Raises:
        Refused: for a number, or anything else that holds no letters; and for a list with nothing in it.
    """
    given = answer()
    if isinstance(given, dict):
        given = [letter for letter, yes in given.items() if yes]
    if given is None:
        return None
    if not isinstance(given, Iterable) or not [*given]:
        raise Refused(f"asked for is a list of letters, such as ['A', 'B'], got {given!r}")
    if not isinstance(given, str):
        return frozenset(str(letter).strip().upper() for letter in given)
    text = given if "," in given else " ".join(given)
    return frozenset(letter.upper() for letter in re.findall(r"\b[A-Za-z]\b", text))
