"""The drawings of lesson 07."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import LINES


def cache() -> Figure:
    """One layer that reads one new token: what is kept, what is added to it, and what looks at it."""
    drawing = Drawing(width=7, height=3.1)
    x = drawing.box("new token", at=(0.65, 1.6), shape="[1, C]")
    parts = {}
    for name, y in (("query", 2.65), ("key", 1.6), ("value", 0.55)):
        weights = drawing.box(f"$W_{name[0]}$", at=(1.95, y), kind="learned")
        parts[name] = drawing.box(name, at=(3.05, y), shape="[1, D]")
        drawing.arrow(x, weights, **({} if name == "key" else {"corner": "along"}))
        drawing.arrow(weights, parts[name])
    keys = drawing.box("kept keys", at=(4.75, 1.6), shape="[S, D]", width=1.3)
    values = drawing.box("kept values", at=(4.75, 0.55), shape="[S, D]", width=1.3)
    drawing.arrow(parts["key"], keys, label="joins")
    drawing.arrow(parts["value"], values, label="joins")
    look = drawing.box("look", at=(6.4, 1.6), kind="step")
    drawing.arrow(parts["query"], look, corner="across")
    drawing.arrow(keys, look)
    drawing.arrow(values, look, corner="across")
    drawing.note("asked once, then dropped", at=(4.6, 2.85))
    return drawing.figure


def offset_mask() -> Figure:
    """Which keys each of two new tokens sees behind three kept ones: a row of `[T, S]` a token."""
    drawing = Drawing(width=5.2, height=1.75)
    drawing.note("S = 5 keys: 3 kept, 2 new", at=(3.6, 1.6))
    for row, y in ((3, 1.2), (4, 0.5)):
        drawing.note(f"new, at place {row}, sees", at=(1.0, y))
        marks = ["✓" if n <= row else "–" for n in range(5)]
        kept = drawing.row(marks[:3], at=(3.2, y), labels=["kept 0", "kept 1", "kept 2"], kind="step")
        drawing.row(marks[3:], at=(kept.right + kept.width / 3 + 0.04, y), labels=["new 3", "new 4"])
    return drawing.figure


def price(lengths: Sequence[int], again: Sequence[float], cached: Sequence[float]) -> Figure:
    """Operations for one more token against the length of the text, without a cache and with one."""
    figure, axes = plt.subplots(figsize=(7, 2.8))
    for cost, name, line in ((again, "reading all again", LINES[0]), (cached, "with the cache", LINES[1])):
        axes.plot(lengths, cost, linestyle=line, marker="", label=name)
    axes.set(xscale="log", yscale="log", xlabel="tokens in the text", ylabel="operations for one more token")
    axes.set_xticks([1, 16, 256, 4096], ["1", "16", "256", "4,096"])
    axes.minorticks_off()
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def models(sizes: Mapping[str, tuple[float, float, float]]) -> Figure:
    """For some models the GB of a full context where all layers keep everything, as built, and of the weights."""
    figure, axes = plt.subplots(figsize=(7, 3.3))
    looks = {"all layers keep all": ("o", "#ffffff"), "as built": ("o", "#0072B2"), "weights": ("s", "#dddddd")}
    for column, (label, (marker, colour)) in enumerate(looks.items()):
        places = [place + (column == 2) * 0.28 for place in range(len(sizes))]
        marks = [values[column] for values in sizes.values()]
        size = 9 if column == 0 else 6  # the first as a ring where both are equal
        axes.plot(marks, places, marker, markersize=size, color=colour, markeredgecolor="black", label=label)
    axes.set_yticks(range(len(sizes)), list(sizes))
    axes.grid(axis="y", visible=False)
    axes.set(xlabel="GB in 16 bits (logarithmic axis)", xscale="log", ylim=(len(sizes) - 0.4, -0.5))
    axes.set_xticks([0.1, 1, 10], ["0.1", "1", "10"])
    figure.legend(loc="outside lower center", ncols=3)
    return figure


def shares(rows: Sequence[int], weights: Sequence[float], caches: Sequence[float]) -> Figure:
    """MB fetched for one token of one row, of the weights and of caches, against the rows of a batch."""
    figure, axes = plt.subplots(figsize=(7, 2.5))
    places = range(len(rows))
    axes.barh(places, weights, label="its share of the weights", color="#dddddd", edgecolor="black", hatch="..")
    axes.barh(places, caches, left=weights, label="its own cache", color="#0072B2", edgecolor="black")
    for place, total in zip(places, map(sum, zip(weights, caches, strict=True)), strict=True):
        axes.text(total + 6, place, f"{total:,.0f}", va="center", fontsize=9)
    axes.set_yticks(places, [f"{n} {'row' if n == 1 else 'rows'}" for n in rows])
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set(xlabel="MB fetched for each token that is written", xlim=(0, 650))
    figure.legend(loc="outside upper center", ncols=2)
    return figure
