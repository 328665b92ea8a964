"""The drawings of lesson 01."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK, HATCHES


def pipeline() -> Figure:
    """From a text to its next token, with the shapes on the way."""
    drawing = Drawing(width=7, height=3.1)
    text = drawing.box("text", at=(0.45, 2.5))
    ids = drawing.box("token ids", at=(1.85, 2.5))
    model = drawing.box("model", at=(3.35, 2.5), kind="learned")
    scores = drawing.box("scores of the\nnext token", at=(5.3, 2.5), shape="[V]")
    heat = drawing.box("penalty for\nearlier ids,\ntemperature", at=(6.35, 1.15), kind="step")
    cut = drawing.box("top-k, top-p, min-p:\nthe rest to −∞", at=(4.55, 1.15), kind="step")
    chances = drawing.box("chances", at=(2.4, 1.15), shape="[V]")
    token = drawing.box("next\ntoken", at=(1.15, 1.15))
    drawing.arrow(text, ids, label="cut")
    drawing.arrow(ids, model)
    drawing.arrow(model, scores, label="last place")
    drawing.arrow(scores, heat, corner="across")
    drawing.arrow(heat, cut)
    drawing.arrow(cut, chances, label="softmax")
    drawing.arrow(chances, token, label="choose")
    drawing.arrow(token, text, corner="across")
    drawing.note("append it, and again", at=(1.25, 1.82))
    drawing.note("V: as many numbers as there are tokens in the vocabulary", at=(3.5, 0.48))
    drawing.note("hatched: learned numbers; grey: a computation without any; white: data", at=(3.5, 0.2))
    return drawing.figure


def bars(chances: Tensor, words: Sequence[str], title: str) -> Figure:
    """The chances of some words [N], likeliest first."""
    figure, axes = plt.subplots(figsize=(7, 0.3 * len(words) + 0.9))
    axes.barh(range(len(words)), chances)
    axes.set_yticks(range(len(words)), words)
    axes.bar_label(axes.containers[0], fmt="{:.1%}", padding=3)
    axes.xaxis.set_major_formatter(PercentFormatter(xmax=1))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set(xlabel="probability", title=title, xlim=(0, float(chances[0]) * 1.15))
    return figure


def chances_of_the_chosen(chances: Sequence[float], window: int) -> Figure:
    """The chance that each chosen token had, and the mean of each stretch of `window` tokens."""
    figure, axes = plt.subplots(figsize=(7, 2.6))
    axes.bar(range(1, len(chances) + 1), chances, width=1.0, alpha=0.55)
    for start in range(0, len(chances), window):
        part = chances[start : start + window]
        mean = sum(part) / len(part)
        axes.hlines(mean, start + 0.5, start + len(part) + 0.5, color=BLACK, linestyle="-", linewidth=2.2)
        axes.text(
            start + len(part) / 2,
            1.04,
            f"mean {mean:.2f}",
            ha="center",
            va="bottom",
            fontsize=9,
        )
    axes.set(
        title="How sure the model was of each token that greedy took",
        xlabel="token of the continuation",
        ylabel="chance it had",
        ylim=(0, 1.2),
        yticks=(0, 0.5, 1),
        xlim=(0.5, len(chances) + 0.5),
    )
    return figure


def rows_and_tokens() -> Figure:
    """Which row of scores is about which token: row i about token i + 1."""
    drawing = Drawing(width=7, height=1.9)
    tokens = ["The", "␣sky", "␣is", "␣blue", ".", "?"]
    places = [0.75 + 1.1 * i for i in range(len(tokens))]
    boxes = [drawing.box(token, at=(x, 1.55), width=0.8) for token, x in zip(tokens, places, strict=True)]
    for i, x in enumerate(places[:-1]):
        row = drawing.box(f"row {i}", at=(x, 0.75), kind="step" if i in (1, 2, 3) else "data", width=0.8)
        drawing.arrow(row, boxes[i + 1])
    drawing.note("before is “The sky”, after is “ is blue.”; grey: the rows about after", at=(3.5, 0.2))
    return drawing.figure


def dart(p: Tensor, words: Sequence[str], at: float) -> Figure:
    """Chances [N] laid end to end, and a dart that hits one of them."""
    figure, axes = plt.subplots(figsize=(7, 1.8))
    left = 0.0
    for word, width, hatch in zip(words, p.tolist(), HATCHES, strict=False):
        colour = "white" if hatch else "#0072B2"
        axes.barh(0, width, left=left, hatch=hatch, edgecolor="black", color=colour)
        if width > 0.05:
            axes.text(left + width / 2, 0.55, f"{word}\n{width:.3f}", ha="center", va="bottom")
        left += width
    axes.annotate(
        f"{words[-1]} {p[-1]:.4f}",
        (1 - float(p[-1]) / 2, 0.42),
        (0.99, 1.75),
        ha="right",
        arrowprops={"arrowstyle": "->"},
    )
    axes.annotate(f"dart at {at:.2f}", (at, -0.42), (at, -1.15), ha="center", arrowprops={"arrowstyle": "->"})
    axes.set(yticks=[], ylim=(-1.2, 2.1), xlim=(0, 1))
    axes.grid(visible=False)
    return figure


def temperature_curves(temperatures: Tensor, curves: Tensor, words: Sequence[str]) -> Figure:
    """The chances [N, words] of some words over N temperatures."""
    figure, axes = plt.subplots()
    for word, curve in zip(words, curves.T, strict=True):
        axes.plot(temperatures, curve, label=word, markevery=12)
    axes.set(
        xscale="log",
        xlabel="temperature T (each label: ten times hotter)",
        ylabel="probability",
        title="Cold: one winner. Hot: all alike.",
    )
    axes.set_xticks((0.1, 1, 10, 100), ("0.1", "1", "10", "100"))
    axes.axvline(1, color=BLACK, linewidth=1, linestyle="--", marker="")
    axes.text(1.05, 0.72, "T = 1: the scores as they are", fontsize=9)
    axes.legend(ncols=4, loc="upper right")
    return figure


def moods(rows: Mapping[str, Tensor], k: int, threshold: float) -> Figure:
    """What the likeliest tokens of some rows of chances [V] hold together, and where top-k and top-p cut."""
    figure, axes = plt.subplots(figsize=(7, 3))
    for start, chances in rows.items():
        totals = chances.sort(descending=True).values.cumsum(0)[:1000]
        axes.plot(range(1, len(totals) + 1), totals, label=f"{start} …", markevery=[0, 1, 3, 9, 31, 99, 315, 999])
    axes.axvline(k, color=BLACK, linewidth=1, linestyle="--", marker="")
    axes.text(k * 1.06, 0.04, f"k = {k}")
    axes.axhline(threshold, color=BLACK, linewidth=1, linestyle=":", marker="")
    axes.text(1000, threshold - 0.02, f"{threshold:.0%} of the chance", ha="right", va="top")
    axes.set(
        xscale="log",
        ylim=(0, 1.03),
        xlabel="how many of the likeliest tokens",
        ylabel="chance they hold together",
        title="Ten tokens are too many after one text, too few after the other",
    )
    axes.set_xticks((1, 10, 100, 1000), ("1", "10", "100", "1,000"))
    axes.minorticks_off()
    axes.legend(loc="center right")
    return figure


def running_total(chances: Tensor, words: Sequence[str], threshold: float) -> Figure:
    """The running total of chances [N], likeliest first, each word's share on top of those before it."""
    figure, axes = plt.subplots(figsize=(7, 2.6))
    totals = chances.cumsum(0)
    before = totals - chances
    axes.bar(range(len(words)), before, color="white", hatch="///", edgecolor="#aaaaaa")
    axes.bar(range(len(words)), chances, bottom=before, edgecolor="#555555")
    for place, (start, chance) in enumerate(zip(before.tolist(), chances.tolist(), strict=True)):
        said = f"+ {chance:.4f}\n{'stays' if start < threshold else 'is out'}"
        axes.text(place, 1.06, said, ha="center", va="bottom")
    axes.axhline(threshold, color=BLACK, linestyle="--", marker="")
    axes.text(-0.45, threshold - 0.03, f"threshold {threshold}", va="top")
    axes.set_xticks(range(len(words)), words)
    axes.grid(axis="x", visible=False)
    axes.set(xlabel="hatched: what the words before it hold", ylabel="running total", ylim=(0, 1.4))
    axes.set_yticks((0, 0.5, 1))
    return figure


