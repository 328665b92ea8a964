"""Reads the panels that ask: what they take of a sitting, and whether they still ask what the lesson's folder holds."""

import ast
from collections.abc import Iterator, Sequence
from html import escape

from nbformat import NotebookNode

from lessons_lib.classroom.panels.bundle import html
from lessons_lib.classroom.predictions import Prediction
from lessons_lib.classroom.questions import Question
from lessons_lib.classroom.words import InYourWords
from workshop.audit import Fault
from workshop.audit.code import ids_in, last_value

MINUTES = {"predict": 1, "say": 2, "quiz": 1}  # for each question


def faults(
    stored: NotebookNode,
    predictions: Sequence[Prediction] = (),
    words: Sequence[InYourWords] = (),
    questions: Sequence[Question] = (),
) -> list[Fault]:
    """Panels that show another question, choice or answer than the lesson's folder holds.

    Which choice is marked as right is computed, so only a run compares that.

    Args:
        stored: the lesson's notebook with its outputs.
        predictions, words, questions: what the lesson holds.
    """
    asked = {prediction.id: _of_prediction(prediction) for prediction in predictions}
    said = {question.id: [html(question.question), question.folded_answer()] for question in words}
    known = {"predict": asked, "say": said}
    found = []
    for number, cell in enumerate(stored.cells, start=1):
        for name, given in _calls(cell):
            if name == "quiz":
                shown, count = [text for question in questions for text in _of_question(question)], len(questions)
            else:
                shown, count = [text for each in given for text in known[name].get(each, ())], len(given)
            page = _page(cell)
            missing = [text for text in shown if text not in page]
            if missing:
                found.append(Fault(number, f"{name} does not show {missing[0]!r}; build the lesson"))
            elif (stands := page.count("<p><b>")) != count:
                found.append(Fault(number, f"{name} shows {stands} questions of {count}; build the lesson"))
    return found


def minutes(notebook: NotebookNode) -> int:
    """What the questions of a lesson take, besides reading and exercises.

    Args:
        notebook: the lesson with its outputs, which say how many questions its quiz has.
    """
    return sum(MINUTES[name] * _page(cell).count("<p><b>") for cell in notebook.cells for name, _ in _calls(cell))


def _page(cell: NotebookNode) -> str:
    """What a cell shows where no kernel runs; each question begins a paragraph in bold."""
    return "".join(output.get("data", {}).get("text/html", "") for output in cell.outputs)


def _of_prediction(prediction: Prediction) -> list[str]:
    return [html(prediction.question), *(f"<li>{escape(choice)}</li>" for choice in prediction.answer.choices)]


def _of_question(question: Question) -> list[str]:
    return [html(question.text), *(f"{escape(choice)}: {html(why)}" for choice, why in question.choices.items())]


def _calls(cell: NotebookNode) -> Iterator[tuple[str, list[str]]]:
    """The panel that a cell ends in, if it is one of the three that ask: its function's name and the ids given."""
    match last_value(cell):
        case ast.Call(func=ast.Name(id=("predict" | "say" | "quiz") as name)) as call:
            yield name, ids_in(call)
