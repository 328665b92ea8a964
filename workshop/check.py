"""Checks the lessons without executing anything: the texts, the stored notebooks, and that the two belong together.

python -m workshop.check [--table] [NN ...]
"""

import argparse
import copy
import gc
import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode, ValidationError
from nbformat.reader import NotJSONError

from workshop import badges, glossary, headings, questions, readme, route, source, states
from workshop.audit import (
    Fault,
    asked,
    fences,
    links,
    listings,
    names,
    numbers,
    outputs,
    packages,
    panels,
    pictures,
    size,
    stubs,
)
from workshop.lessons import ROOT, Lesson, find_lessons, naming_faults

DOCUMENTS = (".", ".github", "benchmarks", "book")  # the folders of the Markdown files
LISTS = {"{glossary}": glossary.render, "{questions}": questions.render}  # what appendix A4 shows of the whole course


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Check the lessons named on the command line; all of them, and what they have in common, by default.

    Returns:
        0 if every lesson is in order, 1 otherwise.
    """
    parser = argparse.ArgumentParser(prog="course.py check", description="Check the lessons without executing them.")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons by number, such as 01 or 04b (default: all)")
    parser.add_argument("--table", action="store_true", help="print how long each lesson is")
    options = parser.parse_args(arguments)
    try:
        lessons = find_lessons(root, options.lessons)
    except ValueError as error:
        parser.error(str(error))
    if options.table:
        print("\n".join(table(lessons)))
    faults = [] if options.lessons else course_faults(root)
    for lesson in lessons:
        faults += lesson_faults(lesson, root)
    for fault in faults:
        print(fault, file=sys.stderr)
    if faults:
        print(f"{len(faults)} to mend", file=sys.stderr)
    else:
        print(f"{len(lessons)} lessons are in order")
    return 1 if faults else 0


def course_faults(root: Path) -> list[str]:
    """What is wrong with what the lessons have in common: names of files, README's table, links of the documents."""
    documents = [file for folder in DOCUMENTS for file in sorted((root / folder).glob("*.md"))]
    return [
        *naming_faults(root),
        *readme.faults(root, sizes(find_lessons(root))),
        *route.faults(find_lessons(root), root),
        *glossary.faults(root),
        *questions.faults(root),
        *(
            f"{_short(file, root)}: {fault.text}"
            for file in documents
            for fault in links.broken_links(links.document(file), file.parent, _reader(root))
        ),
    ]


def lesson_faults(lesson: Lesson, root: Path) -> list[str]:
    """What is wrong with one lesson, each fault in one line with its place."""
    text = _text(lesson)
    stored, problem = stored_notebook(lesson)
    written = rendered(with_outputs(text, stored), lesson, root)
    of_text = [
        *source.faults(text),
        *headings.faults(text, lesson.exercises),
        *headings.head_faults(text),
        *stubs.faults(written, lesson.exercises),
        *asked.faults(written, lesson.predictions, lesson.words),
        *asked.shared_ids(lesson.number),
        *form_faults(written, lesson),
        *fences.faults(written),
        *packages.faults(written),
        *names.unknown_names(written, root),
        *links.broken_links(written, lesson.notebook.parent, _reader(root)),
    ]
    build = f"run: python3 course.py build {lesson.number}"
    notebook = _short(lesson.notebook, root)
    found = _placed(of_text, text, _short(lesson.source, root), lesson, root)
    if stored is None:
        return [*found, f"{notebook}: {problem}; {build}"]
    if _inputs(stored) != _inputs(written):
        found.append(f"{notebook}: differs from its source; {build}")
    of_outputs = [
        *outputs.faults(stored),
        *listings.stale_listings(stored, root),
        *panels.faults(stored, lesson.predictions, lesson.words, lesson.quiz),
        *pictures.faults(stored),
        *numbers.unsupported_numbers(stored, _cited(root)),
        *stubs.verdict_faults(stored),
        *states.faults(stored, lesson, root),
    ]
    return found + _placed(of_outputs, stored, notebook, lesson, root)


def rendered(notebook: NotebookNode, lesson: Lesson, root: Path) -> NotebookNode:
    """A lesson's notebook, its outputs there, with everything written out that the build writes."""
    folder, text = lesson.notebook.parent, lesson.source.read_text(encoding="utf-8")
    lists = {mark: render(root, folder) for mark, render in LISTS.items() if mark in text}
    badge = badges.colab(_short(lesson.notebook, root))
    return headings.rendered(notebook, lesson.exercises, route.route(lesson, root), lists, badge)


def form_faults(notebook: NotebookNode, lesson: Lesson) -> list[Fault]:
    """What a lesson of the new form owes its reader beyond what every lesson does."""
    return [
        *stubs.contract_faults(notebook, lesson.exercises),
        *stubs.kind_faults(lesson.number, lesson.exercises),
        *size.faults(notebook, lesson.exercises),
    ]


