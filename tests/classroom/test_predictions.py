"""Guesses are taken, kept for this kernel only, and shown beside the result; a stored notebook holds nobody's."""

import numpy as np
import pytest
import torch

from lessons_lib.classroom import predict, predictions, record, registry, reveal
from lessons_lib.classroom.predictions import Prediction, choice, number, order

ASKED = (
    Prediction("how_many", "How many `tokens`?", number(unit="tokens")),
    Prediction("percent", "How much?", number(unit="%")),
    Prediction("which", "Which <one>?", choice("a < b", "b", "c")),
    Prediction("in_order", "In which order?", order("x", "y", "z")),
)


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    monkeypatch.setattr(registry.lesson("01"), "PREDICTIONS", ASKED)
    monkeypatch.setattr(predictions, "_guesses", {})


def said(capsys, name, result):
    reveal(name, result)
    return capsys.readouterr().out


def press(panel, *labels):
    for label in labels:
        [button] = [each for each in panel.control.children if each.description.endswith(label)]
        button.click()


def test_where_nobody_guessed_one_line_tells_the_result(capsys):
    assert said(capsys, "how_many", 44) == "It is 44 tokens.\n"
    assert said(capsys, "how_many", 44_123) == "It is 44,123 tokens.\n"
    assert said(capsys, "percent", 12.5) == "It is 12.5%.\n"
    assert said(capsys, "which", "b") == "It is b.\n"
    assert said(capsys, "in_order", ["z", "x", "y"]) == "It is z, x, y.\n"


@pytest.mark.parametrize(
    ("typed", "guess"),
    [
        ("40", "40 tokens"),
        (" 40 ", "40 tokens"),
        ("40 tokens", "40 tokens"),
        ("1,200", "1,200 tokens"),
        ("1_200.50", "1,200.5 tokens"),
        ("-3", "-3 tokens"),
        ("2e3", "2,000.0 tokens"),
    ],
)
def test_a_number_is_read_as_people_type_it(capsys, typed, guess):
    panel = predict("how_many")
    panel.control.value = typed
    assert panel.answer.value == f'<div role="status">Your guess: {guess}</div>'
    assert said(capsys, "how_many", 44) == f"You guessed {guess}. It is 44 tokens.\n"


@pytest.mark.parametrize("typed", ["many", "4 4 x", "nan", "inf", "1e999", "<b>", "9" * 400, "True", "0x10"])
def test_what_is_no_number_is_not_kept(capsys, typed):
    panel = predict("how_many")
    panel.control.value = "40"
    panel.control.value = typed
    assert panel.answer.value == '<div role="status">Not kept: a number is asked for, such as 12</div>'
    assert said(capsys, "how_many", 44) == "It is 44 tokens.\n"


def test_numbers_of_numpy_and_torch_are_results(capsys):
    assert said(capsys, "how_many", np.int64(3)) == said(capsys, "how_many", torch.tensor(3)) == "It is 3 tokens.\n"


def test_a_choice_is_kept_and_the_right_one_is_said_to_be_right(capsys):
    panel = predict("which")
    assert panel.control.value is None
    panel.control.value = "b"
    assert "Your guess: b" in panel.answer.value
    assert said(capsys, "which", "a < b") == "You guessed b. It is a < b.\n"
    panel.control.value = "a < b"
    assert "Your guess: a &lt; b" in panel.answer.value
    assert said(capsys, "which", "a < b") == "You guessed a < b, and so it is.\n"


def test_an_order_is_pressed_and_can_be_started_again(capsys):
    panel = predict("in_order")
    press(panel, "z", "x", "z")
    assert "So far: z, x" in panel.answer.value
    assert [each.description for each in panel.control.children] == ["2. x", "y", "1. z", "Start again"]
    press(panel, "y")
    assert "Your guess: z, x, y" in panel.answer.value
    assert said(capsys, "in_order", ("x", "y", "z")) == "You guessed z, x, y. It is x, y, z.\n"
    press(panel, "Start again")
    assert [each.description for each in panel.control.children] == ["x", "y", "z", "Start again"]
    assert said(capsys, "in_order", ("x", "y", "z")) == "It is x, y, z.\n"
    press(panel, "x", "y", "z")
    assert said(capsys, "in_order", ("x", "y", "z")) == "You guessed x, y, z, and so it is.\n"


@pytest.mark.parametrize(
    ("name", "result"),
    [
        ("how_many", "many"),
        ("how_many", None),
        ("how_many", True),
        ("how_many", float("nan")),
        ("how_many", [44]),
        ("which", "d"),
        ("which", 0),
        ("in_order", ["x", "y"]),
        ("in_order", ["x", "y", "y"]),
        ("in_order", "xyz"),
    ],
)
def test_a_result_that_is_no_answer_fails_the_cell(name, result):
    with pytest.raises(ValueError, match=r"a number is asked for|allowed"):
        reveal(name, result)


def test_progress_counts_who_guessed_and_not_what():
    predict("which").control.value = "c"
    predict("how_many").control.value = "many"
    assert record.read()["predictions"] == ["which"]


def test_a_guess_that_can_not_be_noted_is_kept_all_the_same(capsys, progress_file):
    progress_file.mkdir()
    panel = predict("which")
    panel.control.value = "c"
    assert "Your guess: c<br>(progress was not saved" in panel.answer.value
    assert said(capsys, "which", "c") == "You guessed c, and so it is.\n"


@pytest.mark.parametrize("prediction", ASKED, ids=lambda each: each.id)
def test_what_is_stored_asks_and_holds_no_guess(prediction):
    before = predict(prediction.id)._repr_mimebundle_()
    predictions._guesses[prediction.id] = "a guess"
    after = predict(prediction.id)._repr_mimebundle_()
    for kind in ("text/plain", "text/html"):
        assert before[kind] == after[kind]
        assert all(word in before[kind].replace("&lt;", "<") for word in prediction.answer.choices)
    assert "Before you run on: " in before["text/plain"]
    assert "application/vnd.jupyter.widget-view+json" in before


def test_text_is_escaped():
    assert "Which &lt;one&gt;?" in predict("which")._repr_html_() and "a &lt; b" in predict("which")._repr_html_()
    assert "<code>tokens</code>" in predict("how_many")._repr_html_()


@pytest.mark.parametrize("use", [predict, lambda name: reveal(name, 3)])
def test_an_unknown_name_fails_the_cell_and_names_what_may_be_meant(use):
    with pytest.raises(
        ValueError, match="'howmany' is not one of the PREDICTIONS of the course; did you mean 'how_many"
    ):
        use("howmany")
