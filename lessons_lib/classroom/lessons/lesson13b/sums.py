"""The sums of lesson 13b: what demonstrators write, what the judge pays for, and the small model that imitates them.

A demonstrator works a sum out and is right, or guesses in a hurry. The judge reads only the last number. Every draw is
a pure function of its seed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from lessons_lib.classroom.lessons.lesson09.shared import drawn
from lessons_lib.config import ModelConfig
from lessons_lib.formats import load_safetensors
from lessons_lib.model import Transformer
from lessons_lib.training import Conversations, Recipe, Run, sample_groups

CHARACTERS = "$0123456789+=,()"  # $ begins and ends a text
IDS = {character: n for n, character in enumerate(CHARACTERS)}
END = [IDS["$"]]
WEIGHTS = Path(__file__).with_name("imitated.safetensors")
LONGEST = 24  # characters of an answer
SHARE, OFF = 0.25, 3  # of demonstrations that are worked out; how far a guess may be off
WRITTEN, IMITATION = 40_000, Recipe(steps=1200, batch_size=64, weight_decay=0.0)
_ANSWER = re.compile(r"(?:\([0-9,]*\))?([0-9]+)")

Problem = tuple[int, ...]


class Said(NamedTuple):
    """What a model answers to some problems.

    Attributes:
        right: share of the answers that the judge pays for.
        worked: share that is worked out, see `is_worked_out`.
        right_if_worked: share of those that is right; None if there are none.
        length: characters of an answer, its end counted, as a mean.
        texts: the answers.
    """

    right: float
    worked: float
    right_if_worked: float | None
    length: float
    texts: list[str]


def encode(text: str) -> list[int]:
    """Characters to ids."""
    return [IDS[character] for character in text]


def decode(ids: Iterable[int]) -> str:
    """Ids to characters."""
    return "".join(CHARACTERS[n] for n in ids)


def asked(problem: Problem) -> str:
    """The text that the model goes on with, such as $5+3+9=."""
    return f"${'+'.join(map(str, problem))}="


def prompt(problem: Problem) -> list[int]:
    """The ids of `asked`."""
    return encode(asked(problem))


def worked_out(problem: Problem) -> str:
    """The running totals in brackets and the sum behind them: (8,17)17."""
    totals = [sum(problem[:n]) for n in range(2, len(problem) + 1)]
    return f"({','.join(map(str, totals))}){totals[-1]}"


def is_right(problem: Problem, text: str, ended: bool) -> float:
    """The judge: 1 if the answer came to its end and its last number is the sum, else 0."""
    found = _ANSWER.fullmatch(text)
    return float(ended and found is not None and found[1] == str(sum(problem)))


def is_worked_out(text: str) -> bool:
    """Whether an answer begins to work the sum out: with a bracket, whatever stands in it."""
    return text.startswith("(")


def problems(count: int, seed: int, but: Iterable[Problem] = ()) -> list[Problem]:
    """Sums of three to six digits, drawn at random; none of those in `but`."""
    generator, but, found = random.Random(seed), set(but), []
    while len(found) < count:
        problem = tuple(generator.randint(1, 9) for _ in range(generator.randint(3, 6)))
        if problem not in but:
            found.append(problem)
    return found


HELD_OUT = list(dict.fromkeys(problems(600, seed=1)))[:512]  # all different; nobody learns from them


def demonstrations(count: int = WRITTEN, seed: int = 0) -> list[str]:
    """Whole texts, of which one in four is worked out and the others are guessed."""
    generator, texts = random.Random(seed), []
    for problem in problems(count, seed, HELD_OUT):
        guess = str(sum(problem) + generator.randint(-OFF, OFF))
        texts.append(f"{asked(problem)}{worked_out(problem) if generator.random() < SHARE else guess}$")
    return texts


def fresh(seed: int = 0) -> Transformer:
    """A new model of 0.33 million numbers, the same on every machine."""
    config = ModelConfig(
        vocab_size=len(CHARACTERS),
        hidden_size=96,
        intermediate_size=256,
        num_hidden_layers=3,
        num_attention_heads=3,
        max_position_embeddings=64,
        tie_word_embeddings=True,
        eos_token_id=END,
    )
    return drawn(config, seed)


def imitate(model: Transformer, seed: int = 0, recipe: Recipe = IMITATION) -> Run:
    """The run that teaches a fresh model to write what demonstrators write."""
    rows = [(encode(text), [n > text.index("=") for n in range(len(text))]) for text in demonstrations(seed=seed)]
    return Run(model, Conversations(rows, seed=seed), recipe)


def imitated() -> Transformer:
    """The model after imitation, as `benchmarks.reward` made it; its weights were stored in 16 bits."""
    model = fresh()
    model.load_state_dict({name: tensor.float() for name, tensor in load_safetensors(WEIGHTS).items()})
    return model.eval()


def answers(
    model: Transformer, to: Sequence[Problem], temperature: float = 1.0, count: int = 1, seed: int = 0, begun: str = ""
) -> list[str]:
    """What a model answers, `count` times to each problem; "…" behind an answer that was cut.

    Args:
        model: of `fresh`.
        to: the problems.
        temperature: 0 for always the likeliest character.
        count: answers to a problem.
        seed: of the draw.
        begun: what every answer begins with; it is part of the text.
    """
    prompts = [prompt(problem) + encode(begun) for problem in to]
    said = sample_groups(
        model, prompts, count, max_completion_length=LONGEST, temperature=temperature, end=END, seed=seed
    )
    return [
        begun + (decode(ids[:-1]) if ended else decode(ids) + "…")
        for ids, ended in zip(said.tokens, said.ended, strict=True)
    ]


def measured(model: Transformer, to: Sequence[Problem] = HELD_OUT, **how: float) -> Said:
    """Ask a model all problems and judge its answers; `how` is that of `answers`."""
    texts = answers(model, to, **how)
    groups = len(texts) // len(to)
    right = [is_right(to[n // groups], text, not text.endswith("…")) for n, text in enumerate(texts)]
    worked = [is_worked_out(text) for text in texts]
    both = [r for r, w in zip(right, worked, strict=True) if w]
    return Said(
        sum(right) / len(right),
        sum(worked) / len(worked),
        sum(both) / len(both) if both else None,
        sum(len(text) + 1 for text in texts) / len(texts),
        texts,
    )
