"""A stored listing that the library's file no longer holds is found, whatever changed there."""

import inspect

import nbformat
import pytest

from lessons_lib.classroom import show_source, source
from lessons_lib.config import ModelConfig
from lessons_lib.generation import sampling
from lessons_lib.layers import Attention
from workshop.audit.listings import stale_listings
from workshop.lessons import ROOT

FILE = '''"""Rotations."""

from functools import cache


@cache
def turn(x):
    """Turns."""

    # why
    return -x
    # a comment that ends the body


class Wheel:
    """Turns too."""

    size = 1

    def turn(self):
        return self.size
'''
TURN = "@cache\ndef turn(x):\n    # why\n    return -x\n    # a comment that ends the body"
METHOD = "def turn(self):\n    return self.size"
WHEEL = "class Wheel:\n    size = 1\n\n    def turn(self):\n        return self.size"


def listing(code, file="lessons_lib/rotation.py"):
    cell = nbformat.v4.new_code_cell("show_source(turn)")
    cell.outputs.append(nbformat.v4.new_output("display_data", data={"text/plain": f"# {file}\n\n{code}"}))
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("See."), cell])


@pytest.fixture
def root(tmp_path):
    (tmp_path / "lessons_lib").mkdir()
    (tmp_path / "lessons_lib/rotation.py").write_text(FILE, encoding="utf-8")
    return tmp_path


@pytest.mark.parametrize("code", [TURN, METHOD, WHEEL, TURN.replace("    # why", '    """Turns."""\n\n    # why')])
def test_what_still_stands_there_passes(root, code):
    assert stale_listings(listing(code), root) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("return -x", "return x"),
        ("# why", "# because"),
        ("@cache\n", ""),
        ("def turn(x)", "def turn(x, y)"),
        ("def turn(x)", "def rotate(x)"),
        ("    # a comment that ends the body\n", ""),
        ("return -x", "return -x  # [T]"),
    ],
)
def test_an_edit_of_the_library_is_found(root, old, new):
    (root / "lessons_lib/rotation.py").write_text(FILE.replace(old, new), encoding="utf-8")
    [fault] = stale_listings(listing(TURN), root)
    assert str(fault) == "cell 2: shows an old turn of lessons_lib/rotation.py; build the lesson again"
    assert stale_listings(listing(METHOD), root) == []


@pytest.mark.parametrize("code", ["def gone():\n    return 1", "x = 1", "def turn(", ""])
def test_what_stands_nowhere_is_found(root, code):
    assert len(stale_listings(listing(code), root)) == 1


def test_a_file_that_has_moved_is_found(root):
    (root / "lessons_lib/rotation.py").rename(root / "lessons_lib/turns.py")
    [fault] = stale_listings(listing(TURN), root)
    assert "shows an old turn of lessons_lib/rotation.py" in fault.text


def test_other_outputs_are_no_listings(root):
    assert stale_listings(listing("x", file="elsewhere/rotation.py"), root) == []


@pytest.mark.parametrize("docstring", [False, True])
@pytest.mark.parametrize(
    "shown",
    [
        source.show_source,
        Attention,
        Attention.forward,
        ModelConfig,
        ModelConfig.preset,
        *(item for _, item in inspect.getmembers(sampling, inspect.isfunction) if item.__module__ == sampling.__name__),
    ],
    ids=lambda shown: shown.__name__,
)
def test_every_listing_of_today_is_up_to_date(capsys, shown, docstring):
    show_source(shown, docstring=docstring)
    file, _, code = capsys.readouterr().out.rstrip().partition("\n\n")
    assert stale_listings(listing(code, file=file.removeprefix("# ")), ROOT) == []
