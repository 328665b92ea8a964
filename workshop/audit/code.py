"""Reads the code of cells as Python, magics left out."""

import ast
import re
from functools import cache

from nbformat import NotebookNode


@cache
def parse(code: str) -> ast.Module:
    """The syntax tree of a cell's code, in which a magic is a `pass`: it may stand alone in its block.

    Raises:
        SyntaxError: if the rest is no Python.
    """
    python = re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", code)
    return compile(python, "cell", "exec", ast.PyCF_ONLY_AST | ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def tree_of(cell: NotebookNode) -> ast.Module:
    """The syntax tree of a cell; an empty one for a cell without code, or with code that is no Python."""
    try:
        return parse(cell.source if cell.cell_type == "code" else "")
    except SyntaxError:
        return ast.Module(body=[], type_ignores=[])


def last_value(cell: NotebookNode) -> ast.expr | None:
    """The expression that a cell ends in, which a notebook displays; None where it ends in something else."""
    match tree_of(cell).body:
        case [*_, ast.Expr(value=value)]:
            return value
    return None


def ids_in(call: ast.Call) -> list[str]:
    """The ids that a call names in quotes."""
    return [each.value for each in call.args if isinstance(each, ast.Constant) and isinstance(each.value, str)]
