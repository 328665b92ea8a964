"""Measures how long a lesson takes, and what one sitting allows."""

import ast
import re
from collections.abc import Sequence
from dataclasses import dataclass

from nbformat import NotebookNode

from lessons_lib.classroom.exercises import Exercise
from workshop.audit import Fault, panels
from workshop.audit.code import tree_of
from workshop.audit.listings import listings
from workshop.audit.prose import read_through

WORDS_A_MINUTE, LINES_A_MINUTE = 150, 8
MOST_WORDS, MOST_LINES, MOST_MINUTES = 2800, 350, 60  # of one sitting
MOST_LISTINGS = 2


@dataclass(frozen=True)
class Size:
    """How long a lesson is.

    Attributes:
        words: of prose.
        lines: of code that the reader sees: cells and listings, without blank lines and comments.
        question_minutes: what its predictions, its questions to answer in one's own words, and its quiz take.
        exercise_minutes: the exercises' own minutes, together.
    """

    words: int
    lines: int
    question_minutes: int
    exercise_minutes: int

    @property
    def reading_minutes(self) -> int:
        """What is announced for reading it and trying things out: steps of five minutes, since people differ."""
        return max(5, 5 * round(self.minutes / 5))

    @property
    def minutes(self) -> int:
        """Minutes to read it and try things out."""
        return round(self.words / WORDS_A_MINUTE + self.lines / LINES_A_MINUTE)

    def excess(self) -> list[str]:
        """What is more than one sitting allows, such as `3,100 words of 2,800`."""
        measured = (
            (self.words, MOST_WORDS, "words"),
            (self.lines, MOST_LINES, "lines"),
            (self.minutes, MOST_MINUTES, "minutes"),
        )
        return [f"{found:,} {what} of {most:,}" for found, most, what in measured if found > most]


def faults(notebook: NotebookNode, exercises: Sequence[Exercise] = ()) -> list[Fault]:
    """What is more than one sitting allows: words, lines, minutes, and listings of the library's source.

    Args:
        notebook: the lesson with its outputs.
        exercises: those of the lesson.
    """
    excess = size_of(notebook, exercises).excess()
    shown = [number for number, cell in enumerate(notebook.cells, start=1) for _ in listings(cell)]
    if len(shown) > MOST_LISTINGS:
        excess.append(f"{len(shown)} listings of {MOST_LISTINGS}, in the cells {', '.join(map(str, shown))}")
    advice = "more than one sitting allows; move something to a second part or to deeper"
    return [Fault(0, f"{each}: {advice}") for each in excess]


def size_of(notebook: NotebookNode, exercises: Sequence[Exercise] = ()) -> Size:
    """Measure a lesson.

    Args:
        notebook: a notebook with its outputs, among which are listings.
        exercises: those of the lesson.
    """
    read = (span.text for _, span in read_through(notebook) if span.kind != "image")
    words = sum(len(re.findall(r"\S*\w\S*", _without_tags(text))) for text in read)
    lines = 0
    for cell in notebook.cells:
        lines += sum(_lines(code) for _, code in listings(cell))
        if cell.cell_type == "code" and "hide-input" not in cell.metadata.get("tags", ()) and not sets_up(cell):
            lines += _lines(cell.source)
    return Size(words, lines, panels.minutes(notebook), sum(exercise.minutes for exercise in exercises))


def _lines(code: str) -> int:
    """Lines without blank ones and comments."""
    return sum(not line.strip().startswith("#") for line in code.splitlines() if line.strip())


def sets_up(cell: NotebookNode) -> bool:
    """Whether a cell only imports, installs what is missing, and chooses the style of figures."""
    statements = tree_of(cell).body
    return bool(statements) and all(
        isinstance(statement, ast.Import | ast.ImportFrom)
        or (isinstance(statement, ast.If) and "find_spec" in ast.unparse(statement.test))
        or ast.unparse(statement) == "use_style()"
        for statement in statements
    )


def _without_tags(text: str) -> str:
    return re.sub(r"<[^>]*>", " ", text)
