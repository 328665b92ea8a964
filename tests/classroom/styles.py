"""Other ways to be right and wrong than those that an exercise knows: each is tried with answers in another style."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

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


def refuse(exercise: Exercise, answer: Any, words: str) -> str:
    """Assert that an exercise refuses an answer and says these words, wherever its lines break; give all it says."""
    report = " ".join(feedback(exercise, answer).split())
    assert report.startswith("✗") and " ".join(words.split()) in report
    return report


def enough(exercises: Mapping[str, Exercise], wrong: Iterable[tuple]) -> None:
    """Assert that twelve wrong answers are tried for each exercise, and six where the answer is a value.

    Args:
        exercises: those of a lesson, by id.
        wrong: for each answer the exercise's id, and more.
    """
    counts = Counter(name for name, *_ in wrong)
    few = {id for id, exercise in exercises.items() if counts[id] < (6 if exercise.cases == ((),) else 12)}
    assert not few
