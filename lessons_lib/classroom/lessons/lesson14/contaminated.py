"""A small model that has read the test: stories, and among them half of the task "kinds" with its answers.

It reads whole words. What the words of the test mean it can learn from nothing but the test itself, so a model that has
not seen an item can only guess. A run is a pure function of (copies, seed).
"""

from __future__ import annotations

import re
from functools import cache
from random import Random
from typing import NamedTuple

import torch

from lessons_lib.classroom.lessons.lesson09.shared import drawn, one_a_row
from lessons_lib.classroom.lessons.lesson09.stories import stories
from lessons_lib.config import ModelConfig
from lessons_lib.evaluation import Item, load_tasks, pick
from lessons_lib.model import Transformer
from lessons_lib.training import Recipe, Rows, Run

COPIES = (0, 8)  # of each item of the half that is read, among the stories
STORIES, LENGTH, BATCH = 800, 40, 16  # stories, how many words of each are read, and rows of a step
SEPARATOR = 0
ORDERS = 4  # other orders of an item's choices that its own is compared with
_RATE = 0.01


class Taught(NamedTuple):
    """What came of a run: right answers among the items that were read, and among the others, of `HALF` each; and the
    mean share of other orders of the choices that are less likely than the order which was published, for both."""

    seen: int
    unseen: int
    order_seen: float
    order_unseen: float


@cache
def halves() -> tuple[tuple[Item, ...], tuple[Item, ...]]:
    """The items that are read, and those that are not."""
    [task] = load_tasks("kinds")
    middle = len(task.items) // 2
    return task.items[:middle], task.items[middle:]


HALF = 150


def asked(item: Item, order: tuple[str, ...] | None = None) -> str:
    """An item as it stands in the text, up to its answer; `order` puts its choices in another order."""
    return f"Question: {item.query} Choices: {', '.join(order or item.choices)} Answer:"


def words(text: str) -> list[str]:
    """Words and marks."""
    return re.findall(r"\w+|[^\w\s]", text)


@cache
def vocabulary() -> dict[str, int]:
    """An id for each word; 0 stands between texts."""
    texts = [*stories(STORIES), *(f"{asked(item)} {' '.join(item.choices)}" for half in halves() for item in half)]
    found = sorted({word for text in texts for word in words(text)})
    return {word: number for number, word in enumerate(found, start=1)}


def encode(text: str) -> list[int]:
    """A text to ids."""
    ids = vocabulary()
    return [ids[word] for word in words(text)]


def rows(copies: int) -> torch.Tensor:
    """What is read, ids [N, T + 1]: the beginnings of stories, and so many copies of each item of the first half."""
    texts = [encode(story)[:LENGTH] for story in stories(STORIES)]
    texts += [encode(f"{asked(item)} {item.told}") for item in halves()[0]] * copies
    return one_a_row(texts, SEPARATOR)


def steps(copies: int) -> int:
    """So many that each row is read twice."""
    return 2 * (STORIES + copies * HALF) // BATCH


def fresh(seed: int) -> Transformer:
    """A new model, the same on every machine."""
    config = ModelConfig(
        vocab_size=len(vocabulary()) + 1,
        hidden_size=64,
        intermediate_size=176,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=128,
        tie_word_embeddings=True,
        initializer_range=0.08,
    )
    return drawn(config, seed)


def recipe(copies: int) -> Recipe:
    """How it is trained."""
    return Recipe(steps=steps(copies), batch_size=BATCH, learning_rate=_RATE, matrix_learning_rate=0.03, warm_up=0.1)


def taught(copies: int, seed: int) -> Transformer:
    """A model that has read the stories and so many copies of each item of the first half."""
    model = fresh(seed)
    for _ in Run(model, Rows(rows(copies), seed), recipe(copies)):
        pass
    return model.eval()


def right(model: Transformer, items: tuple[Item, ...]) -> list[bool]:
    """For each item whether the likeliest choice, by the mean of its words, is the right one."""
    from lessons_lib.evaluation import Asked, score

    questions = [Asked([SEPARATOR, *encode(asked(item))], encode(choice)) for item in items for choice in item.choices]
    found = iter(score(model, questions))
    scores = [[each.nats / each.tokens for each in (next(found) for _ in item.choices)] for item in items]
    return [pick(row) == item.gold for row, item in zip(scores, items, strict=True)]


def order_test(model: Transformer, items: tuple[Item, ...]) -> float:
    """Of `ORDERS` other orders of an item's choices the share that the model finds less likely than the published one,
    as a mean over items; 0.5 for a model that has not seen them."""
    from lessons_lib.evaluation import Asked, score

    questions = []
    for item in items:
        random = Random(item.id)
        orders = [item.choices]
        while len(orders) <= ORDERS:
            shuffled = tuple(random.sample(item.choices, len(item.choices)))
            if shuffled != item.choices:
                orders.append(shuffled)
        questions += [Asked([SEPARATOR], encode(asked(item, order))) for order in orders]
    nats = [each.nats for each in score(model, questions)]
    groups = [nats[n : n + ORDERS + 1] for n in range(0, len(nats), ORDERS + 1)]
    return sum(sum(each < own for each in others) / ORDERS for own, *others in groups) / len(groups)


def measured(copies: int, seed: int) -> Taught:
    """Train a model and ask it."""
    model, (read, unread) = taught(copies, seed), halves()
    orders = (round(order_test(model, half), 3) for half in (read, unread))
    return Taught(sum(right(model, read)), sum(right(model, unread)), *orders)
