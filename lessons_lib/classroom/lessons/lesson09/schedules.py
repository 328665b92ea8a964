"""What lesson 09's panel shows: a small model's runs under schedules and rates, as `benchmarks.recordings` stored them.

The model and the stories are those of lesson 09b's races, at half the width.
"""

from __future__ import annotations

import json
from functools import cache
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lessons_lib.classroom.lessons.lesson09b import track

if TYPE_CHECKING:
    from ipywidgets import SelectionSlider

STORED = Path(__file__).with_name("schedules.json")
WARM_UPS = (0.0, 0.1)
DECAYS = (0.0, 0.5)
RATES = (0.5, 2.0, 8.0)  # times the rates of `track.RECIPE`
USUAL = (0.1, 0.5, 2.0)
SETTINGS = tuple(product(WARM_UPS, DECAYS, RATES))
WIDTH = {"hidden_size": 32, "intermediate_size": 88, "num_attention_heads": 2}


class Scheduled(NamedTuple):
    """The runs of one setting, one for each of eight seeds.

    Attributes:
        loss: on unread stories at the end, in nats a word.
        curve: for each seed ten means of ten steps' losses.
    """

    loss: list[float]
    curve: list[list[float]]


def variant(warm_up: float, decay: float) -> track.Variant:
    """What a setting's runs change on the track of lesson 09b."""
    return track.Variant(WIDTH, {"warm_up": warm_up, "decay": decay})


def learning_rate(rate: float) -> float:
    """AdamW's learning rate at its highest; Muon's is three times that."""
    return track.RECIPE.learning_rate * rate


def sliders() -> dict[str, SelectionSlider]:
    """A slider for each part of a setting; they begin at the usual one."""
    import ipywidgets

    def slider(options: list[tuple[str, float]], value: float) -> SelectionSlider:
        return ipywidgets.SelectionSlider(options=options, value=value, continuous_update=False)

    return {
        "warm_up": slider([(f"{share:.0%} of the steps", share) for share in WARM_UPS], USUAL[0]),
        "way_down": slider([(f"{share:.0%} of the steps", share) for share in DECAYS], USUAL[1]),
        "rate": slider([(f"{learning_rate(rate):g}", rate) for rate in RATES], USUAL[2]),
    }


Setting = tuple[float, float, float]  # warm-up, decay, rate


def higher(one: Setting, other: Setting) -> int:
    """In how many of the eight pairs with one seed the first setting has the higher loss."""
    runs = recorded()
    return sum(a > b for a, b in zip(runs[one].loss, runs[other].loss, strict=True))


@cache
def recorded() -> dict[Setting, Scheduled]:
    """What is stored, by (warm-up, decay, rate)."""
    stored = json.loads(STORED.read_text("utf-8"))["settings"]
    return {(row["warm_up"], row["decay"], row["rate"]): Scheduled(row["loss"], row["curve"]) for row in stored}
