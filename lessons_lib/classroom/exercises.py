"""Exercises that check themselves: the learner's function runs on small cases and is compared with the solution.

`check` reports and never raises, so a notebook with unfinished exercises still runs from top to bottom. A known
mistake is a function too. Where the learner's results equal those of a mistake on every case, its words are shown.
"""

import copy
import difflib
import inspect
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import filelock

from lessons_lib.classroom import record, registry
from lessons_lib.classroom.source import Listing, source_of
from lessons_lib.classroom.values import LONGEST, comparable, first_difference, line, same, short, shown


@dataclass(frozen=True)
class Exercise:
    """One exercise: what is asked, the cases that try it, one solution and the mistakes that are known.

    Attributes:
        id: name for `check`, `hint` and `show_solution`, unique in the course.
        title: what the learner builds, in a few words.
        difficulty: 1 (warm-up), 2 (medium) or 3 (hard).
        minutes: time for a first try.
        contract: inputs and output with their shapes; shown with the first ✗.
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


def check(name: str, answer: Callable | None = None) -> None:
    """Print whether an answer to an exercise is right, in a few short lines.

    Whatever the answer does or returns, nothing is raised but the user's own KeyboardInterrupt. With its first ✗ an
    exercise also says what it asks for.

    Args:
        name: the id of an exercise, such as `"top_p"`.
        answer: the learner's function. A stub that returns nothing counts as not done yet.
    """
    try:
        exercise = find_exercise(name)
    except ValueError as error:
        print(f"✗ {error}")
        return
    try:
        report = feedback(exercise, answer)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        report = f"✗ {exercise.id}: what your code returned can't be compared ({type(error).__name__})"
    print(report)
    if report.startswith("✗") and exercise.id not in _contracts_shown:
        _contracts_shown.add(exercise.id)
        print(f"  asked for {exercise.contract}")
    if report.startswith("✓"):
        try:
            record.add("exercises", exercise.id)
        except (OSError, RuntimeError, filelock.Timeout) as error:  # RuntimeError: this user has no home folder
            print(f"  (progress was not saved: {line(str(error))})")


_contracts_shown: set[str] = set()
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
    if not isinstance(name, str):
        raise ValueError(f'exercise: got {short(name)}, allowed an id in quotes, such as "top_p"')
    if name not in exercises:
        near = difflib.get_close_matches(name[:60], exercises, n=3, cutoff=0.4)
        advice = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
        raise ValueError(f"exercise {short(name)} is not one of the course{advice}")
    return exercises[name]


def feedback(exercise: Exercise, answer: Callable | None) -> str:
    """What to tell the learner: not done yet (○), right (✓), or wrong with the smallest failing case (✗)."""
    not_done = f"○ {exercise.id}: not done yet"
    if answer is None or answer is ...:
        return not_done
    if not callable(answer):
        return f"✗ {exercise.id}: hand over the function itself, without calling it; got {short(answer)}"
    results = [trial(answer, case) for case in exercise.cases]
    if all(result is None for result in results):
        return not_done
    for result, case in zip(results, exercise.cases, strict=True):
        expected = trial(exercise.solution, case)
        if not same(result, expected):
            lines = [f"✗ {exercise.id}", *_comparison(exercise, case, expected, result), _mistake(exercise, results)]
            return "\n  ".join(line for line in lines if line)
    return f"✓ {exercise.id}: {exercise.tried}"


class Trouble(str):
    """A sentence about what happened in place of a result."""


def trial(function: Callable, case: tuple) -> Any:
    """Run a function on a copy of a case; nothing gets out of it but an interrupt by the user.

    Returns:
        Its result, ready to be compared; None if it returned nothing; or a `Trouble`.
    """
    arguments = copy.deepcopy(case)
    try:
        value = function(*arguments)
    except (KeyboardInterrupt, NotImplementedError) as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        return None
    except BaseException as error:  # sys.exit() too: the notebook goes on
        return Trouble(f"your code raised {type(error).__name__}: {_words_of(error)}".rstrip(": "))
    for before, after in zip(case, arguments, strict=True):
        if not callable(before) and not same(comparable(before), _result(after)):
            what = f"{shown(before, 100)} to {shown(after, 100)}"
            return Trouble(f"your code changed its input {what}; work on a copy")
    return None if value is None or value is ... else _result(value)


def _result(value: Any) -> Any:
    """A value ready to be compared, or a `Trouble`."""
    try:
        return comparable(value)
    except KeyboardInterrupt:
        raise
    except BaseException:
        if inspect.iscoroutine(value):
            value.close()  # or Python warns that it was never awaited
        wanted = "numbers, text, or lists or dicts of them"
        return Trouble(f"your code returned {short(value)} where {wanted} are expected")


def _words_of(error: BaseException) -> str:
    try:
        return line(str(error))
    except KeyboardInterrupt:
        raise
    except BaseException:
        return ""


def _comparison(exercise: Exercise, case: tuple, expected: Any, result: Any) -> list[str]:
    names = inspect.signature(exercise.solution).parameters
    longest = max(60, LONGEST // max(1, len(names)))
    given = ", ".join(f"{name} = {shown(value, longest)}" for name, value in zip(names, case, strict=True))
    if isinstance(result, Trouble):
        return [f"input     {given}", result]
    wanted, got = shown(expected), "nothing" if result is None else shown(result)
    lines = [f"input     {given}", f"expected  {wanted}", f"got       {got}"]
    if max(len(wanted), len(got)) > LONGEST and getattr(expected, "shape", ()) == getattr(result, "shape", None):
        place = first_difference(expected, result)
        lines.append(f"differs   first at {list(place)}: expected {shown(expected[place])}, got {shown(result[place])}")
    return lines


def _mistake(exercise: Exercise, results: list) -> str:
    """The words of the first known mistake that gives the learner's results on every case, or nothing."""
    for mistake in exercise.mistakes:
        if all(same(result, trial(mistake, case)) for result, case in zip(results, exercise.cases, strict=True)):
            return " ".join(inspect.getdoc(mistake).split())
    return ""
