"""An answer that is some letters, in whatever form a learner gives them."""

from __future__ import annotations

import re
from collections.abc import Callable


def letters(answer: Callable) -> list | None:
    """The letters of an answer in order: a list, a set, or a text such as "A, B"."""
    given = answer()
    if given is None:
        return None
    if not isinstance(given, str):
        return sorted({str(letter).strip().upper() for letter in given})
    text = given if "," in given else " ".join(given)
    return sorted({letter.upper() for letter in re.findall(r"\b[A-Za-z]\b", text)})
