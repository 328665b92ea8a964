"""Turns the lessons' texts into executed notebooks, and writes README's map of them.

`notebooks/src/NN_name.py` (jupytext percent format) is what authors edit; `notebooks/NN_name.ipynb`, executed, outputs
stored, is what people open. The way goes from text to notebook only.

    python -m workshop.build [--text] [NN ...]

After a change of prose alone, `--text` writes the notebook anew around the outputs that are stored.
"""

import argparse
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from workshop import check, headings, readme, states
from workshop.audit import outputs
from workshop.audit.outputs import METADATA, WIDGET_VIEW
from workshop.lessons import ROOT, Lesson, find_lessons
from workshop.source import faults, read_source

CELL_TIMEOUT = 300  # seconds


def main(arguments: Sequence[str] | None = None, root: Path = ROOT) -> int:
    """Build the lessons named on the command line, all of them by default, and check what was built.

    Returns:
        0 if every lesson is in order, 1 otherwise.
    """
    parser = argparse.ArgumentParser(prog="course.py build", description="Build the notebooks from notebooks/src.")
    parser.add_argument("lessons", nargs="*", metavar="NN", help="lessons by number, such as 01 or 04b (default: all)")
    parser.add_argument("--text", action="store_true", help="execute nothing: the code is what was built")
    options = parser.parse_args(arguments)
    make = retext if options.text else build
    try:
        lessons = find_lessons(root, options.lessons)
    except ValueError as error:
        parser.error(str(error))
    problems = []
    for lesson in lessons:
        problems += make(lesson, root) or check.lesson_faults(lesson, root)
    readme.write(root, check.sizes(find_lessons(root)))
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


def build(lesson: Lesson, root: Path = ROOT) -> list[str]:
    """Execute one lesson and store its notebook; when there are problems, the old notebook stays as it is.

    Args:
        lesson: one of the course.
        root: the course's folder.

    Returns:
        The problems found, one line each but for a failing cell, which comes with its traceback.
    """
    name = lesson.source.name
    notebook = read_source(lesson.source)
    if found := [*faults(notebook), *headings.faults(notebook, lesson.exercises)]:
        return [f"{name}: {fault}" for fault in found]
    print(f"{lesson.source.stem} ...", end=" ", flush=True)
    start = time.perf_counter()
    lesson.notebook.parent.mkdir(exist_ok=True)
    try:
        drawn = execute(notebook, lesson.notebook.parent)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        print("failed")
        return [f"{name}: {error}"]
    drop_live_parts(notebook)
    if found := outputs.faults(notebook):
        print("failed")
        return [f"{name}: {fault}" for fault in found]
    # Behind the run: listings count as reading.
    write_notebook(check.rendered(notebook, lesson, root), lesson.notebook)
    states.keep(drawn, lesson, root)
    print(f"built, {len(notebook.cells)} cells in {time.perf_counter() - start:.1f} s")
    return []


def retext(lesson: Lesson, root: Path = ROOT) -> list[str]:
    """Store a lesson's notebook anew with the text of today and the outputs of its last build, if its code is the same.

    Args:
        lesson: one of the course.
        root: the course's folder.

    Returns:
        The problems found, one line each.
    """
    name = lesson.source.name
    text, stored = read_source(lesson.source), check.stored_notebook(lesson)[0]
    if found := [*faults(text), *headings.faults(text, lesson.exercises)]:
        return [f"{name}: {fault}" for fault in found]
    if stored is None or _code(stored) != _code(text):
        return [f"{name}: its code has changed; run: python3 course.py build {lesson.number}"]
    notebook = check.with_outputs(text, stored)
    write_notebook(check.rendered(notebook, lesson, root), lesson.notebook)
    return []


def _code(notebook: NotebookNode) -> list[str]:
    """The code of a notebook below its set-up, which says another address once there is one."""
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"][1:]


def execute(notebook: NotebookNode, folder: Path) -> list[list[dict]]:
    """Run every cell in a fresh kernel with `folder` as working directory; outputs go into `notebook`.

    Returns:
        The states of each panel.
    """
    client = _Client(
        notebook,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        record_timing=False,
        coalesce_streams=True,
        extra_arguments=["--log-level=40"],  # errors only: the kernel warns of its loopback port
        resources={"metadata": {"path": str(folder)}},
    )
    client.execute()
    return client.drawn


class _Client(NotebookClient):
    """Also lets each panel draw its states, at once: further down, what it draws with may have other values."""

    def __init__(self, notebook: NotebookNode, **options: object) -> None:
        super().__init__(notebook, **options)
        self.drawn: list[list[dict]] = []

    async def async_execute_cell(self, cell: NotebookNode, cell_index: int, **options: object) -> NotebookNode:
        cell = await super().async_execute_cell(cell, cell_index, **options)
        if states.is_panel(cell):
            drawing = nbformat.v4.new_code_cell(states.DRAW.format(count=cell.execution_count))
            await super().async_execute_cell(drawing, cell_index, store_history=False)
            self.drawn.append(drawing.outputs[0].data["application/json"])
            self.nb.cells[cell_index] = cell
            self.code_cells_executed -= 1  # the next cell's number is the one after this cell's
        return cell


def drop_live_parts(notebook: NotebookNode) -> None:
    """Remove what only a running kernel can use, and what the kernel added to the metadata."""
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            output.get("data", {}).pop(WIDGET_VIEW, None)


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook in one step: a reader sees the old file or the new one, never half of it."""
    draft = path.with_suffix(".ipynb.tmp")
    draft.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")
    os.replace(draft, path)


if __name__ == "__main__":
    sys.exit(main())
