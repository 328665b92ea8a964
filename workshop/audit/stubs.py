"""Finds the exercise stubs of a notebook, checks them, and solves them.

A stub is a cell with the tag `exercise`: a function or a class whose body is missing, and a call of `check` on it.
Where a value is asked for, such as what a function will return, `...` stands in its place: `check("kept", ...)`.
"""

import ast
import copy
import inspect
import io
import tokenize
from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import nbformat
from nbformat import NotebookNode

from lessons_lib.classroom.exercises import Exercise
from workshop.audit import Fault
from workshop.audit.code import tree_of
from workshop.dataflow import used_names

DOTS = "..."  # in place of a value
BUILDING = ("01", "02", "03", "04", "05", "06", "07")  # lessons that end with a part that runs in the real model


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
        given, wanted = _signatures(cell, function, known[name].solution)
        if given != wanted:
            found.append(Fault(number, f"the stub is {given}, the solution {wanted}; make them the same"))
    return found + _dependences(notebook, {(number, function) for number, _, _, function in calls})


def contract_faults(notebook: NotebookNode, exercises: Sequence[Exercise]) -> list[Fault]:
    """Stubs that don't say what `check` holds a learner to: their docstring is the contract, line breaks apart.

    Where a value is asked for, the contract stands in a comment above it.
    """
    known = {exercise.id: exercise for exercise in exercises}
    found = []
    for number, cell, name, function in _checks(notebook):
        contract = " ".join(known[name].contract.split()) if name in known else ""
        node = _definition(cell, function)
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            said, place = " ".join((ast.get_docstring(node) or "").split()) == contract, "docstring"
        else:
            said, place = contract in _comments(cell), "comment"
        if contract and not said:
            found.append(Fault(number, f"the stub's {place} must be the contract of {name!r}; paste: {contract}"))
    return found


def kind_faults(number: str, exercises: Sequence[Exercise]) -> list[Fault]:
    """Whether a lesson asks for enough beyond rebuilding: at most half is that, and lessons 01 to 07 end in building.

    Args:
        number: of the lesson.
        exercises: those of the lesson, in their order.
    """
    rebuilt = [exercise.id for exercise in exercises if exercise.kind == "rebuild"]
    found = []
    if 2 * len(rebuilt) > len(exercises):
        which = f"{len(rebuilt)} of {len(exercises)} exercises rebuild what the lesson shows ({', '.join(rebuilt)})"
        found.append(Fault(0, f"{which}; at most half may: let one predict, diagnose, transfer or build"))
    if exercises and number in BUILDING and exercises[-1].kind != "build":
        found.append(Fault(0, f"the last exercise, {exercises[-1].id!r}, must be one of kind build, with a harness"))
    found += [
        Fault(0, f"exercise {exercise.id!r} builds, but has no harness that puts the answer into the real model")
        for exercise in exercises
        if exercise.kind == "build" and not exercise.harness
    ]
    return found


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
        given = known[name].solution.__name__ if function == DOTS else function
        source = f"{inspect.getsource(known[name].solution)}\n\ncheck({name!r}, {given})"
        solution = nbformat.v4.new_code_cell(source, metadata={"tags": ["solution"]})
        after.setdefault(number, []).append(solution)
    cells = enumerate(result.cells, start=1)
    result.cells = [each for number, cell in cells for each in (cell, *after.get(number, ()))]
    return result


def _checks(notebook: NotebookNode) -> Iterator[tuple[int, NotebookNode, str, str]]:
    """Every `check("top_p", my_top_p)` in a stub: number of the cell, the cell, the exercise, what is handed over."""
    for number, cell in enumerate(notebook.cells, start=1):
        if "exercise" in cell.metadata.get("tags", []):
            for node in ast.walk(tree_of(cell)):
                match node:
                    case ast.Call(func=ast.Name(id="check"), args=[ast.Constant(value=str(name)), ast.Name(id=given)]):
                        yield number, cell, name, given
                    case ast.Call(func=ast.Name(id="check"), args=[ast.Constant(value=str(name)), ast.Constant(value)]):
                        yield number, cell, name, DOTS if value is ... else repr(value)


def _definition(cell: NotebookNode, name: str) -> ast.stmt | None:
    """The statement of a cell that defines a function, a class or a value."""
    for node in tree_of(cell).body:
        match node:
            case ast.FunctionDef(name=found) | ast.ClassDef(name=found) if found == name:
                return node
            case ast.Assign(targets=[ast.Name(id=found)], value=ast.Constant(value=value)) if found == name:
                return node if value is ... else None
    return None


def _signatures(cell: NotebookNode, given: str, solution: Callable) -> tuple[str, str]:
    """How a stub and its solution are called, such as `my_top_p(p, threshold)`: equal where they belong together."""
    name = solution.__name__
    match _definition(cell, given):
        case ast.FunctionDef(args=arguments):
            return f"{given}({ast.unparse(arguments)})", f"{name}{_arguments(solution)}"
        case ast.ClassDef(body=body) if isinstance(solution, type):
            methods = {node.name: f"({ast.unparse(node.args)})" for node in body if isinstance(node, ast.FunctionDef)}
            written = {method: _arguments(vars(solution).get(method)) for method in methods}
            return tuple(
                ", ".join([f"class {whose}", *(f"{method}{arguments}" for method, arguments in which.items())])
                for whose, which in ((given, methods), (name, written))
            )
        case ast.Assign() if not inspect.signature(solution).parameters:
            return given, name
    if given == DOTS and not inspect.signature(solution).parameters:
        return given, given
    return f"{given}, which is not defined in its cell", f"{name}{_arguments(solution)}"


def _arguments(function: Callable | None) -> str:
    return str(inspect.signature(function)) if callable(function) else ", which it lacks"


def _comments(cell: NotebookNode) -> str:
    """The comments of a cell in one line."""
    tokens = tokenize.generate_tokens(io.StringIO(cell.source).readline)
    return " ".join(" ".join(token.string.lstrip("#").split()) for token in tokens if token.type == tokenize.COMMENT)
