"""The check finds what is wrong with a lesson, says where and what to do; and the course itself is in order."""

import json
import subprocess
import sys

import pytest

from lessons_lib.classroom import registry
from lessons_lib.classroom.predictions import Number, Prediction
from lessons_lib.classroom.words import InYourWords
from workshop import check, readme
from workshop.lessons import ROOT, find_lessons

LESSONS = find_lessons(ROOT)
BUILD = "run: python3 course.py build"


# The course itself


def test_what_the_lessons_have_in_common_is_in_order():
    assert check.course_faults(ROOT) == []


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: lesson.source.stem)
def test_a_lesson_is_in_order(lesson):
    assert check.lesson_faults(lesson, ROOT) == []


def test_every_exercise_of_the_course_is_checked_with_its_lesson():
    with_exercises = {number for number, lesson in registry.lessons() if lesson.EXERCISES}
    assert {lesson.number for lesson in LESSONS if lesson.exercises} == with_exercises


# What it finds


def faults(course, number):
    [lesson] = find_lessons(course, [number])
    return check.lesson_faults(lesson, course)


def edit(file, old, new):
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")


def test_what_was_built_is_in_order(course, capsys):
    assert check.main([], course) == 0
    assert capsys.readouterr().out == "3 lessons are in order\n"
    assert check.main(["04b", "D1", "--table"], course) == 0
    table = capsys.readouterr().out.splitlines()
    assert table[0].split()[:6] == ["lesson", "words", "lines", "minutes", "questions", "exercises"]
    assert table[1].split() == ["04b_second", "34", "7", "1", "0", "12"]
    assert [line.split()[0] for line in table[2:]] == ["D1_deep", "2"]


@pytest.mark.parametrize(
    ("number", "old", "new", "fault"),
    [
        ("04", "41.3%. The", "41.3%, 41.4%. The", None),
        ("04", "`my_half`", "`my_halves`", "src/04_first.py:17: cell 4: `my_halves` is not known in `my_halves`"),
        (
            "04",
            "ipynb#Halves",
            "ipynb#thirds",
            "src/04_first.py:17: cell 4: 04b_second.ipynb#thirds leads to no heading",
        ),
        (
            "04",
            "deeper/D1_deep",
            "deeper/D2_deep",
            "cell 4: deeper/D2_deep.ipynb leads to no file, read from notebooks/",
        ),
        (
            "04",
            "sampling import softmax",
            "sampling import soft",
            "there is no lessons_lib.generation.sampling.soft to",
        ),
        (
            "04",
            "import IntSlider",
            "import IntSlider;",
            "src/04_first.py:24: cell 6: a line must not end in a semicolon",
        ),
        ("04", "{times}", "20 minutes", "src/04_first.py:1: cell 1: the head must hold {times}"),
        ("04", "{route}", "00 01 02", "src/04_first.py:1: cell 1: the head must hold {route}"),
        ("04b", "{exercise: made_up_half}", "Halves", "exercise 'made_up_half' has 0 headings"),
        ("04b", "{exercise: made_up_half}", "{exercise: half}", "src/04b_second.py:21: cell 4: exercise 'half' is not"),
        (
            "04b",
            "def my_half(row)",
            "def my_half(x)",
            "the stub is my_half(x), the solution my_half(row); make them the",
        ),
        (
            "04b",
            "row [N] to row [N]",
            "a row",
            "the stub's docstring must be the contract of 'made_up_half'; paste: row [N]",
        ),
        ("D1", "../04b_second", "04b_second", "04b_second.ipynb#Halves leads to no file, read from deeper/"),
        ("D1", "print(", "print)(", "cell 3: no Python: unmatched ')' in line 3 of the cell"),
    ],
)
def test_an_edit_of_the_text_is_judged_before_it_is_built(course, number, old, new, fault):
    [lesson] = find_lessons(course, [number])
    edit(lesson.source, old, new)
    found = faults(course, number)
    notebook = lesson.notebook.relative_to(course).as_posix()
    assert f"{notebook}: differs from its source; {BUILD} {number}" in found
    assert any(fault in each for each in found) if fault else len(found) == 1


def change_cell(number, field, value):
    def change(notebook):
        notebook["cells"][number][field] = value

    return change


def change_output(cell, **data):
    def change(notebook):
        notebook["cells"][cell]["outputs"][0].update(data)

    return change


