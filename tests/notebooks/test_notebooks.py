"""Every notebook beside what nbval compares: figures, exercises, prose, and what it costs to run.

Each notebook is executed once here, with its exercises solved on the way.
"""

import re
from functools import cache
from pathlib import Path

import nbformat
import pytest

from lessons_lib.classroom import registry
from workshop import run
from workshop.audit import names, pictures, prose, stubs

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


def test_every_lesson_with_exercises_has_its_notebook():
    assert set(registry.lesson_numbers()) <= {path.name.partition("_")[0] for path in FOLDER.glob("*.ipynb")}


@each_notebook
def test_exercises_have_one_stub_that_is_not_done(name):
    assert stubs.faults(stored(name), exercises(name)) == []


@each_notebook
def test_every_solution_passes_in_the_notebook(name):
    verdicts = fresh(name).verdicts
    assert [verdict for verdict in verdicts if not verdict.startswith("✓")] == []
    assert len(verdicts) == len(exercises(name))


@each_notebook
def test_pictures_are_described_and_not_blank(name):
    assert pictures.faults(stored(name)) == []


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


@each_notebook
def test_numbers_in_the_text_stand_in_an_output_or_have_a_source(name):
    assert prose.unsupported_numbers(stored(name), prose.cited_numbers(FOLDER / "cited.toml")) == []


@each_notebook
def test_names_in_the_text_exist(name):
    assert names.unknown_names(stored(name), ROOT) == []


@each_notebook
def test_links_lead_somewhere(name):
    assert prose.broken_links(stored(name), FOLDER) == []


@each_notebook
def test_outputs_hold_no_scripts(name):
    pages = [
        output.data["text/html"]
        for cell in stored(name).cells
        for output in cell.get("outputs", [])
        if "text/html" in output.get("data", {})
    ]
    assert [page for page in pages if re.search(r"<script|javascript:|\son\w+=", page, re.IGNORECASE)] == []
