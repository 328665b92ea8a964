"""Where the lessons' exercises and questions are found: one folder `lessons/lessonNN` for each lesson.

A lesson holds `EXERCISES`, `QUIZ`, `PREDICTIONS` and `WORDS`, as far as it has any; what it does not name is empty.
They are imported when they are first asked for.
"""

import difflib
import importlib
import pkgutil
import re
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import Any

from lessons_lib.classroom import lessons as folder

KINDS = ("EXERCISES", "QUIZ", "PREDICTIONS", "WORDS")
NUMBER = re.compile(r"\d\d[b-z]?|[A-Z]\d+")  # lesson 04, its second part 04b, appendix A1


def lesson_numbers() -> list[str]:
    """The numbers of the lessons that have a folder, in order, such as `["01", "04", "04b"]`."""
    names = (module.name for module in pkgutil.iter_modules(folder.__path__))
    found = (match[1] for name in names if (match := re.fullmatch(f"lesson({NUMBER.pattern})", name)))
    return sorted(found, key=place)


def place(number: str) -> tuple[str, int, str]:
    """Where a lesson stands in the order of the course, as a key to sort by: `04`, `04b`, `05`, `A1`, `A10`, `B1`."""
    letter, digits, part = re.fullmatch(r"(\D*)(\d*)(.*)", number).groups()
    return letter, int(digits or 0), part


def lesson(number: str) -> ModuleType:
    """The module that holds what a lesson asks; each of `KINDS` is a tuple in it.

    Args:
        number: such as `"01"`, `"04b"` or `"A1"`.

    Raises:
        ValueError: if no lesson has that number.
    """
    if number not in lesson_numbers():
        raise ValueError(f"lesson {number!r} is not among {', '.join(lesson_numbers())}")
    module = importlib.import_module(f"{folder.__name__}.lesson{number}")
    for kind in KINDS:
        vars(module).setdefault(kind, ())
    return module


def lessons() -> Iterator[tuple[str, ModuleType]]:
    """Every lesson's number and module, in order."""
    for number in lesson_numbers():
        yield number, lesson(number)


def find(kind: str, name: str) -> Any:
    """What a lesson holds under an id, which is unique in the course.

    Args:
        kind: `"PREDICTIONS"` or `"WORDS"`.
        name: the id.

    Raises:
        ValueError: if no lesson holds it.
    """
    known = named(kind)
    if name not in known:
        raise ValueError(f"{name!r} is not one of the {kind} of the course{advice(name, known)}")
    return known[name]


def named(kind: str) -> dict[str, Any]:
    """All that the lessons hold of a kind, by id."""
    return {each.id: each for _, module in lessons() for each in getattr(module, kind)}


def advice(name: object, known: Iterable[str]) -> str:
    """The ids that look like a wrong one, as the end of a sentence; nothing if there are none."""
    near = difflib.get_close_matches(str(name)[:60], known, n=3, cutoff=0.4)
    return f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
