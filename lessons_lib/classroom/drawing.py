"""Drawings of structure: boxes with shapes, arrows, notes and rows of numbers, in one style that is readable in grey.

White boxes hold data, hatched ones learned numbers, grey ones with round corners are computations without learned
numbers. The grid's unit is an inch, its origin bottom left. Text is measured as it will be drawn: a box is as wide as
its text needs, and what would lie on something else, or off the page, is an error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from lessons_lib.classroom.panels.figures import DPI, style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGE = 7.0  # inches: what is wider would be shrunk by the page, and its text with it
INK, EDGE, GREY, PALE, HATCH = "#000000", "#333333", "#dedede", "#f4f4f4", "#c4c4c4"
NAME, SMALL = 10, 8.5  # points
PADDING = 0.09  # inches between a text and the edge of its box
GAP = 0.05  # inches between an arrow and its label, and between the two lines of a box
STRIPE = 0.07  # inches from one line of a hatched box to the next
KINDS = ("data", "learned", "step")


@dataclass(frozen=True)
class Place:
    """A rectangle on the page, in inches, that arrows can lead to.

    Attributes:
        name: what stands in it.
        x: of its centre.
        y: of its centre.
        width: in inches.
        height: in inches.
    """

    name: str
    x: float
    y: float
    width: float = 0.0
    height: float = 0.0

    @property
    def left(self) -> float:
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y - self.height / 2

    @property
    def top(self) -> float:
        return self.y + self.height / 2

    def overlaps(self, other: Place) -> bool:
        across = min(self.right, other.right) - max(self.left, other.left)
        along = min(self.top, other.top) - max(self.bottom, other.bottom)
        return across > 1e-6 and along > 1e-6

    def meets(self, start: tuple[float, float], end: tuple[float, float]) -> bool:
        """Whether a straight line crosses the rectangle."""
        low, high = 0.0, 1.0
        for a, b, least, most in ((start[0], end[0], self.left, self.right), (start[1], end[1], self.bottom, self.top)):
            if a == b:
                if not least < a < most:
                    return False
                continue
            near, far = sorted(((least - a) / (b - a), (most - a) / (b - a)))
            low, high = max(low, near), min(high, far)
        return high - low > 1e-6


@dataclass(frozen=True)
class Row(Place):
    """A row of cells, each of which is a place of its own: `row[0]`."""

    cells: tuple[Place, ...] = ()

    def __getitem__(self, number: int) -> Place:
        return self.cells[number]


class Drawing:
    """A page to draw on.

    Args:
        width: in inches; a notebook's page is 7 wide.
        height: in inches.

    Raises:
        ValueError: if the drawing is wider than a page.
    """

    def __init__(self, width: float = PAGE, height: float = 2.4) -> None:
        from matplotlib import rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        if not (0 < width <= PAGE and height > 0):
            raise ValueError(f"width, height: got {width} × {height}, allowed a width of at most {PAGE:g}")
        self.width, self.height = width, height
        self._style = {**style(), "figure.constrained_layout.use": False, "figure.dpi": DPI}
        with rc_context(self._style):
            self._figure = Figure(figsize=(width, height))
            self._axes = self._figure.add_axes((0, 0, 1, 1))
        self._axes.set(xlim=(0, width), ylim=(0, height))
        self._axes.axis("off")
        self._renderer = FigureCanvasAgg(self._figure).get_renderer()
        self._places: list[Place] = []
        self._lines: list[tuple[tuple[float, float], tuple[float, float]]] = []

    def box(
        self,
        text: str,
        at: tuple[float, float],
        *,
        shape: str = "",
        kind: str = "data",
        width: float | None = None,
        height: float | None = None,
    ) -> Place:
        """Draw a box.

        Args:
            text: its name; may have several lines.
            at: its centre.
            shape: below the name, smaller, such as `"[T, H]"`.
            kind: `"data"`, `"learned"` (learned numbers) or `"step"` (a computation without them).
            width: in inches; as wide as the text by default.
            height: in inches; as high as the text by default.

        Raises:
            ValueError: if the text does not fit into the width and height given, or the box onto the page.
        """
        name_width, name_height = self._measured(text, NAME)
        shape_width, shape_height = self._measured(shape, SMALL) if shape else (0.0, 0.0)
        if shape:
            shape_height += GAP / 2
        needed = max(name_width, shape_width) + 2 * PADDING, name_height + shape_height + 2 * PADDING
        given = (width or needed[0], height or needed[1])
        if given[0] < needed[0] - 1e-6 or given[1] < needed[1] - 1e-6:
            sizes = f"{given[0]:.2f} × {given[1]:.2f}, allowed at least {needed[0]:.2f} × {needed[1]:.2f}"
            raise ValueError(f"width, height of {text!r}: got {sizes}")
        place = self._placed(Place(text, *at, *given))
        self._rectangle(place, kind)
        self._text(text, (at[0], at[1] + shape_height / 2), NAME)
        if shape:
            self._text(shape, (at[0], at[1] - name_height / 2 - GAP / 4), SMALL)
        return place

    def row(
        self,
        values: Sequence[float | str],
        at: tuple[float, float],
        *,
        labels: Sequence[str] = (),
        kind: str = "data",
    ) -> Row:
        """Draw a row of small cells.

        Args:
            values: one a cell; numbers are written with up to three digits.
            at: the centre of the cells.
            labels: what stands below each cell.
            kind: as of a box.

        Raises:
            ValueError: if there are more or fewer labels than cells, or the row does not fit onto the page.
        """
        texts = [value if isinstance(value, str) else f"{float(value):.3g}" for value in values]
        if not texts or (labels and len(labels) != len(texts)):
            raise ValueError(f"labels: got {len(labels)} for {len(texts)} cells, allowed none or one a cell")
        sizes = [self._measured(text, SMALL) for text in (*texts, *labels)]
        width = max(size[0] for size in sizes) + 1.2 * PADDING
        height = max(size[1] for size in sizes) + 1.2 * PADDING
        left = at[0] - width * (len(texts) - 1) / 2
        row = Row(", ".join(texts), *at, width * len(texts), height)
        cells = tuple(Place(text, left + number * width, at[1], width, height) for number, text in enumerate(texts))
        self._placed(row)
        for cell in cells:
            self._rectangle(cell, "data" if kind == "step" else kind, GREY if kind == "step" else "")
            self._text(cell.name, (cell.x, cell.y), SMALL)
        for cell, label in zip(cells, labels, strict=False):
            place = Place(label, cell.x, cell.bottom - height / 2, *self._measured(label, SMALL))
            self._text(label, (place.x, place.y), SMALL)
            self._placed(place)
        return Row(row.name, row.x, row.y, row.width, row.height, cells)

    def note(self, text: str, at: tuple[float, float]) -> Place:
        """Write a remark, centred at a point.

        Raises:
            ValueError: if it does not fit onto the page.
        """
        place = self._placed(Place(text, *at, *self._measured(text, SMALL)))
        self._text(text, at, SMALL, style="italic")
        return place

    def arrow(
        self,
        start: Place,
        end: Place,
        label: str = "",
        *,
        bend: float = 0.0,
        corner: str = "",
    ) -> None:
        """Draw an arrow from the edge of one place to the edge of another.

        A straight one runs level or upright where the two overlap that way, otherwise from centre to centre.

        Args:
            start: a box, a row, a cell or a note.
            end: the same.
            label: above a level arrow, right of an upright one.
            bend: go around: so many inches above the higher of two neighbours side by side, below for negative; of two
                that stand one above the other, so many inches right of the wider, left for negative.
            corner: `"across"` goes sideways first and then up or down, `"along"` up or down first.

        Raises:
            ValueError: if the corner is another word, or the label does not fit onto the page.
        """
        points = _path(start, end, bend, corner)
        self._lines += pairwise(points)
        self._axes.plot(*zip(*points, strict=True), color=EDGE, linewidth=1.2, linestyle="-", marker="", zorder=1)
        # The head is drawn apart, so that it points straight into the box.
        self._axes.annotate(
            "",
            xy=points[-1],
            xytext=points[-2],
            arrowprops={"arrowstyle": "-|>,head_width=0.22,head_length=0.45", "color": EDGE, "linewidth": 1.2}
            | {"shrinkA": 0, "shrinkB": 0, "mutation_scale": 10},
        )
        if label:
            self._label(label, points, -1 if bend < 0 else 1)

    def _label(self, label: str, points: list[tuple[float, float]], side: int) -> None:
        """Write a label above or right of the longest part of an arrow; below or left of it for side -1."""
        (x0, y0), (x1, y1) = max(pairwise(points), key=lambda line: math.dist(*line))
        width, height = self._measured(label, SMALL)
        x, y = (x0 + x1) / 2, (y0 + y1) / 2
        if abs(x1 - x0) < 1e-6:
            x += side * (width / 2 + 1.5 * GAP)
        elif abs(y1 - y0) < 1e-6:
            y += side * (height / 2 + GAP)
        else:  # beside a slanting line: as far off as its steepness asks for
            slope = abs((y1 - y0) / (x1 - x0))
            y += side * (height / 2 + GAP + slope * width / 2)
        place = self._placed(Place(label, x, y, width, height))
        self._text(label, (place.x, place.y), SMALL)

    @property
    def figure(self) -> Figure:
        """The drawing as a figure.

        Raises:
            ValueError: if two things lie on each other, or an arrow runs through a text.
        """
        for number, one in enumerate(self._places):
            for other in self._places[:number]:
                if one.overlaps(other):
                    raise ValueError(f"{one.name!r} lies on {other.name!r}; move one of them")
        for place in self._places:
            if any(place.meets(*line) for line in self._lines):
                raise ValueError(f"an arrow runs through {place.name!r}; move it, or bend the arrow")
        return self._figure

    def _measured(self, text: str, size: float) -> tuple[float, float]:
        """Width and height of a text in inches."""
        artist = self._text(text, (0, 0), size)
        box = artist.get_window_extent(self._renderer)
        artist.remove()
        return box.width / DPI, box.height / DPI

    def _text(self, text: str, at: tuple[float, float], size: float, **more: str):
        look = {"ha": "center", "va": "center", "color": INK, "fontfamily": "DejaVu Sans", "zorder": 4, **more}
        return self._axes.text(*at, text, fontsize=size, **look)

    def _placed(self, place: Place) -> Place:
        if place.left < 0 or place.right > self.width or place.bottom < 0 or place.top > self.height:
            reach = f"x from {place.left:.2f} to {place.right:.2f}, y from {place.bottom:.2f} to {place.top:.2f}"
            raise ValueError(f"{place.name!r} has {reach}; the page is {self.width:g} × {self.height:g}")
        self._places.append(place)
        return place

    def _rectangle(self, place: Place, kind: str, fill: str = "") -> None:
        from matplotlib.patches import FancyBboxPatch, Rectangle

        if kind not in KINDS:
            raise ValueError(f"kind: got {kind!r}, allowed {', '.join(KINDS)}")
        corner, size = (place.left, place.bottom), (place.width, place.height)
        fill = fill or {"data": "white", "learned": PALE, "step": GREY}[kind]
        if kind == "learned":
            self._hatched(place, fill)
            fill = "none"
        edge = {"facecolor": fill, "edgecolor": EDGE, "linewidth": 1.0, "zorder": 3}
        if kind == "step":
            rounded = f"round,pad=0,rounding_size={min(0.12, place.height / 3)}"
            self._axes.add_patch(FancyBboxPatch(corner, *size, boxstyle=rounded, **edge))
        else:
            self._axes.add_patch(Rectangle(corner, *size, **edge))

    def _hatched(self, place: Place, fill: str) -> None:
        """Slanting lines on a ground; matplotlib's own hatching depends on settings of the moment of drawing."""
        from matplotlib.collections import LineCollection
        from matplotlib.patches import Rectangle

        ground = Rectangle((place.left, place.bottom), place.width, place.height, facecolor=fill, linewidth=0, zorder=2)
        self._axes.add_patch(ground)
        count = math.ceil((place.width + place.height) / STRIPE)
        starts = [place.left - place.height + number * STRIPE for number in range(count)]
        stripes = [[(x, place.bottom), (x + place.height, place.top)] for x in starts]
        lines = LineCollection(stripes, colors=HATCH, linewidths=0.8, linestyles="solid", zorder=2)
        self._axes.add_collection(lines, autolim=False)
        lines.set_clip_path(ground)


