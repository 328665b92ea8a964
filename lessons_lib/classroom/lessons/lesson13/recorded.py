"""What lesson 13 shows of runs that `benchmarks.preference` made beforehand: ways that work and ways that fail."""

from __future__ import annotations

import hashlib
import json
import math
from functools import cache
from pathlib import Path
from typing import NamedTuple

import lessons_lib
from lessons_lib.classroom.lessons.lesson12 import tuning
from lessons_lib.classroom.lessons.lesson13 import liking
from lessons_lib.classroom.lessons.lesson13.liking import Answer, Way
from lessons_lib.classroom.lessons.lesson13.pairs import HELD_OUT, is_liked, pairs
from lessons_lib.layers import remove_lora
from lessons_lib.training import Pairs, held_out_loss

STORED = Path(__file__).with_name("runs.json")
SEEDS = range(8)
USUAL = Way()
COPIED, ALONE = USUAL._replace(compared=False), USUAL._replace(sft_weight=0.0)
LONG, LONG_ALONE = USUAL._replace(steps=32), ALONE._replace(steps=32)
LONG_NO_END = LONG_ALONE._replace(ended=False)
KINDS = (USUAL, COPIED, ALONE, LONG, LONG_ALONE, LONG_NO_END)


class Told(NamedTuple):
    """What was measured of a model.

    Attributes:
        liked: how many of its 20 held-out answers the judge likes.
        words: of an answer, as a mean.
        perplexity: on plain text.
        said: the answers.
    """

    liked: int
    words: float
    perplexity: float
    said: list[Answer]


class Taught(NamedTuple):
    """A run: of each step the loss, the two rewards, and the share of pairs whose liked answer has the larger one; and
    what was measured after it."""

    loss: list[float]
    chosen: list[float]
    rejected: list[float]
    accuracy: list[float]
    told: Told


def measured(model: lessons_lib.Transformer, tokenizer: lessons_lib.Tokenizer) -> dict:
    """Ask a model all that is measured."""
    said = liking.answers(model, tokenizer, HELD_OUT)
    return {
        "liked": sum(is_liked(*answer) for answer in said),
        "words": round(sum(len(answer.text.split()) for answer in said) / len(said), 2),
        "perplexity": round(math.exp(held_out_loss(model, tuning.plain_text(tokenizer, count=2))), 3),
        "said": said,
    }


def taught(
    model: lessons_lib.Transformer, tokenizer: lessons_lib.Tokenizer, data: Pairs, way: Way, seed: int = 0
) -> dict:
    """One run, as it is kept; the model is left as it was."""
    reports = list(liking.run(liking.prepared(model, seed), data, way))
    told = measured(model, tokenizer)
    remove_lora(model)
    curves = {name: [round(report.measures[name], 3) for report in reports] for name in Taught._fields[1:-1]}
    return {"loss": [round(report.loss, 3) for report in reports], **curves, "told": told}


def fingerprint(way: Way) -> str:
    """Text that differs if anything that is set for a run does; a changed layer it can't see."""
    settings = (liking.MODEL, liking.UPPER, liking.RANK, liking.BATCH, liking.SAID, liking.recipe(way.rate, way.steps))
    return hashlib.sha256(repr((way, settings, pairs(), HELD_OUT)).encode()).hexdigest()[:16]


@cache
def before() -> Told:
    """The model before tuning."""
    return _told(_stored()["before"])


@cache
def runs() -> dict[Way, list[Taught]]:
    """The recorded runs of each way, one for each seed."""
    return {
        Way(**kind["way"]): [Taught(**each | {"told": _told(each["told"])}) for each in kind["runs"]]
        for kind in _stored()["kinds"]
    }


def _told(stored: dict) -> Told:
    return Told(**stored | {"said": [Answer(*each) for each in stored["said"]]})


@cache
def _stored() -> dict:
    return json.loads(STORED.read_text("utf-8"))
