"""How lesson 12 teaches SmolLM2 its habit, and what is measured before and after. A run is a pure function of
(model, way, seed); see `recorded` for the runs that are stored.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor

from lessons_lib.classroom.lessons.lesson12.cards import dialogue, examples
from lessons_lib.corpora import world_english_bible
from lessons_lib.layers import LoraConfig, add_lora
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer
from lessons_lib.training import Conversations, Recipe, Run

MODEL = "smollm2-135m-instruct"
UPPER, RANK, RATE = 10, 8, 2e-3  # layers that get an adapter, its rank, AdamW's rate
STEPS, BATCH = 24, 4
FULL_RATE = 1e-4  # where all weights learn
LONGEST = 44  # tokens of an answer
FACTS = (  # questions that the untuned model answers with this word, or does not
    ("What is the capital of France?", "Paris"),
    ("What is the capital of Italy?", "Rome"),
    ("What is the capital of Japan?", "Tokyo"),
    ("What is the capital of Egypt?", "Cairo"),
    ("Who wrote Romeo and Juliet?", "Shakespeare"),
    ("Which planet is the largest?", "Jupiter"),
    ("Which planet is closest to the sun?", "Mercury"),
    ("What gas do plants take in?", "dioxide"),
    ("What is the chemical symbol of gold?", "Au"),
    ("What is 2 + 2?", "4"),
    ("Who painted the Mona Lisa?", "Vinci"),
    ("What is the longest river in South America?", "Amazon"),
    ("Which colour is grass?", "green"),
    ("What is the opposite of hot?", "cold"),
    ("Which language is spoken in Brazil?", "Portuguese"),
    ("What do bees make?", "honey"),
    ("What is frozen water called?", "ice"),
    ("Who was the first president of the United States?", "Washington"),
    ("At how many degrees Celsius does water boil?", "100"),
    ("Which ocean lies between Europe and America?", "Atlantic"),
)


class Way(NamedTuple):
    """How the habit is taught.

    Attributes:
        rank: of the adapter; None if the weights themselves learn.
        upper: how many layers do, counted from the top.
        rate: of AdamW, at its highest.
        fault: one of `FAULTS`, or nothing.
    """

    rank: int | None = RANK
    upper: int = UPPER
    rate: float = RATE
    fault: str = ""


USUAL = Way()
FAULTS = {
    "off by one": "the mask lies one place too far right",
    "everything": "the user's words are learned too",
    "no end": "the end token is not learned",
    "rate": "the rate is fifteen times as high",
}


class Answer(NamedTuple):
    """What a model says, and whether it ended by itself."""

    text: str
    ended: bool


def recipe(rate: float = RATE, steps: int = STEPS, batch_size: int = BATCH, warm_up: float = 0.1) -> Recipe:
    """A short way up, and straight down to 0; all by AdamW."""
    return Recipe(
        steps=steps,
        batch_size=batch_size,
        learning_rate=rate,
        matrix_learning_rate=None,
        warm_up=warm_up,
        decay=1.0,
        weight_decay=0.0,
    )


def rows(tokenizer: Tokenizer, fault: str = "") -> list[tuple[list[int], list[bool]]]:
    """The examples as ids, and for each id whether it is to be named; with a fault, if one is asked for."""
    whole = [
        tokenizer.encode_chat(dialogue(example), add_generation_prompt=False, return_mask=True)
        for example in examples()
    ]
    return [(ids, _faulty(ids, mask, fault, tokenizer)) for ids, mask in whole]


def _faulty(ids: Sequence[int], mask: list[bool], fault: str, tokenizer: Tokenizer) -> list[bool]:
    if fault == "off by one":
        return [False, *mask[:-1]]
    if fault == "everything":
        return [True] * len(mask)
    if fault == "no end":
        return [said and i not in tokenizer.eos_token_ids for i, said in zip(ids, mask, strict=True)]
    return mask


def adapter(way: Way, layers: int) -> LoraConfig:
    """The adapter of a way in a model of so many layers."""
    return LoraConfig(r=way.rank, lora_alpha=2 * way.rank, layers_to_transform=range(layers - way.upper, layers))


def prepared(model: Transformer, way: Way, seed: int = 0) -> Transformer:
    """A model of which only what a way teaches learns: an adapter, or the upper layers themselves."""
    layers = model.model.layers
    if way.rank is not None:
        return add_lora(model, adapter(way, len(layers)), seed=seed)
    model.requires_grad_(way.upper == len(layers))
    for layer in layers[len(layers) - way.upper :]:
        layer.requires_grad_(True)
    return model


def run(model: Transformer, tokenizer: Tokenizer, way: Way = USUAL, seed: int = 0, steps: int = STEPS) -> Run:
    """The run that teaches a fresh model the habit; the adapter's first numbers and the order depend on the seed."""
    data = Conversations(rows(tokenizer, way.fault), seed=seed)
    return Run(prepared(model, way, seed), data, recipe(way.rate, steps))


def answers(
    model: Transformer,
    tokenizer: Tokenizer,
    prompts: Iterable[Sequence[dict[str, str]]],
    longest: int = LONGEST,
    temperature: float = 0,
) -> list[Answer]:
    """What a model says to each of some lists of messages, all at once; by default always the likeliest token."""
    from lessons_lib.generation import Request, Sampler, generate_batch  # brings numba, which takes a while to load

    requests = [
        Request(tokenizer.encode_chat(each), longest, Sampler(temperature=temperature, seed=seed))
        for seed, each in enumerate(prompts)
    ]
    said, ended = [""] * len(requests), [False] * len(requests)
    for number, token in generate_batch(model, requests, tokenizer):
        said[number] += token.text
        if token.finish_reason is not None:
            ended[number] = token.finish_reason == "stop"
    return [Answer(text.strip(), end) for text, end in zip(said, ended, strict=True)]


def facts_right(said: Sequence[Answer]) -> int:
    """How many answers to `FACTS` hold the word that is asked for."""
    return sum(holds(answer.text, word) for answer, (_, word) in zip(said, FACTS, strict=True))


def holds(text: str, word: str) -> bool:
    """Whether a text holds a word, whatever its capitals."""
    return re.search(rf"\b{word}\b", text, re.IGNORECASE) is not None


def plain_text(tokenizer: Tokenizer, count: int = 4, length: int = 256) -> Tensor:
    """Text that has nothing to do with the habit, the beginning of the World English Bible: ids [count, length + 1]."""
    ids = tokenizer.encode(world_english_bible()[: 8 * count * length])[: count * (length + 1)]
    return torch.tensor(ids).view(count, length + 1)
