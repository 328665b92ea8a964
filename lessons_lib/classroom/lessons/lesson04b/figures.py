"""The drawings of lesson 04b."""

import math
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Arc
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import LINES


def turning() -> Figure:
    """One look of one layer, with the turning in its place."""
    drawing = Drawing(width=7, height=3.0)
    x = drawing.box("tokens", at=(0.55, 1.55), shape="[T, C]")
    parts = {}
    for name, y in (("query", 2.55), ("key", 1.55), ("value", 0.55)):
        weights = drawing.box(f"$W_{name[0]}$", at=(1.75, y), kind="learned")
        parts[name] = drawing.box(name, at=(2.75, y), shape="[T, D]")
        drawing.arrow(x, weights, **({} if name == "key" else {"corner": "along"}))
        drawing.arrow(weights, parts[name])
    turned = [drawing.box("turn by place", at=(4.15, y), kind="step") for y in (2.55, 1.55)]
    drawing.arrow(parts["query"], turned[0])
    drawing.arrow(parts["key"], turned[1])
    weights = drawing.box("dot products,\nmask, softmax", at=(5.95, 2.05), kind="step", height=0.62)
    drawing.arrow(turned[0], weights)
    drawing.arrow(turned[1], weights)
    mean = drawing.box("weighted mean", at=(5.95, 0.55), kind="step")
    drawing.arrow(weights, mean, label="weights")
    drawing.arrow(parts["value"], mean, label="as they are")
    drawing.note("the same in every head of every layer", at=(3.5, 0.12))
    return drawing.figure


def two_layers() -> Figure:
    """Two orders of two words under a causal mask: what each place has seen after one layer, and the last after two."""
    drawing = Drawing(width=7, height=2.75)
    for y, name in ((0.3, "words"), (1.25, "after\nlayer 1"), (2.4, "after\nlayer 2")):
        drawing.note(name, at=(0.35, y))
    for left, words in ((0.75, ("dog", "cat")), (3.95, ("cat", "dog"))):
        columns = [left + x for x in (0.45, 1.4, 2.5)]
        drawing.note(f"{words[0]} first", at=(columns[0], 2.4))
        below = [drawing.box(word, at=(x, 0.3)) for word, x in zip((*words, "last"), columns, strict=True)]
        seen = (words[0], "dog, cat", "dog, cat, last")
        middle = [
            drawing.box(word, at=(x, 1.25), shape=f"has seen\n{what}")
            for word, x, what in zip((*words, "last"), columns, seen, strict=True)
        ]
        last = drawing.box("last", at=(columns[2], 2.4))
        for number, place in enumerate(below):
            for later in middle[number:]:
                drawing.arrow(place, later)
        for place in middle:
            drawing.arrow(place, last)
    return drawing.figure


