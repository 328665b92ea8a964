"""The drawings of lesson 09."""

from collections.abc import Mapping, Sequence
from statistics import mean, stdev

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson09.schedules import USUAL, learning_rate, recorded
from lessons_lib.classroom.panels.figures import BLACK, BLUE
from lessons_lib.training import flat_then_down


def shifted(tokens: Sequence[str]) -> Figure:
    """For each place of a row what it has read, in white, and the token that it is to name, in grey."""
    places = len(tokens) - 1
    drawing = Drawing(width=7, height=0.5 + 0.4 * places)
    for place in range(places):
        y = 0.4 * (places - place) - 0.1
        drawing.note(f"place {place + 1}", at=(0.4, y))
        read = [drawing.row([token], at=(1.2 + 0.75 * at, y)) for at, token in enumerate(tokens[: place + 1])]
        named = drawing.row([tokens[place + 1]], at=(1.2 + 0.75 * places + 0.75, y), kind="step")
        drawing.arrow(read[-1], named)
    drawing.note("has read", at=(1.2 + 0.375 * (places - 1), 0.3 + 0.4 * places))
    drawing.note("is to name", at=(1.2 + 0.75 * places + 0.75, 0.3 + 0.4 * places))
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
    drawing.arrow(rows, labels, label="named")
    drawing.arrow(labels, loss)
    drawing.arrow(model, scores)
    drawing.arrow(scores, loss)
    drawing.arrow(loss, gradient, label="backward")
    drawing.arrow(gradient, clip)
    drawing.arrow(clip, optimiser)
    drawing.arrow(optimiser, model, label="move")
    return drawing.figure


def falling(losses: Sequence[float], known: Mapping[str, float]) -> Figure:
    """The loss of a run, the mean of ten steps at a time, and levels to compare it with.

    Another processor rounds otherwise, and late means move by some hundredths. So they are bars of a light colour, on
    an axis on which that is a pixel.
    """
    figure, axes = plt.subplots(figsize=(7, 2.9))
    means = [sum(losses[i : i + 10]) / 10 for i in range(0, len(losses) - 9, 10)]
    axes.bar(range(5, len(losses), 10), means, width=8.5, color=BLUE, alpha=0.5, snap=False)
    for name, level in known.items():
        axes.axhline(level, color="#555555", linestyle=":", marker="", linewidth=1.2)
        axes.annotate(name, (len(losses) - 2, level - 0.2), ha="right", va="top", fontsize=9)
    axes.set(xlabel="step; each bar is the mean of ten", ylabel="loss, nats a token")
    axes.set(xlim=(0, len(losses)), ylim=(0, 7), yticks=range(8))
    for step, found in ((80, "step 80: the pronoun,\nhardly ever the thing"), (160, "step 160:\nmost have the thing")):
        axes.axvline(step, color="#555555", linestyle="-", marker="", linewidth=0.8)
        axes.annotate(found, (step + 2, 2.1), fontsize=9)
    axes.grid(axis="x", visible=False)
    axes.set_title("A small fall, late, brings the thing")
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


def scheduled(warm_up: float, way_down: float, rate: float) -> tuple[Figure, str]:
    """The learning rate over the steps, eight recorded runs with it, and a usual setting's mean; and the same in
    numbers.

    Args:
        warm_up, way_down: shares of the steps.
        rate: as in `schedules.RATES`.
    """
    chosen, usual = recorded()[warm_up, way_down, rate], recorded()[USUAL]
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.4, 2.7), width_ratios=(2, 3))
    shares = [learning_rate(rate) * flat_then_down(step, 100, warm_up, way_down) for step in range(100)]
    left.plot(range(1, 101), shares, marker="")
    left.set(xlabel="step", ylabel="AdamW's rate", xlim=(0, 100), ylim=(0, 1.1 * learning_rate(rate)))
    steps = range(5, 100, 10)
    for number, curve in enumerate(chosen.curve):
        right.plot(
            steps, curve, marker="", color=BLUE, linestyle="-", linewidth=0.9, label="" if number else "eight runs"
        )
    means = [sum(ten) / len(ten) for ten in zip(*usual.curve, strict=True)]
    right.plot(steps, means, marker="", color=BLACK, linestyle="--", label="mean at 10%, 50%, 0.04")
    right.set(
        xlabel="step; means of ten",
        ylabel="loss of the batches, nats a word",
        xlim=(0, 100),
        yscale="log",
        ylim=(0.5, 6),
    )
    right.set_yticks([0.5, 1, 2, 4], ["0.5", "1", "2", "4"])
    right.minorticks_off()
    right.legend(loc="upper right")
    differences = [one - other for one, other in zip(chosen.loss, usual.loss, strict=True)]
    bar = 2 * stdev(differences) / len(differences) ** 0.5
    text = f"on unread stories {mean(chosen.loss):.2f} nats a word, the mean of eight runs"
    if any(differences):
        text += f"; beside the dashed setting {mean(differences):+.2f} ± {bar:.2f}"
    return figure, text
