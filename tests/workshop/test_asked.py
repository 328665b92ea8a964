"""What a lesson's folder holds is asked once and in place, and an author who forgets it is told."""

from types import SimpleNamespace

import nbformat
import pytest

from lessons_lib.classroom import registry
from lessons_lib.classroom.predictions import Choice, Order, Prediction, choice, number
from lessons_lib.classroom.words import InYourWords
from workshop.audit.asked import faults, shared_ids
from workshop.audit.outputs import METADATA

MANY = Prediction("many", "How many?", number())
WHICH = Prediction("which", "Which?", choice("a", "b"))
WHY = InYourWords("why", "Why?", "Because.", "1. The `top_p` filter")
HOW = InYourWords("how", "How?", "So.", "2. How?")
ORDERLY = (
    "# # Title",
    "predict('many')",
    "# ## 1. The `top_p` filter",
    "x = 44\nreveal('many', x)",
    "predict('which')",
    "reveal('which', 'a')",
    "# ## 2. How?",
    "print(x)\nsay(\n    'why',\n    'how',\n)",
)


def found(*sources):
    cells = [
        nbformat.v4.new_markdown_cell(source[2:]) if source.startswith("# ") else nbformat.v4.new_code_cell(source)
        for source in sources
    ]
    notebook = nbformat.v4.new_notebook(cells=cells, metadata=METADATA)
    return [str(fault) for fault in faults(notebook, (MANY, WHICH), (WHY, HOW))]


def test_an_orderly_lesson_has_no_faults():
    assert found(*ORDERLY) == []
    assert found(*ORDERLY, "reveal('many', 45)") == []


@pytest.mark.parametrize(
    ("place", "source", "words"),
    [
        (1, "x = 3", "prediction 'many' is asked 0 times; ask once, predict(\"many\")"),
        (2, "predict('many')", "prediction 'many' is asked 2 times"),
        (1, "x = 44\npredict('many')", "cell 2: predict stands in a cell of its own"),
        (1, "guess = predict('many')", "cell 2: predict stands in a cell of its own"),
        (
            1,
            "predict('mani')",
            "cell 2: prediction 'mani' is not one of this lesson; name one (many, which), or add it",
        ),
        (1, "predict(name)", "cell 2: name the prediction in quotes"),
        (
            3,
            "x = 44",
            "cell 2: prediction 'many' is asked here and revealed in no cell; write reveal(\"many\", result)",
        ),
        (0, "reveal('many', 44)", "cell 2: prediction 'many' is asked here and revealed in cell 1; write"),
        (5, "reveal('what', 'a')", "cell 6: prediction 'what' is not one of this lesson"),
        (7, "say('why')", "the own words 'how' are asked for 0 times; ask once, say(\"how\")"),
        (6, "say('how')", "the own words 'how' are asked for 2 times"),
        (7, "say('why', 'how')\nx = 1", "cell 8: say must be the last line of its cell, or nothing is shown"),
        (7, "x = say('why', 'how')", "cell 8: say must be the last line of its cell"),
        (7, "say('why', 'hwo')", "cell 8: question 'hwo' is not one of this lesson; name one (how, why), or add it to"),
        (7, "say(*names)", "cell 8: name the question in quotes"),
        (6, "# ## 2. Why?", "cell 8: the section '2. How?' of 'how' is no heading of this lesson"),
        (2, "# ## 1. The top-p filter", "cell 8: the section '1. The `top_p` filter' of 'why' is no heading"),
    ],
)
def test_what_is_out_of_place_is_found(place, source, words):
    sources = [*ORDERLY]
    sources[place] = source
    assert any(words in each for each in found(*sources)), found(*sources)


@pytest.mark.parametrize("kind", ["EXERCISES", "PREDICTIONS", "WORDS"])
def test_an_id_that_another_lesson_has_is_found(monkeypatch, kind):
    none = dict.fromkeys(("EXERCISES", "PREDICTIONS", "WORDS"), ())
    of = {"01": (HOW, WHY), "02": (WHY,), "03": (HOW, HOW)}
    course = [(number, SimpleNamespace(**none | {kind: questions})) for number, questions in of.items()]
    monkeypatch.setattr(registry, "lessons", lambda: iter(course))
    assert [fault.text for fault in shared_ids("02")] == [
        f"'why' is in {kind} of lesson 01 too; ids are unique in the course, so rename one"
    ]
    assert [fault.text[:30] for fault in shared_ids("03")] == [
        f"'how' stands twice in {kind}"[:30],
        f"'how' is in {kind} of lesson 01"[:30],
    ]
    assert shared_ids("04") == []


PREDICTIONS = [prediction for _, lesson in registry.lessons() for prediction in lesson.PREDICTIONS]
WORDS = [question for _, lesson in registry.lessons() for question in lesson.WORDS]


@pytest.mark.parametrize("prediction", PREDICTIONS, ids=lambda prediction: prediction.id)
def test_a_prediction_asks_and_leaves_a_choice(prediction):
    assert prediction.question.endswith(("?", "..."))
    if isinstance(prediction.answer, Choice | Order):
        assert len(set(prediction.answer.choices)) == len(prediction.answer.choices) >= 2


@pytest.mark.parametrize("question", WORDS, ids=lambda question: question.id)
def test_a_question_has_an_answer_to_compare_with(question):
    assert question.question.strip()
    assert len(question.answer.split()) >= 5
