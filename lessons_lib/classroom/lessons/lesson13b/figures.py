"""The drawings of lesson 13b."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson13b.recorded import Taught
from lessons_lib.classroom.panels.figures import BLACK

GREY = "#999999"


def one_step() -> Figure:
    """From a problem to a step of the model: a group of answers, judged and compared with each other."""
    drawing = Drawing(width=7, height=2.9)
    problem = drawing.box("a problem", at=(0.7, 2.1))
    model = drawing.box("model", at=(2.1, 2.1), kind="learned")
    group = drawing.box("its answers,\ndrawn at random", at=(3.9, 2.1), shape="[G]")
    judge = drawing.box("judge", at=(5.6, 2.1), kind="step")
    rewards = drawing.box("rewards", at=(6.4, 0.8), shape="[G]")
    better = drawing.box("minus their mean,\ndivided by their spread", at=(4.4, 0.8), kind="step")
    loss = drawing.box("of each token:\n−advantage · ratio,\nclipped", at=(2.1, 0.8), kind="step")
    drawing.arrow(problem, model)
    drawing.arrow(model, group)
    drawing.arrow(group, judge)
    drawing.arrow(judge, rewards)
    drawing.arrow(rewards, better)
    drawing.arrow(better, loss, label="[G]")
    drawing.arrow(loss, model, label="slope")
    return drawing.figure


def walks(without: Tensor, with_baseline: Tensor) -> Figure:
    """Chances of the better word over the steps, [runs, steps], learned without a baseline and with one."""
    figure, axes = plt.subplots(1, 2, figsize=(7, 2.7), sharey=True)
    titles = ("reward", "reward − baseline")
    for ax, runs, title in zip(axes, (without, with_baseline), titles, strict=True):
        for run in runs:
            ax.plot(100 * run, color=BLACK, linewidth=0.8, linestyle="-", marker="")
        ax.set(xlabel="step", title=title, ylim=(-3, 103))
    axes[0].set_ylabel("chance of the better word, %")
    return figure


def clip(epsilon: float = 0.2) -> Figure:
    """What a token gains by its ratio, for a better answer and for a worse one."""
    figure, axes = plt.subplots(1, 2, figsize=(7, 2.6))
    ratio = torch.linspace(0.5, 1.5, 101)
    for ax, advantage, title in ((axes[0], 1.0, "advantage +1"), (axes[1], -1.0, "advantage −1")):
        bounded = torch.min(ratio * advantage, ratio.clamp(1 - epsilon, 1 + epsilon) * advantage)
        ax.plot(ratio, ratio * advantage, color=GREY, linestyle="--", marker="", label="not clipped")
        ax.plot(ratio, bounded, color=BLACK, linestyle="-", marker="", label="what counts")
        ax.axvline(1, color=BLACK, linewidth=0.6, linestyle=":", marker="")
        ax.set(xlabel="ratio", title=title)
    axes[0].set_ylabel("gain")
    axes[0].legend(loc="upper left")
    return figure


def curves(runs: Sequence[Taught]) -> Figure:
    """Of each step what was right, what was worked out, and the length: thin lines for runs, thick for their mean."""
    figure, axes = plt.subplots(1, 3, figsize=(7.4, 2.7))
    for ax, name, title, factor in zip(
        axes,
        ("right", "worked", "length"),
        ("right, %", "worked out, %", "characters"),
        (100, 100, 1),
        strict=True,
    ):
        lines = factor * torch.tensor([getattr(run, name) for run in runs])
        steps = range(1, lines.shape[1] + 1)
        for line in lines:
            ax.plot(steps, line, color=GREY, linewidth=0.5, linestyle="-", marker="")
        ax.plot(steps, lines.mean(0), color=BLACK, linewidth=2, linestyle="-", marker="")
        ax.set(xlabel="step", title=title, ylim=(0, 103 if factor == 100 else None))
    return figure


def paired(first: Sequence[float], second: Sequence[float], names: Sequence[str]) -> Figure:
    """Two results of each seed, joined by a line, in percent."""
    figure, ax = plt.subplots(figsize=(4.6, 3))
    for pair in zip(first, second, strict=True):
        ax.plot(
            (0, 1), [100 * each for each in pair], color=BLACK, linewidth=0.9, linestyle="-", marker="o", markersize=4
        )
    ax.set_xticks((0, 1), names)
    ax.set(xlim=(-0.3, 1.3), ylabel="right after it, %")
    return figure


def paid(runs: Mapping[str, Taught]) -> Figure:
    """For each reward what it pays and what is right over the steps of a run, and below it the length of an answer."""
    figure, axes = plt.subplots(2, len(runs), figsize=(7.4, 3.9), sharex="col", height_ratios=(3, 2), squeeze=False)
    for (reward, run), above, below in zip(runs.items(), *axes, strict=True):
        steps = range(1, len(run.paid) + 1)
        above.plot(steps, run.paid, color=GREY, linestyle="--", marker="", label="paid")
        above.plot(steps, run.right, color=BLACK, linestyle="-", marker="", label="right")
        above.set(ylim=(-0.2, 1.05))
        above.set_title(reward, fontsize=9)
        below.plot(steps, run.length, color=BLACK, linestyle="-", marker="")
        below.set(xlabel="step", ylim=(0, 16))
    for later in axes[:, 1:].flat:
        later.tick_params(labelleft=False)
    axes[0, 0].set_ylabel("mean of the answers")
    axes[1, 0].set_ylabel("characters")
    axes[0, 0].legend(loc="lower right")
    return figure


def more_thinking(lines: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> Figure:
    """For each way the share right against the characters that are written for a problem."""
    figure, ax = plt.subplots(figsize=(6.4, 3.2))
    for name, (written, right) in lines.items():
        ax.plot(written, [100 * share for share in right], label=name)
    ax.set_xscale("log", base=2)
    ax.set_xticks((4, 8, 16, 32, 64, 128, 256, 512), (4, 8, 16, 32, 64, 128, 256, 512))
    ax.set(xlabel="characters written for a problem", ylabel="right, %", ylim=(0, 103))
    ax.legend(loc="lower right")
    return figure
