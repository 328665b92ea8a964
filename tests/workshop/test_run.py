"""The one run of a notebook catches whatever changed: nbval's comparison, the pictures, the solutions, time and memory.

A made-up notebook holds every kind of cell twice: as it should be, and with its stored outputs changed in one way.
"""

import base64
import copy
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import nbformat
import pytest
from matplotlib.figure import Figure
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from lessons_lib.classroom import registry
from lessons_lib.classroom.panels import figures
from workshop import passed

ROOT = Path(__file__).resolve().parents[2]
EXERCISE, OTHER = registry.lesson("01").EXERCISES[:2]


def drawn(*heights, size=(4, 3)):
    figure = Figure(figsize=size)
    figure.subplots().bar(range(len(heights)), heights)
    return base64.b64encode(figures.png(figure)).decode()


PICTURE = drawn(0.6, 0.3, 0.1)
SHOW = f'display({{"image/png": "{PICTURE}", "text/plain": "bars"}}, raw=True)'
HTML_AND_TEXT = 'display({"text/html": "<b>7</b>", "text/plain": "seven"}, raw=True)'
FORMULA = 'display({"text/latex": "$x^2$", "text/plain": "x"}, raw=True)'


def stub(name, function):
    return (
        f"from lessons_lib.classroom import check\n\n\ndef {function}(*rows):\n    ...\n\n\ncheck({name!r}, {function})"
    )


STUB = stub(EXERCISE.id, EXERCISE.solution.__name__)


def printed(text, name="stdout"):
    return [new_output("stream", name=name, text=text)]


def shown(**data):
    return [new_output("display_data", data={key.replace("_", "/"): value for key, value in data.items()})]


def result(text):
    return [new_output("execute_result", data={"text/plain": text}, execution_count=1)]


def failed(name, words):
    return [new_output("error", ename=name, evalue=words, traceback=["Traceback"])]


def picture(png):
    return shown(image_png=png, text_plain="bars")


TWO = "print('one'); display({'text/plain': 'two'}, raw=True)"
FAILS = "raise ValueError('9 is too many')"
GOOD = {  # what a cell stores as it should
    "print('3 words')": printed("3 words\n"),
    "print(f'{0.1234:.3f}')": printed("0.123\n"),
    "print('one')\nprint('two')": printed("one\ntwo\n"),
    "import sys; print('careful', file=sys.stderr)": printed("careful\n", "stderr"),
    "[1.5, 2.5]": result("[1.5, 2.5]"),
    "display('a')\ndisplay('b')": shown(text_plain="'a'") + shown(text_plain="'b'"),
    TWO: printed("one\n") + shown(text_plain="two"),
    "x = 1": [],
    HTML_AND_TEXT: shown(text_html="<b>7</b>", text_plain="seven"),
    FORMULA: shown(text_latex="$x^2$", text_plain="x"),
    "display({'application/json': {'n': 1}}, raw=True)": shown(application_json={"n": 1}),
    FAILS: failed("ValueError", "9 is too many"),
    SHOW: picture(PICTURE),
    STUB: printed(f"○ {EXERCISE.id}: not done yet\n"),
}
CHANGED = {  # what is stored instead, and must be noticed
    "text": ("print('3 words')", printed("4 words\n")),
    "third decimal": ("print(f'{0.1234:.3f}')", printed("0.124\n")),
    "output missing": ("print('3 words')", []),
    "output of a silent cell": ("x = 1", printed("1\n")),
    "output twice": ("print('3 words')", printed("3 words\n") * 2),
    "one of two outputs missing": (TWO, printed("one\n")),
    "a further output": (TWO, printed("one\n") + shown(text_plain="two") * 2),
    "line break missing": ("print('3 words')", printed("3 words")),
    "lines in another order": ("print('one')\nprint('two')", printed("two\none\n")),
    "results in another order": ("display('a')\ndisplay('b')", shown(text_plain="'b'") + shown(text_plain="'a'")),
    "the other stream": ("import sys; print('careful', file=sys.stderr)", printed("careful\n")),
    "a warning appears": ("import sys; print('careful', file=sys.stderr)", []),
    "repr": ("[1.5, 2.5]", result("[1.5, 2.4]")),
    "HTML": (HTML_AND_TEXT, shown(text_html="<b>8</b>", text_plain="seven")),
    "HTML missing": (HTML_AND_TEXT, shown(text_plain="seven")),
    "text beside the HTML": (HTML_AND_TEXT, shown(text_html="<b>7</b>", text_plain="eight")),
    "formula": (FORMULA, shown(text_latex="$x^3$", text_plain="x")),
    "JSON": ("display({'application/json': {'n': 1}}, raw=True)", shown(application_json={"n": 2})),
    "words of an error": (FAILS, failed("ValueError", "8 is too many")),
    "kind of an error": (FAILS, failed("TypeError", "9 is too many")),
    "error where none was": (FAILS, printed("fine\n")),
    "a bar of a picture": (SHOW, picture(drawn(0.6, 0.3, 0.15))),
    "size of a picture": (SHOW, picture(drawn(0.6, 0.3, 0.1, size=(4, 4)))),
    "picture missing": (SHOW, shown(text_plain="bars")),
    "picture twice": (SHOW, picture(PICTURE) * 2),
    "stub that passes": (STUB, printed(f"✓ {EXERCISE.id}: {EXERCISE.tried}\n")),
}
# Cells that fail whatever they store.
RAISES = "1 / 0"


