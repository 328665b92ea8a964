"""How lesson 13 teaches SmolLM2 its taste, and what is measured before and after. A run is a pure function of
(model, way, seed); see `recorded` for the runs that are stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from lessons_lib.classroom.lessons.lesson12 import tuning
from lessons_lib.classroom.lessons.lesson12.tuning import Answer
from lessons_lib.classroom.lessons.lesson13.pairs import Pair, pairs
from lessons_lib.layers import LoraConfig, add_lora
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer
from lessons_lib.training import Dpo, Pairs, Recipe, Run

MODEL = "smollm2-135m-instruct"
UPPER, RANK = 10, 8  # layers that get an adapter, and its rank
BATCH = 2  # pairs of a step
OWN, SAID = 16, 40  # tokens of an answer that is not liked, and the most of an answer that is judged


class Way(NamedTuple):
    """How the taste is taught: AdamW's rate at its highest, the steps, and the settings of `Dpo`."""

    rate: float = 1e-3
    steps: int = 16
    sft_weight: float = 0.5
    beta: float = 0.1


def conversation(tokenizer: Tokenizer, question: str, answer: str, ends: bool = True) -> tuple[list[int], list[bool]]:
    """A question and its answer as ids, and for each id whether the assistant says it.

    Args:
        tokenizer: of the model.
        question, answer: texts.
        ends: False for an answer that was cut off: nothing behind its last word is there to be named.
    """
    turns = [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
    ids, said = tokenizer.encode_chat(turns, add_generation_prompt=False, return_mask=True)
    last = max(place for place, each in enumerate(said) if each)  # where the answer ends, its end token
    return (ids[: last + 1], said[: last + 1]) if ends else (ids[:last], said[:last])


def rows(tokenizer: Tokenizer, chosen: Iterable[Pair] | None = None) -> list[tuple]:
    """Of each pair the two conversations; that of the model's own answer, which was cut off, does not end."""
    return [
        (conversation(tokenizer, pair.question, pair.liked), conversation(tokenizer, pair.question, pair.other, False))
        for pair in (pairs() if chosen is None else chosen)
    ]


def recipe(rate: float, steps: int) -> Recipe:
    """A short way up, and straight down to 0; all by AdamW."""
    return tuning.recipe(rate, steps, BATCH, warm_up=0.2)


def prepared(model: Transformer, seed: int = 0) -> Transformer:
    """The model with a fresh adapter in its upper layers, which alone learns."""
    layers = len(model.model.layers)
    return add_lora(model, LoraConfig(r=RANK, layers_to_transform=range(layers - UPPER, layers)), seed=seed)


def run(model: Transformer, data: Pairs, way: Way) -> Run:
    """The run that teaches a model of `prepared` the taste by pairs that were measured."""
    return Run(model, data, recipe(way.rate, way.steps), Dpo(beta=way.beta, sft_weight=way.sft_weight))


def answers(model: Transformer, tokenizer: Tokenizer, questions: Sequence[str], longest: int = SAID) -> list[Answer]:
    """What a model says to each question, always the likeliest token."""
    prompts = [[{"role": "user", "content": question}] for question in questions]
    return tuning.answers(model, tokenizer, prompts, longest)
