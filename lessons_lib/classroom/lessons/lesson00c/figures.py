"""What lesson 00c draws."""

import math
from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson00b.figures import SHARES, table_of_chances
from lessons_lib.classroom.lessons.lesson00b.names import NAMES
from lessons_lib.classroom.lessons.lesson00c import tiny

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BROKEN = "blown up"
RATES = (0.01, 0.1, 1.0, 3.0, 10.0, 30.0)
EVEN, COUNTED = 3.296, 2.354  # losses: guessing evenly among 27 letters, and counting all pairs of the names


def chain() -> "Figure":
    """The notes of (2a - 5)² at a = 4: values forwards; below, slopes backwards, multiplied by each step's own."""
    d = Drawing(width=7, height=2.3)
    a = d.box("a", at=(0.8, 1.75), shape="4", kind="learned", width=1.1)
    inner = d.box("2a − 5", at=(3.5, 1.75), shape="3", kind="step", width=1.1)
    loss = d.box("loss", at=(6.2, 1.75), shape="9", kind="step", width=1.1)
    d.arrow(a, inner, label="times 2, minus 5")
    d.arrow(inner, loss, label="squared")
    slopes = [d.box(text, at=(x, 0.6), width=1.1) for text, x in (("12", 0.8), ("6", 3.5), ("1", 6.2))]
    d.arrow(slopes[2], slopes[1], label="times 2 · 3, the 3 above")
    d.arrow(slopes[1], slopes[0], label="times 2")
    for text, x in (("slope for a", 0.8), ("slope for 2a − 5", 3.5), ("slope for itself", 6.2)):
        d.note(text, at=(x, 0.25))
    d.note("hatched: a number that is learned", at=(1.2, 2.2))
    return d.figure


def next_letter() -> "Figure":
    """The parts of the model that writes names: in each box the shape that comes out, below it what was learned."""
    d = Drawing(width=7, height=1.4)
    ids = d.box("ids", at=(0.55, 1.05), shape="[N, 3]")
    table = d.box("embedding", at=(2.05, 1.05), shape="[N, 3, 16]", kind="learned")
    flat = d.box("flatten", at=(3.5, 1.05), shape="[N, 48]", kind="step")
    linear = d.box("linear", at=(4.95, 1.05), shape="[N, 27]", kind="learned")
    scores = d.box("scores", at=(6.4, 1.05), shape="[N, 27]")
    for start, end in ((ids, table), (table, flat), (flat, linear), (linear, scores)):
        d.arrow(start, end)
    d.note("such as a d a", at=(0.55, 0.5))
    d.note("table [27, 16]", at=(2.05, 0.5))
    d.note("one long row", at=(3.5, 0.5))
    d.note("W [27, 48], b [27]", at=(4.95, 0.5))
    d.note("of . and a to z", at=(6.4, 0.5))
    d.note("in each box the shape that comes out; hatched boxes hold learned numbers", at=(3.5, 0.18))
    return d.figure


def far_from_sure() -> "Figure":
    """Two losses of a chance for the right letter: one is never above 1, the other has no end."""
    figure, axes = plt.subplots(figsize=(7, 2.3))
    chances = [(i + 1) / 1000 for i in range(1000)]
    axes.plot(chances, [-math.log(p) for p in chances], lw=1.8, marker="", color="black")
    axes.plot([0, 1], [1, 0], ls="--", lw=1.2, marker="", color="black")
    axes.text(0.16, 2.1, "minus its logarithm", va="center")
    axes.text(0.02, 0.55, "1 minus it", va="center")
    axes.set(xlim=(0, 1), ylim=(0, 7), xlabel="chance of the right letter", ylabel="loss")
    return figure


def falling(losses: Sequence[float]) -> "Figure":
    """A loss curve between guessing evenly and counting."""
    figure, axes = plt.subplots(figsize=(7, 2.8))
    axes.plot(losses, lw=0.6, ls="-", marker="", color="#999999", label="loss of each batch")
    axes.plot(*running_mean(losses), lw=1.8, ls="-", marker="", color="black", label="mean of the last 50")
    _levels(axes)
    axes.set(xlabel="step", ylabel="loss, from 2 on", title="Between guessing evenly and counting pairs")
    axes.legend(loc="upper right", ncols=2)
    axes.set_ylim(2.0, 3.9)
    return figure


def running_mean(losses: Sequence[float], width: int = 50) -> tuple[list[int], list[float]]:
    """Steps, and the mean of the losses of the `width` steps up to each."""
    steps = list(range(width, len(losses) + 1))
    return steps, [sum(losses[step - width : step]) / width for step in steps]


def _levels(axes: "Axes") -> None:
    axes.axhline(EVEN, color="black", ls="--", lw=1, marker="", label="guessing evenly")
    axes.axhline(COUNTED, color="black", ls=":", lw=1.4, marker="", label="counting pairs")


