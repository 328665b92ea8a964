"""Four widths of one model, trained for two lengths: what D6 says of size, as `benchmarks.recordings` stored it.

The track, with its stories, is that of lesson 09b's races.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import NamedTuple

from lessons_lib.classroom.lessons.lesson09b import track

STORED = Path(__file__).with_name("sizes.json")
WIDTHS = (16, 32, 64, 128)
STEPS = (30, 120)  # four times as many, as are about the numbers of the widths
RATES = (0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)  # times those of `track.RECIPE`: the best for each width and length


class Sized(NamedTuple):
    """The runs of one width.

    Attributes:
        parameters: of its model, embeddings included.
        rate: for each number of steps what the learning rates were multiplied by.
        loss: likewise the loss on unread stories of eight seeds, in nats a word.
    """

    parameters: int
    rate: dict[int, float]
    loss: dict[int, list[float]]


def variant(width: int, steps: int) -> track.Variant:
    """A width and a length of training, on the track of lesson 09b."""
    shape = {"hidden_size": width, "intermediate_size": width * 11 // 4, "num_attention_heads": width // 16}
    return track.Variant(shape, {"steps": steps})


@cache
def recorded() -> dict[int, Sized]:
    """What is stored, by width."""
    stored = json.loads(STORED.read_text("utf-8"))["widths"]
    rows = {}
    for row in stored:
        rate, loss = ({int(steps): found for steps, found in row[what].items()} for what in ("rate", "loss"))
        rows[row["width"]] = Sized(row["parameters"], rate, loss)
    return rows
