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
    name_cells(notebook)
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
        found.append(Fault(cells[0][0] if cells else 0, f"the first code cell must be exactly\n{setup_cell()}"))
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

    What it installs is this release, so that a notebook and its library belong together.
    """
    library = f"{project()['urls']['Repository']}@{release()}"
    return (
        "import importlib.util\n\n"
        'if importlib.util.find_spec("lessons_lib") is None:\n'
        f"    %pip install -q --no-deps git+{library}\n"
        "    importlib.invalidate_caches()"
    )


def project(root: Path = ROOT) -> dict:
    """What pyproject.toml says of the project: the one place of the repository's address and the version."""
    with open(root / "pyproject.toml", "rb") as file:
        return tomllib.load(file)["project"]


def repository() -> str:
    """The address of the course's repository; empty while pyproject.toml names no owner."""
    address = project()["urls"]["Repository"]
    return "" if "/OWNER/" in address else address


def release() -> str:
    """The tag of this release, such as `v0.2.0`."""
    return f"v{project()['version']}"


def _syntax_error(code: str) -> str:
    try:
        parse(code)
    except SyntaxError as error:
        return f"{error.msg} in line {error.lineno} of the cell"
    return ""