def surprise(words: Sequence[str], bits: Sequence[float]) -> Figure:
    """The surprise of each word of a text, in bits."""
    figure, axes = plt.subplots(figsize=(7.5, 3))
    axes.bar(range(len(words)), bits)
    axes.set_xticks(range(len(words)), words, rotation=90, fontsize=9)
    axes.grid(axis="x", visible=False)
    axes.set(title="How much each token surprised the model", ylabel="surprise in bits", xlim=(-0.6, len(words) - 0.4))
    return figure


def with_errors(values: Mapping[str, Tensor], what: str, title: str) -> Figure:
    """Some numbers [N] for each name: each as a dot, and their mean with two standard errors to either side.

    Drawn in D1, which goes deeper than this lesson.
    """
    figure, axes = plt.subplots(figsize=(7, 0.5 * len(values) + 0.9))
    for place, numbers in enumerate(values.values()):
        error = 2 * float(numbers.std()) / len(numbers) ** 0.5
        axes.plot(numbers, [place + 0.16] * len(numbers), "o", color="#0072B2", alpha=0.5, linestyle="")
        axes.errorbar(
            float(numbers.mean()), place - 0.12, xerr=error, color=BLACK, marker="D", capsize=5, linestyle="-"
        )
    axes.set_yticks(range(len(values)), list(values))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set(xlabel=f"{what}; black: mean ± 2 standard errors", title=title)
    return figure
