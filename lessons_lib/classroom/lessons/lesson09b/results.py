"""The races as they were run: what `python -m benchmarks.races` has stored."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

STORED = Path(__file__).with_name("races.json")


class Raced(NamedTuple):
    """What a variant's runs ended with, a number for each of eight seeds.

    Attributes:
        parameters: of its model.
        rate: what the learning rates were multiplied by.
        trials: for each rate that was tried, the losses of the two trial seeds.
        loss: on unread stories, in nats a word.
        thing: the same, only where the story's thing is named again.
        curve: for each seed ten means of ten steps' losses.
    """

    parameters: int
    rate: float
    trials: dict[float, list[float]]
    loss: list[float]
    thing: list[float]
    curve: list[list[float]]


@cache
def races() -> dict[str, Raced]:
    """What is stored, by the name of the variant."""
    variants = json.loads(STORED.read_text("utf-8"))["variants"]
    return {name: _raced(stored) for name, stored in variants.items()}


def _raced(stored: dict) -> Raced:
    trials = {float(rate): losses for rate, losses in stored["trials"].items()}
    return Raced(**{field: stored[field] for field in Raced._fields if field != "trials"}, trials=trials)