def two_tables(counted: Tensor, learned: Tensor) -> "Figure":
    """The chances of each letter after each letter, counted and learned; the rows of q and z are framed."""
    figure, panels = plt.subplots(1, 2, figsize=(7.6, 5.0))  # lower, the titles are cut off
    for axes, chances, title in zip(panels, (counted, learned), ("counted", "learned"), strict=True):
        image = table_of_chances(axes, chances, title, framed="qz")
    panels[0].set_ylabel("this letter")
    figure.colorbar(
        image, ax=panels, orientation="horizontal", shrink=0.4, label="chance (small ones are stretched)", ticks=SHARES
    )
    return figure


@cache
def _curve(lr: float) -> list[float]:
    """The losses of 1,000 steps of the one-letter model at a learning rate."""
    return tiny.train(tiny.NextLetter(context=1), NAMES, context=1, steps=1000, lr=lr)


def learning_rate(lr: float, steps: int) -> "tuple[Figure, str]":
    """The loss curve of the one-letter model at a learning rate, and where it ends."""
    figure, axes = plt.subplots(figsize=(7, 2.8))
    axes.plot(_curve(lr)[:steps], lw=0.8, marker="", color="black", label="loss of each batch")
    axes.axhline(COUNTED, color="black", ls=":", lw=1.4, marker="", label="counting pairs")
    axes.set(xlim=(-0.01 * steps, steps), ylim=(2, 6), xlabel="step", ylabel="loss")
    end = _end(lr, steps)
    if end == BROKEN:
        axes.text(0.5 * steps, 4, "leaves the page after a few steps", ha="center", va="center")
    axes.set_title(f"learning rate {lr:g}; mean of the last 20 steps: {end}")
    axes.legend(loc="upper right")
    return figure, f"learning rate {lr:g}, mean loss of the last 20 steps: {end}"


def learning_rates() -> "Figure":
    """The loss curves of the one-letter model at six learning rates, side by side."""
    figure, panels = plt.subplots(2, 3, figsize=(7.6, 3.8), sharex=True, sharey=True)
    for axes, lr in zip(panels.flat, RATES, strict=True):
        axes.plot(_curve(lr)[:300], lw=0.8, marker="", color="black")
        axes.axhline(COUNTED, color="black", ls=":", lw=1.4, marker="")
        axes.set(ylim=(2, 6), title=f"learning rate {lr:g}")
    panels[1, 0].set(xlabel="step", ylabel="loss")
    panels[0, 0].annotate("counting pairs", (150, COUNTED + 0.08), ha="center", va="bottom")
    return figure


TRIAL = NAMES[5::10]  # of the names that are read: what is tried out is chosen by them
LOOKS = range(250, 3001, 250)  # the steps after which losses are measured


@cache
def by_heart_losses() -> dict[str, list[list[float]]]:
    """The losses of models with a hidden layer on the names they read and on the trial names, from three beginnings."""
    rest = [name for name in NAMES if name not in NAMES[::10] and name not in TRIAL]
    curves = {"names it reads": [], "trial names": []}
    for seed in range(3):
        model = tiny.with_hidden_layer(3, seed=seed)
        of_rest, of_trial = [], []
        for kind, curve in zip(curves, (of_rest, of_trial), strict=True):
            curves[kind].append(curve)

        def look(step: int, model=model, of_rest=of_rest, of_trial=of_trial) -> None:
            if step in LOOKS:
                of_rest.append(tiny.loss_on(rest, model, 3))
                of_trial.append(tiny.loss_on(TRIAL, model, 3))

        tiny.train(model, rest, 3, steps=LOOKS[-1], lr=0.3, seed=seed, after=look)
    return curves


def by_heart() -> "Figure":
    """What training on and on does to both losses."""
    figure, axes = plt.subplots(figsize=(7, 2.8))
    for (label, curves), style in zip(by_heart_losses().items(), ("--", "-"), strict=True):
        for seed, curve in enumerate(curves):
            axes.plot(LOOKS, curve, ls=style, marker="o", ms=2, lw=0.9, color="black", label="" if seed else label)
            low = min(range(len(curve)), key=curve.__getitem__)
            if 0 < low < len(curve) - 1:
                axes.plot(LOOKS[low], curve[low], ls="", marker="o", ms=7, mfc="none", color="black")
        ends = f"{min(curve[-1] for curve in curves):.2f} to {max(curve[-1] for curve in curves):.2f}"
        axes.annotate(ends, (LOOKS[-1], curves[0][-1]), (8, 0), textcoords="offset points", va="center")
    axes.set(xlim=(0, LOOKS[-1] + 550), ylim=(1.5, 2.6), xlabel="step", ylabel="loss")
    axes.set_xticks(range(0, LOOKS[-1] + 1, 500))
    axes.set_title("Three beginnings, learning rate 0.3; rings: lowest on trial names")
    axes.legend(loc="lower left")
    return figure


def _end(lr: float, steps: int) -> str:
    last = sum(_curve(lr)[steps - 20 : steps]) / 20
    return f"{last:.2f}" if last < 100 else BROKEN
