"""Finds the exercise stubs of a notebook, checks them, and solves them.

A stub is a cell with the tag `exercise`: a function whose body is missing, and a call of `check` on it.
"""

import ast
import copy
import inspect
from collections import Counter
from collections.abc import Sequence

import nbformat
from nbformat import NotebookNode

from lessons_lib.classroom.exercises import Exercise


def faults(notebook: NotebookNode, exercises: Sequence[Exercise]) -> list[str]:
    """What is wrong with a lesson's stubs, one line each.

    Every exercise of the lesson has one stub with the arguments of its solution, and the stored output says that it
    is not done yet: a stub that passes would give the answer away.
    """
    known = {exercise.id: exercise for exercise in exercises}
    calls = [(cell, call) for cell in _stub_cells(notebook) for call in _checks(cell)]
    count = Counter(name for _, (name, _) in calls)
    found = [f"exercise {name!r} is not one of this lesson" for name in count if name not in known]
    found += [f"exercise {name!r} has {count[name]} stubs, must have 1" for name in known if count[name] != 1]
    for cell, (name, function) in calls:
        if name not in known:
            continue
        wanted = str(inspect.signature(known[name].solution))
        given = _arguments(cell, function)
        if function != known[name].solution.__name__ or given != wanted:
            found.append(f"the stub is {function}{given}, the solution {known[name].solution.__name__}{wanted}")
        printed = "".join(output.get("text", "") for output in cell.outputs)
        if printed != f"○ {name}: not done yet\n":
            found.append(f"the stub of {name!r} stores {printed!r} where it must say that it is not done yet")
    return found


def solved(notebook: NotebookNode, exercises: Sequence[Exercise]) -> NotebookNode:
    """A copy of a notebook in which a cell with the solution, tagged `solution`, follows every stub."""
    known = {exercise.id: exercise for exercise in exercises}
    result = copy.deepcopy(notebook)
    result.cells = []
    for cell in copy.deepcopy(notebook.cells):
        result.cells.append(cell)
        if cell in _stub_cells(notebook):
            for name, function in _checks(cell):
                source = f"{inspect.getsource(known[name].solution)}\n\ncheck({name!r}, {function})"
                result.cells.append(nbformat.v4.new_code_cell(source, metadata={"tags": ["solution"]}))
    return result


def _stub_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if "exercise" in cell.metadata.get("tags", [])]


def _checks(cell: NotebookNode) -> list[tuple[str, str]]:
    """The exercise and the function of every `check("top_p", my_top_p)` in a cell."""
    return [(name, function) for node in ast.walk(ast.parse(cell.source)) for name, function in _check_call(node)]


def _check_call(node: ast.AST) -> list[tuple[str, str]]:
    match node:
        case ast.Call(func=ast.Name(id="check"), args=[ast.Constant(value=str(name)), ast.Name(id=function)]):
            return [(name, function)]
    return []


def _arguments(cell: NotebookNode, function: str) -> str:
    """The arguments of a function defined in a cell, as `(row, k)`."""
    for node in ast.parse(cell.source).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return f"({ast.unparse(node.args)})"
    return " is not defined in its cell"
