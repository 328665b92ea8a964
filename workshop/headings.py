"""Writes into a lesson what its exercises, its length and the other lessons say, so that nothing drifts from them.

An author writes `### {exercise: top_p}` above what an exercise asks, and in the lesson's head `{times}`, `{route}` and,
in a paragraph of its own, `{badge}`. A reader finds `### Exercise 4: Keep just enough (hard, 12 minutes)`, `about 50
minutes, exercises another 56 minutes`, the way through the course, and the button for Colab. Appendix A4 has marks for
the lists of the course, see `LISTS` in `workshop.check`.
"""

import copy
import re
from collections import Counter
from collections.abc import Mapping, Sequence

from nbformat import NotebookNode

from lessons_lib.classroom.exercises import Exercise
from workshop.audit import Fault
from workshop.audit.size import Size, size_of
from workshop.audit.stubs import not_one_of

HEADING = re.compile(r"(?m)^(#+ )\{exercise: *(\w+) *\}[ \t]*$")
TIMES, ROUTE, BADGE = "{times}", "{route}", "{badge}"
RETEXT = "run: python3 course.py build --text"  # which writes again what is written here
DIFFICULTIES = {1: "warm-up", 2: "medium", 3: "hard"}


def rendered(
    notebook: NotebookNode,
    exercises: Sequence[Exercise],
    route: str = "",
    lists: Mapping[str, str] | None = None,
    badge: str = "",
) -> NotebookNode:
    """A copy of a lesson's notebook with the exercises' headings, and its times, route and badge written out.

    Args:
        notebook: the lesson as its text says it, with its outputs: the time to read counts the listings among them.
        exercises: those of the lesson; they are numbered as the text brings them.
        route: the way through the course; see `workshop.route`.
        lists: what stands in the place of a mark such as `{glossary}`, which is the whole text of its cell.
        badge: the button for Colab; its paragraph is left out where there is none.
    """
    result = with_headings(notebook, exercises)
    for cell in result.cells:
        if cell.cell_type == "markdown":
            cell.source = (lists or {}).get(cell.source, cell.source)
    if result.cells:
        head = result.cells[0]
        head.source = head.source.replace(ROUTE, route)
        head.source = head.source.replace(TIMES, times(size_of(result, exercises)))
        head.source = head.source.replace(f"{BADGE}\n\n", f"{badge}\n\n" if badge else "")
    return result


def with_headings(notebook: NotebookNode, exercises: Sequence[Exercise]) -> NotebookNode:
    """A copy of a lesson's notebook with the exercises' headings written out, but not its times."""
    known = {exercise.id: exercise for exercise in exercises}
    result = copy.deepcopy(notebook)
    number = 0

    def heading(match: re.Match) -> str:
        nonlocal number
        if match[2] not in known:
            return match[0]
        number += 1
        exercise = known[match[2]]
        about = f"{DIFFICULTIES[exercise.difficulty]}, {duration(exercise.minutes)}"
        return f"{match[1]}Exercise {number}: {exercise.title} ({about})"

    for cell in result.cells:
        if cell.cell_type == "markdown":
            cell.source = HEADING.sub(heading, cell.source)
    return result


def faults(notebook: NotebookNode, exercises: Sequence[Exercise]) -> list[Fault]:
    """What is wrong with the headings of a lesson's exercises: each has one, and its stub is the next code cell.

    Args:
        notebook: the lesson as its text says it.
        exercises: those of the lesson.
    """
    known = {exercise.id for exercise in exercises}
    count: Counter[str] = Counter()
    found = []
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type != "markdown":
            continue
        names = [match[2] for match in HEADING.finditer(cell.source)]
        count.update(names)
        for name in names:
            if name not in known:
                found.append(Fault(number, not_one_of(exercises, name)))
        if len(names) > 1:
            found.append(Fault(number, f"{len(names)} exercises in one cell; give each a cell of its own"))
        elif names and f'check("{names[0]}"' not in _next_code(notebook, number):
            found.append(Fault(number, f"the stub of {names[0]!r} must be the next code cell"))
        if "{exercise" in HEADING.sub("", cell.source):
            found.append(Fault(number, "{exercise: id} stands in a heading, on a line of its own: ### {exercise: id}"))
    for name in (exercise.id for exercise in exercises if count[exercise.id] != 1):
        found.append(Fault(0, f"exercise {name!r} has {count[name]} headings; write one, ### {{exercise: {name}}}"))
    return found


def head_faults(notebook: NotebookNode) -> list[Fault]:
    """Whether a lesson's first cell leaves its times, the route and the badge to the build."""
    head = notebook.cells[0].source if notebook.cells else ""
    written = {TIMES: "how long the lesson takes", ROUTE: "the way through the course"}
    written[BADGE] = "the button for Colab"
    return [
        Fault(1, f"the head must hold {mark}, where the build writes {what}")
        for mark, what in written.items()
        if mark not in head
    ]


def times(size: Size) -> str:
    """How long a lesson takes, in words: to read it, to answer what it asks on the way, to do its exercises."""
    more = {"its questions": size.question_minutes, "exercises": size.exercise_minutes}
    parts = [f"{name} another {duration(minutes)}" for name, minutes in more.items() if minutes]
    return ", ".join([f"about {duration(size.reading_minutes)}", *parts])


def duration(minutes: int) -> str:
    """Minutes in words: `1 minute`, `90 minutes`, `1 hour 35 minutes`, `2 hours`."""
    hours, rest = divmod(minutes, 60) if minutes > 90 else (0, minutes)
    parts = [(hours, "hour"), (rest, "minute")]
    return " ".join(f"{count} {unit}{'' if count == 1 else 's'}" for count, unit in parts if count)


def _next_code(notebook: NotebookNode, number: int) -> str:
    """The code below a cell, counted from 1."""
    return next((cell.source for cell in notebook.cells[number:] if cell.cell_type == "code"), "")
