"""What D7 draws: the habits of all heads, what remains without some, and induction in two steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK, COLOURS

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def marks(tables: Mapping[str, Tensor]) -> Figure:
    """For each habit the mark [layers, H] of every head."""
    figure, panels = plt.subplots(len(tables), 1, figsize=(7, 4.4), sharex=True)
    for axes, (name, mark) in zip(panels, tables.items(), strict=True):
        drawn = axes.imshow(mark.T, cmap="Greys", vmin=0, vmax=1, aspect="auto")
        axes.set(title=name, ylabel="head", yticks=range(0, mark.shape[1], 4))
        axes.grid(visible=False)
    panels[-1].set_xlabel("layer")
    figure.colorbar(drawn, ax=panels, label="share of attention")
    return figure


def switched_off(counts: Sequence[int], by_map: Sequence[float], count: int, at_random: Sequence[float]) -> Figure:
    """The chance of the right token over the number of heads that are off.

    Args:
        counts: how many are off.
        by_map: one number for each count, off in the order of the map.
        count: how many are off at random.
        at_random: one number for each draw.
    """
    figure, axes = plt.subplots(figsize=(7, 2.7))
    axes.plot(counts, by_map, label="those that look most at im")
    axes.axhline(by_map[0], color=BLACK, linestyle=":", marker="", label="all on")
    drawn = {"linestyle": "", "marker": "x", "color": COLOURS[1]}
    axes.plot([count] * len(at_random), at_random, label=f"{count} others of these layers", **drawn)
    axes.set(xlabel="heads switched off", ylabel="chance of im", ylim=(0, 1.05), xticks=counts)
    axes.legend(loc="lower left")
    return figure


def two_steps() -> Figure:
    """Induction: one head writes at im, another reads there."""
    d = Drawing(width=7, height=3.1)
    before, im, _gap, last = (
        d.box(name, at=(x, 0.4)) for name, x in (("Qu", 0.7), ("im", 2.8), ("…", 4.3), ("Qu", 6.0))
    )
    vector = d.box("vector of im, with\n“Qu stood before me”", at=(2.8, 1.3))
    writes = d.box("1: layer 16,\nhead 0", at=(0.7, 1.3), kind="step")
    reads = d.box("2: layer 18, head 6:\n“who stood behind Qu?”", at=(6.0, 1.3), kind="step")
    answer = d.box("head 6 delivers\nwhat im says", at=(6.0, 2.7))
    d.arrow(before, writes)
    d.arrow(writes, vector)
    d.arrow(im, vector)
    d.arrow(last, reads)
    d.arrow(vector, reads, label="key")
    d.arrow(reads, answer, label="weight")
    d.arrow(vector, answer, label="value")
    return d.figure