def layouts(width: int) -> Figure:
    """The numbers of a head, coloured by the pair that they are in, in both layouts."""
    figure, axes = plt.subplots(figsize=(7, 1.7))
    pairs = {"neighbours": [i // 2 for i in range(width)], "halves": [i % (width // 2) for i in range(width)]}
    for row, (name, members) in enumerate(pairs.items()):
        y = -1.5 * row
        axes.text(-0.2, y + 0.5, name, ha="right", va="center")
        for number, pair in enumerate(members):
            look = {"facecolor": ("#56B4E9", "#F0E442", "white", "#CCCCCC")[pair], "hatch": ("", "//", "..", "")[pair]}
            axes.add_patch(plt.Rectangle((number, y), 1, 1, edgecolor="black", **look))
            patch = {"facecolor": "white", "edgecolor": "none", "pad": 1.5}
            axes.text(number + 0.5, y + 0.65, str(number), ha="center", va="center", bbox=patch)
            axes.text(number + 0.5, y + 0.25, f"pair {pair}", ha="center", va="center", fontsize=8, bbox=patch)
    axes.set(xlim=(-1.8, width + 0.1), ylim=(-1.6, 1.1))
    axes.axis("off")
    return figure


def waves(pattern: Tensor, curves: Mapping[int, Tensor]) -> Figure:
    """A pattern [T, C] in grey, and dot products of some places with those after them [N]."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7.5, 3))
    image = left.imshow(pattern, aspect="auto", cmap="gray", interpolation="nearest")
    left.grid(visible=False)
    left.set(xlabel="column", ylabel="place", title="Fast on the left, slow on the right")
    figure.colorbar(image, ax=left)
    for (place, curve), line, width in zip(curves.items(), LINES, (5.5, 3.2, 1.4), strict=False):
        right.plot(curve, linestyle=line, marker="", linewidth=width, label=f"from place {place}")
    right.set(xlabel="how many places apart", ylabel="dot product", title="Only the distance counts")
    right.legend()
    return figure


def dials(pairs: Sequence[tuple[int, int]], degrees: float) -> Figure:
    """A query and a key, one arrow at place 0, turned to some places, and the angle from the key on to the query."""
    figure, panels = plt.subplots(1, len(pairs), figsize=(7, 2.35))
    for axes, (m, n) in zip(panels, pairs, strict=True):
        axes.add_patch(plt.Circle((0, 0), 1, fill=False, color="#888888"))
        axes.plot((0.9, 1.1), (0, 0), color="#888888", linestyle="-", marker="")
        axes.text(1.15, 0, "0°", ha="left", va="center", fontsize=9, color="#555555")
        between = (m - n) * degrees % 360
        for place, width, name in ((m, 3.2, "query"), (n, 1.4, "key")):
            angle = math.radians(place * degrees)
            end = (math.cos(angle), math.sin(angle))
            axes.annotate("", end, (0, 0), arrowprops={"arrowstyle": "->", "linewidth": width})
            aside = (
                0.0 if between else (0.16 if name == "query" else -0.16)
            )  # names of one arrow stand one above the other
            axes.text(1.38 * end[0], 1.22 * end[1] + aside, name, ha="center", va="center", fontsize=9)
        if between:
            axes.add_patch(Arc((0, 0), 0.8, 0.8, theta1=n * degrees % 360, theta2=m * degrees % 360))
            middle = math.radians(n * degrees + between / 2)
            axes.text(0.62 * math.cos(middle), 0.6 * math.sin(middle), f"{between:g}°", ha="center", va="center")
        axes.set(xlim=(-1.7, 1.7), ylim=(-1.5, 1.45), aspect="equal")
        turns = [f"{place * degrees % 360:g}°" for place in (m, n)]
        axes.set_title(f"query {m}: {turns[0]}, key {n}: {turns[1]}", loc="center", fontsize=9)
        axes.axis("off")
    return figure


def hands(speeds: Tensor, pairs: Sequence[int], longest: int) -> Figure:
    """What some pairs add to a score over the distance, for a query and a key that are one arrow at place 0."""
    figure, axes = plt.subplots(figsize=(7, 2.8))
    distances = torch.linspace(0, longest, 20 * longest + 1)
    for pair, line in zip(pairs, LINES, strict=False):
        axes.plot(distances, torch.cos(distances * speeds[pair]), linestyle=line, marker="", label=f"pair {pair}")
    axes.set(xlabel="distance in tokens", ylabel="cosine of the angle", ylim=(-1.1, 1.1), yticks=(-1, 0, 1))
    axes.set_xlim(0, longest)
    figure.legend(ncols=len(pairs), loc="outside upper center")
    return figure


def answers(chances: Mapping[str, tuple[float, float]]) -> Figure:
    """For each order of the sentence the chances of dog and cat."""
    figure, axes = plt.subplots(figsize=(6, 2.4))
    for shift, (animal, hatch) in zip((-0.19, 0.19), (("dog", ""), ("cat", "//")), strict=True):
        values = [pair[animal == "cat"] for pair in chances.values()]
        places = [place + shift for place in range(len(values))]
        colour = "white" if hatch else "#0072B2"
        axes.barh(places, values, height=0.36, label=animal, color=colour, edgecolor="black", hatch=hatch)
        for place, value in zip(places, values, strict=True):
            axes.text(value + 0.01, place, f"{animal} {value:.2f}", va="center", fontsize=9)
    axes.set_yticks(range(len(chances)), list(chances))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set(xlabel="chance of the next token", xlim=(0, 1.1))
    return figure
