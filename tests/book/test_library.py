"""What the pages of the library hold: every public name once, and docstrings as reStructuredText."""

import pkgutil
import re
from collections import Counter
from importlib import import_module

import pytest

import lessons_lib
from lessons_lib import generation, layers
from workshop.book import library


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    folder = tmp_path_factory.mktemp("library")
    return [(folder / f"{name}.rst").read_text(encoding="utf-8") for name in library.write(folder)]


def test_every_public_object_stands_on_one_page(pages):
    modules = [import_module(name) for name in library.MODULES]
    listed = {id(getattr(module, name)) for module in modules for name in getattr(module, "__all__", ())}
    shown = Counter()
    for module, page in zip(modules, pages, strict=True):
        names = re.findall(r"^\.\. (?:autoclass|autoexception|autofunction|py:data):: (\w+)$", page, flags=re.MULTILINE)
        shown.update(id(getattr(module, name)) for name in names)
    assert set(shown.values()) == {1}
    assert listed <= set(shown)
    assert {id(generation.Sampler), id(layers.Attention)} <= set(shown)


def test_every_package_that_lists_names_has_its_page_or_is_inside():
    found = pkgutil.walk_packages(lessons_lib.__path__, "lessons_lib.")
    packages = [each.name for each in found if each.ispkg and not each.name.startswith("lessons_lib.classroom.lessons")]
    listing = {name for name in packages if hasattr(import_module(name), "__all__")}
    assert listing - set(library.MODULES) == set(library.INSIDE)


def test_each_page_names_its_module(pages):
    for module, page in zip(library.MODULES, pages, strict=True):
        assert page.startswith(f"{module}\n{'=' * len(module)}\n\n.. automodule:: {module}\n")


def test_a_default_that_no_python_says_becomes_three_dots():
    assert library.readable("(a: int = <factory>, b: set[int] = {1})") == "(a: int = ..., b: set[int] = {1})"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("of the `Linear`s that", r"of the \ ``Linear``\ s that"),
        ("``already``", "``already``"),
        ("no name", "no name"),
    ],
)
def test_names_in_backticks_become_literals(line, said):
    assert library.literal(line) == said
