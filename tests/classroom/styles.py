"""A second way to be right: each exercise is also tried with an answer in another style than its solution."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from lessons_lib.classroom.exercises import Exercise, feedback


def accept(exercise: Exercise, answers: Mapping[str, Callable], file: str) -> None:
    """Assert that an exercise accepts its answer among `answers`; whoever adds an exercise is told to write one.

    Args:
        exercise: an exercise of the lesson.
        answers: right answers by id, in another style than the solutions.
        file: where `answers` stands.
    """
    if exercise.id not in answers:
        place = Path(file).relative_to(Path(__file__).parents[2]).as_posix()
        what = "a function that is right in another way than its solution: by a loop, by numpy, by a library"
        pytest.fail(f"exercise {exercise.id!r}: add to RIGHT in {place} {what}", pytrace=False)
    assert feedback(exercise, answers[exercise.id]).startswith("✓")
