"""Exercises that check themselves: the learner's function runs on small cases and is compared with the solution.

`check` reports and never raises, so a notebook with unfinished exercises still runs from top to bottom. A known
mistake is a function too: where the learner's results are those of a mistake, its words are shown.
"""

import functools
import inspect
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from lessons_lib.classroom import recognition, record, registry, slips
from lessons_lib.classroom.comparison import comparison, without_the_answer
from lessons_lib.classroom.showing import line, short, shown
from lessons_lib.classroom.source import Listing, source_of
from lessons_lib.classroom.trials import ENDLESS, SECONDS, UNFINISHED, Outcome, Trouble, is_untouched, trial, unwritten
from lessons_lib.classroom.values import same


@dataclass(frozen=True, eq=False)
class Exercise:
    """One exercise: what is asked, the cases that try it, one solution and the mistakes that are known.

    A building exercise has a harness, which puts the learner's function or class into the real model. Its cases are
    what a learner understands, such as a prompt. An exercise without arguments has the one case `()`, and takes a value
    in place of a function.

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
        kind: what it asks of the learner: to rebuild what the lesson shows, to predict a result, to find a fault, to
            use an idea elsewhere, or to build a part that then runs in the real model.
        real: how many of the cases, at the end, take the real model and so seconds. They are tried only where all
            others are right: a mistake is told from small numbers, in a moment.
        harness: `harness(answer, *case)` gives the result that is compared; without it that is `answer(*case)`.
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
    kind: Literal["rebuild", "predict", "diagnose", "transfer", "build"] = "rebuild"
    real: int = 0
    harness: Callable | None = None

    @property
    def small(self) -> int:
        """How many cases, at the beginning, are tried in a moment."""
        return len(self.cases) - self.real

    def run(self, answer: Callable, number: int) -> Outcome:
        """What an answer makes of one of the cases."""
        function = functools.partial(self.harness, answer) if self.harness else answer
        long = self.harness and (number >= self.small or not self.real)
        return trial(function, self.cases[number], seconds=30 * SECONDS if long else SECONDS)


def check(name: str, answer: Callable | None = None) -> None:
    """Print whether an answer to an exercise is right, in a few short lines.

    Whatever the answer does or returns, nothing is raised but the user's own KeyboardInterrupt. With its first ✗ an
    exercise also says what it asks for.

    Args:
        name: the id of an exercise, such as `"top_p"`.
        answer: the learner's function or class; a value where the exercise asks for one. An untouched stub is not done
            yet.
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
    if report.startswith("✓") and (problem := record.noted("exercises", exercise.id)):
        print(f"  {line(problem)}")


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
    exercises = registry.named("EXERCISES")
    if not isinstance(name, str):
        raise ValueError(f'exercise: got {short(name)}, allowed an id in quotes, such as "top_p"')
    if name not in exercises:
        raise ValueError(f"exercise {short(name)} is not one of the course{registry.advice(name, exercises)}")
    return exercises[name]


def feedback(exercise: Exercise, answer: Any) -> str:
    """What to tell the learner: not done yet (○), right (✓), or wrong with the smallest failing case (✗).

    Args:
        exercise: what was asked.
        answer: a function or a class; for an exercise without arguments also the value itself.
    """
    not_done = f"○ {exercise.id}: not done yet"
    if answer is None or answer is ... or is_untouched(answer, exercise.solution):
        left = unwritten(answer, exercise.solution)
        return f"{not_done}; still to write: {', '.join(left)}" if left else not_done
    if not callable(answer) and _parameters(exercise):
        kind = "class" if isinstance(exercise.solution, type) else "function"
        return f"✗ {exercise.id}: hand over the {kind} itself, without calling it; got {short(answer)}"
    function = answer if callable(answer) else lambda: answer
    expected: list[Any] = []
    outcomes: list[Outcome] = []
    wrong: list[int] = []
    for number in range(len(exercise.cases)):
        if wrong and number >= exercise.small:
            break
        try:
            expected.append(_right(exercise, number))
        except RuntimeError as error:
            return f"○ {exercise.id}: can't be tried here: {error}"
        endless = outcomes and outcomes[-1].value is ENDLESS  # once is long enough
        outcomes.append(outcomes[-1] if endless else exercise.run(function, number))
        if not same(outcomes[number].value, expected[number]):
            wrong.append(number)
    got = [outcome.value for outcome in outcomes]
    if all(value is UNFINISHED for value in got):
        return not_done
    if not wrong:
        return f"✓ {exercise.id}: {exercise.tried}"
    never_none = not any(value is None for value in expected)  # else None is a word of its own
    nothing = all(value is None for value in got)
    if never_none and nothing:
        return f"✗ {exercise.id}: {_nothing(outcomes[wrong[0]], function)}"
    first = wrong[0]
    given = dict(zip(_parameters(exercise), exercise.cases[first], strict=True))
    lines = comparison(given, expected[first], got[first]) if given else without_the_answer(expected[first], got[first])
    if nothing:
        words = "None comes out each time: is a return missing?"
    elif not (words := _mistake(exercise, got, expected)):
        words = _nothing_here(outcomes[first], function) if never_none and got[first] is None else _slip(exercise, got)
    return "\n  ".join(line for line in (f"✗ {exercise.id}", *lines, words) if line)


