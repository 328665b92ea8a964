"""Checks that what `show_source` printed still is the library's source. Nothing of the library is imported for it."""

import ast
import inspect
import re
import textwrap
from functools import cache
from pathlib import Path

from nbformat import NotebookNode

from lessons_lib.classroom.source import without_docstrings
from workshop.audit import Fault

HEAD = re.compile(r"# (lessons_lib/[\w/]+\.py)\n\n")
DEFINITION = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def stale_listings(notebook: NotebookNode, root: Path) -> list[Fault]:
    """Stored listings that the library's files no longer hold.

    Args:
        notebook: a notebook with its outputs.
        root: the folder of the course, in which `lessons_lib` is.
    """
    return [
        Fault(number, f"shows an old {_name(code)} of {file}; build the lesson again")
        for number, cell in enumerate(notebook.cells, start=1)
        for file, code in listings(cell)
        if code not in _sources(root / file, _name(code))
    ]


def listings(cell: NotebookNode) -> list[tuple[str, str]]:
    """The listings among a cell's outputs: the file of the library, and the code below its name."""
    texts = [output.get("data", {}).get("text/plain", "") for output in cell.get("outputs", [])]
    return [(head[1], text[head.end() :]) for text in texts if (head := HEAD.match(text))]


def _name(code: str) -> str:
    """What a listing shows: the name of the function or class that it defines."""
    try:
        return ast.parse(code).body[0].name
    except (SyntaxError, IndexError, AttributeError):
        return "piece of code"


def _sources(file: Path, name: str) -> set[str]:
    """Every way in which `show_source` could show the functions and classes of that name in a file."""
    if not file.is_file():
        return set()
    lines, tree = _read(file, file.stat().st_mtime_ns)
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, DEFINITION) and node.name == name:
            start = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
            # The block as `inspect.getsource` cuts it out: comments that end a body belong to it.
            code = textwrap.dedent("".join(inspect.getblock(lines[start - 1 :])))
            found |= {code.rstrip(), without_docstrings(code).rstrip()}
    return found


@cache
def _read(file: Path, changed: int) -> tuple[list[str], ast.Module]:
    """The lines and the syntax tree of a file in its state of `changed`."""
    text = file.read_text(encoding="utf-8")
    return text.splitlines(keepends=True), ast.parse(text)
