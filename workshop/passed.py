"""Remembers which lessons passed on this machine, by a hash of everything that their run depends on.

A lesson with the same hash need not run again here. CI, whose machines remember nothing, runs every lesson.
"""

import ast
import hashlib
import importlib.metadata
import json
import os
import platform
import sys
from functools import cache
from pathlib import Path

import grimp
import nbformat

from workshop.audit.code import tree_of

ROOT = Path(__file__).resolve().parents[1]
RECORD = Path(sys.prefix) / "lessons-passed.json"  # a new environment has proved nothing yet
LIBRARY = "lessons_lib"
LESSON = f"{LIBRARY}.classroom.lessons.lesson"
# What decides beside the lesson and the library: the tools that run it, and the settings that they follow.
TOOLS = ("course.py", "pyproject.toml", "requirements.txt", "workshop/**/*.py", "tests/*.py", "tests/browser/*.py")


def read() -> dict[str, str]:
    """The hashes with which lessons passed, by lesson; empty where the record is missing or damaged."""
    try:
        record = json.loads(RECORD.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return record if isinstance(record, dict) else {}


def write(record: dict[str, str]) -> None:
    """Replace the record in one step; where it can't be written, the next run only takes longer."""
    draft = RECORD.with_suffix(".tmp")
    try:
        draft.write_text(json.dumps(record, indent=1), encoding="utf-8")
        os.replace(draft, RECORD)
    except OSError as error:
        print(f"what passed could not be noted: {error}", file=sys.stderr)


def fingerprint(notebook: Path, root: Path = ROOT) -> str:
    """A hash that changes with everything on which a lesson's run depends: files, Python, packages, machine.

    Args:
        notebook: the lesson's notebook, a file below `root`.
        root: the folder of the course.
    """
    digest = hashlib.sha256(json.dumps(environment()).encode())
    for file in inputs(notebook, root):
        content = file.read_bytes()
        digest.update(f"\n{file.relative_to(root).as_posix()} {len(content)}\n".encode() + content)
    return digest.hexdigest()


@cache
def environment() -> tuple:
    """What runs the lessons: this machine, this Python, and the installed packages with their versions."""
    packages = sorted(f"{found.name}=={found.version}" for found in importlib.metadata.distributions())
    return platform.node(), platform.platform(), platform.processor(), sys.version, packages


def inputs(notebook: Path, root: Path = ROOT) -> list[Path]:
    """The files on which a lesson's run depends: its text and notebook, its part of the library, and the tools.

    All data of the library counts, as no import tells who reads it.
    """
    text = (root / "notebooks/src").rglob(f"{notebook.stem}.py")
    data = (path for path in (root / LIBRARY).rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    tools = (path for pattern in TOOLS for path in root.glob(pattern))
    modules = {root.joinpath(*name.split(".")) for name in library_modules(notebook)}
    code = {file for path in modules for file in (path / "__init__.py", path.with_name(f"{path.name}.py"))}
    return sorted({notebook, *text, *tools, *(path for path in data if path.suffix != ".py" or path in code)})


def library_modules(notebook: Path) -> set[str]:
    """The modules of the library on which a lesson rests: what it imports, what those import, and so on.

    Of the lessons' own folders only that of this lesson counts. `check` and `progress` look into all of them, to find
    an exercise and to count, but nothing that a notebook stores comes from the others.
    """
    own = f"{LESSON}{notebook.stem.partition('_')[0]}"
    return closure(_named_in(notebook) | {name for name in graph().modules if f"{name}.".startswith(f"{own}.")})


def lessons_modules() -> set[str]:
    """The modules on which any of the lessons' own folders rests."""
    return closure({name for name in graph().modules if name.startswith(LESSON)})


def closure(modules: set[str]) -> set[str]:
    """Some modules of the library with all that they import, wherever they do so, and the packages around them."""
    waiting, found = set(modules), set()
    while waiting:
        module = waiting.pop()
        found.add(module)
        around = {module.rpartition(".")[0]} - {""}
        waiting |= (around | graph().find_modules_directly_imported_by(module)) - found
    return found


@cache
def graph() -> grimp.ImportGraph:
    """Who imports whom in the library; imports inside functions count, and those for type checkers."""
    return grimp.build_graph(LIBRARY, cache_dir=None)


def _named_in(notebook: Path) -> set[str]:
    """The modules of the library that a notebook imports."""
    named = set()
    for cell in nbformat.read(notebook, as_version=4).cells:
        for node in ast.walk(tree_of(cell)):
            if isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return named & graph().modules
