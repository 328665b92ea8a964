"""The picture checker rejects blank figures, missing descriptions and figures that changed."""

import base64

import nbformat
import numpy as np
import pytest
from matplotlib.figure import Figure

from lessons_lib.classroom.panels import figures
from workshop.audit import pictures


def drawn(heights, title="The next word", shift=0.0):
    figure = Figure(figsize=(5, 3))
    axes = figure.subplots()
    axes.bar(range(len(heights)), heights)
    axes.set_title(title, x=0.5 + shift)
    axes.set_ylim(0, 1)
    return figures.png(figure)


def notebook(*images, alt="Bars of the next word."):
    cell = nbformat.v4.new_code_cell()
    for image in images:
        data = {"image/png": base64.b64encode(image).decode()}
        metadata = {"image/png": {"alt": alt}}
        cell.outputs.append(nbformat.v4.new_output("display_data", data=data, metadata=metadata))
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(), cell])


BEFORE = notebook(drawn([0.6, 0.3, 0.1]))


def test_a_good_picture_has_no_faults():
    assert pictures.faults(BEFORE) == []
    assert pictures.differences(BEFORE, notebook(drawn([0.6, 0.3, 0.1]))) == []


def test_a_tiny_shift_is_tolerated():
    assert pictures.differences(BEFORE, notebook(drawn([0.6, 0.3, 0.1], shift=0.0004))) == []


def test_a_blank_picture_is_found():
    [fault] = pictures.faults(notebook(figures.png(Figure(figsize=(5, 3)))))
    assert str(fault).startswith("cell 2: the picture is blank; ")


@pytest.mark.parametrize("alt", ["", "  "])
def test_a_picture_without_description_is_found(alt):
    [fault] = pictures.faults(notebook(drawn([0.5]), alt=alt))
    assert str(fault).startswith("cell 2: the picture has no description; ")


@pytest.mark.parametrize(
    "image",
    [
        drawn([0.6, 0.35, 0.1]),
        drawn([0.6, 0.3, 0.0]),
        drawn([0.6, 0.3, 0.1], title="The next token"),
        figures.png(Figure(figsize=(5, 3))),
        figures.png(Figure(figsize=(5, 4))),
    ],
    ids=["a higher bar", "a bar gone", "another title", "blank", "another size"],
)
def test_a_changed_picture_is_found(image):
    assert len(pictures.differences(BEFORE, notebook(image))) == 1


def test_a_missing_picture_is_found():
    [fault] = pictures.differences(BEFORE, notebook())
    assert str(fault) == "cell 2: 1 pictures are stored, a fresh run draws 0"


def test_the_difference_is_that_of_the_worst_tile():
    left = np.zeros((90, 70))
    right = left.copy()
    right[80:, 60:] = 100.0
    assert pictures.difference(left, right) > 20
    assert abs(left - right).mean() < 2
