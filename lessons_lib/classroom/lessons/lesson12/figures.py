"""The drawings of lesson 12."""

from collections.abc import Sequence
from itertools import pairwise
from statistics import mean

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson12.recorded import Told
from lessons_lib.classroom.panels.figures import BLACK


def falling(losses: Sequence[float], others: Sequence[Sequence[float]]) -> Figure:
    """The loss of each step, before the lines of other runs."""
    fig, ax = plt.subplots(figsize=(7, 2.8))
    for number, other in enumerate(others):
        label = "other seeds, recorded" if not number else None
        ax.plot(range(1, len(other) + 1), other, marker="", linestyle="-", color="#b8b8b8", linewidth=1, label=label)
    ax.plot(range(1, len(losses) + 1), losses, marker="", linestyle="-", color=BLACK, label="this run")
    ax.set(xlabel="step", ylabel="loss, nats a named token", ylim=(0, None))
    ax.legend()
    return fig


def named(tokens: Sequence[str], mask: Sequence[bool], wide: int = 9) -> Figure:
    """A conversation, token by token: grey ones are only read, black frames are to be named."""
    rows = [range(start, min(start + wide, len(tokens))) for start in range(0, len(tokens), wide)]
    fig, ax = plt.subplots(figsize=(7, 0.2 + 0.42 * len(rows)))
    for line, places in enumerate(rows):
        for column, place in enumerate(places):
            learned = mask[place]
            look = {"edgecolor": BLACK, "linewidth": 1.8 if learned else 0.4}
            ax.bar(column, 0.8, bottom=-line - 0.4, width=0.94, color="white" if learned else "#d4d4d4", **look)
            ax.text(column, -line, tokens[place], ha="center", va="center", fontsize=7.5, parse_math=False)
    ax.set(xlim=(-0.55, wide - 0.45), ylim=(-len(rows) + 0.45, 0.55))
    ax.axis("off")
    return fig


def beside() -> Figure:
    """A frozen matrix and its adapter, with shapes: A is as wide as W and low, B as tall as W and narrow."""
    drawing = Drawing(width=7, height=2.8)
    x = drawing.box("x", at=(0.5, 0.45), shape="[T, in]")
    frozen = drawing.box("W, frozen", at=(2.3, 1.9), shape="[out, in]", width=1.6, height=1.5)
    a = drawing.box("A  [r, in]", at=(2.3, 0.45), kind="learned", width=1.6, height=0.4)
    thin = drawing.box("x Aᵀ", at=(3.65, 0.45), shape="[T, r]")
    b = drawing.box("B", at=(4.6, 0.8), shape="[out, r]", kind="learned", width=0.7, height=1.5)
    drawing.note("zero at first", at=(4.6, 1.68))
    scaled = drawing.box("times α / r", at=(5.8, 0.8), kind="step")
    plus = drawing.box("add", at=(5.8, 1.9), kind="step")
    y = drawing.box("y", at=(6.6, 1.9), shape="[T, out]")
    drawing.arrow(x, frozen, corner="along")
    for start, end in pairwise((x, a, thin, b, scaled, plus, y)):
        drawing.arrow(start, end)
    drawing.arrow(frozen, plus)
    return drawing.figure


def before_and_after(runs: Sequence[Told], old: Told) -> Figure:
    """What recorded runs brought and what they took, the mean and how far they go: cards and facts of 20, and the
    perplexity on plain text."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.8), width_ratios=(2, 1))
    look = {"edgecolor": BLACK, "width": 0.36, "error_kw": {"linewidth": 1.2}, "capsize": 4}
    for ax, names in ((left, ("cards", "facts")), (right, ("perplexity",))):
        for place, name in enumerate(names):
            was, found = getattr(old, name), [getattr(run, name) for run in runs]
            middle = mean(found)
            reach = [[middle - min(found)], [max(found) - middle]] if len(found) > 1 else None
            bars = [
                ax.bar(place - 0.2, was, color="white", label="before" if not place else None, **look),
                ax.bar(place + 0.2, middle, yerr=reach, color="#909090", label="after" if not place else None, **look),
            ]
            for bar, value in zip(bars, (was, middle), strict=True):
                if value == 0:
                    ax.bar_label(bar, ["0"], padding=2)
    left.set_xticks((0, 1), ("held-out cards", "facts"))
    left.set(ylim=(0, 20), ylabel="of 20", yticks=(0, 5, 10, 15, 20))
    left.legend()
    right.set_xticks((-0.2, 0.2), ("before", "after"))
    right.set(ylabel="perplexity, plain text", ylim=(0, None))
    return fig