def _path(start: Place, end: Place, bend: float, corner: str) -> list[tuple[float, float]]:
    """The corners of an arrow, from edge to edge."""
    level = _common(start.bottom, start.top, end.bottom, end.top)
    upright = _common(start.left, start.right, end.left, end.right)
    if corner not in ("", "across", "along"):
        raise ValueError(f"corner: got {corner!r}, allowed across, along")
    if bend and upright is None:  # side by side
        y = max(start.top, end.top) + bend if bend > 0 else min(start.bottom, end.bottom) + bend
        return [
            (start.x, start.top if bend > 0 else start.bottom),
            (start.x, y),
            (end.x, y),
            (end.x, end.top if bend > 0 else end.bottom),
        ]
    if bend:
        x = max(start.right, end.right) + bend if bend > 0 else min(start.left, end.left) + bend
        return [
            (start.right if bend > 0 else start.left, start.y),
            (x, start.y),
            (x, end.y),
            (end.right if bend > 0 else end.left, end.y),
        ]
    if corner == "across":
        out = start.right if end.x > start.x else start.left
        return [(out, start.y), (end.x, start.y), (end.x, end.bottom if end.y > start.y else end.top)]
    if corner == "along":
        out = start.top if end.y > start.y else start.bottom
        return [(start.x, out), (start.x, end.y), (end.left if end.x > start.x else end.right, end.y)]
    if level is not None:
        ends = (start.right, end.left) if end.x > start.x else (start.left, end.right)
        return [(x, level) for x in ends]
    if upright is not None:
        ends = (start.top, end.bottom) if end.y > start.y else (start.bottom, end.top)
        return [(upright, y) for y in ends]
    return [_edge(start, end), _edge(end, start)]


def _common(a: float, b: float, c: float, d: float) -> float | None:
    """The middle of what two stretches have in common, if that is enough for an arrow to stand well."""
    low, high = max(a, c), min(b, d)
    return (low + high) / 2 if high - low > 2 * PADDING else None


def _edge(place: Place, towards: Place) -> tuple[float, float]:
    """Where the line between two centres leaves a place."""
    dx, dy = towards.x - place.x, towards.y - place.y
    scale = min(
        place.width / 2 / abs(dx) if dx else math.inf,
        place.height / 2 / abs(dy) if dy else math.inf,
    )
    return place.x + dx * scale, place.y + dy * scale
