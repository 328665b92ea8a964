"""Where the lessons' exercises and questions are found: one folder `lessons/lessonNN` for each lesson.

A lesson holds `EXERCISES` and `QUIZ`. They are imported when they are first asked for.
"""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from types import ModuleType

from lessons_lib.classroom import lessons as folder


def lesson_numbers() -> list[str]:
    """The numbers of the lessons that have exercises or a quiz, in order, such as `["01", "02"]`."""
    names = (module.name for module in pkgutil.iter_modules(folder.__path__))
    return sorted(match[1] for name in names if (match := re.fullmatch(r"lesson(\w\d)", name)))


def lesson(number: str) -> ModuleType:
    """The module that holds the exercises and the quiz of a lesson.

    Args:
        number: Two characters, such as `"01"`.

    Raises:
        ValueError: If no lesson has that number.
    """
    if number not in lesson_numbers():
        raise ValueError(f"lesson {number!r} is not among {', '.join(lesson_numbers())}")
    return importlib.import_module(f"{folder.__name__}.lesson{number}")


def lessons() -> Iterator[tuple[str, ModuleType]]:
    """Every lesson's number and module, in order."""
    for number in lesson_numbers():
        yield number, lesson(number)
