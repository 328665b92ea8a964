"""Reads a lesson's text: jupytext's percent format to a notebook without outputs. Names what it must not have."""

import hashlib
import re
import tomllib
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode

from workshop.audit import Fault
from workshop.audit.code import parse
from workshop.audit.outputs import METADATA
from workshop.lessons import ROOT

SETUP = "# {setup}"  # what an author writes where the build puts the set-up cell
# The tag `hide-input` is what the book folds by, the first of these is for JupyterLab, the second for nbconvert.
HIDDEN = {"jupyter": {"source_hidden": True}, "transient": {"remove_source": True}}


def read_source(file: Path) -> NotebookNode:
    """Read a lesson's text as a notebook without outputs.

    Args:
        file: `notebooks/src/NN_name.py`.
    """
    notebook = jupytext.read(file, fmt="py:percent")
    notebook.metadata = nbformat.from_dict(METADATA)
    for cell in notebook.cells:
        cell.metadata.pop("lines_to_next_cell", None)
        if "hide-input" in cell.metadata.get("tags", ()):
            cell.metadata |= HIDDEN
    name_cells(notebook)  # before the set-up is written out: its cell keeps its id, whatever the address
    for cell in notebook.cells:
        if cell.cell_type == "code" and cell.source == SETUP:
            cell.source, cell.execution_count = setup_cell(), 1  # it runs first
    return notebook


def name_cells(notebook: NotebookNode) -> None:
    """Give each cell an id that comes from its text, so that an inserted cell leaves the ids of the others alone."""
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        digest = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[digest] = seen.get(digest, 0) + 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def lines_of_cells(file: Path) -> list[int]:
    """The line of a lesson's text on which each cell begins, counted from 1."""
    lines = file.read_text(encoding="utf-8").splitlines()
    return [number for number, line in enumerate(lines, start=1) if re.match(r"# %%( |$)", line)]


def faults(notebook: NotebookNode) -> list[Fault]:
    """What a lesson's text must not have: another set-up cell, empty cells, broken code, semicolons at line ends."""
    found = []
    cells = [(number, cell.source) for number, cell in enumerate(notebook.cells, 1) if cell.cell_type == "code"]
    if not cells or cells[0][1] != setup_cell():
        where = cells[0][0] if cells else 0
        found.append(Fault(where, f"the first code cell must be {SETUP}, which the build writes out"))
    for number, source in cells:
        if not source.strip():
            found.append(Fault(number, "the code cell is empty; write something or delete it"))
        if error := _syntax_error(source):
            found.append(Fault(number, f"no Python: {error}"))
        found += [
            Fault(number, f"a line must not end in a semicolon, which hides an output: {line.strip()}")
            for line in source.splitlines()
            if line.rstrip().endswith(";")
        ]
    return found


def setup_cell() -> str:
    """The first code cell of every notebook, which installs the library where it is missing, as on Colab.

    What it installs is this release, so that a notebook and its library belong together. While the repository has no
    address, the cell says how to open the notebook instead.
    """
    missing = 'import importlib.util\n\nif importlib.util.find_spec("lessons_lib") is None:\n'
    if address := repository():
        return f"{missing}    %pip install -q --no-deps git+{address}@{release()}\n    importlib.invalidate_caches()"
    advice = "lessons_lib is not installed; in the course's folder, python3 course.py lab opens the course with it"
    return f'{missing}    raise ModuleNotFoundError("{advice}")'


def project() -> dict:
    """What pyproject.toml says of the project: the one place of the repository's address and the version."""
    with open(ROOT / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"]


def repository() -> str:
    """The address of the course's repository; empty until `course.py publish` wrote one into pyproject.toml."""
    return project()["urls"].get("Repository", "")


def release() -> str:
    """The tag of this release, such as `v0.2.0`."""
    return f"v{project()['version']}"


def _syntax_error(code: str) -> str:
    try:
        parse(code)
    except SyntaxError as error:
        return f"{error.msg} in line {error.lineno} of the cell"
    return ""
