"""What only appendix A2 draws."""

import math
from collections.abc import Callable, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing, Place
from lessons_lib.classroom.panels.figures import BLACK, BLUE, ORANGE, VERMILION

PLAIN = {"marker": "", "linestyle": "-"}
BEHIND = {"facecolor": "white", "edgecolor": "none", "pad": 0.5}  # what keeps a line from crossing a label


def ladder() -> Figure:
    """Exponents of 2 above, the powers below: a step adds 1 or doubles."""
    d = Drawing(width=6.9, height=1.3)
    powers = ["¼", "½", "1", "2", "4", "8", "16"]
    lines = (([f"{n - 2}".replace("-", "−") for n in range(7)], 0.9), (powers, 0.3))
    rows = [[d.box(text, at=(1.5 + 0.85 * n, y), width=0.42) for n, text in enumerate(line)] for line, y in lines]
    d.note("exponent", at=(0.6, 0.9))
    d.note("power of 2", at=(0.6, 0.3))
    for row, text in zip(rows, ("+ 1", "· 2"), strict=True):
        for start, end in pairwise(row):
            d.arrow(start, end, label=text)
    return d.figure


def exp_and_log() -> Figure:
    """The curves of exp and ln, mirrored at the diagonal."""
    fig, ax = plt.subplots(figsize=(5, 3.6))
    x = np.linspace(-3, 1.5, 200)
    ax.plot([-3, 4], [-3, 4], color="#bbbbbb", linewidth=1, marker="", linestyle="-")
    ax.plot(x, np.exp(x), color=BLUE, **PLAIN)
    ax.plot(np.exp(x), x, color=VERMILION, marker="", linestyle="--")
    ax.text(0.35, 3.0, "exp(x)", color=BLUE, ha="right")
    ax.text(3.0, 0.65, "log x", color=VERMILION)
    for point in ((0, 1), (1, 0)):
        ax.plot(*point, color=BLACK, marker="o")
        ax.annotate(f"{point}", point, xytext=(7, -11), textcoords="offset points", fontsize=9)
    ax.set(
        xlim=(-3, 4),
        ylim=(-3, 4),
        aspect="equal",
        xlabel="x",
        ylabel="y",
        title="log undoes exp: mirror images at the grey line",
    )
    return fig


def two_vectors(angle: int, length: float) -> tuple[Figure, str]:
    """A vector of length 2 to the right, and another at an angle: their dot product and their cosine."""
    fig, ax = plt.subplots(figsize=(5.4, 2.9))
    turn = math.radians(angle)
    a, b = np.array([2.0, 0.0]), length * np.array([math.cos(turn), math.sin(turn)])
    for vector, colour, name in ((a, BLUE, "a"), (b, VERMILION, "b")):
        _arrow(ax, (0, 0), vector, colour)
        ax.text(*(vector * 1.06 + np.array([0, 0.12])), name, color=colour, fontsize=12)
    ax.plot([min(0, b[0]), max(2, b[0])], [0, 0], color="#888888", marker="", linestyle="-", linewidth=0.8, zorder=0)
    ax.plot([b[0], b[0]], [0, b[1]], color="#888888", linestyle=":", marker="", linewidth=1.2)
    ax.plot(b[0], 0, color=BLACK, marker="o")
    ax.text(b[0], -0.33, f"foot {b[0] + 0.0:.2f}".replace("-", "−"), ha="center", fontsize=9)
    way = np.linspace(0, turn, 50)
    ax.plot(0.4 * np.cos(way), 0.4 * np.sin(way), color=BLACK, marker="", linestyle="-", linewidth=1)
    ax.text(0.62 * math.cos(turn / 2), max(0.62 * math.sin(turn / 2) - 0.07, 0.1), f"{angle}°", ha="center", fontsize=9)
    dot = float(a @ b) + 0.0
    cosine = dot / (2 * length)
    text = f"dot product {dot:.2f}, cosine {cosine:.2f}"
    ax.set(xlim=(-3.3, 3.3), ylim=(-0.5, 3.3), aspect="equal", title=text.replace("-", "−"))
    ax.grid(color="#eeeeee")
    return fig, text


