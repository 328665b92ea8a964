"""The drawings of lesson 13."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson13.recorded import Taught
from lessons_lib.classroom.panels.figures import BLACK


def one_pair() -> Figure:
    """From a pair to its loss: the same model is asked twice, with its adapter and without."""
    drawing = Drawing(width=7, height=3.2)
    pair = drawing.box("question +\nliked, other", at=(0.75, 1.6), shape="[2, T]")
    on = drawing.box("model,\nadapter on", at=(2.45, 2.4), kind="learned")
    off = drawing.box("the same,\nadapter off", at=(2.45, 0.8), kind="learned")
    now = drawing.box("ln p now", at=(4.0, 2.4), shape="[2]")
    before = drawing.box("ln p before", at=(4.0, 0.8), shape="[2]")
    rewards = drawing.box("difference\ntimes beta", at=(5.15, 1.6), kind="step")
    loss = drawing.box("−ln σ(liked\n− other)", at=(6.35, 1.6), kind="step")
    drawing.arrow(pair, on)
    drawing.arrow(pair, off)
    drawing.arrow(on, now)
    drawing.arrow(off, before)
    drawing.arrow(now, rewards)
    drawing.arrow(before, rewards)
    drawing.arrow(rewards, loss)
    return drawing.figure


def winning() -> Figure:
    """How often an answer wins against the difference of the two scores."""
    figure, axes = plt.subplots(figsize=(6, 2.6))
    x = torch.linspace(-5, 5, 101)
    axes.plot(x, 100 * x.sigmoid(), marker="")
    axes.set(xlabel="score of one minus score of the other", ylabel="wins, %", ylim=(0, 100))
    return figure


def best_chances(reference: Tensor, rewards: Tensor, best: Tensor, names: Sequence[str]) -> Figure:
    """Bars of the old chances and of the best ones, for each answer with its reward."""
    figure, axes = plt.subplots(figsize=(6, 2.8))
    for shift, values, label, style in (
        (-0.2, reference, "reference", {"color": "white", "edgecolor": BLACK}),
        (0.2, best, "best for this beta", {"color": "#777777", "edgecolor": BLACK, "hatch": "//"}),
    ):
        places = [n + shift for n in range(len(names))]
        axes.bar(places, 100 * values, width=0.38, label=label, **style)
        for place, value in zip(places, values, strict=True):
            axes.text(place, 100 * float(value) + 1, f"{100 * float(value):.0f}", ha="center", fontsize=9)
    axes.set_xticks(
        range(len(names)), [f"{name}\nreward {reward:g}" for name, reward in zip(names, rewards, strict=True)]
    )
    axes.set(ylabel="chance, %", ylim=(0, 112))
    axes.legend(loc="upper left")
    return figure


def rewards(ways: Mapping[str, Sequence[Taught]]) -> Figure:
    """For each way the rewards of the liked and of the other answers over the steps: the mean of its runs, and from the
    lowest to the highest."""
    figure, axes = plt.subplots(1, len(ways), figsize=(7, 2.9), sharey=True, squeeze=False)
    for ax, (name, runs) in zip(axes[0], ways.items(), strict=True):
        for label, curves in (("liked", [run.chosen for run in runs]), ("other", [run.rejected for run in runs])):
            curves = torch.tensor(curves)  # [seeds, steps]
            steps = range(1, curves.shape[1] + 1)
            [line] = ax.plot(steps, curves.mean(0), label=label)
            ax.fill_between(steps, *curves.aminmax(dim=0), color=line.get_color(), alpha=0.2, linewidth=0)
        ax.axhline(0, color=BLACK, linewidth=0.8, linestyle="-", marker="")
        ax.set(xlabel="step", title=name)
    axes[0][0].set_ylabel("reward, nats")
    figure.legend(*axes[0][0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
