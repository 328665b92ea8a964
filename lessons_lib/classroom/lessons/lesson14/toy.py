"""A tiny model and tokenizer in 64 bits, and questions for them: on these a learner's harness is tried first."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from typing import Any

import torch

from lessons_lib.classroom.real_model import real_model
from lessons_lib.classroom.trials import Refused
from lessons_lib.config import ModelConfig
from lessons_lib.evaluation import Item, load_tasks
from lessons_lib.model import Transformer

IDS = 211


class ToyTokenizer:
    """Words with the space before them, and single marks, each with an id made of its letters."""

    def encode(self, text: str) -> list[int]:
        return [zlib.crc32(piece.encode()) % IDS for piece in re.findall(r" ?\w+|\W", text)]


def toy_model() -> Transformer:
    """A model that has learned nothing, but is sure of it."""
    config = ModelConfig(
        vocab_size=IDS,
        hidden_size=16,
        intermediate_size=32,
        num_hidden_layers=1,
        num_attention_heads=2,
        max_position_embeddings=64,
        initializer_range=0.6,
    )
    torch.manual_seed(0)
    return Transformer(config).double().eval()


ITEMS = (
    Item(id="1", query="What is a sparrow?", choices=("bird", "musical instrument"), gold=0),
    Item(id="2", query="Where do we drink coffee?", choices=("at Zoë's café", "river", "on the roof"), gold=1),
    Item(id="3", query="What is blue?", choices=("the sky", "grass", "coal", "fire", "milk and honey"), gold=0),
    Item(id="4", query="Who sings?", choices=("a flute", "the crow"), gold=1),
    Item(id="5", query="Wie heißt der Löwe?", choices=("Leo", "Löwe", "Käse", "der große König"), gold=3),
    Item(id="6", query="Which is which?", choices=("this", "this"), gold=1),
)


def measured_by(answer: Callable, questions: str, count: int, by: str) -> dict[str, Any] | None:
    """What a learner's harness says of a model.

    Args:
        answer: the learner's harness.
        questions: "toy" for the tiny model and its questions, else a task for the real one.
        count: of the questions, from the first.
        by: what it divides by.

    Returns:
        What it returned, by name. Of the real model without scores, whose last digits depend on how many texts are read
        at once. None if nothing was returned.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        if questions == "toy":
            model, tokenizer, items = toy_model(), ToyTokenizer(), ITEMS
        else:
            (model, tokenizer), [task] = real_model(), load_tasks(questions)
            items = task.items
        found = answer(model, tokenizer, items[:count], by)
    finally:
        torch.set_num_threads(before)
    if found is None or found is ...:
        return found
    try:
        scores, right, low, high = found
    except (TypeError, ValueError):
        raise Refused("your function must return four things: scores, right, low, high") from None
    return ({"scores": scores} if questions == "toy" else {}) | {"right": right, "low": low, "high": high}
