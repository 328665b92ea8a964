"""Checks that a lesson's head names the packages that it needs and the library does not: not everybody has them."""

import ast
import re
import sys

from nbformat import NotebookNode

from workshop.audit import Fault
from workshop.audit.code import tree_of
from workshop.source import project

NAME = re.compile(r"[\w-]+")


def faults(notebook: NotebookNode) -> list[Fault]:
    """Packages that a lesson imports, which neither come with the library nor stand in the lesson's first cell."""
    head = notebook.cells[0].source if notebook.cells else ""
    ours = {"lessons_lib", *(NAME.match(requirement)[0] for requirement in project()["dependencies"])}
    found = {}
    for number, cell in enumerate(notebook.cells, start=1):
        for name in _imported(cell) - sys.stdlib_module_names:
            if name.lower() not in ours and f"`{name}`" not in head:
                found.setdefault(name, number)
    return [
        Fault(number, f"imports {name}, which the head must name: the library `{name}`")
        for name, number in found.items()
    ]


def _imported(cell: NotebookNode) -> set[str]:
    """The packages that a cell imports."""
    names = set()
    for node in ast.walk(tree_of(cell)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names.add(node.module)
    return {name.partition(".")[0] for name in names}
