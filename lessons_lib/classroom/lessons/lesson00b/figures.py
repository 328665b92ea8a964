"""What lesson 00b draws."""

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson00b import tiny
from lessons_lib.classroom.lessons.lesson00b.names import NAMES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RATES = (0.01, 0.1, 1.0, 3.0, 10.0, 30.0)
BROKEN = "blown up"
EVEN, COUNTED = 3.296, 2.354  # losses: guessing evenly among 27 letters, and counting all pairs of the names


def _page(width: float, height: float) -> "tuple[Figure, Axes]":
    """An empty page whose unit is half an inch."""
    figure, axes = plt.subplots(figsize=(width / 2, height / 2))
    axes.set(xlim=(-0.1, width - 0.1), ylim=(0, height), aspect="equal")
    axes.axis("off")
    return figure, axes


def _grid(axes: "Axes", numbers: Sequence[Sequence], at: tuple[float, float], real=None, dark=()) -> None:
    """A table of cells, its upper left corner at a point; cells that are not real are dashed, dark ones are shaded."""
    for i, line in enumerate(numbers):
        for j, number in enumerate(line):
            true = real is None or real(i, j)
            face = "#d0d0d0" if (i, j) in dark else "white"
            corner = at[0] + j, at[1] - i - 1
            axes.add_patch(plt.Rectangle(corner, 1, 1, fc=face, ec="#333333", ls="-" if true else ":", lw=1))
            text = {"ha": "center", "va": "center", "color": "black" if true else "#777777"}
            axes.text(corner[0] + 0.5, corner[1] + 0.5, str(number), **text)


def broadcasting() -> "Figure":
    """[3, 1] + [4]: what is stretched, and the result."""
    column, row = [10, 20, 30], [1, 2, 3, 4]
    figure, axes = _page(14.2, 4.2)
    _grid(axes, [[c] * 4 for c in column], (0, 3.4), real=lambda i, j: j == 0)
    _grid(axes, [row] * 3, (5, 3.4), real=lambda i, j: i == 0)
    _grid(axes, [[c + r for r in row] for c in column], (10, 3.4))
    for x, mark in ((4.5, "+"), (9.5, "=")):
        axes.text(x, 1.9, mark, ha="center", va="center", fontsize=14)
    for x, label in ((2, "[3, 1]"), (7, "[4], that is [1, 4]"), (12, "[3, 4]")):
        axes.text(x, 3.6, label, ha="center", va="bottom")
    return figure


def rows_times_columns() -> "Figure":
    """A product of matrices of which one number is worked out: its row and its column are shaded."""
    left, right = [[1, 2, 3], [0, 1, 4]], [[2, 1], [0, 3], [1, 5]]
    figure, axes = _page(10.4, 4.5)
    _grid(axes, left, (0, 3.1), dark={(1, 0), (1, 1), (1, 2)})
    _grid(axes, right, (4.4, 3.6), dark={(0, 0), (1, 0), (2, 0)})
    _grid(axes, [["?", "?"], [4, "?"]], (7.8, 3.1), dark={(1, 0)})
    for x, mark in ((3.7, "@"), (7.1, "=")):
        axes.text(x, 2.1, mark, ha="center", va="center", fontsize=14)
    for x, y, label in ((1.5, 3.8, "[2, 3]"), (5.4, 3.8, "[3, 2]"), (8.8, 3.8, "[2, 2]")):
        axes.text(x, y, label, ha="center", va="bottom")
    axes.annotate("0 · 2 + 1 · 0 + 4 · 1 = 4", (8.3, 1.1), (8.3, 0.2), ha="center", arrowprops={"arrowstyle": "-"})
    return figure


def recipe() -> "Figure":
    """The second row of the same product as a mixture of the rows on the right."""
    figure, axes = _page(13.4, 5.6)
    right = [[2, 1], [0, 3], [1, 5]]
    for i, (amount, row) in enumerate(zip((0, 1, 4), right, strict=True)):
        top = 4.8 - 1.2 * i
        _grid(axes, [[amount]], (0.6, top), dark={(0, 0)})
        _grid(axes, [row], (3.4, top))
        _grid(axes, [[amount * number for number in row]], (7.2, top))
        for x, mark in ((2.5, "times"), (6.3, "=")):
            axes.text(x, top - 0.5, mark, ha="center", va="center")
        if i:
            axes.text(6.9, top + 0.1, "+", ha="center", va="center", fontsize=12)
    axes.plot((7.0, 9.4), (1.28, 1.28), color="#333333", lw=1, ls="-", marker="")
    _grid(axes, [[4, 23]], (7.2, 1.15))
    for x, label in ((1.1, "recipe"), (4.4, "rows on the right")):
        axes.text(x, 5.0, label, ha="center", va="bottom")
    axes.text(9.5, 0.65, "second row of the result", ha="left", va="center")
    return figure


