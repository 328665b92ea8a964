"""Checks the cells that ask a reader: each prediction and question of a lesson's folder is asked once, in place."""

import ast
from collections import Counter
from collections.abc import Iterator, Sequence

from nbformat import NotebookNode

from lessons_lib.classroom import registry
from lessons_lib.classroom.panels.bundle import anchor
from lessons_lib.classroom.predictions import Prediction
from lessons_lib.classroom.words import InYourWords
from workshop.audit import Fault
from workshop.audit.code import ids_in, last_value, tree_of
from workshop.audit.links import anchors


def faults(notebook: NotebookNode, predictions: Sequence[Prediction], words: Sequence[InYourWords]) -> list[Fault]:
    """What is wrong with a lesson's cells that ask.

    Args:
        notebook: the lesson with its headings written out.
        predictions: those of the lesson.
        words: the questions of the lesson to answer in one's own words.
    """
    return [*_prediction_faults(notebook, predictions), *_word_faults(notebook, words)]


def shared_ids(number: str) -> list[Fault]:
    """Ids of a lesson that another lesson has too: of the two, `check` and `say` would know only one.

    Args:
        number: of the lesson.
    """
    modules = dict(registry.lessons())
    found = []
    for kind in ("EXERCISES", "PREDICTIONS", "WORDS"):
        own = Counter(each.id for each in getattr(modules.get(number), kind, ()))
        found += [Fault(0, f"{name!r} stands twice in {kind}") for name, times in own.items() if times > 1]
        for other, module in modules.items():
            also = own.keys() & {each.id for each in getattr(module, kind)} if other != number else ()
            wrong = f"is in {kind} of lesson {other} too; ids are unique in the course, so rename one"
            found += [Fault(0, f"{name!r} {wrong}") for name in sorted(also)]
    return found


def _prediction_faults(notebook: NotebookNode, predictions: Sequence[Prediction]) -> Iterator[Fault]:
    ids = {prediction.id for prediction in predictions}
    asked, revealed = list(_calls(notebook, "predict")), list(_calls(notebook, "reveal"))
    for number, call, alone in asked:
        if not alone:
            yield Fault(number, "predict stands in a cell of its own, so that the question comes before anything runs")
        yield from _unknown(number, ids_in(call)[:1], ids, "prediction", "PREDICTIONS")
    for number, call, _ in revealed:
        yield from _unknown(number, ids_in(call)[:1], ids, "prediction", "PREDICTIONS")
    for name in sorted(ids):
        places = [number for number, call, _ in asked if ids_in(call)[:1] == [name]]
        results = [number for number, call, _ in revealed if ids_in(call)[:1] == [name]]
        if len(places) != 1:
            yield Fault(0, f'prediction {name!r} is asked {len(places)} times; ask once, predict("{name}")')
        elif not results or min(results) <= places[0]:
            where = f"cell {min(results)}" if results else "no cell"
            wrong = f"prediction {name!r} is asked here and revealed in {where}"
            yield Fault(places[0], f'{wrong}; write reveal("{name}", result) behind it')


def _word_faults(notebook: NotebookNode, words: Sequence[InYourWords]) -> Iterator[Fault]:
    known, headings = {question.id: question for question in words}, anchors(notebook)
    asked = []
    for number, call, _ in _calls(notebook, "say"):
        if call is not last_value(notebook.cells[number - 1]):
            yield Fault(number, "say must be the last line of its cell, or nothing is shown")
        names = ids_in(call)
        asked += [(number, name) for name in names]
        yield from _unknown(number, names, set(known), "question", "WORDS")
    for name, question in known.items():
        places = [number for number, each in asked if each == name]
        if len(places) != 1:
            yield Fault(0, f'the own words {name!r} are asked for {len(places)} times; ask once, say("{name}")')
        elif anchor(question.section) not in headings:
            wrong = f"the section {question.section!r} of {name!r} is no heading of this lesson"
            yield Fault(places[0], f"{wrong}; write one as it stands there")


def _calls(notebook: NotebookNode, function: str) -> Iterator[tuple[int, ast.Call, bool]]:
    """Every call of a function: the number of its cell, the call, and whether it is all that the cell holds."""
    for number, cell in enumerate(notebook.cells, start=1):
        tree = tree_of(cell)
        for node in ast.walk(tree):
            match node:
                case ast.Call(func=ast.Name(id=name)) if name == function:
                    yield number, node, len(tree.body) == 1 and node is last_value(cell)


def _unknown(number: int, names: Sequence[str], known: set[str], what: str, where: str) -> Iterator[Fault]:
    if not names:
        yield Fault(number, f"name the {what} in quotes")
    for name in set(names) - known:
        ids = ", ".join(sorted(known)) or "none"
        yield Fault(number, f"{what} {name!r} is not one of this lesson; name one ({ids}), or add it to {where}")
