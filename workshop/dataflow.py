"""Which cells of a notebook another cell rests on, found by the names that they set and use."""

import ast
from collections.abc import Iterator, Sequence

from nbformat import NotebookNode

from workshop.audit.code import tree_of

NAMED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
# What these set stays inside.
SCOPES = (*NAMED, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
# The parts of a node in the order in which they take effect, where that is not the order of the text.
ORDER = {
    ast.Assign: ("value", "targets"),
    ast.AnnAssign: ("annotation", "value", "target"),
    ast.NamedExpr: ("value", "target"),
    ast.For: ("iter", "target", "body", "orelse"),
    ast.comprehension: ("iter", "target", "ifs"),
    ast.ListComp: ("generators", "elt"),
    ast.SetComp: ("generators", "elt"),
    ast.GeneratorExp: ("generators", "elt"),
    ast.DictComp: ("generators", "key", "value"),
}


def needed(cells: Sequence[NotebookNode], place: int) -> list[int]:
    """The places of the code cells that must have run before the cell at `place`, in order.

    A cell is needed if it sets or changes a name that the cell, or another needed cell behind it, uses. What a call
    does to its arguments is not seen.
    """
    wanted, found = used_names(cells[place]), []
    for before in range(place - 1, -1, -1):
        cell = cells[before]
        if (set_names(cell) | changed_names(cell)) & wanted:
            wanted = (wanted - set_names(cell)) | used_names(cell)
            found.append(before)
    return found[::-1]


def used_names(cell: NotebookNode) -> set[str]:
    """The names that a cell expects from the cells before it."""
    return _expected(_steps(tree_of(cell)))


def set_names(cell: NotebookNode) -> set[str]:
    """The names that a cell assigns, imports or defines, whatever they were before."""
    return {name for name, sets in _steps(tree_of(cell)) if sets}


def changed_names(cell: NotebookNode) -> set[str]:
    """The names whose objects a cell changes: by `model.eval()`, `rows[0] = 1` or `config.width = 8`."""
    found = set()
    for node in ast.walk(tree_of(cell)):
        match node:
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                found.add(_owner(node))
            case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
                found.add(_owner(method))
    return found


def _steps(node: ast.AST) -> Iterator[tuple[str, bool]]:
    """Each name that a piece of code uses or sets, in the order in which it does so, and whether it sets it."""
    match node:
        case ast.Name(id=name, ctx=context):
            yield name, not isinstance(context, ast.Load)
        case ast.alias(name=name, asname=given):
            yield given or name.partition(".")[0], True
        case ast.AugAssign(target=ast.Name(id=name), value=value):
            yield from _steps(value)
            yield from [(name, False), (name, True)]
        case ast.arg(arg=name, annotation=annotation):
            yield from _steps(annotation) if annotation else ()
            yield name, True
        case _ if isinstance(node, SCOPES):
            within = [step for part in _parts(node) for step in _steps(part)]
            yield from ((name, False) for name in sorted(_expected(within)))
        case _:
            for part in _parts(node):
                yield from _steps(part)
    if isinstance(node, NAMED):
        yield node.name, True


def _parts(node: ast.AST) -> list[ast.AST]:
    fields = [getattr(node, name) for name in ORDER.get(type(node), node._fields)]
    parts = [part for field in fields for part in (field if isinstance(field, list) else [field])]
    return [part for part in parts if isinstance(part, ast.AST)]


def _expected(steps: Iterator[tuple[str, bool]]) -> set[str]:
    """The names that are used before they are set."""
    here, expected = set(), set()
    for name, sets in steps:
        if sets:
            here.add(name)
        elif name not in here:
            expected.add(name)
    return expected


def _owner(node: ast.AST) -> str:
    """The name at the root of `model.layers[0].weight`; empty if there is none."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
