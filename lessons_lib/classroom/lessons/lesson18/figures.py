"""The drawings of lesson 18."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK, BLUE, HATCHES, ORANGE, YELLOW
from lessons_lib.config import ModelConfig
from lessons_lib.config.costs import kv_cache_bytes, weight_bytes

SHARES = [0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1]  # parts of the day in which a GPU is busy


def service() -> Figure:
    """What stands between a client and a model that others use."""
    drawing = Drawing(width=7, height=3.4)
    client = drawing.box("clients", at=(0.6, 1.7))
    balancer = drawing.box("balancer", at=(1.9, 1.7), kind="step")
    drawing.arrow(client, balancer)
    image = drawing.box("registry: the image\n(program, libraries)", at=(6, 1.7))
    volume = drawing.box("volume: the weights", at=(3.7, 1.7), kind="learned")
    for number, y in ((1, 2.9), (2, 0.5)):
        replica = drawing.box(f"replica {number}: a container", at=(3.7, y), kind="step", shape="weights, caches")
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
    ax.annotate(f"{meet:.0%}", (100 * meet, 4), xytext=(4, 0), textcoords="offset points")
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
    for (name, each), colour, line in zip(waits.items(), (BLUE, ORANGE, BLACK), ("-", "--", ":"), strict=True):
        longer = [100 * sum(wait > step for wait in each) / len(each) for step in steps]
        ax.plot(steps, longer, color=colour, linestyle=line, marker="", label=name)
    ax.set(xlabel="steps", ylabel="% who wait longer", ylim=(0, None))
    ax.legend(loc="upper right")
    return figure


def calculator(gpus: Mapping[str, tuple[float, float, float]]) -> Callable:
    """What the panel draws: the price of a token over the number of chats, for one GPU of each kind.

    Args:
        gpus: name to memory in GB, GB a second and dollars an hour.
    """

    def draw(model: str, bits: int, tokens: int, speed: int, chats: int) -> tuple[Figure, str]:
        config = ModelConfig.preset(model)
        weights, cache = weight_bytes(config, bits), kv_cache_bytes(config, tokens, bits=16)
        figure, ax = plt.subplots(figsize=(7, 3), layout="constrained")
        able = {}
        for (name, (memory, bandwidth, dollars)), colour, mark in zip(
            gpus.items(), (BLUE, YELLOW, ORANGE, BLACK), "osD^", strict=True
        ):
            most = int(min(0.9 * memory * 1e9 - weights, bandwidth * 1e9 / speed - weights) // cache)
            if most < 1:
                ax.plot([], [], color=colour, marker=mark, label=f"{name}: not one chat")
                continue
            price = dollars / (3600 * speed) * 1e6  # with one chat; several share it
            ax.plot([1, most], [price, price / most], color=colour, marker=mark, label=f"{name}: at most {most:,}")
            if chats <= most:
                able[name] = price / chats
        ax.axvline(chats, color="#999999", linestyle=":", marker="")
        ax.set(xscale="log", yscale="log", xlabel="chats", ylabel="dollars for a million tokens")
        ax.xaxis.set_major_formatter("{x:,.0f}")
        ax.yaxis.set_major_formatter("{x:g}")
        figure.legend(loc="outside right upper")
        if not able:
            return figure, f"no GPU bears {chats} such chats alone"
        best = min(able, key=able.get)
        said = f"{chats} chats at {speed} tokens a second each: the {best} is cheapest, "
        return figure, said + f"{able[best]:.2f} dollars for a million tokens"

    return draw
