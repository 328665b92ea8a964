"""The drawings of lesson 09b."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK, BLUE, ORANGE


def a_pair() -> Figure:
    """How one seed makes one difference."""
    drawing = Drawing(width=7, height=2.3)
    seed = drawing.box("seed", at=(0.5, 1.15))
    first = drawing.box("first weights,\nin part", at=(1.75, 1.75), kind="step")
    order = drawing.box("stories and\ntheir order", at=(1.75, 0.55), kind="step")
    sides = [drawing.box(name, at=(3.65, y), kind="learned") for name, y in (("one", 1.75), ("other", 0.55))]
    losses = [drawing.box("loss", at=(5.0, y), shape="unread stories") for y in (1.75, 0.55)]
    difference = drawing.box("difference", at=(6.35, 1.15))
    for start in (first, order):
        drawing.arrow(seed, start)
        for side in sides:
            drawing.arrow(start, side)
    for side, loss in zip(sides, losses, strict=True):
        drawing.arrow(side, loss)
        drawing.arrow(loss, difference)
    return drawing.figure


def dots(
    differences: Mapping[str, Sequence[float]],
    *,
    limits: tuple[float, float] | None = None,
    baseline: str = "the baseline",
) -> Figure:
    """For each name a dot a seed, and the mean with two standard errors on both sides."""
    figure, axes = plt.subplots(figsize=(7, 0.62 + (0.34 if len(differences) < 20 else 0.27) * len(differences)))
    _rows(axes, differences, limits)
    axes.set(xlabel=f"loss above {baseline}'s, nats a word")
    return figure


def side_by_side(two: Mapping[str, Mapping[str, Sequence[float]]]) -> Figure:
    """The same variants in two races, each under its title."""
    rows = max(map(len, two.values()))
    figure, axes = plt.subplots(1, 2, figsize=(7, 0.9 + 0.34 * rows), sharex=True, sharey=True)
    for ax, (title, differences) in zip(axes, two.items(), strict=True):
        _rows(ax, differences, None)
        ax.set(xlabel="nats a word above the baseline", title=title)
    return figure


def loss_and_thing(runs: Mapping[str, Sequence[tuple[float, float]]], level: float) -> Figure:
    """A dot a run: the loss on all words, and that on the thing when it is named again."""
    figure, axes = plt.subplots(figsize=(7, 3.1))
    for (name, pairs), marker, color in zip(runs.items(), ("o", "s", "^"), (BLUE, ORANGE, BLACK), strict=False):
        loss, thing = zip(*pairs, strict=True)
        axes.plot(loss, thing, marker=marker, color=color, linestyle="", label=name, alpha=0.8)
    axes.axhline(level, color="#555555", linestyle=":", marker="", linewidth=1.2)
    axes.annotate("a guess among 14 things", (axes.get_xlim()[0], level), ha="left", va="bottom", fontsize=9)
    axes.set(xlabel="loss on all words", ylabel="loss where the thing\nis named again", ylim=(-0.1, None))
    axes.legend(loc="center right")
    return figure


def spread_of_bars(means: Sequence[float], bars: Sequence[float]) -> Figure:
    """Bars of races between equals: those that miss zero are marked."""
    figure, axes = plt.subplots(figsize=(7, 2.3))
    for place, (middle, bar) in enumerate(zip(means, bars, strict=True), start=1):
        missed = abs(middle) > bar
        axes.errorbar(
            place,
            middle,
            yerr=bar,
            color=ORANGE if missed else BLUE,
            marker="s" if missed else "o",
            linestyle="",
            capsize=4 if missed else 0,
        )
    axes.axhline(0, color=BLACK, linestyle="-", marker="", linewidth=1)
    axes.grid(axis="x", visible=False)
    axes.set(
        xlabel="race",
        ylabel="difference, in\nstandard deviations",
        xlim=(0.3, len(means) + 0.7),
        xticks=range(1, len(means) + 1, 2),
    )
    return figure


def _rows(axes: Axes, differences: Mapping[str, Sequence[float]], limits: tuple[float, float] | None) -> None:
    for row, values in enumerate(differences.values()):
        values = np.asarray(values)
        middle, bar = values.mean(), 2 * values.std(ddof=1) / len(values) ** 0.5
        if limits is not None and not limits[0] <= middle <= limits[1]:
            axes.annotate(f"{middle:+.2f} ± {bar:.2f} →", (limits[1], row), ha="right", va="center", fontsize=9)
            continue
        axes.plot(values, [row] * len(values), "o", color=ORANGE, markersize=4, linestyle="", alpha=0.9)
        settled = abs(middle) > bar
        axes.errorbar(
            middle,
            row,
            xerr=bar,
            color=BLUE,
            marker="D",
            markersize=6,
            markerfacecolor=BLUE if settled else "white",
            linewidth=1.6,
            capsize=4,
            linestyle="",
            zorder=5,
        )
    axes.axvline(0, color=BLACK, linestyle="-", marker="", linewidth=1)
    axes.set_yticks(range(len(differences)), differences)
    axes.set_ylim(len(differences) - 0.5, -0.5)
    axes.grid(axis="y", visible=False)
    if limits is not None:
        axes.set_xlim(*limits)
