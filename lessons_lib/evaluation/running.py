"""A model at work on a task: a row for each item, as soon as it is known.

A row says what was asked and what came of it, so that models can be compared item by item:

    {"task": "kinds", "id": "7", "nats": [-3.1, -9.8], "alone": [-8.0, -9.1], "tokens": [1, 2], "greedy": [true, false],
     "right": {"none": true, "token": true, "character": true, "byte": true, "pmi": true}}
    {"task": "sums", "id": "7", "answer": " 41", "right": {"exact": false}}
    {"task": "tale", "id": "7", "nats": -310.2, "tokens": 90, "words": 61, "bytes": 350}
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from lessons_lib.evaluation.generation import answers
from lessons_lib.evaluation.likelihood import Asked, Likelihood, encode_pair, encode_text, likelihoods
from lessons_lib.evaluation.metrics import NORMALISATIONS, count_words, exact_match, normalised, pick
from lessons_lib.evaluation.task import Item, Task
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer

Row = dict[str, Any]


def rows_of(
    model: Transformer, tokenizer: Tokenizer, task: Task, shots: int = 0, done: Collection[str] = ()
) -> Iterator[Row]:
    """Work on a task.

    Args:
        model: any `Transformer`.
        tokenizer: that of the model.
        task: what to work on.
        shots: examples before each question; a text has none.
        done: ids of items to leave out.

    Yields:
        A row for each item, in the order in which they become known.

    Raises:
        ValueError: before any work is done, naming the item that cannot be asked.
        LogitsError: if the model's scores break down.
    """
    items = [item for item in task.items if item.id not in done]
    for found in _WORK[task.kind](model, tokenizer, task, shots, items):
        yield {"task": task.name, **found}


def _choices(model: Transformer, tokenizer: Tokenizer, task: Task, shots: int, items: list[Item]) -> Iterator[Row]:
    asked: list[Asked] = []
    owners: list[tuple[int, str, int]] = []
    for which in ("alone", "nats"):  # those without a question first: they are few and end many items
        for number, item in enumerate(items):
            context = task.alone if which == "alone" else task.prompt(item, shots)
            for place, choice in enumerate(item.choices):
                asked.append(_named(task, item, encode_pair, tokenizer, context, task.delimiter + choice))
                owners.append((number, which, place))
    known: list[dict[tuple[str, int], Likelihood]] = [{} for _ in items]
    for number, likelihood in likelihoods(model, asked):
        owner, which, place = owners[number]
        known[owner][which, place] = likelihood
        if len(known[owner]) == 2 * len(items[owner].choices):
            yield _choice_row(items[owner], known[owner])
            known[owner] = {}


def _choice_row(item: Item, known: dict[tuple[str, int], Likelihood]) -> Row:
    asked, alone = ([known[which, n] for n in range(len(item.choices))] for which in ("nats", "alone"))
    row = {
        "nats": [each.nats for each in asked],
        "alone": [each.nats for each in alone],
        "tokens": [each.tokens for each in asked],
    }
    right = {}
    for by in NORMALISATIONS:
        scores = normalised(row["nats"], item.choices, by, tokens=row["tokens"], alone=row["alone"])
        right[by] = pick(scores) == item.gold
    return {"id": item.id, **row, "greedy": [each.greedy for each in asked], "right": right}


def _answers(model: Transformer, tokenizer: Tokenizer, task: Task, shots: int, items: list[Item]) -> Iterator[Row]:
    prompts = [task.prompt(item, shots) for item in items]
    for number, text in answers(model, tokenizer, prompts, max_new_tokens=task.max_new_tokens, stop=task.stop):
        item = items[number]
        yield {"id": item.id, "answer": text, "right": {"exact": exact_match(text, item.answers)}}


def _texts(model: Transformer, tokenizer: Tokenizer, task: Task, shots: int, items: list[Item]) -> Iterator[Row]:
    length = model.config.max_position_embeddings
    windows = [_named(task, item, encode_text, tokenizer, item.query, length) for item in items]
    owners = [number for number, found in enumerate(windows) for _ in found]
    left, nats, tokens = [len(found) for found in windows], [0.0] * len(items), [0] * len(items)
    for number, likelihood in likelihoods(model, [window for found in windows for window in found]):
        owner = owners[number]
        nats[owner] += likelihood.nats
        tokens[owner] += likelihood.tokens
        left[owner] -= 1
        if left[owner] == 0:
            text = items[owner].query
            sizes = {"words": count_words(text), "bytes": len(text.encode())}
            yield {"id": items[owner].id, "nats": nats[owner], "tokens": tokens[owner], **sizes}


_WORK = {"choice": _choices, "answer": _answers, "text": _texts}


def _named(task: Task, item: Item, encode: Any, *given: Any) -> Any:
    """Encode something of an item; an error says of which."""
    try:
        return encode(*given)
    except ValueError as error:
        raise ValueError(f"{task.name}: item {item.id}: {error}") from None
