"""What lesson 04 draws and prints: maps with headers, one look, a row cut into heads, and what experiments gave."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK, COLOURS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def grid(numbers: Tensor, rows: Sequence[str], columns: Sequence[str], digits: int = 0) -> None:
    """Print a table [rows, columns] with its headers; a 0 is a dot."""
    width = max(map(len, (*columns, "0.00")))
    print(" " * 9 + "".join(f"{name:>{width + 1}}" for name in columns))
    for name, row in zip(rows, numbers.tolist(), strict=True):
        cells = ["·" if number == 0 else f"{number:.{digits}f}" for number in row]
        print(f"{name:9}" + "".join(f"{cell:>{width + 1}}" for cell in cells))


def where(look: Tensor, names: Sequence[str], title: str) -> Figure:
    """One row of weights [T] as bars."""
    figure, axes = plt.subplots(figsize=(7, 2.5))
    axes.bar(range(len(look)), look)
    axes.set_xticks(range(len(look)), names, rotation=90, fontsize=9)
    axes.grid(axis="x", visible=False)
    axes.set(ylabel="share of attention", title=title, ylim=(0, 1))
    return figure


def exam(gaps: Sequence[int], scores: Mapping[str, Tensor], guessing: float) -> Figure:
    """Names recalled over the distance, a panel for each reader, a dot for each run.

    Args:
        gaps: the distances.
        scores: [gaps, R] for each reader.
        guessing: what blind guessing gets.
    """
    figure, panels = plt.subplots(1, len(scores), figsize=(7, 2.7), sharey=True)
    for axes, (name, runs), colour in zip(panels, scores.items(), COLOURS, strict=False):
        count = runs.shape[1]
        places = [tick + 0.07 * (n - (count - 1) / 2) for tick in range(len(gaps)) for n in range(count)]
        axes.plot(places, runs.flatten(), linestyle="", marker="o", markersize=4, color=colour)
        for tick in range(0, len(gaps), 2):
            axes.axvspan(tick - 0.5, tick + 0.5, color="#eeeeee", zorder=0, linewidth=0)
        axes.axhline(guessing, color=BLACK, linestyle=":", marker="")
        axes.set(title=f"{name}: {count} networks", xlabel="words between (a dot for each network)")
        axes.set(ylim=(0, 1.08), xlim=(-0.5, len(gaps) - 0.5))
        axes.set_xticks(range(len(gaps)), list(map(str, gaps)))
        axes.grid(axis="x", visible=False)
    panels[0].set_ylabel("names recalled")
    panels[0].text(-0.4, guessing + 0.03, "blind guessing")
    return figure


def one_look() -> Figure:
    """From x to the mix, with the shapes on the way."""
    d = Drawing(width=7, height=3.2)
    x = d.box("x", at=(0.45, 1.85), shape="[T, C]")
    q = d.box("W_q", at=(1.75, 2.75), kind="learned", shape="[C, D]")
    k = d.box("W_k", at=(1.75, 1.85), kind="learned", shape="[C, D]")
    v = d.box("W_v", at=(1.75, 0.65), kind="learned", shape="[C, D]")
    queries = d.box("queries", at=(3.05, 2.75), shape="[T, D]")
    keys = d.box("keys", at=(3.05, 1.85), shape="[T, D]")
    values = d.box("values", at=(3.05, 0.65), shape="[T, D]")
    scores = d.box("q kᵀ / √D\n+ mask", at=(4.5, 2.3), kind="step", shape="[T, T]")
    weights = d.box("weights", at=(6.2, 2.3), shape="[T, T]")
    mix = d.box("weights @ v", at=(5.0, 0.65), kind="step")
    out = d.box("mix", at=(6.45, 0.65), shape="[T, D]")
    d.arrow(x, q)
    d.arrow(x, k)
    d.arrow(x, v)
    d.arrow(q, queries)
    d.arrow(k, keys)
    d.arrow(v, values)
    d.arrow(queries, scores)
    d.arrow(keys, scores)
    d.arrow(scores, weights, label="softmax")
    d.arrow(weights, mix)
    d.arrow(values, mix)
    d.arrow(mix, out)
    d.note(
        "hatched: learned; grey: computed without learned numbers; T tokens, C numbers each, D in a head",
        at=(3.5, 0.12),
    )
    return d.figure


def cut_into_heads() -> Figure:
    """Rows of queries, cut at the columns: each head gets some columns of every token."""
    d = Drawing(width=7, height=2.55)
    d.note("queries [T, C]: one product", at=(1.7, 2.37))
    d.note("heads [H, T, D]: the same numbers", at=(5.45, 2.37))
    rows, kinds = ((1, 1.7), (2, 1.3), (3, 0.9)), ("step", "data")
    names = {1: "first", 2: "second", 3: "third"}
    for token, y in rows:
        d.note(f"{names[token]} token", at=(0.75, y))
        x = 1.5
        for head, kind in enumerate(kinds):
            cells = d.row(_columns(token, head), at=(x, y), kind=kind)
            x += cells.width
    for head, (kind, x) in enumerate(zip(kinds, (4.6, 6.2), strict=True)):
        d.note(f"head {head}", at=(x, 2.05))
        for token, y in rows:
            d.row(_columns(token, head), at=(x, y), kind=kind)
    d.note("view [T, H, D],", at=(3.25, 1.5))
    d.note("swap T and H →", at=(3.25, 1.22))
    d.note("T = 3 tokens, C = 4 numbers each, H = 2 heads of D = 2; 12 is column 2 of the first token", at=(3.5, 0.3))
    return d.figure


def _columns(token: int, head: int) -> list[str]:
    return [f"{token}{2 * head + column}" for column in range(2)]


def heat(axes: Axes, table: Tensor, names: Sequence[str], title: str, *, numbers: bool = True) -> None:
    """A table of weights [T, T] from 0 (white) to 1 (black)."""
    axes.imshow(table, cmap="Greys", vmin=0, vmax=1)
    size = min(9, 190 / len(names))  # of 40 tokens no two names touch
    axes.set_xticks(range(len(names)), names, rotation=60, ha="right", rotation_mode="anchor", fontsize=size)
    axes.set_yticks(range(len(names)), names, fontsize=size)
    axes.grid(visible=False)
    axes.set_title(title, fontsize=10)
    for i, j in product(range(len(names)), repeat=2) if numbers else ():
        if table[i][j] >= 0.005:
            colour = "white" if table[i][j] > 0.5 else "black"
            axes.text(j, i, f"{table[i][j]:.2f}", ha="center", va="center", fontsize=8, color=colour)


def two_maps(tables: Mapping[str, Tensor], names: Sequence[str]) -> Figure:
    """Maps [T, T] side by side."""
    figure, panels = plt.subplots(1, len(tables), figsize=(7, 3.4))
    for axes, (title, table) in zip(panels, tables.items(), strict=True):
        heat(axes, table, names, title)
        axes.set_xlabel("looked at")
    panels[0].set_ylabel("who looks")
    return figure


def head(table: Tensor, names: Sequence[str], token: int, title: str) -> tuple[Figure, str]:
    """All weights [T, T] of a head, the row of one token, and that row in words."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 4.6), width_ratios=(5, 2))
    heat(left, table, names, title, numbers=False)
    left.set(xlabel="looked at", ylabel="who looks")
    left.add_patch(plt.Rectangle((-0.5, token - 0.5), len(names), 1, fill=False, edgecolor=COLOURS[0]))
    right.barh(range(token + 1), table[token, : token + 1])
    right.set_yticks(range(token + 1), names[: token + 1], fontsize=min(8, 190 / len(names)))
    right.set(title=f"where {names[token]} looks", xlabel="share of attention", xlim=(0, 1))
    right.grid(axis="y", visible=False)
    right.invert_yaxis()
    best = table[token].topk(min(3, token + 1))
    words = ", ".join(f"{names[int(j)]} {share:.2f}" for share, j in zip(*best, strict=True))
    return figure, f"{names[token]} looks at {words}"
