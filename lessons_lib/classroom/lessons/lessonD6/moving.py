"""Where some words' vectors go while the story model of lesson 09 learns, as `benchmarks.recordings` stored it.

A map needs two directions. Both are found at the end of the run, with one half of the words; what is drawn is the other
half, so that the map can't show what was only put into it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from lessons_lib.classroom.lessons.lesson09.stories import stories
from lessons_lib.config import ModelConfig
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer, train_bpe
from lessons_lib.training import Recipe, Rows, Run, pack

STORED = Path(__file__).with_name("moving.json")
EVERY = 10  # steps
FINDING = {  # they find the directions
    "she": ("Ada", "Cleo", "Edith"),
    "he": ("Albert", "David", "Emil"),
    "animal": ("dog", "cat", "bird", "rabbit", "fox", "bear"),
    "thing": ("ball", "kite", "boat", "hat", "book", "lamp", "drum"),
}
WATCHED = {  # these are drawn
    "she": ("Hilda", "Ines", "Jana"),
    "he": ("Felix", "Gus", "Hugo"),
    "animal": ("frog", "duck", "mouse", "horse", "goat", "hedgehog"),
    "thing": ("key", "coat", "box", "bell", "cup", "shell", "spoon"),
}


class Moved(NamedTuple):
    """The recorded run.

    Attributes:
        steps: at which it was looked, the first 0.
        directions: two of length 1, [2, C]: from names that go with *he* to those that go with *she*, and from things
            to animals.
        places: for each word that was watched, and each of the steps, how far its vector goes along the two.
    """

    steps: list[int]
    directions: list[list[float]]
    places: dict[str, list[list[float]]]


def read_by_the_model() -> tuple[list[str], Tokenizer]:
    """The stories and the tokenizer of lesson 09."""
    read = stories(4000)
    return read, train_bpe(read[:500], vocab_size=640, special_tokens=["<|endoftext|>"], show_progress=False)


def fresh_model() -> Transformer:
    """The story model of lesson 09 before its first step."""
    torch.manual_seed(0)
    config = ModelConfig(
        vocab_size=640,
        hidden_size=128,
        intermediate_size=352,
        num_hidden_layers=3,
        num_attention_heads=4,
        max_position_embeddings=256,
        tie_word_embeddings=True,
    )
    return Transformer(config)


def vectors(model: Transformer, tokenizer: Tokenizer, words: tuple[str, ...]) -> Tensor:
    """The embeddings [N, C] of words that are one token, behind a space."""
    ids = [tokenizer.encode(f" {word}") for word in words]
    return model.model.embed_tokens.weight.detach()[[token for (token,) in ids]].clone()


def watched() -> dict:
    """Train the story model and look at its table every tenth step; about half a minute on one core."""
    read, tokenizer = read_by_the_model()
    separator = tokenizer.encode("<|endoftext|>", allow_special=True)[0]
    rows = pack([tokenizer.encode(text) for text in read], 112, separator)
    model = fresh_model()
    drawn = tuple(word for group in WATCHED.values() for word in group)
    steps, seen = [0], [vectors(model, tokenizer, drawn)]
    recipe = Recipe(steps=240, batch_size=8, learning_rate=0.01, matrix_learning_rate=0.03)
    for report in Run(model, Rows(rows), recipe):
        if report.step % EVERY == 0:
            steps.append(report.step)
            seen.append(vectors(model, tokenizer, drawn))
    middle = {kind: vectors(model, tokenizer, words).mean(0) for kind, words in FINDING.items()}
    directions = torch.stack([middle["she"] - middle["he"], middle["animal"] - middle["thing"]])
    directions /= directions.norm(dim=1, keepdim=True)  # [2, C]
    places = torch.stack(seen, 1) @ directions.T  # [N, steps, 2]
    return {
        "steps": steps,
        "directions": [[round(x, 5) for x in row] for row in directions.tolist()],
        "places": {
            word: [[round(x, 3) for x in place] for place in path]
            for word, path in zip(drawn, places.tolist(), strict=True)
        },
    }


@cache
def recorded() -> Moved:
    """What is stored."""
    stored = json.loads(STORED.read_text("utf-8"))
    return Moved(*(stored[field] for field in Moved._fields))
