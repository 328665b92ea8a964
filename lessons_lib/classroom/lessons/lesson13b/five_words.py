"""What lesson 13b shows of SmolLM2, taught by reward to answer in five words: `benchmarks.five_words` made it."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

STORED = Path(__file__).with_suffix(".json")
ASKED = ("Describe {} in exactly five words.", "Describe {} in exactly eight words.", "Describe {}.")
TAUGHT = (
    "the sea",
    "a cat",
    "winter",
    "coffee",
    "a train",
    "the moon",
    "music",
    "a garden",
    "bread",
    "rain",
    "a friend",
    "a library",
    "the desert",
    "a horse",
    "summer",
    "a bridge",
    "chocolate",
    "a storm",
    "the forest",
    "a teacher",
    "sleep",
    "a river",
    "fire",
    "a mountain",
    "the city",
    "a dog",
    "snow",
    "an apple",
    "a boat",
    "the sun",
    "a child",
    "a clock",
    "the wind",
    "a book",
    "a flower",
    "a bird",
    "the night",
    "a market",
    "tea",
    "a dream",
    "the beach",
    "a violin",
    "autumn",
    "a bicycle",
    "honey",
    "a lighthouse",
    "the sky",
    "a doctor",
    "silence",
    "a waterfall",
    "ice",
    "a valley",
    "a village",
    "a wolf",
    "fog",
    "a pear",
    "a kite",
    "a star",
    "a farmer",
    "a key",
    "a painting",
    "a whale",
    "spring",
    "a candle",
)
NEW = (
    "a kettle",
    "thunder",
    "a rose",
    "a map",
    "the attic",
    "a spider",
    "a lemon",
    "the harbour",
    "a drum",
    "sand",
    "a castle",
    "a letter",
    "the kitchen",
    "a frog",
    "a mirror",
    "smoke",
    "a ladder",
    "a cloud",
    "the station",
    "a goat",
    "a pillow",
    "salt",
    "a statue",
    "the cellar",
    "a coat",
    "a comet",
    "butter",
    "a tunnel",
    "the island",
    "a flute",
    "a nest",
    "gold",
)


class Told(NamedTuple):
    """What the model says of things that it was not taught.

    Attributes:
        greedy: for each of `ASKED`, how many of the answers that always take the likeliest token have five words, and
            how many have eight.
        drawn: share of the answers drawn at temperature 1 that have five words, where five are asked for.
        said: greedy answers to the first things, where five are asked for.
    """

    greedy: list[list[int]]
    drawn: float
    said: list[str]


def score(row, text, ended):
    """1 for an answer of five words that came to its end, less for each word too many or too few, at least -1."""
    return max(-1.0, 1 - abs(len(text.split()) - 5) / 4) if ended else -1.0


@cache
def told() -> dict[str, Told]:
    """What was found, `before` and `after`."""
    return {name: Told(**found) for name, found in json.loads(STORED.read_text("utf-8")).items()}