_CHANGES = {"append", "extend", "insert", "sort", "reverse", "update"}  # methods that return None


def _nothing(outcome: Outcome, function: Callable) -> str:
    if printed := " ".join(outcome.printed.split()):
        return f"your function printed {shown(printed, 60)} and returned nothing: return it"
    code = getattr(function, "__code__", None)
    used = [name for name in code.co_names if name in _CHANGES] if code else []
    more = f" If there is one: `{used[0]}` changes what stands before it and returns None" if used else ""
    return f"your function returned nothing: is a return missing?{more}"


def _nothing_here(outcome: Outcome, function: Callable) -> str:
    """Where other cases do return something, and `None` may have been meant."""
    if outcome.printed.strip():
        return _nothing(outcome, function)
    return "your function returned None here: is a return missing on this way through it? None is not the answer"


def _parameters(exercise: Exercise) -> list[str]:
    """The names of what a case holds."""
    if exercise.harness:
        return list(inspect.signature(exercise.harness).parameters)[1:]
    return list(inspect.signature(exercise.solution).parameters)


@functools.cache
def _right(exercise: Exercise, number: int) -> Any:
    """The expected result of a case, computed once.

    Raises:
        RuntimeError: if the solution can't be tried, for example since its model is not there.
    """
    value = exercise.run(exercise.solution, number).value
    if isinstance(value, Trouble):
        raise RuntimeError(value.removeprefix("your code raised "))
    return value


@functools.cache
def _mistaken(exercise: Exercise, mistake: Callable, number: int) -> Any:
    """What a known mistake makes of a case, computed once."""
    return exercise.run(mistake, number).value


def _mistake(exercise: Exercise, got: Sequence, expected: Sequence) -> str:
    """The words of the known mistake that gave the learner's results, or nothing.

    The one that fits best is named, and none if two that say different things fit alike. One that shows in small cases
    need not be tried on the real model, if the learner has come so far.
    """
    first = next(number for number, value in enumerate(got) if not same(value, expected[number]))
    before = range(exercise.small if first >= exercise.small else 0)
    fits = []
    for mistake in exercise.mistakes:
        if not all(same(_mistaken(exercise, mistake, number), expected[number]) for number in before):
            continue
        if same(got[first], _mistaken(exercise, mistake, first)):
            results = [_mistaken(exercise, mistake, number) for number in range(len(got))]
            if agreement := recognition.agreement(got, results, expected):
                fits.append((agreement, " ".join(inspect.getdoc(mistake).split())))
    best = {words for agreement, words in fits if agreement == max(fits)[0]}
    return best.pop() if len(best) == 1 else ""


def _slip(exercise: Exercise, got: Sequence) -> str:
    """Words for a slip that has nothing to do with this exercise, or nothing."""
    names, numbers = _parameters(exercise), range(len(got))
    solve = None if exercise.harness else lambda *arguments: trial(exercise.solution, arguments).value
    return slips.words(
        [
            slips.Case(dict(zip(names, exercise.cases[n], strict=True)), _right(exercise, n), got[n], solve)
            for n in numbers
        ]
    )
