"""Headings of exercises and times come from the exercises, and an author who names a wrong one is told."""

import dataclasses

import nbformat
import pytest

from lessons_lib.classroom.exercises import Exercise
from workshop import headings
from workshop.audit.size import Size

HALF = Exercise("half", "Halve $x$ \\1", 1, 5, "x to x", (), "", (), abs, ())
THIRD = dataclasses.replace(HALF, id="third", title="A third", difficulty=3, minutes=12)
QUARTER = dataclasses.replace(HALF, id="quarter", title="A fourth", difficulty=2, minutes=1)


def stub(name):
    return nbformat.v4.new_code_cell(f'check("{name}", my_{name})')


def text(source):
    return nbformat.v4.new_markdown_cell(source)


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


ORDERLY = (
    text("## Exercises\n\n### {exercise: third}\n\nThink."),
    stub("third"),
    text("## {exercise:half}"),
    stub("half"),
)


def test_headings_are_numbered_as_the_text_brings_them():
    before = notebook(text("{badge}\n\n{times}, {route}"), *ORDERLY)
    after = headings.rendered(before, [HALF, THIRD], "01 **02** 03")
    assert after.cells[1].source == "## Exercises\n\n### Exercise 1: A third (hard, 12 minutes)\n\nThink."
    assert after.cells[3].source == "## Exercise 2: Halve $x$ \\1 (warm-up, 5 minutes)"
    assert after.cells[0].source == "about 5 minutes, exercises another 17 minutes, 01 **02** 03"
    assert before.cells[0].source == "{badge}\n\n{times}, {route}"
    told = headings.rendered(before, [HALF, THIRD], badge="[![Open](a.svg)](there)").cells[0].source
    assert told.startswith("[![Open](a.svg)](there)\n\nabout 5 minutes")
    assert headings.faults(before, [HALF, THIRD]) == headings.head_faults(before) == []


def test_only_the_head_tells_times_and_code_is_left_alone():
    cells = (
        text("# Title"),
        text("{times} {route} {badge}"),
        nbformat.v4.new_code_cell("# ### {exercise: half}\n{times}"),
    )
    after = headings.rendered(notebook(*cells), [HALF])
    assert [cell.source for cell in after.cells] == [cell.source for cell in cells]
    assert [str(fault) for fault in headings.head_faults(notebook(*cells))] == [
        "cell 1: the head must hold {times}, where the build writes how long the lesson takes",
        "cell 1: the head must hold {route}, where the build writes the way through the course",
        "cell 1: the head must hold {badge}, where the build writes the button for Colab",
    ]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (ORDERLY[:2], "exercise 'half' has 0 headings; write one, ### {exercise: half}"),
        (
            (*ORDERLY, text("### {exercise: quarter}"), stub("quarter")),
            "exercise 'quarter' is not one of this lesson",
        ),
        ((*ORDERLY, text("### {exercise: half}"), stub("half")), "exercise 'half' has 2 headings"),
        ((text("### {exercise: third}"), *ORDERLY[2:]), "cell 1: the stub of 'third' must be the next code cell"),
        (
            (*ORDERLY, text("As in {exercise: half}.")),
            "cell 5: {exercise: id} stands in a heading, on a",
        ),
        ((*ORDERLY, text("### {exercise: half")), "cell 5: {exercise: id} stands in a heading"),
        ((*ORDERLY, text("### {exercises: half}")), "cell 5: {exercise: id} stands in a heading"),
    ],
)
def test_a_wrong_place_is_found(cells, words):
    [fault] = headings.faults(notebook(*cells), [HALF, THIRD])
    assert words in str(fault)


def test_two_exercises_in_one_cell_are_found():
    cells = (text("### {exercise: half}\n\n### {exercise: third}"), stub("half"), stub("third"))
    assert [str(fault) for fault in headings.faults(notebook(*cells), [HALF, THIRD])] == [
        "cell 1: 2 exercises in one cell; give each a cell of its own"
    ]


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (1, "1 minute"),
        (12, "12 minutes"),
        (90, "90 minutes"),
        (95, "1 hour 35 minutes"),
        (120, "2 hours"),
        (121, "2 hours 1 minute"),
    ],
)
def test_minutes_in_words(minutes, words):
    assert headings.duration(minutes) == words


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (Size(10, 0, 0, 0), "about 5 minutes"),
        (
            Size(1500, 80, 7, 56),
            "about 20 minutes, its questions another 7 minutes, exercises another 56 minutes",
        ),
        (Size(15000, 160, 0, 1), "about 2 hours, exercises another 1 minute"),
    ],
)
def test_times_are_told_in_steps_of_five_minutes(size, words):
    assert headings.times(size) == words
