"""Checks the names that a lesson uses: each `name in code` is one of the library, the notebook or its imports.

The notebook's own imports are tried too: a module or a name that has moved is found before a kernel is started.
"""

import ast
import builtins
import importlib
import importlib.util
import keyword
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

from nbformat import NotebookNode

import lessons_lib
from workshop.audit import Fault
from workshop.audit.code import tree_of
from workshop.audit.prose import read_through

FILE_NAME = re.compile(r"[\w/.-]+\.(?:py|ipynb|toml|md|yml)")
LIBRARY = Path(lessons_lib.__file__).resolve().parent
LESSONS = LIBRARY / "classroom/lessons"


def unknown_names(notebook: NotebookNode, root: Path) -> list[Fault]:
    """Names in code spans that neither the library, the notebook's code nor what it imports defines.

    A span is looked at if it is a name (`top_p`, `math.log`), a file of the course, or holds a call (`top_p(row)`).
    Single letters are symbols of formulas, not names.

    Args:
        notebook: a notebook.
        root: the folder of the course, in which files are looked up.
    """
    trees = [(number, tree_of(cell)) for number, cell in enumerate(notebook.cells, start=1)]
    imports = [found for number, tree in trees for found in _imports(number, tree)]
    faults = [
        Fault(each.cell, f"there is no {each.missing} to import; write where it is today")
        for each in imports
        if each.missing
    ]
    code = [statement for _, tree in trees for statement in tree.body]
    code += [statement for each in imports for statement in _code_of_a_lesson(each.module)]
    defined = _library_names() | Names.of(ast.Module(code, []))
    modules = {"math": "math"} | {each.name: each.module for each in imports}  # math lends nan and inf
    for cell, span in read_through(notebook):
        if span.kind != "code":
            continue
        if FILE_NAME.fullmatch(span.text):
            if not _is_file(root, span.text):
                faults.append(Fault(cell, f"`{span.text}` is no file of the course; name one that is"))
            continue
        for name, called in _names_in(span.text):
            if not _resolves(name, called, defined, modules):
                like = get_close_matches(name, defined.callables if called else defined.all, n=1)
                advice = f"did you mean `{like[0]}`?" if like else "the library, the cells and their imports lack it"
                faults.append(Fault(cell, f"`{name}` is not known in `{span.text}`; {advice}"))
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
    """The library's names without those of the lessons' folders: an exercise's answer is nothing to talk about."""
    callables, others = set(), {"lessons_lib"}
    for file in LIBRARY.rglob("*.py"):
        if not file.is_relative_to(LESSONS):
            known = Names.of(ast.parse(file.read_text(encoding="utf-8")))
            callables |= known.callables
            others |= known.all | {file.stem, file.parent.name}
    return Names(frozenset(callables), frozenset(callables | others))


@dataclass(frozen=True)
class _Import:
    """A module that a cell imports, under the name that it gets there; `missing` is what is not there to import."""

    cell: int
    name: str
    module: str
    missing: str = ""


def _imports(cell: int, tree: ast.Module) -> Iterator[_Import]:
    """The imports of a cell. None is carried out if its file tells enough: to import takes seconds."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                first = alias.name.partition(".")[0]
                missing = "" if _exists(alias.name) else alias.name
                yield _Import(cell, alias.asname or first, alias.name if alias.asname else first, missing)
        elif isinstance(node, ast.ImportFrom):
            source, known = node.module, _exists(node.module)
            yield _Import(cell, source, source, "" if known else source)
            for name in (alias.name for alias in node.names if known and _is_ours(source)):
                whole = f"{source}.{name}"
                if _exists(whole):
                    yield _Import(cell, whole, whole)
                elif name not in _names_of_module(source) and not hasattr(_module(source), name):
                    yield _Import(cell, whole, whole, missing=whole)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "lessons_lib"


def _exists(module: str) -> bool:
    return _file_of(module) is not None if _is_ours(module) else _is_installed(module)


@cache
def _is_installed(module: str) -> bool:
    package, *inner = module.split(".")
    try:
        spec = importlib.util.find_spec(package)
        folders = (spec and spec.submodule_search_locations) or ()
        if inner and any(_file_in(Path(folder), inner) for folder in folders):
            return True
        return importlib.util.find_spec(module) is not None  # this imports the packages around it
    except ImportError:
        return False


def _file_of(module: str) -> Path | None:
    """The file of a module of the library, if there is one."""
    return _file_in(LIBRARY.parent, module.split("."))


def _file_in(folder: Path, names: Sequence[str]) -> Path | None:
    path = folder.joinpath(*names)
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.is_file()), None)


@cache
def _names_of_module(module: str) -> frozenset[str]:
    """What a module of the library defines or imports at its first level or below."""
    return Names.of(ast.parse(_file_of(module).read_text(encoding="utf-8"))).all


@cache
def _module(name: str) -> object | None:
    """A module, imported; None where that fails."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def _code_of_a_lesson(module: str) -> list[ast.stmt]:
    """The code of a module that a lesson imports from its own folder; nothing for other modules."""
    file = _file_of(module) if module.startswith("lessons_lib.classroom.lessons.") else None
    return ast.parse(file.read_text(encoding="utf-8")).body if file else []


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


def _resolves(name: str, called: bool, defined: Names, modules: dict[str, str]) -> bool:
    first, *rest = name.split(".")
    if keyword.iskeyword(name) or hasattr(builtins, name):
        return True
    if first in modules and not _is_ours(modules[first]):
        return not rest or _has(_module(modules[first]), rest)
    known = defined.callables if called else defined.all
    if first in defined.all and all(part in defined.all for part in rest) and name.split(".")[-1] in known:
        return True
    others = sorted((module for module in modules.values() if not _is_ours(module)), key=_is_not_imported_yet)
    return not rest and any(hasattr(_module(module), first) for module in others)


def _is_not_imported_yet(module: str) -> bool:
    return module not in sys.modules


def _has(module: object, path: list[str]) -> bool:
    for part in path:
        if not hasattr(module, part):
            return False
        module = getattr(module, part)
    return True


@cache
def _is_file(root: Path, name: str) -> bool:
    folders = (root, root / "notebooks", root / "book", LIBRARY)
    return any((folder / name).is_file() for folder in folders) or any(LIBRARY.rglob(name))
