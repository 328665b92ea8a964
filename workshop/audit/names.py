"""Checks the names that a lesson's text uses: each `name in code` exists in the library, the notebook or an import."""

import ast
import builtins
import importlib
import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from nbformat import NotebookNode

import lessons_lib
from workshop.audit.prose import markdown

FILE_NAME = re.compile(r"[\w/.-]+\.(?:py|ipynb|toml|md|yml)")
LIBRARY = Path(lessons_lib.__file__).resolve().parent


def unknown_names(notebook: NotebookNode, root: Path) -> list[str]:
    """Names in code spans that neither the library, the notebook's code nor what it imports defines.

    A span is looked at if it is a name (`top_p`, `math.log`), a file of the course, or holds a call (`top_p(row)`).
    Single letters are symbols of formulas, not names.

    Args:
        notebook: A notebook.
        root: The folder of the course, in which files are looked up.
    """
    code = _code(notebook)
    imports = _imports(code)
    defined = _library_names() | Names.of(code)
    faults = []
    for span in markdown(notebook):
        if span.kind != "code":
            continue
        if FILE_NAME.fullmatch(span.text):
            if not _is_file(root, span.text):
                faults.append(f"`{span.text}` is no file of the course")
            continue
        for name, called in _names_in(span.text):
            if not _resolves(name, called, defined, imports):
                faults.append(f"`{name}` is not known: `{span.text}`")
    return faults


@dataclass(frozen=True)
class Names:
    """What some code defines: what can be called, and everything that has a name."""

    callables: frozenset[str]
    all: frozenset[str]

    @classmethod
    def of(cls, tree: ast.AST) -> "Names":
        callables, others = set(), set()
        for node in ast.walk(tree):
            match node:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                    callables.add(name)
                case ast.alias(name=name, asname=asname):
                    callables.add(asname or name)
                case ast.Assign(targets=[ast.Name(id=name)], value=ast.Lambda()):
                    callables.add(name)
                case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                    others.add(name)
                case ast.arg(arg=str(name)) | ast.keyword(arg=str(name)):
                    others.add(name)
        return cls(frozenset(callables), frozenset(callables | others))

    def __or__(self, other: "Names") -> "Names":
        return Names(self.callables | other.callables, self.all | other.all)


@cache
def _library_names() -> Names:
    names = Names(frozenset(), frozenset({"lessons_lib"}))
    for file in LIBRARY.rglob("*.py"):
        # The answers to exercises are no part of what a lesson can talk about.
        if not re.fullmatch(r"lesson\w\d", file.stem):
            known = Names.of(ast.parse(file.read_text(encoding="utf-8")))
            names |= Names(known.callables, known.all | {file.stem, file.parent.name})
    return names


def _code(notebook: NotebookNode) -> ast.Module:
    sources = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    # Magics are no Python; `pass` keeps the block that one stands in.
    return ast.parse("\n".join(re.sub(r"(?m)^(\s*)[%!].*$", r"\1pass", source) for source in sources))


def _imports(code: ast.Module) -> dict[str, object]:
    """The modules that the notebook imports, by the name it gives them; `math` lends `nan` and `inf`."""
    found = {"math": importlib.import_module("math")}
    for node in ast.walk(code):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.name if alias.asname else alias.name.partition(".")[0]
                found[alias.asname or name] = importlib.import_module(name)
        elif isinstance(node, ast.ImportFrom):
            found.setdefault(node.module, importlib.import_module(node.module))
    return found


def _names_in(text: str) -> Iterator[tuple[str, bool]]:
    """The dotted names that a code span speaks of, and whether it calls them."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return  # a command, a token, a formula
    called = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    whole = {text} if re.fullmatch(r"[A-Za-z_][\w.]*", text) else set()
    for name in sorted(called | whole):
        if len(name) > 1 and re.fullmatch(r"[A-Za-z_][\w.]*", name):
            yield name, name in called


def _resolves(name: str, called: bool, defined: Names, imports: dict[str, object]) -> bool:
    first, *rest = name.split(".")
    if keyword.iskeyword(name) or hasattr(builtins, name):
        return True
    if first in imports and first != "lessons_lib":
        return _has(imports[first], rest)
    if not rest and any(hasattr(module, first) for module in imports.values()):
        return True
    known = defined.callables if called else defined.all
    return first in defined.all and all(part in defined.all for part in rest) and name.split(".")[-1] in known


def _has(module: object, path: list[str]) -> bool:
    for part in path:
        if not hasattr(module, part):
            return False
        module = getattr(module, part)
    return True


def _is_file(root: Path, name: str) -> bool:
    folders = (root, root / "notebooks", root / "book", LIBRARY)
    return any((folder / name).is_file() for folder in folders) or any(LIBRARY.rglob(name))