def chain() -> "Figure":
    """The notes of (2a - 5)² at a = 4: values forwards; below, slopes backwards, multiplied by each step's own."""
    d = Drawing(width=7, height=2.3)
    a = d.box("a", at=(0.8, 1.75), shape="4", kind="learned", width=1.1)
    inner = d.box("2a − 5", at=(3.5, 1.75), shape="3", kind="step", width=1.1)
    loss = d.box("loss", at=(6.2, 1.75), shape="9", kind="step", width=1.1)
    d.arrow(a, inner, label="times 2, minus 5")
    d.arrow(inner, loss, label="squared")
    slopes = [d.box(text, at=(x, 0.6), width=1.1) for text, x in (("12", 0.8), ("6", 3.5), ("1", 6.2))]
    d.arrow(slopes[2], slopes[1], label="times 2 · 3")
    d.arrow(slopes[1], slopes[0], label="times 2")
    for text, x in (("slope for a", 0.8), ("slope for 2a − 5", 3.5), ("slope for itself", 6.2)):
        d.note(text, at=(x, 0.25))
    d.note("hatched: a number that is learned", at=(1.2, 2.2))
    return d.figure


def next_letter() -> "Figure":
    """The parts of the model that writes names: in each box the shape that comes out, below it what was learned."""
    d = Drawing(width=7, height=1.7)
    ids = d.box("ids", at=(0.55, 1.05), shape="[N, 3]")
    table = d.box("embedding", at=(2.05, 1.05), shape="[N, 3, 16]", kind="learned")
    flat = d.box("flatten", at=(3.5, 1.05), shape="[N, 48]", kind="step")
    linear = d.box("linear", at=(4.95, 1.05), shape="[N, 27]", kind="learned")
    scores = d.box("scores", at=(6.4, 1.05), shape="[N, 27]")
    for start, end in ((ids, table), (table, flat), (flat, linear), (linear, scores)):
        d.arrow(start, end)
    d.note("such as . a d", at=(0.55, 0.5))
    d.note("table [27, 16]", at=(2.05, 0.5))
    d.note("one long row", at=(3.5, 0.5))
    d.note("W [27, 48], b [27]", at=(4.95, 0.5))
    d.note("of . and a to z", at=(6.4, 0.5))
    d.note("in each box the shape that comes out; hatched boxes hold learned numbers", at=(3.5, 0.18))
    return d.figure


def falling(losses: Sequence[float]) -> "Figure":
    """A loss curve between guessing evenly and counting."""
    figure, axes = plt.subplots(figsize=(7, 2.8))
    axes.plot(losses, lw=0.8, marker="", label="loss of each batch")
    _levels(axes)
    axes.set(xlabel="step", ylabel="loss", title="It falls from knowing nothing towards what counting knows")
    axes.legend(loc="upper right", ncols=3)
    axes.set_ylim(2.0, 3.9)
    return figure


def _levels(axes: "Axes") -> None:
    axes.axhline(EVEN, color="black", ls="--", lw=1, marker="", label="guessing evenly")
    axes.axhline(COUNTED, color="black", ls=":", lw=1.4, marker="", label="counting pairs")


def two_tables(counted: Tensor, learned: Tensor) -> "Figure":
    """The chances of each letter after each letter, counted and learned, on one scale; the row of q is framed."""
    figure, panels = plt.subplots(1, 2, figsize=(7.6, 4.7))
    for axes, chances, title in zip(panels, (counted, learned), ("counted", "learned"), strict=True):
        image = axes.imshow(chances, cmap="Greys", vmin=0, vmax=0.5)
        axes.set_xticks(range(27), list(tiny.LETTERS), fontsize=9)
        axes.set_yticks(range(27), list(tiny.LETTERS), fontsize=9)
        axes.tick_params(length=0)
        axes.grid(visible=False)
        axes.add_patch(plt.Rectangle((-0.5, tiny.LETTERS.index("q") - 0.5), 27, 1, fill=False, ec="black", lw=1))
        axes.set(title=title, xlabel="next letter")
    panels[0].set_ylabel("this letter")
    figure.colorbar(image, ax=panels, orientation="horizontal", shrink=0.4, label="chance", extend="max")
    return figure


@cache
def _curve(lr: float) -> list[float]:
    """The losses of 1,000 steps of the one-letter model at a learning rate."""
    return tiny.train(tiny.NextLetter(context=1), NAMES, context=1, steps=1000, lr=lr)


def learning_rate(lr: float, steps: int) -> "tuple[Figure, str]":
    """The loss curves of the one-letter model at all learning rates, one of them in front, and where that one ends."""
    figure, grid = plt.subplots(2, 3, figsize=(7, 3.6), sharex=True, sharey=True)
    for axes, rate in zip(grid.flat, RATES, strict=True):
        chosen = rate == lr
        axes.plot(_curve(rate)[:steps], lw=0.8, marker="", ls="-", color="black" if chosen else "#888888")
        axes.axhline(COUNTED, color="black", ls=":", lw=1.4, marker="")
        axes.set(xlim=(-0.01 * steps, steps), ylim=(2, 6))
        if _end(rate, steps) == BROKEN:
            axes.text(0.5 * steps, 4, "leaves the page\nafter a few steps", ha="center", va="center", fontsize=9)
        axes.set_title(f"{rate:g}: {_end(rate, steps)}", fontsize=9, fontweight="bold" if chosen else "normal")
    for axes in grid[:, 0]:
        axes.set_ylabel("loss")
    for axes in grid[1]:
        axes.set_xlabel("step")
    return figure, f"learning rate {lr:g}, mean loss of the last 20 steps: {_end(lr, steps)}"


def _end(lr: float, steps: int) -> str:
    last = sum(_curve(lr)[steps - 20 : steps]) / 20
    return f"{last:.2f}" if last < 100 else BROKEN
