"""The drawings of lesson 18."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK, BLUE, HATCHES, ORANGE, YELLOW
from lessons_lib.config import ModelConfig
from lessons_lib.config.costs import kv_cache_bytes, weight_bytes

SHARES = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1]
"""Parts of the day in which a GPU is busy."""


def service() -> Figure:
    """What stands between a client and a model that others use."""
    drawing = Drawing(width=7, height=3)
    client = drawing.box("clients", at=(0.6, 1.5))
    balancer = drawing.box("balancer:\none queue", at=(2.1, 1.5), kind="step")
    drawing.arrow(client, balancer)
    image = drawing.box("registry: the image\n(program, libraries)", at=(6, 2.4))
    volume = drawing.box("volume: the weights", at=(6, 0.6), kind="learned")
    for number, y in ((1, 2.4), (2, 0.6)):
        replica = drawing.box(f"replica {number}: a container", at=(3.9, y), kind="step", shape="weights, caches")
        drawing.arrow(balancer, replica)
        drawing.arrow(image, replica)
        drawing.arrow(volume, replica)
    return drawing.figure


def cold(ways: Mapping[str, Mapping[str, float]]) -> Figure:
    """A bar of the parts for each way to start."""
    figure, ax = plt.subplots(figsize=(7, 2.2))
    left = dict.fromkeys(ways, 0.0)
    parts = [*next(iter(ways.values()))]
    for part, colour, hatch in zip(parts, (BLUE, YELLOW, ORANGE), HATCHES[:3], strict=True):
        widths = [ways[way][part] for way in ways]
        ax.barh([*ways], widths, left=[*left.values()], color=colour, hatch=hatch, label=part, height=0.55)
        left = {way: left[way] + width for way, width in zip(ways, widths, strict=True)}
    ax.invert_yaxis()
    ax.set_xlabel("seconds of one core")
    ax.legend(loc="lower right", ncols=3)
    return figure


def prices(lines: Mapping[str, Sequence[float]], meet: float) -> Figure:
    """Dollars for a million tokens over `SHARES`, a line for each way to pay, and where two cost the same."""
    figure, ax = plt.subplots(figsize=(7, 3))
    for (name, line), colour, mark in zip(lines.items(), (BLUE, ORANGE), "os", strict=True):
        ax.plot([100 * share for share in SHARES], line, color=colour, marker=mark, label=name)
    ax.axvline(100 * meet, color="#999999", linestyle=":", marker="")
    ax.set_yscale("log", base=2)
    ticks = [0.25, 0.5, 1, 2, 4, 8, 16]
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.set(xlabel="% of the time busy", ylabel="dollars for a million tokens")
    ax.legend(loc="upper right")
    return figure


def waiting(waits: Mapping[str, Sequence[float]]) -> Figure:
    """For each way the share of people who wait longer than so many steps."""
    figure, ax = plt.subplots(figsize=(7, 2.8))
    steps = range(61)
    for (name, each), colour, line in zip(waits.items(), (BLUE, ORANGE), ("-", "--"), strict=True):
        longer = [100 * sum(wait > step for wait in each) / len(each) for step in steps]
        ax.plot(steps, longer, color=colour, linestyle=line, marker="", label=name)
    ax.set(xlabel="steps", ylabel="% who wait longer", ylim=(0, None))
    ax.legend(loc="upper right")
    return figure


def calculator(gpus: Mapping[str, tuple], fits: Callable, rate: Callable) -> Callable:
    """What the panel draws: what lies in a GPU's memory, and what a million tokens costs.

    Args:
        gpus: name to memory in GB, GB a second and dollars an hour.
        fits, rate: as the lesson has them, for weights and a chat's cache in bytes.
    """

    def draw(model: str, gpu: str, bits: int, tokens: int, busy: int) -> tuple[Figure, str]:
        config = ModelConfig.preset(model)
        weights, cache = weight_bytes(config, bits), kv_cache_bytes(config, tokens, bits=16)
        memory, _, dollars = gpus[gpu]
        chats = fits(gpu, weights, cache)
        figure, ax = plt.subplots(figsize=(7, 2), layout="constrained")
        left = 0.0
        for name, size, colour in (("weights", weights / 1e9, BLUE), ("caches", chats * cache / 1e9, ORANGE)):
            ax.barh([gpu], [size], left=left, color=colour, label=name, height=0.5)
            left += size
        ax.axvline(memory, color=BLACK, marker="", label="memory")
        ax.axvline(0.9 * memory, color=BLACK, linestyle=":", marker="", label="90% of it")
        ax.set(xlabel="GB", xlim=(0, 1.05 * max(memory, left)))
        figure.legend(loc="outside upper center", ncols=4)
        if not chats:
            return figure, f"{model} in {bits} bits: {weights / 1e9:.1f} GB, and no chat fits"
        most = rate(gpu, weights, cache, chats)
        price = dollars / 3600 / most * 1e6 / (busy / 100)
        said = f"{chats} chats of {tokens:,} tokens, at most {most:,.0f} tokens a second; "
        return figure, said + f"{price:.2f} dollars for a million, busy {busy}% of the time"

    return draw
