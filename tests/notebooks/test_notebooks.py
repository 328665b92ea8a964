"""Every notebook beside what nbval compares: figures, solved exercises, and what it costs to run.

Each notebook is executed once here, with its exercises solved on the way.
"""

from functools import cache
from pathlib import Path

import nbformat
import pytest

from lessons_lib.classroom import registry
from workshop import run
from workshop.audit import pictures

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
SECONDS, GIGABYTES = 60, 3
each_notebook = pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.ipynb")))


@cache
def stored(name):
    return nbformat.read(FOLDER / f"{name}.ipynb", as_version=4)


def exercises(name):
    number = name.partition("_")[0]
    return registry.lesson(number).EXERCISES if number in registry.lesson_numbers() else ()


@cache
def fresh(name):
    return run.rerun(stored(name), exercises(name), FOLDER)


@each_notebook
def test_every_solution_passes_in_the_notebook(name):
    verdicts = fresh(name).verdicts
    assert [verdict for verdict in verdicts if not verdict.startswith("✓")] == []
    assert len(verdicts) == len(exercises(name))


@each_notebook
def test_a_fresh_run_draws_the_stored_pictures(name):
    assert pictures.differences(stored(name), fresh(name).notebook) == []


@each_notebook
def test_a_fresh_run_stays_within_time_and_memory(name, record_property):
    result = fresh(name)
    gigabytes = result.peak_bytes / 1e9
    record_property(
        "notebook_cost", f"{name:<32} {result.seconds:5.1f} of {SECONDS} s   {gigabytes:5.2f} of {GIGABYTES} GB"
    )
    assert result.seconds <= SECONDS
    assert gigabytes <= GIGABYTES