def table(lessons: Sequence[Lesson]) -> list[str]:
    """How long each lesson is, and by how much that is more than one sitting."""
    columns = f"{'lesson':<32}{'words':>7}{'lines':>7}{'minutes':>9}{'questions':>11}{'exercises':>11}"
    lines = [f"{columns}   more than one sitting allows"]
    measured = sizes(lessons)
    for lesson in lessons:
        if found := measured.get(lesson.number):
            minutes = f"{found.minutes:>9}{found.question_minutes:>11}{found.exercise_minutes:>11}"
            numbers_of = f"{found.words:>7,}{found.lines:>7,}{minutes}"
            lines.append(f"{lesson.source.stem:<32}{numbers_of}   {', '.join(found.excess())}".rstrip())
    return lines


def sizes(lessons: Sequence[Lesson]) -> dict[str, size.Size]:
    """How long each lesson that is built is, by number."""
    found = {}
    for lesson in lessons:
        stored, _ = stored_notebook(lesson)
        if stored is not None:
            written = headings.rendered(with_outputs(_text(lesson), stored), lesson.exercises)
            found[lesson.number] = size.size_of(written, lesson.exercises)
    return found


def with_outputs(text: NotebookNode, stored: NotebookNode | None) -> NotebookNode:
    """A copy of a lesson's text whose cells carry what is stored of their run, found by their ids."""
    known = {cell.id: cell for cell in stored.cells if cell.cell_type == "code"} if stored else {}
    result = copy.deepcopy(text)
    for cell in result.cells:
        if cell.cell_type == "code" and cell.id in known:
            cell.outputs, cell.execution_count = known[cell.id].outputs, known[cell.id].execution_count
    return result


def _text(lesson: Lesson) -> NotebookNode:
    return _text_of(lesson.source, (lesson.source.stat().st_mtime_ns, source.setup_cell()))


@cache
def _text_of(file: Path, changed: tuple[int, str]) -> NotebookNode:
    """A lesson's text in its state of `changed`, with a set-up of today."""
    return source.read_source(file)


def stored_notebook(lesson: Lesson) -> tuple[NotebookNode | None, str]:
    """The stored notebook, not to be changed, or what is the matter with it."""
    try:
        return _notebook_of(lesson.notebook, lesson.notebook.stat().st_mtime_ns), ""
    except FileNotFoundError:
        return None, "missing"
    except (NotJSONError, ValidationError):
        return None, "not a notebook"


@cache
def _notebook_of(file: Path, changed: int) -> NotebookNode:
    """A notebook in its state of `changed`."""
    return nbformat.read(file, as_version=4)


def _reader(root: Path) -> Callable[[Path], NotebookNode | None]:
    """Reads what a link leads to; a lesson as its text says it today, built or not."""
    lessons = {lesson.notebook: lesson for lesson in find_lessons(root)}

    def read(file: Path) -> NotebookNode | None:
        lesson = lessons.get(file)
        return _linked(lesson, lesson.source.stat().st_mtime_ns) if lesson else links.document(file)

    return read


@cache
def _linked(lesson: Lesson, changed: int) -> NotebookNode:
    """A lesson's text in its state of `changed`, with every heading that a link can lead to."""
    return headings.with_headings(_text(lesson), lesson.exercises)


def _inputs(notebook: NotebookNode) -> list[tuple]:
    """What a notebook owes to its source, cell by cell."""
    return [(cell.cell_type, cell.id, cell.source, cell.metadata) for cell in notebook.cells]


def _placed(faults: Sequence[Fault], notebook: NotebookNode, file: str, lesson: Lesson, root: Path) -> list[str]:
    """Faults of a notebook in the order of its cells, each with the line of the lesson's text where its cell begins.

    A cell that the text no longer has, or whose line is not known for sure, is placed in `file`.
    """
    text, cells, lines = _short(lesson.source, root), _text(lesson).cells, source.lines_of_cells(lesson.source)
    known = zip(cells, lines, strict=True) if len(cells) == len(lines) else ()
    places = {cell.id: f"{text}:{line}" for cell, line in known}
    ids = ["", *(cell.id for cell in notebook.cells)]  # faults count cells from 1; 0 is the notebook as a whole
    return [f"{places.get(ids[fault.cell], file)}: {fault}" for fault in sorted(faults, key=lambda fault: fault.cell)]


def _short(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _cited(root: Path) -> set[Decimal]:
    file = root / "notebooks/cited.toml"
    return _cited_in(file, file.stat().st_mtime_ns) if file.exists() else set()


@cache
def _cited_in(file: Path, changed: int) -> set[Decimal]:
    return numbers.cited_numbers(file)


if __name__ == "__main__":
    gc.disable()  # in a process of seconds, looking for garbage takes a sixth of the time
    sys.exit(main())
