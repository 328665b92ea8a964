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
    drawing = Drawing(width=7, height=3.3)
    rows = drawing.box("rows", at=(0.7, 1.95), shape="[B, T + 1]")
    model = drawing.box("model", at=(2.3, 1.95), kind="learned")
    scores = drawing.box("scores", at=(3.9, 1.95), shape="[B, T, V]")
    loss = drawing.box("cross entropy", at=(5.9, 1.95), kind="step")
    gradient = drawing.box("gradient", at=(5.9, 0.55))
    clip = drawing.box("cut to\nlength 1", at=(4.1, 0.55), kind="step")
    optimiser = drawing.box("AdamW, Muon\ntimes the rate", at=(2.3, 0.55), kind="step")
    labels = drawing.box("labels", at=(3.9, 2.9), shape="[B, T]")
    drawing.arrow(rows, model, label="read")
    drawing.arrow(rows, labels)
    drawing.arrow(labels, loss)
    drawing.arrow(model, scores)
    drawing.arrow(scores, loss)
    drawing.arrow(loss, gradient, label="backward")
    drawing.arrow(gradient, clip)
    drawing.arrow(clip, optimiser)
    drawing.arrow(optimiser, model, label="move")
    return drawing.figure


def falling(losses: Sequence[float], known: Mapping[str, float]) -> Figure:
    """The loss of a run, the mean of ten steps at a time, on an axis of ratios, and levels to compare it with."""
    figure, axes = plt.subplots(figsize=(7, 2.9))
    means = [sum(losses[i : i + 10]) / 10 for i in range(0, len(losses) - 9, 10)]
    axes.plot(range(5, len(losses), 10), means)
    for name, level in known.items():
        axes.axhline(level, color="#555555", linestyle=":", linewidth=1.2)
        axes.annotate(name, (len(losses) - 2, level * 0.93), ha="right", va="top", fontsize=9)
    axes.set(xlabel="step; each point is the mean of ten", ylabel="loss, nats a token", xlim=(0, len(losses)))
    axes.set(yscale="log", ylim=(0.3, 8), yticks=[0.3, 0.5, 1, 2, 4, 8], yticklabels=["0.3", "0.5", "1", "2", "4", "8"])
    axes.minorticks_off()
    for step, found in ((80, "step 80: the pronoun,\nhardly ever the thing"), (160, "step 160: most have the thing")):
        axes.axvline(step, color="#555555", linewidth=0.8)
        axes.annotate(found, (step + 2, 2.4 if step == 80 else 1.2), fontsize=9)
    axes.set_title("A small fall, late, brings the thing")
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


def by_heart(steps: Sequence[int], four: Sequence[float], unread: Sequence[float]) -> Figure:
    """The loss on rows that are read again and again, and on others meanwhile."""
    figure, axes = plt.subplots(figsize=(7, 2.6))
    axes.plot(steps, four, label="the four rows")
    axes.plot(steps, unread, label="unread rows")
    axes.set(xlabel="step", ylabel="loss, nats a byte", xlim=(0, steps[-1]), ylim=(0, None))
    axes.set_title("Unread rows gain at first, and then lose")
    axes.legend(loc="center right")
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
