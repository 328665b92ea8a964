"""Words and lines are counted as a reader meets them, and what one sitting does not allow is named."""

import nbformat
import pytest

from lessons_lib.classroom.exercises import Exercise
from workshop.audit import size
from workshop.audit.size import Size, size_of


def measured(*cells):
    return size_of(nbformat.v4.new_notebook(cells=list(cells)))


def code(source, *outputs, tags=()):
    cell = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
    cell.outputs = [nbformat.v4.new_output("display_data", data={"text/plain": text}) for text in outputs]
    return cell


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("# A title\n\nTwo more – and `some code`, [a link](https://example.org/some/path).", 9),
        ("| a | b |\n|---|---|\n| c | 0.5 |", 4),
        ("```python\nprint(1)\n```", 0),
        ("<details><summary>Answer</summary>It is so.</details>", 4),
        ("![a picture](x.png)", 0),
    ],
)
def test_words_of_prose(text, words):
    assert measured(nbformat.v4.new_markdown_cell(text)).words == words


@pytest.mark.parametrize(
    ("cell", "lines"),
    [
        (code("x = 1\n\n# a comment\nif x:\n    # another\n    y = 2  # a third\n"), 3),
        (code("draw()\nshow()", tags=["hide-input"]), 0),
        (code("import math\nfrom lessons_lib.classroom import show, use_style\n\nuse_style()"), 0),
        (code('import importlib.util\n\nif importlib.util.find_spec("x") is None:\n    %pip install x'), 0),
        (code("import math\nx = 1"), 2),
        (code("show_source(f)", "# lessons_lib/a/b.py\n\ndef f():\n    # why\n\n    return 1"), 3),
        (code("show_source(f)", "# lessons_lib/a.py\n\ndef f(): ...", tags=["hide-input"]), 1),
        (code("print(1)", "def f():\n    return 1"), 1),
    ],
)
def test_lines_of_visible_code(cell, lines):
    assert measured(cell).lines == lines


def test_minutes_and_their_limits():
    assert Size(words=1500, lines=80, question_minutes=30, exercise_minutes=40).minutes == 20
    assert Size(2800, 330, 300, 500).excess() == []
    assert Size(2801, 351, 0, 0).excess() == ["2,801 words of 2,800", "351 lines of 350", "63 minutes of 60"]
    assert Size(9150, 0, 0, 0).excess() == ["9,150 words of 2,800", "61 minutes of 60"]


def test_exercise_minutes_are_summed():
    exercises = [Exercise("a", "A", 1, minutes, "", (), "", (), abs, ()) for minutes in (5, 8, 12)]
    assert size_of(nbformat.v4.new_notebook(), exercises).exercise_minutes == 25


LISTING = "# lessons_lib/a/b.py\n\ndef f():\n    return 1"


def test_what_is_more_than_a_sitting_allows_is_a_fault(monkeypatch):
    cells = [code("show_source(f)", LISTING, LISTING), code("x = 1"), code("show_source(f)", LISTING)]
    notebook = nbformat.v4.new_notebook(cells=cells)
    [fault] = size.faults(notebook)
    advice = "more than one sitting allows; move something to a second part or to deeper"
    assert str(fault) == f"3 listings of 2, in the cells 1, 1, 3: {advice}"
    assert size.faults(nbformat.v4.new_notebook(cells=cells[1:])) == []
    monkeypatch.setattr(size, "MOST_LINES", 3)
    [fault] = size.faults(nbformat.v4.new_notebook(cells=cells[1:]))
    assert str(fault).startswith("4 lines of 3: more than one sitting allows")
