"""Shows the library's own source in a lesson, so that what the lesson prints can't drift from what runs."""

import ast
import inspect
import textwrap
from dataclasses import dataclass
from pathlib import Path

import lessons_lib


@dataclass(frozen=True, repr=False)
class Listing:
    """Python source that a notebook shows highlighted and a terminal shows as it is."""

    code: str

    def __repr__(self) -> str:
        return self.code

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        # Pages that nbconvert makes give the text of outputs their own font, which a block of code inherits.
        markdown = f'<div style="font-family: monospace">\n\n````python\n{self.code}\n````\n\n</div>'
        return {"text/plain": self.code, "text/markdown": markdown}


def show_source(obj: object, *, docstring: bool = False) -> None:
    """Display the source of a function or class of the library under its file name.

    Args:
        obj: a function, method or class defined in `lessons_lib`.
        docstring: whether docstrings are shown; the lesson's text usually stands in for them.

    Raises:
        ValueError: if `obj` is not defined in `lessons_lib`.
    """
    # Inside the function: a script that only checks exercises needs no IPython.
    from IPython.display import display

    display(Listing(f"# {library_file(obj)}\n\n{source_of(obj, docstring=docstring)}"))


def library_file(obj: object) -> str:
    """The file that defines `obj`, as `lessons_lib/...`."""
    root = Path(lessons_lib.__file__).resolve().parent
    try:
        file = Path(inspect.getfile(inspect.unwrap(obj))).resolve()
    except TypeError:
        raise ValueError(f"show_source takes a function or class, got {obj!r}") from None
    if not file.is_relative_to(root):
        raise ValueError(f"show_source takes what lessons_lib defines, got {obj!r}")
    return file.relative_to(root.parent).as_posix()


def source_of(obj: object, *, docstring: bool = False) -> str:
    """The source of a function or class, flush left, with or without its docstrings."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(obj)))
    return (source if docstring else without_docstrings(source)).rstrip()


def without_docstrings(source: str) -> str:
    lines = source.splitlines()
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        # A body that is nothing but its docstring stays, or the source would no longer parse.
        if ast.get_docstring(node, clean=False) is None or len(node.body) == 1:
            continue
        for number in range(node.body[0].lineno, node.body[1].lineno):
            # From the docstring to the next statement; comments in between are kept.
            if number <= node.body[0].end_lineno or not lines[number - 1].strip():
                lines[number - 1] = None
    return "\n".join(line for line in lines if line is not None)
