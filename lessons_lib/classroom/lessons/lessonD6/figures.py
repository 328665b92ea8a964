"""The drawings of D6."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lessons_lib.classroom.lessons.lessonD6.moving import WATCHED, Moved
from lessons_lib.classroom.lessons.lessonD6.sizes import Sized
from lessons_lib.classroom.panels.figures import BLACK, BLUE, ORANGE


def strengths(before: Sequence[float], after: Sequence[float]) -> Figure:
    """The singular values of a gradient, strongest first, before and after Muon's five rounds."""
    figure, axes = plt.subplots(figsize=(7, 2.7))
    axes.plot([value / before[0] for value in before], marker="", label="before, over the largest")
    axes.plot(after, marker="", label="after")
    axes.set(xlabel="direction, strongest first", ylabel="strength", ylim=(0, 1.35), xlim=(0, len(before) - 1))
    axes.set_title("Muon makes weak directions about as long as strong ones")
    axes.legend(loc="center right", bbox_to_anchor=(1, 0.32))
    return figure


def sizes(recorded: Mapping[int, Sized]) -> Figure:
    """The loss against the number of parameters, for each length of training: eight dots and a line of their means."""
    figure, axes = plt.subplots(figsize=(7, 3.2))
    parameters = [each.parameters for each in recorded.values()]
    for steps, color, marker in zip(next(iter(recorded.values())).loss, (ORANGE, BLUE), "os", strict=True):
        losses = [each.loss[steps] for each in recorded.values()]
        for count, eight in zip(parameters, losses, strict=True):
            axes.plot([count] * len(eight), eight, marker=marker, markersize=4, color=color, linestyle="", alpha=0.6)
        means = [sum(eight) / len(eight) for eight in losses]
        axes.plot(parameters, means, marker="", color=color)
        axes.annotate(f"{steps} steps", (parameters[-1] * 1.08, means[-1]), va="center", fontsize=9, color=color)
    axes.set(xscale="log", yscale="log", xlabel="numbers in the model", ylabel="loss on unread stories,\nnats a word")
    axes.set_xticks(parameters, [f"{count:,}" for count in parameters])
    axes.set(xlim=(parameters[0] * 0.8, parameters[-1] * 1.9), ylim=(0.4, 2))
    axes.set_yticks([0.5, 1, 2], ["0.5", "1", "2"])
    axes.minorticks_off()
    return figure


def paths(moved: Moved, steps: Sequence[int], followed: str) -> Figure:
    """Maps of the watched words at some steps, all with the same axes, and the way of one word so far."""
    figure, grid = plt.subplots(1, len(steps), figsize=(7.6, 2.9), sharex=True, sharey=True)
    styles = dict(zip(WATCHED, (("o", ORANGE), ("s", BLUE), ("^", BLACK), ("x", "#777777")), strict=True))
    for ax, step in zip(grid, steps, strict=True):
        now = moved.steps.index(step)
        way = moved.places[followed][: now + 1]
        ax.plot(*zip(*way, strict=True), marker="", color=BLUE, linewidth=1)
        for kind, words in WATCHED.items():
            marker, color = styles[kind]
            x, y = zip(*(moved.places[word][now] for word in words), strict=True)
            label = f"name, {kind}" if kind in ("she", "he") else kind
            ax.plot(x, y, marker=marker, color=color, linestyle="", markersize=5, label=label)
        ax.annotate(followed, way[-1], xytext=(0, 7), textcoords="offset points", ha="center", fontsize=9)
        ax.set(title=f"step {step}", aspect="equal", xlim=(-0.65, 0.65), ylim=(-0.75, 0.75))
    grid[0].set(ylabel="things to animals")
    figure.supxlabel("from names that go with he to those that go with she", fontsize=10)
    handles, labels = grid[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=4)
    return figure