def _arrow(ax: Axes, start: Sequence[float], end: Sequence[float], colour: str, style: str = "-") -> None:
    """An arrow whose tip is the point itself."""
    look = {"arrowstyle": "-|>", "color": colour, "linewidth": 2, "linestyle": style, "shrinkA": 0, "shrinkB": 0}
    ax.annotate("", end, start, arrowprops=look)


def rows_meet_columns(a: Sequence[Sequence[int]], b: Sequence[Sequence[int]], row: int, column: int) -> Figure:
    """The product of two small matrices, with the row and the column that make one number of it in grey."""
    product = (np.array(a) @ np.array(b)).tolist()
    d = Drawing(width=6.6, height=2.1)
    first = _matrix(d, a, (0.8, 1.25), lambda i, j: i == row)
    second = _matrix(d, b, (3.3, 1.25), lambda i, j: j == column)
    result = _matrix(d, product, (5.8, 1.25), lambda i, j: (i, j) == (row, column))
    for name, x in (("A  [2, 3]", 0.8), ("B  [3, 2]", 3.3), ("A @ B  [2, 2]", 5.8)):
        d.note(name, at=(x, 1.98))
    d.note("@", at=(2.05, 1.25))
    d.note("=", at=(4.55, 1.25))
    terms = " + ".join(f"{x} · {line[column]}" for x, line in zip(a[row], b, strict=True))
    names = ("first", "second", "third")
    meeting = f"{names[row]} row meets {names[column]} column:   {terms} = {product[row][column]}"
    sum_ = d.box(meeting, at=(3.3, 0.25), kind="step")
    d.arrow(first[row][1], sum_, corner="along")
    d.arrow(second[-1][column], sum_)
    d.arrow(sum_, result[row][column], corner="across")
    return d.figure


def _matrix(
    d: Drawing, values: Sequence[Sequence[int]], at: tuple[float, float], marked: Callable
) -> list[list[Place]]:
    """A matrix of one-digit numbers as cells around a centre, some of them grey."""
    cell = Drawing().row(["  0  "], (1, 1))  # drawn elsewhere, for its size
    rows = []
    for i, line in enumerate(values):
        y = at[1] + cell.height * ((len(values) - 1) / 2 - i)
        xs = [at[0] + cell.width * (j - (len(line) - 1) / 2) for j in range(len(line))]
        kinds = ["step" if marked(i, j) else "data" for j in range(len(line))]
        rows.append([d.row([f"  {n}  "], (x, y), kind=kind) for n, x, kind in zip(line, xs, kinds, strict=True)])
    return rows


