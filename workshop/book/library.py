"""Pages of the library: one for each public module, with its docstrings; each object stands on one of them."""

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType

NAME = re.compile(r"(?<!`)`([^`]+)`(?!`)")
OBJECT = re.compile(r"<[^<>]*>")
MODULES = (
    "lessons_lib.config",
    "lessons_lib.config.costs",
    "lessons_lib.tokenizer",
    "lessons_lib.layers",
    "lessons_lib.layers.states",
    "lessons_lib.model",
    "lessons_lib.looking",
    "lessons_lib.generation",
    "lessons_lib.generation.engine",
    "lessons_lib.generation.constraint",
    "lessons_lib.checkpoint",
    "lessons_lib.checkpoint.families",
    "lessons_lib.training",
    "lessons_lib.training.data",
    "lessons_lib.evaluation",
    "lessons_lib.vectors",
    "lessons_lib.apps.embedding",
    "lessons_lib.apps.retrieval",
    "lessons_lib.apps.tools",
    "lessons_lib.apps.server",
    "lessons_lib.formats",
    "lessons_lib.assets",
    "lessons_lib.corpora",
    "lessons_lib.errors",
    "lessons_lib.classroom",
)
# Packages with names for other parts of the library: what users need of them stands on the pages above.
INSIDE = (
    "lessons_lib.compiling",
    "lessons_lib.files",
    "lessons_lib.tokenizer.training",
    "lessons_lib.training.jobs",
    "lessons_lib.training.jobs.kinds",
)


def write(folder: Path) -> list[str]:
    """Write the pages, and return what Sphinx calls them.

    Args:
        folder: of all pages of the book.
    """
    seen: set[int] = set()
    for name in MODULES:
        page = folder / f"{_page(name)}.rst"
        page.parent.mkdir(exist_ok=True)
        page.write_text("\n".join(_lines(import_module(name), seen)), encoding="utf-8")
    return [_page(name) for name in MODULES]


def literal(line: str) -> str:
    """A line of a docstring whose `names` are as reStructuredText wants them, also where a letter follows."""
    return NAME.sub(r"\\ ``\1``\\ ", line)


def readable(signature: str) -> str:
    """A signature whose defaults are Python, also where one is an object that Python cannot write: three dots."""
    return OBJECT.sub("...", signature)


def is_told(docstring: str) -> bool:
    """Whether somebody wrote a docstring: Python itself gives one to each field of a named tuple."""
    return not docstring.startswith("Alias for field number")


def _page(module: str) -> str:
    return f"library/{module.removeprefix('lessons_lib.')}"


def _lines(module: ModuleType, seen: set[int]) -> Iterator[str]:
    """A page in reStructuredText."""
    yield from (module.__name__, "=" * len(module.__name__), "", f".. automodule:: {module.__name__}", "")
    yield from (f".. currentmodule:: {module.__name__}", "")
    for name in _public(module):
        member = getattr(module, name)
        if id(member) in seen:
            continue
        seen.add(id(member))
        if isinstance(member, type):
            kind = "exception" if issubclass(member, BaseException) else "class"
            yield from (f".. auto{kind}:: {name}", "   :members:", "")
        elif callable(member):
            yield from (f".. autofunction:: {name}", "")
        else:  # a value's docstring is that of its type, which says nothing about the value
            yield from (f".. py:data:: {name}", f"   :type: {type(member).__name__}", "")


def _public(module: ModuleType) -> list[str]:
    """The public names of a module: those it lists, or those it defines."""
    if hasattr(module, "__all__"):
        return list(module.__all__)
    own = (name for name, member in vars(module).items() if getattr(member, "__module__", "") == module.__name__)
    return [name for name in own if not name.startswith("_")]