def cell(source, outputs, count=1):
    tags = ["exercise"] if "check(" in source else ["raises-exception"] if source == FAILS else []
    return new_code_cell(source, outputs=copy.deepcopy(outputs), execution_count=count, metadata={"tags": tags})


def run(folder, cells, *options, name="01_made_up", settings=""):
    """Run a notebook as `course.py test` does; returns the outcome of each test by its name."""
    path, report = folder / f"{name}.ipynb", folder / "report.xml"
    nbformat.write(new_notebook(cells=[new_markdown_cell("Text."), *cells]), path)
    program = f"import sys, pytest\nfrom workshop import run\n{settings}\nsys.exit(pytest.main(sys.argv[1:]))"
    command = [sys.executable, "-c", program, str(path), f"--rootdir={ROOT}", f"-c{ROOT / 'pyproject.toml'}", "-q"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    subprocess.run([*command, f"--junitxml={report}", *options], capture_output=True, env=environment, check=False)
    return {
        test.get("name"): "".join(part.text for part in test if part.tag in ("failure", "error")) or "passed"
        for test in ElementTree.parse(report).iter("testcase")
    }


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory):
    """What one run finds in a notebook of all good cells, followed by all changed ones."""
    cells = [cell(source, outputs) for source, outputs in [*GOOD.items(), *CHANGED.values()]]
    cells += [cell(RAISES, []), cell("print('3 words')", printed("3 words\n"), count=None)]
    return run(tmp_path_factory.mktemp("notebooks"), cells)


def test_cells_as_they_should_be_pass(outcomes):
    assert {outcomes[f"Cell {number}"] for number in range(len(GOOD))} == {"passed"}


@pytest.mark.parametrize("change", CHANGED)
def test_what_changed_is_noticed(outcomes, change):
    number = len(GOOD) + list(CHANGED).index(change)
    assert "differ" in outcomes[f"Cell {number}"]


def test_a_cell_that_raises_or_was_not_executed_fails(outcomes):
    number = len(GOOD) + len(CHANGED)
    assert "ZeroDivisionError" in outcomes[f"Cell {number}"]
    assert "Unrun reference cell has outputs" in outcomes[f"Cell {number + 1}"]


