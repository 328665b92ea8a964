"""What a cell rests on is found by the names that it uses."""

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from workshop import dataflow
from workshop.lessons import ROOT, find_lessons
from workshop.widgets import cells_to_run, widget_cells, with_panels_only


def cells(*sources):
    return [new_code_cell(source) for source in sources]


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("x = y", {"y"}),
        ("x = 1\nx", set()),
        ("x\nx = 1", {"x"}),
        ("x = x + 1", {"x"}),
        ("x += y", {"x", "y"}),
        ("x: int = y", {"y", "int"}),
        ("for i in rows: print(i)", {"rows", "print"}),
        ("[i * k for i in rows if i]", {"rows", "k"}),
        ("{i: j for i, j in pairs}", {"pairs"}),
        ("def f(a, *b, c=d, **e): return a + b + c + e + g", {"d", "g"}),
        ("def f(a): return f(a)", {"f"}),
        ("def f(a: Tensor) -> None: ...", {"Tensor"}),
        ("@cached\ndef f(): ...", {"cached"}),
        ("class A(B):\n    x = y\n    def f(self): return z", {"B", "y", "z"}),
        ("lambda a: a + b", {"b"}),
        ("import a.b as c, d.e\nc, d", set()),
        ("from a import b\nb", set()),
        ("with open(f) as g: g", {"open", "f"}),
        ("x.y = 1", {"x"}),
        ("x[i] = 1", {"x", "i"}),
        ("if (n := f()): n", {"f"}),
        ("f'{x:.{k}}'", {"x", "k"}),
        ("try:\n    x\nexcept E:\n    y", {"x", "E", "y"}),
        ("%precision 3\nx", {"x"}),
        ("if x:\n    %pip install y", {"x"}),
    ],
)
def test_the_names_that_a_cell_expects(source, names):
    assert dataflow.used_names(new_code_cell(source)) == names


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("x, (y, *z) = 1", {"x", "y", "z"}),
        ("for i in rows: j = i", {"i", "j"}),
        ("def f(a): b = 1", {"f"}),
        ("class A:\n    x = 1", {"A"}),
        ("[i for i in rows]", set()),
        ("import a.b, c as d\nfrom e import f as g", {"a", "d", "g"}),
        ("x.y = 1", set()),
    ],
)
def test_the_names_that_a_cell_sets(source, names):
    assert dataflow.set_names(new_code_cell(source)) == names


@pytest.mark.parametrize(
    ("sources", "needed"),
    [
        (["a = 1", "b = 2", "a"], [0]),
        (["a = 1", "a = 2", "a"], [1]),
        (["a = 1", "a += 1", "a"], [0, 1]),
        (["a = []", "a.append(1)", "b = []", "a"], [0, 1]),
        (["a = {}", "a[1] = 2", "a"], [0, 1]),
        (["b = 1", "a = lambda: b", "a()"], [0, 1]),
        (["a = 1", "def f(a): return a", "f(2)"], [1]),
        (["a = 1", "del a", "3"], []),
    ],
)
def test_the_cells_that_the_last_one_needs(sources, needed):
    assert dataflow.needed(cells(*sources), len(sources) - 1) == needed


def test_text_between_the_cells_is_passed_over():
    mixed = [new_markdown_cell("a = 1"), *cells("a = 2"), new_markdown_cell("b"), *cells("a")]
    assert dataflow.needed(mixed, 3) == [1]


def test_cells_with_controls_are_found_with_what_they_rest_on():
    sources = ["%pip install x", "from y import explore, quiz", "a = 1", "b = 2", "explore(a)", "quiz('01')"]
    sources += ["panel = explore(b)", "print(quiz)", "from y import predict, say", "predict('x')", "say('y', 'z')"]
    notebook = new_notebook(cells=cells(*sources))
    assert widget_cells(notebook) == {"panel": [4], "quiz": [5], "predict": [9], "say": [10]}
    assert cells_to_run(notebook) == [0, 1, 2, 4, 5, 8, 9, 10]
    assert with_panels_only(notebook).cells == [notebook.cells[place] for place in (0, 1, 2, 4, 5, 8, 9, 10)]


@pytest.mark.parametrize("lesson", find_lessons(ROOT), ids=lambda lesson: lesson.number)
def test_no_lesson_runs_more_than_a_third_of_its_cells_for_those_with_controls(lesson):
    notebook = nbformat.read(lesson.notebook, as_version=4)
    code = [place for place, cell in enumerate(notebook.cells) if cell.cell_type == "code"]
    assert set(cells_to_run(notebook)) <= set(code)
    with_controls = sum(map(len, widget_cells(notebook).values()))
    assert len(cells_to_run(notebook)) - with_controls <= max(1, len(code) / 3)
