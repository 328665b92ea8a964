"""The build: text to executed notebook, always the same, and every way in which the two can drift apart is found."""

import json

import nbformat
import pytest

from workshop import build

LESSON = f"""# %% [markdown]
# # A lesson

# %% tags=["setup"]
{build.setup_cell().replace("%pip", "# %pip")}

# %%
print("one")
print("two")

# %% [markdown]
# Text between cells.

# %%
# %precision 3
6 * 7 / 4.0

# %%
from ipywidgets import IntSlider

IntSlider(value=3)
"""


@pytest.fixture
def course(tmp_path, monkeypatch):
    """A course with one lesson, not built yet."""
    (tmp_path / "pyproject.toml").write_text((build.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (tmp_path / "notebooks/src").mkdir(parents=True)
    (tmp_path / "notebooks/src/01_first.py").write_text(LESSON, encoding="utf-8")
    monkeypatch.setattr(build, "ROOT", tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def built_lesson(tmp_path_factory):
    """The lesson's notebook as the build stores it."""
    folder = tmp_path_factory.mktemp("course") / "notebooks"
    (folder / "src").mkdir(parents=True)
    source = folder / "src/01_first.py"
    source.write_text(LESSON, encoding="utf-8")
    assert build.build(source) == []
    return (folder / "01_first.ipynb").read_text(encoding="utf-8")


@pytest.fixture
def built(course, built_lesson):
    """A course with one lesson, built; returns the notebook's path."""
    path = course / "notebooks/01_first.ipynb"
    path.write_text(built_lesson, encoding="utf-8")
    return path


def test_a_built_notebook_is_executed_and_plain(built_lesson):
    notebook = nbformat.reads(built_lesson, as_version=4)
    nbformat.validate(notebook)
    setup, printing, number, widget = build.code_cells(notebook)
    assert "    %pip install -q --no-deps git+https://" in setup.source
    assert [output.text for output in printing.outputs] == ["one\ntwo\n"]
    assert number.source.startswith("%precision 3")
    assert number.outputs[0].data == {"text/plain": "10.500"}
    assert widget.outputs[0].data == {"text/plain": "IntSlider(value=3)"}
    assert [cell.execution_count for cell in build.code_cells(notebook)] == [1, 2, 3, 4]
    assert notebook.metadata == build.METADATA
    assert [cell.metadata for cell in notebook.cells if cell.metadata] == [{"tags": ["setup"]}]


def test_building_again_gives_the_same_bytes(built, built_lesson):
    built.unlink()
    assert build.main(["01"]) == 0
    assert built.read_text(encoding="utf-8") == built_lesson


def test_check_accepts_what_was_built(built, capsys):
    assert build.main(["--check"]) == 0
    assert capsys.readouterr().out == "1 notebooks belong to their sources\n"


def change_cell(field, value):
    def change(notebook):
        notebook["cells"][2][field] = value

    return change


def change_output(**fields):
    def change(notebook):
        notebook["cells"][2]["outputs"] = [fields]

    return change


STDERR = change_output(output_type="stream", name="stderr", text=["a warning\n"])
ERROR = change_output(output_type="error", ename="ValueError", evalue="bad", traceback=[])
WIDGET = change_output(output_type="display_data", metadata={}, data={build.WIDGET_VIEW: {"model_id": "1"}})


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (change_cell("source", ["print('edited')"]), "differs from its source; run: python3 course.py build 01"),
        (change_cell("metadata", {"tags": ["new"]}), "differs from its source"),
        (change_cell("id", "other"), "differs from its source"),
        (lambda notebook: notebook["cells"].pop(), "differs from its source"),
        (change_cell("execution_count", None), "execution count is None, must be 2"),
        (STDERR, "wrote to stderr: a warning"),
        (ERROR, "raised ValueError: bad"),
        (WIDGET, "stores a live widget"),
        (lambda notebook: notebook["metadata"].update(widgets={}), "plain kernelspec"),
    ],
)
def test_check_rejects_an_edited_notebook(built, capsys, change, words):
    notebook = json.loads(built.read_text(encoding="utf-8"))
    change(notebook)
    built.write_text(json.dumps(notebook), encoding="utf-8")
    assert build.main(["--check"]) == 1
    assert words in capsys.readouterr().err


def test_check_rejects_a_changed_source(built, capsys):
    source = built.parent / "src/01_first.py"
    source.write_text(LESSON.replace("6 * 7", "6 * 8"), encoding="utf-8")
    assert build.main(["--check"]) == 1
    assert "differs from its source" in capsys.readouterr().err


def test_check_names_missing_notebooks_orphans_and_broken_files(built, capsys):
    built.rename(built.parent / "02_second.ipynb")
    assert build.main(["--check"]) == 1
    errors = capsys.readouterr().err
    assert "01_first.ipynb: missing" in errors
    assert "02_second.ipynb: no source; expected notebooks/src/02_second.py" in errors
    built.write_text("<<<<<<< HEAD", encoding="utf-8")
    assert build.main(["--check"]) == 1
    assert "01_first.ipynb: not a notebook" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        (
            build.project()["urls"]["Repository"],
            "https://github.com/someone/else",
            "the first code cell must be exactly",
        ),
        ('print("two")', 'print("two");', "must not end in a semicolon"),
        ('print("one")\nprint("two")', "", "code cell 2 is empty"),
        ('print("two")', "1 / 0", "ZeroDivisionError"),
        ('print("two")', "import sys; print('oops', file=sys.stderr)", "code cell 2: wrote to stderr: oops"),
    ],
)
def test_a_bad_lesson_is_not_built_and_the_old_notebook_stays(built, built_lesson, capsys, old, new, words):
    (built.parent / "src/01_first.py").write_text(LESSON.replace(old, new), encoding="utf-8")
    assert build.main(["01"]) == 1
    assert words in capsys.readouterr().err
    assert built.read_text(encoding="utf-8") == built_lesson
    assert sorted(path.name for path in built.parent.iterdir()) == ["01_first.ipynb", "src"]


def test_an_inserted_cell_leaves_the_other_ids_alone(course):
    source = course / "notebooks/src/01_first.py"
    before = {cell.id for cell in build.read_source(source).cells}
    source.write_text(LESSON.replace("# %% [markdown]", "# %%\n1\n\n# %%\n1\n\n# %% [markdown]", 1), encoding="utf-8")
    after = [cell.id for cell in build.read_source(source).cells]
    assert before < set(after)
    assert len(set(after)) == len(after) == len(before) + 2


def test_an_unknown_lesson_is_refused(course, capsys):
    with pytest.raises(SystemExit):
        build.main(["09"])
    assert "no lesson 09 in notebooks/src" in capsys.readouterr().err