def add_output(cell, **output):
    def change(notebook):
        notebook["cells"][cell]["outputs"].append(output)

    return change


ERROR = {"output_type": "error", "ename": "KeyError", "evalue": "'x'", "traceback": []}
SCRIPT = {"output_type": "display_data", "data": {"text/html": "<p onclick=x>"}, "metadata": {}}
FRAME = {"output_type": "display_data", "data": {"text/html": "<iframe src='a'></iframe>"}, "metadata": {}}
VIEW = {"output_type": "display_data", "data": {"application/vnd.jupyter.widget-view+json": {}}, "metadata": {}}


@pytest.mark.parametrize(
    ("number", "change", "fault"),
    [
        (
            "04",
            change_cell(2, "source", ["print(1)"]),
            f"notebooks/04_first.ipynb: differs from its source; {BUILD} 04",
        ),
        ("04", change_cell(2, "id", "other"), "04_first.ipynb: differs from its source"),
        ("04", change_cell(3, "metadata", {"tags": ["x"]}), "04_first.ipynb: differs from its source"),
        ("04", lambda notebook: notebook["cells"].pop(), "04_first.ipynb: differs from its source"),
        ("04", change_cell(2, "execution_count", 7), "04_first.py:13: cell 3: execution count is 7, must be 2"),
        ("04", change_cell(2, "execution_count", None), "execution count is None, must be 2; build the lesson"),
        ("04", lambda notebook: notebook["metadata"].update(widgets={}), "metadata must be the plain kernelspec"),
        ("04", add_output(2, **ERROR), "cell 3: raised KeyError: 'x'; mend the cell"),
        ("04", add_output(2, output_type="stream", name="stderr", text="oops"), "cell 3: wrote to stderr: oops"),
        ("04", add_output(2, **VIEW), "cell 3: stores a live widget"),
        ("04", add_output(2, **SCRIPT), "cell 3: its HTML holds a script"),
        ("04", add_output(2, **FRAME), "cell 3: of its HTML, GitHub drops <iframe>"),
        (
            "04",
            change_output(2, text=["41.2%"]),
            "src/04_first.py:17: cell 4: 41.3 stands in the text but in no output",
        ),
        ("04", change_output(6, metadata={}), "cell 7: the picture has no description; show(figure, alt=...) gives it"),
        (
            "04b",
            change_output(4, text=["✓ made_up_half: one row\n"]),
            "cell 5: the stub of 'made_up_half' stores '✓ made",
        ),
    ],
)
def test_an_edit_of_the_notebook_is_found(course, number, change, fault):
    [lesson] = find_lessons(course, [number])
    notebook = json.loads(lesson.notebook.read_text(encoding="utf-8"))
    change(notebook)
    lesson.notebook.write_text(json.dumps(notebook), encoding="utf-8")
    found = faults(course, number)
    assert any(fault in each for each in found), found


def test_an_edit_of_the_library_is_found(course):
    edit(course / "lessons_lib/generation/sampling.py", "def softmax(", "def softmax(more, ")
    [fault] = faults(course, "04")
    assert fault.startswith(
        "notebooks/src/04_first.py:31: cell 7: shows an old softmax of lessons_lib/generation/sampl"
    )


def test_an_edit_of_an_exercise_is_found(course, monkeypatch):
    [lesson] = find_lessons(course, ["04b"])
    object.__setattr__(lesson.exercises[0], "minutes", 13)
    assert faults(course, "04b") == [f"notebooks/04b_second.ipynb: differs from its source; {BUILD} 04b"]


@pytest.mark.parametrize(("text", "word"), [(None, "missing"), ("<<<<<<< HEAD", "not a notebook"), ("{}", "not a")])
def test_a_notebook_that_is_none_is_found(course, text, word):
    [lesson] = find_lessons(course, ["04b"])
    lesson.notebook.unlink()
    if text:
        lesson.notebook.write_text(text, encoding="utf-8")
    [fault] = faults(course, "04b")
    assert fault.startswith(f"notebooks/04b_second.ipynb: {word}") and fault.endswith(f"{BUILD} 04b")


def test_links_lead_to_texts_that_are_not_built_yet(course):
    for lesson in find_lessons(course, ["04b", "D1"]):
        lesson.notebook.unlink()
    assert faults(course, "04") == []


