"""A made-up course: a lesson, its second part with an exercise, and one that goes deeper."""

import shutil
import sys
from contextlib import contextmanager

import nbformat
import pytest

from lessons_lib.classroom import lessons as folder
from workshop import build, check, readme, source
from workshop.lessons import ROOT, find_lessons

SETUP = source.SETUP
README = f"""# Made up

{readme.START}
{readme.END}

The end.
"""
FIRST = f"""# %% [markdown]
# # 04 · First
#
# | Time | {{times}} |
#
# {{badge}}
#
# {{route}}

# %% tags=["setup"]
{SETUP}

# %%
print("one")
print("two: 41.3%")

# %% [markdown]
# It is 41.3%. The [second part](04b_second.ipynb#Halves) goes on with `my_half`, [this](deeper/D1_deep.ipynb) deeper.

# %%
# %precision 3
6 * 7 / 4.0

# %%
import lessons_lib.classroom.lessons as folder
from ipywidgets import IntSlider

my_half = None
IntSlider(value=3)

# %%
import matplotlib.pyplot as plt

from lessons_lib.classroom import show, show_source
from lessons_lib.generation.sampling import softmax

figure, axes = plt.subplots(figsize=(2, 2))
axes.plot([0, 1])
show(figure, alt="A line that rises.")
show_source(softmax)
"""
SECOND = f"""# %% [markdown]
# # 04b · Second
#
# **Is a half enough?**
#
# | Time | {{times}} |
#
# {{badge}}
#
# {{route}}

# %%
{SETUP}

# %%
import lessons_lib.classroom.lessons as folder
from lessons_lib.classroom import check

folder.__path__ = ["FOLDER"]

# %% [markdown]
# ## Halves
#
# ### {{exercise: made_up_half}}
#
# Back to the [first part](04_first.ipynb). `my_half` gives half of each number.


# %% tags=["exercise"]
def my_half(row):
    \"\"\"row [N] to row [N]\"\"\"
    ...


check("made_up_half", my_half)
"""
DEEP = f"""# %% [markdown]
# # D1 · Deep
#
# | Time | {{times}} |
#
# {{badge}}
#
# {{route}}
#
# From [the second part](../04b_second.ipynb#Halves).

# %%
{SETUP}

# %%
import pathlib

print(pathlib.Path.cwd().name)
"""
EXERCISES = '''"""The exercise of a made-up lesson."""

import torch

from lessons_lib.classroom.exercises import Exercise


def my_half(row):
    return row / 2


HALF = Exercise(
    id="made_up_half",
    title="Halve a row",
    difficulty=3,
    minutes=12,
    contract="row [N] to row [N]",
    cases=((torch.tensor([2.0]),),),
    tried="one row",
    hints=("Divide.",),
    solution=my_half,
    mistakes=(),
    kind="transfer",
)
EXERCISES = (HALF,)
QUIZ = ()
'''


@pytest.fixture(scope="session")
def notebook():
    """Makes a notebook of one text and one cell with its output."""
    return _notebook


def _notebook(text, code="", printed="", **data):
    cell = nbformat.v4.new_code_cell(code)
    if printed:
        cell.outputs.append(nbformat.v4.new_output("stream", text=printed))
    if data:
        bundle = {kind.replace("_", "/"): value for kind, value in data.items()}
        cell.outputs.append(nbformat.v4.new_output("display_data", data=bundle))
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text), cell])


@pytest.fixture(scope="session")
def made_up(tmp_path_factory):
    """The made-up course, built."""
    root = tmp_path_factory.mktemp("made up")
    lessons = root / "lessons_lib/classroom/lessons"
    (lessons / "lesson04b").mkdir(parents=True)
    (lessons / "lesson04b/__init__.py").write_text(EXERCISES, encoding="utf-8")
    shown = "lessons_lib/generation/sampling.py"
    (root / shown).parent.mkdir()
    shutil.copy(ROOT / shown, root / shown)
    (root / "notebooks/src/deeper").mkdir(parents=True)
    second = SECOND.replace("FOLDER", lessons.as_posix())
    for name, text in {"04_first": FIRST, "04b_second": second, "deeper/D1_deep": DEEP}.items():
        (root / f"notebooks/src/{name}.py").write_text(text, encoding="utf-8")
    (root / "README.md").write_text(README, encoding="utf-8")
    with _only_lessons_in(lessons):
        for lesson in find_lessons(root):
            assert build.build(lesson, root) == []
        readme.write(root, check.sizes(find_lessons(root)))
    return root


@pytest.fixture
def course(made_up, tmp_path):
    """A copy of the made-up course, for a test to spoil; its lessons are those that the library knows."""
    root = tmp_path / "course"
    shutil.copytree(made_up, root)
    with _only_lessons_in(root / "lessons_lib/classroom/lessons"):
        yield root


@contextmanager
def _only_lessons_in(path):
    """While it lasts, the registry finds the lessons of one folder and no others."""
    made_up = f"{folder.__name__}.lesson04b"  # the course has a lesson of that number too
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(folder, "__path__", [str(path)])
        patch.delitem(sys.modules, made_up, raising=False)
        patch.delattr(folder, "lesson04b", raising=False)
        yield
        sys.modules.pop(made_up, None)
        vars(folder).pop("lesson04b", None)
