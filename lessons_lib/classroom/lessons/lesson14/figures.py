"""The drawings of lesson 14."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson14.contaminated import HALF, Taught
from lessons_lib.classroom.panels.figures import BLACK, ORANGE
from lessons_lib.evaluation import wilson

GREY = "#999999"


def one_question() -> Figure:
    """From a question with choices to a share with its interval."""
    drawing = Drawing(width=7, height=2.5)
    question = drawing.box("question\nand choice", at=(0.75, 1.75))
    model = drawing.box("model", at=(2.3, 1.75), kind="learned")
    logs = drawing.box("logarithms of the chances\nof the choice's tokens", at=(4.2, 1.75), shape="[tokens]")
    total = drawing.box("sum", at=(6.2, 1.75), kind="step")
    divided = drawing.box("÷ its length,\nor not", at=(6.2, 0.65), kind="step")
    picked = drawing.box("largest of\nthe choices", at=(4.6, 0.65), kind="step")
    share = drawing.box("right or wrong,\nof all questions", at=(2.75, 0.65), kind="step")
    interval = drawing.box("share and\ninterval", at=(0.8, 0.65))
    drawing.arrow(question, model)
    drawing.arrow(model, logs)
    drawing.arrow(logs, total)
    drawing.arrow(total, divided)
    drawing.arrow(divided, picked)
    drawing.arrow(picked, share)
    drawing.arrow(share, interval)
    return drawing.figure


def shares(rights: Mapping[str, Sequence[bool]], chance: float | None = None) -> Figure:
    """For each way the share of right answers with its 95% interval."""
    figure, axes = plt.subplots(figsize=(7, 0.75 + 0.36 * len(rights)))
    for place, right in enumerate(rights.values()):
        low, high = wilson(sum(right), len(right))
        axes.plot((100 * low, 100 * high), (place, place), color=GREY, linewidth=3, linestyle="-", marker="")
        axes.plot(100 * sum(right) / len(right), place, color=BLACK, linestyle="", marker="o", markersize=6)
    if chance is not None:
        axes.axvline(100 * chance, color=BLACK, linewidth=0.9, linestyle=":", marker="")
    axes.set_yticks(range(len(rights)), list(rights))
    axes.set(xlim=(0, 100), xlabel="right, %", ylim=(len(rights) - 0.5, -0.5))
    return figure


def width(n: int, share: float) -> Figure:
    """How wide the interval of a share is, for any number of questions and for one."""
    figure, axes = plt.subplots(figsize=(7, 2.8))
    counts = 10 * np.unique(np.geomspace(1, 1000, 90).astype(int))
    ends = 100 * np.array([wilson(round(share * int(count)), int(count)) for count in counts])
    axes.fill_between(counts, *ends.T, color="#dddddd", linewidth=0)
    low, high = wilson(round(share * n), n)
    axes.plot((n, n), (100 * low, 100 * high), color=BLACK, linewidth=2.5, linestyle="-", marker="_", markersize=12)
    axes.axhline(100 * share, color=BLACK, linewidth=0.8, linestyle=":", marker="")
    axes.set_xscale("log")
    axes.set_xticks((10, 100, 1000, 10_000), ("10", "100", "1,000", "10,000"))
    axes.set(xlabel="questions", ylabel="95% interval, %", ylim=(0, 100))
    return figure


def reliability(kinds: Mapping[str, tuple[Sequence[float], Sequence[bool]]], bins: int = 10) -> Figure:
    """For each way of scoring, answers by how sure the model was of them: their mean confidence, and the share
    right."""
    figure, axes = plt.subplots(1, len(kinds), figsize=(7, 3.1), sharey=True)
    for ax, (name, (sure, right)) in zip(axes, kinds.items(), strict=True):
        sure, right = np.array(sure), np.array(right)
        held = np.clip(np.ceil(sure * bins).astype(int) - 1, 0, bins - 1)
        ax.plot((0, 100), (0, 100), color=GREY, linewidth=1, linestyle="--", marker="")
        for each in np.unique(held):
            inside = held == each
            low, high = wilson(int(right[inside].sum()), int(inside.sum()))
            x = 100 * sure[inside].mean()
            ax.plot((x, x), (100 * low, 100 * high), color=GREY, linewidth=2, linestyle="-", marker="")
            ax.plot(x, 100 * right[inside].mean(), color=BLACK, linestyle="", marker="o", markersize=5)
        ax.set(xlim=(0, 102), ylim=(-2, 102), xlabel="confidence, %")
        ax.set_title(name)
    axes[0].set_ylabel("right, %")
    return figure


def both_orders(gaps: Mapping[str, Sequence[Sequence[float]]]) -> Figure:
    """A dot a pair: how much likelier "A" is than "B" with the first answer as A, and with the second."""
    figure, axes = plt.subplots(1, len(gaps), figsize=(7, 3.2), sharex=True, sharey=True)
    low = min(0.0, *(gap for pairs in gaps.values() for both in pairs for gap in both)) - 0.2
    high = max(gap for pairs in gaps.values() for both in pairs for gap in both) + 0.2
    for ax, (name, pairs) in zip(axes, gaps.items(), strict=True):
        second, first = [pair[1] for pair in pairs], [pair[0] for pair in pairs]
        ax.plot((low, high), (low, high), color=GREY, linewidth=1, linestyle="--", marker="")
        ax.plot(second, first, color=BLACK, linestyle="", marker="o", markersize=3, alpha=0.6)
        ax.axhline(0, color=BLACK, linewidth=0.6, linestyle=":", marker="")
        ax.axvline(0, color=BLACK, linewidth=0.6, linestyle=":", marker="")
        ax.set(xlabel="with the second answer as A", xlim=(low, high), ylim=(low, high))
        ax.set_title(name)
    axes[0].set_ylabel('"A" above "B", nats,\nwith the first answer as A')
    return figure


def contamination(runs: Mapping[int, Sequence[Taught]], chance: float) -> Figure:
    """For each number of copies of the test, eight runs: right answers, and how the published order is told."""
    figure, axes = plt.subplots(1, 2, figsize=(7, 3))
    sides = (("first half", -0.12, "o", BLACK), ("second half", 0.12, "s", ORANGE))
    for place, taught in enumerate(runs.values()):
        for name, shift, marker, color in sides:
            seen = name == sides[0][0]
            rights = [100 * (run.seen if seen else run.unseen) / HALF for run in taught]
            orders = [100 * (run.order_seen if seen else run.order_unseen) for run in taught]
            for ax, values in zip(axes, (rights, orders), strict=True):
                label = name if place == 0 else None
                x = [place + shift] * len(values)
                ax.plot(x, values, color=color, linestyle="", marker=marker, markersize=4, alpha=0.6, label=label)
    for ax, title, level in zip(
        axes, ("right answers, %", "published order likelier, %"), (100 * chance, 50), strict=True
    ):
        ax.axhline(level, color=BLACK, linewidth=0.9, linestyle=":", marker="")
        ax.set_xticks(range(len(runs)), list(runs))
        ax.set(xlabel="copies of each question", xlim=(-0.6, 1.6), ylim=(0, 103), title=title)
    axes[0].legend(loc="upper left")
    return figure