OUT_OF_DATE = "README.md: its map of the lessons is out of date, it must say '| 04b | [Second]"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("[Second](notebooks/04b_second.ipynb)", "Second", OUT_OF_DATE),
        ("| 04b | [", "| 05 | [", OUT_OF_DATE),
        ("| 5 + 0 + 12 |", "| 5 + 0 + 13 |", OUT_OF_DATE),
        ("[Deep]", "[Depth]", "must say '| D1 | [Deep](notebooks/deeper/D1_deep.ipynb) |"),
        ("**In a weekend**", "**In a week**", "must say '**In a weekend**: 04."),
        ("The end.", "[a](gone.md)", "README.md: gone.md leads to no file"),
        ("The end.", "[a](notebooks/04_first.ipynb#gone)", "04_first.ipynb#gone leads to no heading"),
        (readme.START, "", "README.md: has no place for the map of the lessons; write two lines, <!-- the map"),
        (readme.END, "", "README.md: has no place for the map"),
        ("\n| A4 |", "\n| A4 |\n| A4 |", "must say 'nothing more'; run: python3 course.py build --text"),
    ],
)
def test_what_the_readme_says_otherwise_is_found(course, old, new, fault):
    edit(course / "README.md", old, new)
    assert any(fault in each for each in check.course_faults(course))


def test_faults_are_counted_and_fail_the_command(course, capsys):
    edit(course / "notebooks/src/04_first.py", "`my_half`", "`my_halves`")
    (course / "notebooks/09_orphan.ipynb").write_text("{}", encoding="utf-8")
    assert check.main(["D1"], course) == 0
    assert check.main([], course) == 1
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1] == "3 to mend"
    assert lines[0].startswith("notebooks/09_orphan.ipynb: has no text; write notebooks/src/09_orphan.py")


def test_an_unknown_lesson_is_refused(course, capsys):
    with pytest.raises(SystemExit):
        check.main(["05"], course)
    assert "lesson: got 05, allowed 04, 04b, D1" in capsys.readouterr().err


def test_nothing_is_executed_and_nothing_heavy_but_torch_is_imported():
    heavy = ["numba", "transformers", "matplotlib.pyplot", "nbclient"]
    program = f"import sys; from workshop import check; check.main([]); print([x for x in {heavy} if x in sys.modules])"
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT)
    assert result.stdout.splitlines()[-1] == "[]", result.stderr


def test_a_text_whose_lines_are_not_known_for_sure_is_named_without_them(course):
    edit(course / "notebooks/src/04_first.py", 'print("one")', 'print("""\n# %% a line of text\n""", nowhere)')
    edit(course / "notebooks/src/04_first.py", "`my_half`", "`my_halves`")
    [fault, *_] = faults(course, "04")
    assert fault.startswith("notebooks/src/04_first.py: cell 4: `my_halves` is not known")


def test_the_output_of_a_cell_that_the_text_no_longer_has_is_placed_in_the_notebook(course):
    edit(course / "notebooks/src/04_first.py", "# It is 41.3%.", "# It is so.")
    edit(course / "notebooks/04_first.ipynb", "two: 41.3%\\n", "two: 41.2%\\n")
    assert faults(course, "04")[-1].startswith("notebooks/04_first.ipynb: cell 4: 41.3 stands in the text")


def test_what_a_lesson_holds_must_be_asked(course, monkeypatch):
    module = registry.lesson("04b")
    monkeypatch.setattr(module, "PREDICTIONS", (Prediction("half_of_one", "How much?", Number()),))
    monkeypatch.setattr(module, "WORDS", (InYourWords("why_half", "Why?", "Because.", "Halves"),))
    prediction, words = faults(course, "04b")
    assert prediction.startswith("notebooks/src/04b_second.py: prediction 'half_of_one' is asked 0 times")
    assert words.startswith("notebooks/src/04b_second.py: the own words 'why_half' are asked for 0 times")


def test_a_lesson_that_takes_more_than_a_sitting_is_found(course, monkeypatch):
    monkeypatch.setattr(check.size, "MOST_WORDS", 10)
    [fault] = faults(course, "04b")
    assert "words of 10: more than one sitting allows; move something" in fault


def test_contracts_and_kinds_are_part_of_the_form(course):
    [lesson] = find_lessons(course, ["04b"])
    edit(lesson.source, "row [N] to row [N]", "a row")
    object.__setattr__(lesson.exercises[0], "kind", "rebuild")
    found = faults(course, "04b")
    assert any("must be the contract" in each for each in found)
    assert any("1 of 1 exercises rebuild" in each for each in found)
