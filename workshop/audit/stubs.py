"""Finds the exercise stubs of a notebook, checks them, and solves them.

A stub is a cell with the tag `exercise`: a function whose body is missing, and a call of `check` on it.
"""

import ast
import copy
import inspect
from collections import Counter
from collections.abc import Iterator, Sequence

import nbformat
from nbformat import NotebookNode

from lessons_lib.classroom.exercises import Exercise
from workshop.audit import Fault
from workshop.audit.code import tree_of
from workshop.dataflow import used_names


def faults(notebook: NotebookNode, exercises: Sequence[Exercise]) -> list[Fault]:
    """What is wrong with the text of a lesson's stubs.

    Every exercise of the lesson has one stub, with the name and the arguments of its solution.
    """
    known = {exercise.id: exercise for exercise in exercises}
    calls = list(_checks(notebook))
    count = Counter(name for _, _, name, _ in calls)
    found = [
        Fault(0, f"exercise {name!r} has {count[name]} stubs; write one cell tagged exercise with its check")
        for name in known
        if count[name] != 1
    ]
    for number, cell, name, function in calls:
        if name not in known:
            found.append(Fault(number, not_one_of(exercises, name)))
            continue
        wanted = f"{known[name].solution.__name__}{inspect.signature(known[name].solution)}"
        given = f"{function}{_arguments(cell, function)}"
        if given != wanted:
            found.append(Fault(number, f"the stub is {given}, the solution {wanted}; make them the same"))
    return found + _dependences(notebook, {(number, function) for number, _, _, function in calls})


def not_one_of(exercises: Sequence[Exercise], name: str) -> str:
    """What to tell an author whose text names an exercise that the lesson lacks."""
    ids = ", ".join(exercise.id for exercise in exercises) or "none"
    return f"exercise {name!r} is not one of this lesson; name one ({ids}), or add it to EXERCISES in its folder"


def _dependences(notebook: NotebookNode, defined: set[tuple[int, str]]) -> list[Fault]:
    """Cells that would run differently once an exercise of another cell is solved."""
    functions = {function for _, function in defined}
    return [
        Fault(number, f"uses {name}; nothing else may rest on what a learner writes, take the library's function")
        for number, cell in enumerate(notebook.cells, start=1)
        for name in sorted(used_names(cell) & functions)
        if (number, name) not in defined
    ]


def verdict_faults(notebook: NotebookNode) -> list[Fault]:
    """Stubs whose stored output does not say that they are not done yet: one that passes gives the answer away."""
    found = []
    for number, cell, name, _ in _checks(notebook):
        printed = "".join(output.get("text", "") for output in cell.outputs)
        if printed != f"○ {name}: not done yet\n":
            wrong = f"the stub of {name!r} stores {printed!r:.200} where it must say that it is not done yet"
            found.append(Fault(number, f"{wrong}; leave its body out and build again"))
    return found


def solved(notebook: NotebookNode, exercises: Sequence[Exercise]) -> NotebookNode:
    """A copy of a notebook in which a cell with the solution, tagged `solution`, follows every stub."""
    known = {exercise.id: exercise for exercise in exercises}
    result = copy.deepcopy(notebook)
    after = {}
    for number, _, name, function in _checks(result):
        source = f"{inspect.getsource(known[name].solution)}\n\ncheck({name!r}, {function})"
        solution = nbformat.v4.new_code_cell(source, metadata={"tags": ["solution"]})
        after.setdefault(number, []).append(solution)
    cells = enumerate(result.cells, start=1)
    result.cells = [each for number, cell in cells for each in (cell, *after.get(number, ()))]
    return result


def _checks(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode, str, str]]:
    """Every `check("top_p", my_top_p)` in a stub: number of the cell, the cell, the exercise and the function."""
    for number, cell in enumerate(notebook.cells, start=1):
        if "exercise" in cell.metadata.get("tags", []):
            for node in ast.walk(tree_of(cell)):
                match node:
                    case ast.Call(func=ast.Name(id="check"), args=[ast.Constant(value=str(name)), ast.Name(id=given)]):
                        yield number, cell, name, given


def _arguments(cell: NotebookNode, function: str) -> str:
    """The arguments of a function defined in a cell, as `(row, k)`."""
    for node in tree_of(cell).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            return f"({ast.unparse(node.args)})"
    return ", which is not defined in its cell"
