"""The drawings of lesson 09."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing


def shifted(tokens: Sequence[str]) -> Figure:
    """A row of tokens, and below it the token that each place is to name."""
    drawing = Drawing(width=7, height=1.9)
    read = drawing.row(tokens[:-1], at=(3.95, 1.45))
    named = drawing.row(tokens[1:], at=(3.95, 0.45), kind="step")
    for above, below in zip(read.cells, named.cells, strict=True):
        drawing.arrow(above, below)
    drawing.note("it reads", at=(0.55, 1.45))
    drawing.note("it is to name", at=(0.55, 0.45))
    return drawing.figure


def a_step() -> Figure:
    """What happens in one step, from the rows to the moved weights."""
    drawing = Drawing(width=7, height=2.5)
    rows = drawing.box("rows", at=(0.7, 1.95), shape="[B, T + 1]")
    model = drawing.box("model", at=(2.3, 1.95), kind="learned")
    scores = drawing.box("scores", at=(3.9, 1.95), shape="[B, T, V]")
    loss = drawing.box("cross entropy", at=(5.9, 1.95), kind="step")
    gradient = drawing.box("gradient", at=(5.9, 0.55))
    clip = drawing.box("cut to\nlength 1", at=(4.1, 0.55), kind="step")
    optimiser = drawing.box("AdamW, Muon\ntimes the rate", at=(2.3, 0.55), kind="step")
    drawing.arrow(rows, model, label="read")
    drawing.arrow(model, scores)
    drawing.arrow(scores, loss)
    drawing.arrow(loss, gradient, label="backward")
    drawing.arrow(gradient, clip)
    drawing.arrow(clip, optimiser)
    drawing.arrow(optimiser, model, label="move")
    return drawing.figure


def falling(losses: Sequence[float], known: Mapping[str, float]) -> Figure:
    """The loss of a run, the mean of ten steps at a time, and levels to compare it with."""
    figure, axes = plt.subplots(figsize=(7, 2.9))
    means = [sum(losses[i : i + 10]) / 10 for i in range(0, len(losses) - 9, 10)]
    axes.plot(range(5, len(losses), 10), means)
    for number, (name, level) in enumerate(known.items()):
        axes.axhline(level, color="#555555", linestyle=":", linewidth=1.2)
        axes.annotate(name, (len(losses), level), ha="right", va="top" if number == 0 else "bottom", fontsize=9)
    axes.set(xlabel="step", ylabel="loss, nats a token", xlim=(0, len(losses)), ylim=(0, None))
    axes.set_title("Fast at first, then slowly")
    return figure


def strengths(before: Sequence[float], after: Sequence[float]) -> Figure:
    """The singular values of a gradient, strongest first, before and after Muon's five rounds."""
    figure, axes = plt.subplots(figsize=(7, 2.7))
    axes.plot([value / before[0] for value in before], marker="", label="before, over the largest")
    axes.plot(after, marker="", label="after")
    axes.set(xlabel="direction, strongest first", ylabel="strength", ylim=(0, 1.35), xlim=(0, len(before) - 1))
    axes.set_title("Muon makes weak directions about as long as strong ones")
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.32))
    return figure


def rates(curves: Mapping[str, Sequence[float]]) -> Figure:
    """Shares of the learning rate over the steps."""
    figure, axes = plt.subplots(figsize=(7, 2.4))
    for name, shares in curves.items():
        axes.plot(shares, marker="", label=name)
    axes.set(xlabel="step", ylabel="share of the rate", ylim=(0, 1.05), xlim=(0, None))
    axes.set_title("Up, flat, down; or up and down a wave")
    axes.legend(loc="lower center")
    return figure
