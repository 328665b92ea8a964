"""What lesson 00b draws."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.colors import PowerNorm
from torch import Tensor

from lessons_lib.classroom.lessons.lesson00b.names import LETTERS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

SHARES = (0, 0.1, 0.3, 0.6, 1)  # written below the scale of greys


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


def along_dim() -> "Figure":
    """The sums of a table [2, 3] along each of its axes."""
    points = [[2, 0, 1], [1, 1, 4]]
    figure, axes = _page(8.4, 5.0)
    _grid(axes, points, (1, 4.2))
    _grid(axes, [[sum(column) for column in zip(*points, strict=True)]], (1, 1.2), dark={(0, 0), (0, 1), (0, 2)})
    for i, row in enumerate(points):
        _grid(axes, [[sum(row)]], (6.2, 4.2 - i), dark={(0, 0)})
    arrow = {"arrowstyle": "->", "color": "#333333"}
    for x in (1.5, 2.5, 3.5):
        axes.annotate("", (x, 1.25), (x, 2.15), arrowprops=arrow)
    for y in (3.7, 2.7):
        axes.annotate("", (6.15, y), (4.05, y), arrowprops=arrow)
    for x, y, label in ((2.5, 4.4, "[2, 3]"), (6.7, 4.4, "[2]"), (5.1, 4.4, "sum(1)")):
        axes.text(x, y + 0.05, label, ha="center", va="bottom")
    for y, label in ((1.7, "sum(0)"), (0.7, "[3]")):
        axes.text(4.2, y, label, ha="left", va="center")
    return figure


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


def counted(chances: Tensor) -> "Figure":
    """The counted shares of each letter after each letter."""
    figure, axes = plt.subplots(figsize=(5.2, 5.4))
    image = table_of_chances(axes, chances, "counted: what follows which letter")
    axes.set_ylabel("this letter")
    figure.colorbar(
        image, ax=axes, orientation="horizontal", shrink=0.5, label="share; small ones are stretched", ticks=SHARES
    )
    return figure


def table_of_chances(axes: "Axes", chances: Tensor, title: str, framed: str = "") -> "AxesImage":
    """The chances of each letter after each letter in grey; the grey grows like the root, so that small ones show.

    Args:
        axes: where to draw.
        chances: [27, 27]
        title: of the table.
        framed: the letters whose rows have a frame.
    """
    image = axes.imshow(chances, cmap="Greys", norm=PowerNorm(0.5, vmin=0, vmax=1))
    axes.set_xticks(range(27), list(LETTERS), fontsize=9)
    axes.set_yticks(range(27), list(LETTERS), fontsize=9)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    for letter in framed:
        axes.add_patch(plt.Rectangle((-0.5, LETTERS.index(letter) - 0.5), 27, 1, fill=False, ec="black", lw=1))
    axes.set(title=title, xlabel="next letter")
    return image
