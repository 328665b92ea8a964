"""Ways to put one question to a model: other words around it, letters to choose from, examples, a chat."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from lessons_lib.evaluation import Item, Task, normalised, pick

if TYPE_CHECKING:
    from lessons_lib import Tokenizer, Transformer

LETTERS = "ABCDE"
USUAL = "as the task says"
AS_CHAT = "as a chat"
LETTER = "letters to choose from"


def worded(template: str, delimiter: str = " ") -> Callable[[Task], Task]:
    """Other words around each question, and another text between it and its answer."""
    return lambda task: replace(task, template=template, delimiter=delimiter)


def lettered(task: Task) -> Task:
    """The choices stand in the question, each behind its letter, and the letters are the choices."""

    def with_letters(item: Item) -> Item:
        listed = "".join(f"\n{letter}. {choice}" for letter, choice in zip(LETTERS, item.choices, strict=False))
        return replace(item, query=item.query + listed, choices=tuple(LETTERS[: len(item.choices)]))

    items, shots = (tuple(map(with_letters, each)) for each in (task.items, task.shots))
    return replace(task, items=items, shots=shots)


def backwards(task: Task) -> Task:
    """The same examples in the opposite order."""
    return replace(task, shots=task.shots[::-1])


def mislabelled(task: Task) -> Task:
    """Examples whose answers are wrong: the next choice of each in place of the right one."""
    shots = tuple(replace(shot, gold=(shot.gold + 1) % len(shot.choices)) for shot in task.shots)
    return replace(task, shots=shots)


def same(task: Task) -> Task:
    """The task as it is."""
    return task


WAYS: dict[str, tuple[Callable[[Task], Task], int]] = {  # what is done to the task, and how many examples
    USUAL: (same, 0),
    '"Q:" and "A:"': (worded("Q: {query}\nA:"), 0),
    "the bare question": (worded("{query}"), 0),
    "the answer on a line of its own": (worded("Question: {query}\nAnswer:", "\n"), 0),
    AS_CHAT: (same, 0),
    LETTER: (lettered, 0),
    "five examples": (same, 5),
    "the same, backwards": (backwards, 5),
    "the same, with wrong answers": (mislabelled, 5),
}


def likelihoods_of(model: Transformer, tokenizer: Tokenizer, task: Task, way: str) -> list[list[float]]:
    """How likely each choice of each item is, in nats, if asked in one of `WAYS`."""
    from lessons_lib.evaluation import Asked, encode_pair, score

    change, shots = WAYS[way]
    task = change(task)
    asked = []
    for item in task.items:
        if way == AS_CHAT:
            context = tokenizer.encode_chat([{"role": "user", "content": item.query}])
            asked += [Asked(context, tokenizer.encode(choice)) for choice in item.choices]
        else:
            prompt = task.prompt(item, shots)
            asked += [encode_pair(tokenizer, prompt, task.delimiter + choice) for choice in item.choices]
    found = iter(score(model, asked))
    return [[next(found).nats for _ in item.choices] for item in task.items]


def picks(items: tuple[Item, ...], nats: list[list[float]], by: str = "none") -> str:
    """The number of the choice that is picked for each item, as one text of digits."""
    return "".join(str(pick(normalised(each, item.choices, by))) for item, each in zip(items, nats, strict=True))
