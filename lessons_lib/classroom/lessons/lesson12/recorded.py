"""What lesson 12 shows of runs that `benchmarks.cards` made beforehand: ways to teach the habit, and ways to fail."""

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Sequence
from functools import cache, partial
from pathlib import Path
from typing import NamedTuple

import lessons_lib
from lessons_lib.classroom.lessons.lesson12 import tuning
from lessons_lib.classroom.lessons.lesson12.cards import HELD_OUT, RULE, examples, is_card, prompt
from lessons_lib.classroom.lessons.lesson12.tuning import FACTS, FULL_RATE, RATE, USUAL, Way
from lessons_lib.layers import merge_lora
from lessons_lib.training import held_out_loss

STORED = Path(__file__).with_name("runs.json")
SEEDS = range(8)
RANKS, UPPERS = (1, 8), (2, 10)
FULL = Way(rank=None, upper=30, rate=FULL_RATE)
PROMPTS = {  # what stands before the question
    "the question alone": {},
    "the rule in words": {"rule": True},
    "two examples": {"shown": 2},
    "rule and two examples": {"rule": True, "shown": 2},
}


def spread(numbers: Sequence[float], digits: int = 1) -> str:
    """What some seeds gave, in words: the mean, and from where to where they go; of equal numbers that number.

    Args:
        numbers: one for each seed.
        digits: behind the point, at most.

    Example:
        >>> spread([18, 20, 19, 19]), spread([20, 20])
        ('19.0 (18 to 20)', '20')
    """
    found = min(numbers), sum(numbers) / len(numbers), max(numbers)
    least, mean, most = (round(each, digits) + 0.0 for each in found)  # so that -0.0 becomes 0.0
    return f"{least:g}" if least == most else f"{mean:.{digits}f} ({least:g} to {most:g})"


def grid(rank: int, upper: int) -> Way:
    """The way that the panel shows for a rank and a number of upper layers."""
    return USUAL._replace(rank=rank, upper=upper)


def faulty(fault: str) -> Way:
    """The usual way with one of the faults."""
    return USUAL._replace(fault=fault, rate=15 * RATE if fault == "rate" else RATE)


KINDS: tuple[tuple[Way, range], ...] = (  # ways, and the seeds they are run with
    (USUAL, SEEDS),
    *((faulty(fault), range(1)) for fault in tuning.FAULTS),
    (FULL, range(1)),
    *((grid(rank, upper), range(1)) for rank in RANKS for upper in UPPERS if grid(rank, upper) != USUAL),
)


class Told(NamedTuple):
    """What was measured of a model.

    Attributes:
        cards: how many of the 20 held-out prompts it answers with a card.
        ended: how many of these answers end by themselves.
        facts: how many of 20 answers hold the word that is asked for.
        perplexity: on plain text.
        said: its answers to the held-out prompts.
        facts_said: its answers to the questions for facts.
    """

    cards: int
    ended: int
    facts: int
    perplexity: float
    said: list[str]
    facts_said: list[str]


class Tuned(NamedTuple):
    """A run: the loss of each step, processor seconds of a step, and what was measured after it."""

    losses: list[float]
    seconds: float
    told: Told


def measured(
    model: lessons_lib.Transformer, tokenizer: lessons_lib.Tokenizer, rule: bool = False, shown: int = 0
) -> Told:
    """Ask a model all that is measured; each question alone, or behind the rule and some examples."""
    put = partial(prompt, rule=rule, shown=examples()[:shown])
    said = tuning.answers(model, tokenizer, [put(question) for question in HELD_OUT])
    facts = tuning.answers(model, tokenizer, [put(question) for question, _ in FACTS], longest=24)
    return Told(
        cards=sum(is_card(answer.text) for answer in said),
        ended=sum(answer.ended for answer in said),
        facts=tuning.facts_right(facts),
        perplexity=round(math.exp(held_out_loss(model, tuning.plain_text(tokenizer))), 3),
        said=[answer.text for answer in said],
        facts_said=[answer.text for answer in facts],
    )


def tune(way: Way, seed: int) -> dict:
    """One run on a fresh model, as it is kept."""
    model, tokenizer = lessons_lib.load(tuning.MODEL)
    run = tuning.run(model, tokenizer, way, seed)
    began = time.process_time()
    losses = [round(report.loss, 3) for report in run]
    seconds = round((time.process_time() - began) / len(losses), 2)
    if way.rank is not None:
        merge_lora(model)
    return {"losses": losses, "seconds": seconds, "told": measured(model, tokenizer)._asdict()}


def untuned() -> dict:
    """What the model does before, by what stands before the question."""
    model, tokenizer = lessons_lib.load(tuning.MODEL)
    return {name: measured(model, tokenizer, **settings)._asdict() for name, settings in PROMPTS.items()}


def fingerprint(way: Way) -> str:
    """Text that differs if anything that is set for a run does; a changed layer it can't see."""
    parts = (way, tuning.MODEL, tuning.recipe(way.rate), examples(), HELD_OUT, RULE, FACTS, tuning.LONGEST)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


@cache
def before() -> dict[str, Told]:
    """The untuned model, by what stands before the question. Plain text it reads alone in any case."""
    return {name: Told(**told) for name, told in _stored()["untuned"].items()}


@cache
def runs() -> dict[Way, list[Tuned]]:
    """The recorded runs of each way, one for each seed."""
    return {
        Way(**kind["way"]): [Tuned(each["losses"], each["seconds"], Told(**each["told"])) for each in kind["runs"]]
        for kind in _stored()["kinds"]
    }


@cache
def _stored() -> dict:
    return json.loads(STORED.read_text("utf-8"))
