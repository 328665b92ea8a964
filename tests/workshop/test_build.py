"""The build: text to executed notebook, always the same, and a lesson that is not in order is not stored."""

import nbformat
import pytest

from workshop import build, source
from workshop.audit import outputs
from workshop.lessons import find_lessons


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def read(path):
    return nbformat.read(path, as_version=4)


def test_a_built_notebook_is_executed_and_plain(made_up):
    notebook = read(made_up / "notebooks/04_first.ipynb")
    nbformat.validate(notebook)
    setup, printing, number, widget, _ = code_cells(notebook)
    assert setup.source == source.setup_cell()
    assert [output.text for output in printing.outputs] == ["one\ntwo: 41.3%\n"]
    assert number.source.startswith("%precision 3")
    assert number.outputs[0].data == {"text/plain": "10.500"}
    assert widget.outputs[0].data == {"text/plain": "IntSlider(value=3)"}
    assert [cell.execution_count for cell in code_cells(notebook)] == [1, 2, 3, 4, 5]
    assert notebook.metadata == outputs.METADATA
    assert [cell.metadata for cell in notebook.cells if cell.metadata] == [{"tags": ["setup"]}]


def test_exercises_and_times_are_written_out(made_up):
    second = read(made_up / "notebooks/04b_second.ipynb")
    assert "### Exercise 1: Halve a row (hard, 12 minutes)\n\nBack to the" in second.cells[3].source
    assert "| Time | about 5 minutes, exercises another 12 minutes |" in second.cells[0].source
    assert "| Time | about 5 minutes |" in read(made_up / "notebooks/04_first.ipynb").cells[0].source


def test_a_lesson_that_goes_deeper_runs_in_its_own_folder(made_up):
    assert code_cells(read(made_up / "notebooks/deeper/D1_deep.ipynb"))[1].outputs[0].text == "deeper\n"


def test_building_again_gives_the_same_bytes(course):
    before = {}
    for lesson in find_lessons(course):
        before[lesson] = lesson.notebook.read_bytes()
        lesson.notebook.unlink()
    assert build.main(["04", "D1"], course) == 0
    for lesson in find_lessons(course, ["04", "D1"]):
        assert lesson.notebook.read_bytes() == before[lesson]
    assert not find_lessons(course, ["04b"])[0].notebook.exists()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# {setup}", "import lessons_lib", "the first code cell must be # {setup}, which the build writes out"),
        ('print("one")', 'print("one");', "cell 3: a line must not end in a semicolon"),
        ('print("one")', "print(", "cell 3: no Python: '(' was never closed in line 1 of the cell"),
        ('print("one")\nprint("two: 41.3%")', "", "cell 3: the code cell is empty"),
        ('print("one")', "1 / 0", "ZeroDivisionError"),
        ('print("one")', "import sys; print('oops', file=sys.stderr)", "cell 3: wrote to stderr: oops"),
        ("# It is 41.3%.", "# ### {exercise: third}\n#\n# It is", "exercise 'third' is not one of this lesson"),
    ],
)
def test_a_bad_lesson_is_not_built_and_the_old_notebook_stays(course, capsys, old, new, words):
    [lesson] = find_lessons(course, ["04"])
    before = lesson.notebook.read_bytes()
    text = lesson.source.read_text(encoding="utf-8")
    lesson.source.write_text(text.replace(old, new), encoding="utf-8")
    assert build.main(["04"], course) == 1
    assert words in capsys.readouterr().err
    assert lesson.notebook.read_bytes() == before
    assert sorted(path.name for path in lesson.notebook.parent.iterdir()) == [
        "04_first.ipynb",
        "04b_second.ipynb",
        "deeper",
        "src",
    ]


def test_new_prose_is_put_around_the_outputs_of_the_last_build(course, capsys):
    [lesson] = find_lessons(course, ["04"])
    before = read(lesson.notebook)
    text = lesson.source.read_text(encoding="utf-8")
    lesson.source.write_text(text.replace("# It is 41.3%.", "# So it is 41.3%."), encoding="utf-8")
    assert build.main(["04", "--text"], course) == 0
    after = read(lesson.notebook)
    assert after.cells[3].source == before.cells[3].source.replace("It is 41.3%.", "So it is 41.3%.")
    assert code_cells(after) == code_cells(before)
    lesson.source.write_text(text.replace('print("one")', 'print("1")'), encoding="utf-8")
    assert build.main(["04", "--text"], course) == 1
    assert capsys.readouterr().err == "04_first.py: its code has changed; run: python3 course.py build 04\n"
    assert read(lesson.notebook) == after
    lesson.notebook.unlink()
    assert build.main(["04", "--text"], course) == 1


def test_what_was_built_is_checked(course, capsys):
    [lesson] = find_lessons(course, ["D1"])
    with open(lesson.source, "a", encoding="utf-8") as file:
        file.write("\n# %% [markdown]\n# It is 3.14159, see `nowhere()`.\n")
    assert build.main(["D1"], course) == 1
    errors = capsys.readouterr().err.splitlines()
    assert [error.partition(": cell 4: ")[2].partition(" ")[0] for error in errors] == ["`nowhere`", "3.14159"]


def test_a_cell_that_only_draws_is_folded_by_pages_and_by_jupyterlab(tmp_path):
    file = tmp_path / "04_first.py"
    file.write_text('# %% tags=["hide-input"]\ndraw()\n\n# %% tags=["exercise"]\nsolve()\n', encoding="utf-8")
    folded, other = source.read_source(file).cells
    assert folded.metadata == {"tags": ["hide-input"], **source.HIDDEN}
    assert other.metadata == {"tags": ["exercise"]}


def test_an_inserted_cell_leaves_the_other_ids_alone(course):
    [lesson] = find_lessons(course, ["04"])
    before = {cell.id for cell in source.read_source(lesson.source).cells}
    text = lesson.source.read_text(encoding="utf-8")
    two_cells = "# %%\n1\n\n# %%\n1\n\n"
    lesson.source.write_text(text.replace("# %% [markdown]", f"{two_cells}# %% [markdown]", 1), encoding="utf-8")
    after = [cell.id for cell in source.read_source(lesson.source).cells]
    assert before < set(after)
    assert len(set(after)) == len(after) == len(before) + 2


def test_an_unknown_lesson_is_refused(course, capsys):
    with pytest.raises(SystemExit):
        build.main(["09", "04"], course)
    assert "lesson: got 09, allowed 04, 04b, D1" in capsys.readouterr().err