def test_solutions_pass_behind_their_stubs_and_the_run_is_measured(outcomes):
    [stub] = [number for number, source in enumerate(GOOD) if source == STUB]
    assert outcomes[f"Cell {stub}, solved"] == "passed"
    assert outcomes["time and memory"] == outcomes["imports"] == "passed"
    assert len(outcomes) == len(GOOD) + len(CHANGED) + 2 + 2 + 2  # a stub stands there twice


WRONG_SOLUTION = """
import dataclasses
from lessons_lib.classroom import registry
lesson = registry.lesson("01")
right, other, *_ = lesson.EXERCISES
lesson.EXERCISES = (right, dataclasses.replace(other, solution=other.mistakes[0]))
"""


def test_a_wrong_solution_and_a_cell_that_rests_on_the_learner_are_noticed(tmp_path):
    wrong = stub(OTHER.id, OTHER.mistakes[0].__name__)
    uses = f"print({EXERCISE.solution.__name__}.__code__.co_argcount)"  # the stub has no arguments with names
    cells = [cell(STUB, GOOD[STUB]), cell(wrong, printed(f"○ {OTHER.id}: not done yet\n")), cell(uses, printed("0\n"))]
    found = run(tmp_path, cells, settings=WRONG_SOLUTION)
    assert {name for name, outcome in found.items() if outcome != "passed"} == {"Cell 1, solved", "Cell 2"}
    assert "The solution does not pass" in found["Cell 1, solved"]
    assert "differ" in found["Cell 2"]


@pytest.mark.parametrize(
    ("source", "limit", "words"),
    [
        ("import time; time.sleep(0.6)", "run.SECONDS = 0.25", "0.5 s and 3 GB are allowed"),
        ("ballast = bytearray(300_000_000)", "run.GIGABYTES = 0.3", "120 s and 0.3 GB are allowed"),
        ("ballast = bytearray(300_000_000)", "", "passed"),
    ],
)
def test_what_takes_too_much_fails(tmp_path, source, limit, words):
    found = run(tmp_path, [cell(source, [])], name="A1_dear", settings=limit)
    assert found["Cell 0"] == "passed"
    assert words in found["time and memory"]


def test_the_kernel_runs_beside_the_notebook_for_a_learner_who_has_done_nothing(tmp_path):
    source = "import os\nprint(os.path.basename(os.getcwd()), os.path.exists(os.environ['LESSONS_LIB_PROGRESS']))"
    found = run(tmp_path, [cell(source, printed(f"{tmp_path.name} False\n"))], name="A1_place")
    assert set(found.values()) == {"passed"}


def test_an_import_that_no_search_of_the_code_finds_is_noticed(tmp_path):
    hidden = "lessons_lib.tokenizer.training.plain"
    assert hidden not in passed.lessons_modules(), "choose one that the folder of no lesson imports"
    first, last = hidden.rsplit(".", 1)
    source = f"from importlib import import_module\nmodule = import_module('{first}.' + '{last}')"
    found = run(tmp_path, [cell(source, [])], name="A1_hidden")
    assert hidden in found["imports"]


def test_a_notebook_stays_whole_where_two_run_at_a_time(tmp_path):
    chain = [cell("x = 0", []), *(cell("x += 1\nx", result(str(number))) for number in range(1, 9))]
    other = tmp_path / "A2_beside.ipynb"
    nbformat.write(new_notebook(cells=chain), other)
    found = run(tmp_path, chain, str(other), "-n2", "--dist=loadscope", name="A1_whole")
    assert set(found.values()) == {"passed"}
    assert len(found) == len(chain) + 2


def test_nbval_alone_still_runs_a_notebook(tmp_path):
    cells = [cell(source, outputs) for source, outputs in GOOD.items()]
    found = run(tmp_path, [*cells, cell(*CHANGED["text"])], "-pno:workshop.run")
    assert [name for name, outcome in found.items() if outcome != "passed"] == [f"Cell {len(GOOD)}"]
    assert len(found) == len(GOOD) + 1
