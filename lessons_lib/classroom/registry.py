"""Where the lessons' exercises and questions are found: one folder `lessons/lessonNN` for each lesson.

A lesson holds `EXERCISES` and `QUIZ`. They are imported when they are first asked for.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

from lessons_lib.classroom import lessons as folder

NUMBER = re.compile(r"\d\d[b-z]?|[A-Z]\d+")  # lesson 04, its second part 04b, appendix A1


def lesson_numbers() -> list[str]:
    """The numbers of the lessons that have exercises or a quiz, in order, such as `["01", "04", "04b"]`."""
    names = (module.name for module in pkgutil.iter_modules(folder.__path__))
    found = (match[1] for name in names if (match := re.fullmatch(f"lesson({NUMBER.pattern})", name)))
    return sorted(found, key=place)


def place(number: str) -> tuple[str, int, str]:
    """Where a lesson stands in the order of the course, as a key to sort by: `04`, `04b`, `05`, `A1`, `A10`, `B1`."""
    letter, digits, part = re.fullmatch(r"(\D*)(\d*)(.*)", number).groups()
    return letter, int(digits or 0), part


def lesson(number: str) -> ModuleType:
    """The module that holds the exercises and the quiz of a lesson.

    Args:
        number: such as `"01"`, `"04b"` or `"A1"`.

    Raises:
        ValueError: if no lesson has that number.
    """
    if number not in lesson_numbers():
        raise ValueError(f"lesson {number!r} is not among {', '.join(lesson_numbers())}")
    return importlib.import_module(f"{folder.__name__}.lesson{number}")


def lessons() -> Iterator[tuple[str, ModuleType]]:
    """Every lesson's number and module, in order."""
    for number in lesson_numbers():
        yield number, lesson(number)
