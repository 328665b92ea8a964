"""What D3 stores is what the model says, and what it draws is what is stored."""

import pytest
import torch

from lessons_lib.classroom.lessons.lessonD3 import figures, long_reading


@pytest.mark.parametrize("name", ["as trained", "near"])
def test_the_stored_losses_come_out_again(name):
    assert long_reading.measure(name, 1024) == pytest.approx(long_reading.stored()[name][:2], abs=0.01)


def test_all_that_is_read_is_stored():
    stored = long_reading.stored()
    assert tuple(stored) == long_reading.READ
    assert {*stored} - {"near"} < {*long_reading.RULES}
    assert {len(losses) for losses in stored.values()} == {long_reading.TOKENS // long_reading.CHUNK}


def test_every_rule_reaches_what_was_read():
    for rule in filter(None, long_reading.RULES.values()):
        assert rule["factor"] * 8192 == long_reading.TOKENS


def test_the_curves_are_the_losses_above_those_of_the_near_reader():
    [axes] = figures.long({"one": [3.0, 5.0], "near": [2.0, 2.5]}, trained=6, chunk=4).axes
    curve = axes.get_lines()[0]
    assert list(curve.get_xdata()) == [4, 8]
    assert list(curve.get_ydata()) == [1.0, 2.5]


def test_speeds_are_drawn_as_times_slower():
    trained = torch.tensor([1.0, 0.5])
    [axes] = figures.slowed({"as trained": trained, "half": trained / 2}, edge=1).axes
    assert [list(line.get_ydata()) for line in axes.get_lines()[:2]] == [[1, 1], [2, 2]]


def test_the_places_drawn_are_those_of_the_two_halves():
    texts = [text.get_text() for text in figures.moved(3, 100).axes[0].texts]
    assert "places 0 to 2" in texts and "places 103 to 105" in texts
