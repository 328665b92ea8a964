"""Exercises that check themselves: the learner's function runs on small cases and is compared with the solution.

`check` reports and never raises, so a notebook with unfinished exercises still runs from top to bottom. A known
mistake is a function too. Where the learner's results equal those of a mistake on every case, its words are shown.
"""

import copy
import inspect
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import filelock
import numpy as np

from lessons_lib.classroom import record, registry
from lessons_lib.classroom.source import Listing, source_of


@dataclass(frozen=True)
class Exercise:
    """One exercise: what is asked, the cases that try it, one solution and the mistakes that are known.

    Attributes:
        id: name for `check`, `hint` and `show_solution`, unique in the course.
        title: what the learner builds, in a few words.
        difficulty: 1 (warm-up) to 3 (stretch).
        minutes: time for a first try.
        contract: inputs and output with their shapes.
        cases: the arguments of each trial, smallest first.
        tried: what the cases cover; shown after a pass.
        hints: from a nudge to nearly the answer.
        solution: a function whose result is the expected one.
        mistakes: wrong solutions; the docstring of each tells the learner what it looks like.
    """

    id: str
    title: str
    difficulty: int
    minutes: int
    contract: str
    cases: tuple[tuple, ...]
    tried: str
    hints: tuple[str, ...]
    solution: Callable
    mistakes: tuple[Callable, ...]


def check(name: str, answer: Callable | None) -> None:
    """Print whether an answer to an exercise is right; never raises.

    Args:
        name: the id of an exercise, such as `"top_p"`.
        answer: the learner's function. A stub that returns nothing counts as not done yet.
    """
    try:
        exercise = find_exercise(name)
    except ValueError as error:
        print(f"✗ {error}")
        return
    report = feedback(exercise, answer)
    print(report)
    if report.startswith("✓"):
        try:
            record.add("exercises", exercise.id)
        except (OSError, filelock.Timeout) as error:
            print(f"  (progress was not saved: {error})")


_hints_given: Counter[str] = Counter()


def hint(name: str) -> None:
    """Print the next hint of an exercise; each call gives one more."""
    exercise = find_exercise(name)
    number = _hints_given[name] = _hints_given[name] + 1
    if number <= len(exercise.hints):
        print(f"Hint {number} of {len(exercise.hints)}: {exercise.hints[number - 1]}")
    else:
        print(f'No more hints. show_solution("{name}") shows one way to do it.')


def show_solution(name: str) -> None:
    """Display the source of one solution of an exercise."""
    from IPython.display import display

    display(Listing(source_of(find_exercise(name).solution)))


def find_exercise(name: str) -> Exercise:
    """The exercise of that id.

    Raises:
        ValueError: if no exercise has that id.
    """
    exercises = {exercise.id: exercise for _, lesson in registry.lessons() for exercise in lesson.EXERCISES}
    if name not in exercises:
        raise ValueError(f"exercise {name!r} is not among {', '.join(exercises)}")
    return exercises[name]


def feedback(exercise: Exercise, answer: Callable | None) -> str:
    """What to tell the learner: not done yet (○), right (✓), or wrong with the smallest failing case (✗)."""
    not_done = f"○ {exercise.id}: not done yet"
    if answer is None or answer is ...:
        return not_done
    if not callable(answer):
        return f"✗ {exercise.id}: hand over the function itself, without calling it; got {answer!r:.60}"
    results = [trial(answer, case) for case in exercise.cases]
    if all(result is None for result in results):
        return not_done
    for result, case in zip(results, exercise.cases, strict=True):
        expected = trial(exercise.solution, case)
        if not _same(result, expected):
            lines = [f"✗ {exercise.id}", *_comparison(exercise, case, expected, result), _mistake(exercise, results)]
            return "\n  ".join(line for line in lines if line)
    return f"✓ {exercise.id}: {exercise.tried}"


class Trouble(str):
    """A sentence about what happened in place of a result."""


def trial(function: Callable, case: tuple) -> Any:
    """Run a function on a copy of a case.

    Returns:
        Its result, ready to be compared; None if it returned nothing; or a `Trouble`.
    """
    arguments = copy.deepcopy(case)
    try:
        value = function(*arguments)
    except NotImplementedError:
        return None
    except Exception as error:
        return Trouble(f"your code raised {type(error).__name__}: {str(error).partition(chr(10))[0]}")
    for before, after in zip(case, arguments, strict=True):
        if not callable(before) and not _same(_comparable(before), _comparable(after)):
            return Trouble(f"your code changed its input {shown(before)} to {shown(after)}; work on a copy")
    if value is None or value is ...:
        return None
    try:
        return _comparable(value)
    except TypeError:
        return Trouble(f"your code returned {value!r:.60} where numbers, text, or lists or dicts of them are expected")


def shown(value: Any) -> str:
    """Numbers, text, lists, dicts, arrays and tensors as a learner would write them, rounded to four digits."""
    match value:
        case str() | bytes():
            return repr(value)
        case dict():
            return "{" + ", ".join(f"{shown(key)}: {shown(item)}" for key, item in value.items()) + "}"
        case list():
            return "[" + ", ".join(map(shown, value)) + "]"
        case tuple():
            return "(" + ", ".join(map(shown, value)) + ("," if len(value) == 1 else "") + ")"
        case int() | float():
            whole = abs(value) < 1e15 and value == int(value)
            return f"{int(value)}" if whole else f"{value:.4g}"
        case Callable():
            return value.__name__
    return shown(_comparable(value).tolist())


def _comparable(value: Any) -> Any:
    """Numbers as float arrays, text as it is, and lists and dicts of such.

    Raises:
        TypeError: the value is something else.
    """
    if isinstance(value, str | bytes):
        return value
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        items = [_comparable(item) for item in value]
        regular = all(isinstance(item, np.ndarray) and item.shape == items[0].shape for item in items)
        return np.array(items, dtype=np.float64) if regular else items
    if hasattr(value, "detach"):  # a torch tensor, which may require gradients or be bfloat16
        value = value.detach().cpu().double()
    array = np.asarray(value)
    if array.dtype.kind not in "biuf":
        raise TypeError
    return array.astype(np.float64)


def _same(left: Any, right: Any) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, np.ndarray):
        return left.shape == right.shape and np.allclose(left, right, rtol=1e-4, atol=1e-6, equal_nan=True)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(_same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(_same(item, right[key]) for key, item in left.items())
    return left == right


def _comparison(exercise: Exercise, case: tuple, expected: Any, result: Any) -> list[str]:
    names = inspect.signature(exercise.solution).parameters
    given = ", ".join(f"{name} = {shown(value)}" for name, value in zip(names, case, strict=True))
    if isinstance(result, Trouble):
        return [f"input     {given}", result]
    return [
        f"input     {given}",
        f"expected  {shown(expected)}",
        f"got       {'nothing' if result is None else shown(result)}",
    ]


def _mistake(exercise: Exercise, results: list) -> str:
    """The words of the first known mistake that gives the learner's results on every case, or nothing."""
    for mistake in exercise.mistakes:
        if all(_same(result, trial(mistake, case)) for result, case in zip(results, exercise.cases, strict=True)):
            return " ".join(inspect.getdoc(mistake).split())
    return ""
