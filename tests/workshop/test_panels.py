"""A stored panel that no longer shows what its lesson's folder asks is found without running the notebook."""

import nbformat
import pytest

from lessons_lib.classroom.panels.bundle import html
from lessons_lib.classroom.predictions import Guess, Prediction, choice
from lessons_lib.classroom.questions import Question, Quiz
from lessons_lib.classroom.words import InYourWords, Saying
from workshop.audit.panels import faults

WHICH = Prediction("which", "Which of `a` & b?", choice("a", "b <c>"))
WHY = InYourWords("why", "Why?", "Because of `x`.", "1. Why")
ONE = Question("1 < 2?", {"yes": "It is `so`.", "no & never": "It isn't."}, "yes")
TWO = Question("2 < 1?", {"yes": "No.", "no": "Right."}, "no")


def notebook(source, page):
    cell = nbformat.v4.new_code_cell(source)
    cell.outputs.append(nbformat.v4.new_output("display_data", data={"text/html": page}))
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x = 1"), cell])


STORED = {
    "prediction": notebook("predict('which')", Guess(WHICH)._repr_html_()),
    "words": notebook("print(1)\nsay('why')", Saying((WHY,))._repr_html_()),
    "quiz": notebook("quiz('01')", Quiz("01", (ONE, TWO))._repr_html_()),
}
LESSON = {"predictions": (WHICH,), "words": (WHY,), "questions": (ONE, TWO)}


@pytest.mark.parametrize("stored", STORED.values(), ids=STORED)
def test_what_the_folder_asks_passes(stored):
    assert faults(stored, **LESSON) == []


@pytest.mark.parametrize(
    ("kind", "edited", "words"),
    [
        ("prediction", {"predictions": (Prediction("which", "Which?", choice("a", "b")),)}, "does not show 'Which?'"),
        ("prediction", {"predictions": (Prediction("which", WHICH.question, choice("a", "b")),)}, "'<li>b</li>'"),
        ("words", {"words": (InYourWords("why", "Why?", "Because of x.", "1. Why"),)}, "say does not show"),
        ("quiz", {"questions": (ONE, Question("2 < 1?", {"yes": "No.", "no": "It is."}, "no"))}, "'no: It is.'"),
        ("quiz", {"questions": (ONE, Question("3 < 1?", TWO.choices, "no"))}, repr(html("3 < 1?"))),
        ("quiz", {"questions": (ONE,)}, "quiz shows 2 questions of 1"),
    ],
)
def test_what_was_edited_since_is_found(kind, edited, words):
    [fault] = faults(STORED[kind], **LESSON | edited)
    assert fault.cell == 2 and words in fault.text