def circle_and_waves(degrees: float) -> Figure:
    """A point on the circle of radius 1, and its two coordinates as the angle grows."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.9), width_ratios=(1, 1.6))
    turn, round_ = math.radians(degrees), np.linspace(0, 2 * math.pi, 200)
    x, y = math.cos(turn), math.sin(turn)
    left.plot(np.cos(round_), np.sin(round_), color="#999999", linewidth=1, **PLAIN)
    left.plot([0, x], [0, y], color=BLACK, **PLAIN)
    left.plot([0, x], [0, 0], color=BLUE, **PLAIN)
    left.plot([x, x], [0, y], color=VERMILION, marker="", linestyle="--")
    left.text(x / 2, -0.2, "cos", color=BLUE, ha="center")
    left.text(x + 0.06, y / 2, "sin", color=VERMILION)
    left.text(0.17, 0.07, f"{degrees:g}°", fontsize=9)
    left.set(aspect="equal", xlim=(-1.25, 1.25), ylim=(-1.25, 1.25), xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    angles = np.linspace(0, 360, 200)
    right.plot(angles, np.cos(np.radians(angles)), color=BLUE, label="cos", **PLAIN)
    right.plot(angles, np.sin(np.radians(angles)), color=VERMILION, label="sin", marker="", linestyle="--")
    right.plot([degrees] * 2, [x, y], color=BLACK, marker="o", linestyle="")
    for name, height, colour, way in (("cos", x, BLUE, (8, 3)), ("sin", y, VERMILION, (8, -12))):
        said = f"{name} {height:.2g}"
        right.annotate(said, (degrees, height), xytext=way, textcoords="offset points", fontsize=9, color=colour)
    right.set(xticks=range(0, 361, 90), yticks=(-1, 0, 1), xlabel="angle in degrees")
    left.set_title("the point")
    right.set_title("its two coordinates")
    right.legend(loc="lower left", ncols=2)
    return fig


def turned_vector(x: float, y: float, degrees: float) -> Figure:
    """A vector as x steps of one arrow and y of another, before and after all three are turned."""
    fig, axes = plt.subplots(1, 2, figsize=(7, 2.9), sharex=True, sharey=True)
    for ax, angle in zip(axes, (0, degrees), strict=True):
        cos, sin = math.cos(math.radians(angle)), math.sin(math.radians(angle))
        one, other = np.array([cos, sin]), np.array([-sin, cos])
        ax.plot(*zip(x * one, x * one + y * other, strict=True), color="#888888", linestyle=":", marker="")
        ax.plot(*zip((0, 0), x * one, strict=True), color="#888888", linestyle=":", marker="")
        _arrow(ax, (0, 0), x * one + y * other, BLACK)
        for arrow, colour, style, name in ((one, BLUE, "-", "(1, 0)"), (other, VERMILION, "--", "(0, 1)")):
            _arrow(ax, (0, 0), arrow, colour, style)
            name = name if angle == 0 else "({:.2f}, {:.2f})".format(*arrow).replace("-", "−")
            x_, y_, side = (0.08, -0.26, "left") if arrow is one else (0, 0.1, "center")
            ax.text(arrow[0] + x_, arrow[1] + y_, name, color=colour, fontsize=9, ha=side)
        ax.set(xlim=(-1.1, 2.7), ylim=(-0.5, 2.3), aspect="equal", title=f"turned by {angle:g}°" if angle else "before")
        ax.grid(color="#eeeeee")
    return fig


def vanishing_product(chance: float, longest: int) -> Figure:
    """The product of many equal chances in 32 and 64 bits, until it is 0, on a logarithmic axis."""
    fig, ax = plt.subplots(figsize=(7, 2.9))
    for kind, name, style in ((np.float64, "64 bits", "-"), (np.float32, "32 bits", "--")):
        products = np.multiply.accumulate(np.full(longest, chance, dtype=kind))
        last = int((products > 0).sum())
        logs = np.log10(products[:last].astype(float))
        ax.plot(range(1, last + 1), logs, linestyle=style, marker="", linewidth=2 if style == "-" else 4, label=name)
        ax.plot(last, math.log10(products[last - 1]), color=BLACK, marker="x", markersize=8, linestyle="")
        ax.annotate(
            f"{name}: 0 from token {last + 1} on",
            (last, math.log10(products[last - 1])),
            xytext=(8, 4),
            textcoords="offset points",
        )
    ax.set(
        xlabel="tokens",
        ylabel="product, as a power of 10",
        xlim=(0, longest + 90),
        title=f"Each token has the chance {chance:g}",
    )
    return fig


def surprises(sentences: Sequence[Sequence[tuple[str, float]]], vocabulary: int) -> Figure:
    """The surprise of each token in bits, and their mean, beside what somebody pays who knows nothing.

    Args:
        sentences: the tokens of each, with their chances.
        vocabulary: how many tokens there are to choose from.
    """
    fig, axes = plt.subplots(1, len(sentences), figsize=(7, 2.9), sharey=True)
    nothing = math.log2(vocabulary)
    for ax, sentence in zip(axes, sentences, strict=True):
        bits = [-math.log2(chance) for _, chance in sentence]
        mean = sum(bits) / len(bits)
        ax.bar(range(len(bits)), bits, color=BLUE)
        ax.bar_label(ax.containers[0], fmt="{:.1f}", padding=2, fontsize=9, bbox=BEHIND)
        ax.axhline(mean, color=BLACK, linestyle="--", linewidth=1.2)
        ax.axhline(nothing, color=BLACK, linestyle=":", linewidth=1.2)
        ax.text(len(bits) - 0.45, nothing + 0.4, f"knowing nothing {nothing:.1f}", fontsize=9, ha="right")
        ax.set_xticks(range(len(bits)), [token for token, _ in sentence], fontsize=9)
        ax.set(xlim=(-0.6, len(bits) - 0.4), ylim=(0, 24), title=f"dashed: mean {mean:.1f} bits")
        ax.grid(axis="x", visible=False)
    axes[0].set_ylabel("surprise in bits")
    return fig


def means_of_dice(counts: Sequence[int]) -> Figure:
    """How the mean of several dice is spread, exactly."""
    fig, axes = plt.subplots(1, len(counts), figsize=(7, 2.5), sharex=True, sharey=True)
    for ax, count in zip(axes, counts, strict=True):
        totals, chances = total_of_dice(count)
        means = totals / count
        spread = math.sqrt(sum(chances * (means - 3.5) ** 2))
        ax.bar(means, chances * count, width=1 / count, color=ORANGE, edgecolor="white", linewidth=1 / count)
        ax.set(title=f"{count} {'die' if count == 1 else 'dice'}: sd {spread:.2f}", yticks=(), xticks=range(1, 7))
        ax.grid(visible=False)
        ax.spines["left"].set_visible(False)
    axes[len(counts) // 2].set_xlabel("mean of the dice")
    return fig


def total_of_dice(count: int) -> tuple[np.ndarray, np.ndarray]:
    """The totals of several dice, and the chance of each."""
    chances = np.ones(1)
    for _ in range(count):
        chances = np.convolve(chances, np.full(6, 1 / 6))
    return np.arange(count, 6 * count + 1), chances


def slopes_of_a_square(places: tuple[float, float, float], nudge: float) -> Figure:
    """The parabola x squared with its slope at three places, from left to right, and a nudge at the last of them."""
    fig, (ax, near_) = plt.subplots(1, 2, figsize=(7, 3.2), width_ratios=(1.3, 1))
    x = np.linspace(-2.6, 3.6, 200)
    ax.plot(x, x**2, color="#888888", **PLAIN)
    labels = ((0.25, 0.9, "left"), (0, -1.4, "center"), (-0.25, 0.9, "right"))
    for place, colour, style, label in zip(places, (BLUE, BLACK, VERMILION), ("-", ":", "--"), labels, strict=True):
        near = np.array([place - 0.9, place + 0.9])
        ax.plot(near, place**2 + 2 * place * (near - place), color=colour, linestyle=style, marker="")
        ax.plot(place, place**2, color=colour, marker="o")
        right, up, side = label
        ax.text(place + right, place**2 + up, f"slope {2 * place:g}".replace("-", "−"), color=colour, ha=side)
    ax.set(xlabel="x", ylabel="x²", ylim=(-2.2, 13), title="x² and its slope at three places")
    place, top = places[-1], places[-1] + nudge
    x = np.linspace(place - 0.15, top + 0.1, 50)
    near_.plot(x, x**2, color="#888888", **PLAIN)
    near_.plot([place, top], [place**2] * 2, color=BLUE, **PLAIN)
    near_.plot([top] * 2, [place**2, top**2], color=VERMILION, marker="", linestyle="--")
    near_.plot([place, top], [place**2, top**2], color=BLACK, marker="o", linestyle="")
    up = top**2 - place**2
    near_.text(place + nudge / 2, place**2 - 0.15, f"nudge {nudge:g}", color=BLUE, ha="center", va="top")
    near_.text(top - 0.02, place**2 + up / 3, f"growth {up:g}", color=VERMILION, ha="right")
    near_.set(
        xlabel="x",
        title=f"at {place:g}: {up:g} / {nudge:g} = {up / nudge:g}",
        xlim=(x[0], x[-1]),
        ylim=(place**2 - 1.2, None),
    )
    return fig
