"""What only appendix A2 draws."""

import math
from collections.abc import Callable, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing, Place
from lessons_lib.classroom.panels.figures import BLACK, BLUE, ORANGE, VERMILION

PLAIN = {"marker": "", "linestyle": "-"}


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
    ax.set(xlim=(-3, 4), ylim=(-3, 4), aspect="equal", xlabel="x", title="Each undoes the other")
    return fig


def two_vectors(angle: int, length: float) -> tuple[Figure, str]:
    """A vector of length 2 to the right, and another at an angle: their dot product and their cosine."""
    fig, ax = plt.subplots(figsize=(5.4, 2.9))
    turn = math.radians(angle)
    a, b = np.array([2.0, 0.0]), length * np.array([math.cos(turn), math.sin(turn)])
    for vector, colour, name in ((a, BLUE, "a"), (b, VERMILION, "b")):
        ax.annotate("", vector, (0, 0), arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 2})
        ax.text(*(vector * 1.06 + np.array([0, 0.12])), name, color=colour, fontsize=12)
    ax.plot([b[0], b[0]], [0, b[1]], color="#888888", linestyle=":", marker="", linewidth=1.2)
    dot = float(a @ b) + 0.0
    cosine = dot / (2 * length)
    text = f"dot product {dot:.2f}, cosine {cosine:.2f}"
    ax.set(xlim=(-3.3, 3.3), ylim=(-0.4, 3.3), aspect="equal", title=text.replace("-", "−"))
    ax.grid(color="#eeeeee")
    return fig, text


def rows_meet_columns(a: Sequence[Sequence[int]], b: Sequence[Sequence[int]], row: int, column: int) -> Figure:
    """The product of two small matrices, with the row and the column that make one number of it in grey."""
    product = (np.array(a) @ np.array(b)).tolist()
    d = Drawing(width=6.6, height=2.1)
    first = _matrix(d, a, (1.1, 1.25), lambda i, j: i == row)
    second = _matrix(d, b, (3.3, 1.25), lambda i, j: j == column)
    result = _matrix(d, product, (5.5, 1.25), lambda i, j: (i, j) == (row, column))
    for name, x in (("A  [2, 3]", 1.1), ("B  [3, 2]", 3.3), ("A @ B  [2, 2]", 5.5)):
        d.note(name, at=(x, 1.98))
    d.note("@", at=(2.2, 1.25))
    d.note("=", at=(4.4, 1.25))
    terms = " + ".join(f"{x} · {line[column]}" for x, line in zip(a[row], b, strict=True))
    meeting = f"row {row + 1} meets column {column + 1}:   {terms} = {product[row][column]}"
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
    left.text(0.17, 0.07, f"{degrees:g}°", fontsize=8)
    left.set(aspect="equal", xlim=(-1.25, 1.25), ylim=(-1.25, 1.25), xticks=(-1, 0, 1), yticks=(-1, 0, 1))
    angles = np.linspace(0, 360, 200)
    right.plot(angles, np.cos(np.radians(angles)), color=BLUE, label="cos", **PLAIN)
    right.plot(angles, np.sin(np.radians(angles)), color=VERMILION, label="sin", marker="", linestyle="--")
    right.plot([degrees] * 2, [x, y], color=BLACK, marker="o", linestyle="")
    right.set(xticks=range(0, 361, 90), yticks=(-1, 0, 1), xlabel="angle in degrees")
    right.legend(loc="lower left", ncols=2)
    return fig


def vanishing_product(chance: float, longest: int) -> Figure:
    """The product of many equal chances in 32 and 64 bits, until it is 0, on a logarithmic axis."""
    fig, ax = plt.subplots(figsize=(7, 2.9))
    for kind, name, style in ((np.float64, "64 bits", "-"), (np.float32, "32 bits", "--")):
        products = np.multiply.accumulate(np.full(longest, chance, dtype=kind))
        last = int((products > 0).sum())
        ax.plot(range(1, last + 1), np.log10(products[:last].astype(float)), linestyle=style, marker="", label=name)
        ax.plot(last, math.log10(products[last - 1]), color=BLACK, marker="x", markersize=8, linestyle="")
        ax.annotate(
            f"{name}: 0 from token {last + 1} on",
            (last, math.log10(products[last - 1])),
            xytext=(8, 4),
            textcoords="offset points",
        )
    ax.set(xlabel="tokens", ylabel="product, as a power of 10", xlim=(0, longest + 90))
    return fig


def surprises(tokens: Sequence[str], bits: Sequence[float]) -> Figure:
    """The surprise of each token in bits, and their mean."""
    fig, ax = plt.subplots(figsize=(7, 2.7))
    ax.bar(range(len(bits)), bits, color=BLUE)
    ax.bar_label(ax.containers[0], fmt="{:.1f}", padding=2)
    mean = sum(bits) / len(bits)
    ax.axhline(mean, color=BLACK, linestyle="--", linewidth=1.2)
    ax.text(len(bits) - 0.45, mean + 0.3, f"mean {mean:.1f}")
    ax.set_xticks(range(len(tokens)), [token.replace(" ", "␣") for token in tokens])
    ax.set(ylabel="bits", xlim=(-0.6, len(bits) + 0.4), ylim=(0, max(bits) * 1.15))
    ax.grid(axis="x", visible=False)
    return fig


def means_of_dice(counts: Sequence[int]) -> Figure:
    """How the mean of several dice is spread, exactly."""
    fig, axes = plt.subplots(1, len(counts), figsize=(7, 2.5), sharex=True, sharey=True)
    for ax, count in zip(axes, counts, strict=True):
        totals, chances = total_of_dice(count)
        means = totals / count
        spread = math.sqrt(sum(chances * (means - 3.5) ** 2))
        ax.bar(means, chances * count, width=0.9 / count, color=ORANGE)
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


def slopes_of_a_square(places: tuple[float, float, float]) -> Figure:
    """The parabola x squared with its slope at three places, from left to right."""
    fig, ax = plt.subplots(figsize=(5.6, 3.2))
    x = np.linspace(-2.6, 3.6, 200)
    ax.plot(x, x**2, color="#888888", **PLAIN)
    labels = ((0.25, 0.9, "left"), (0, -1.4, "center"), (-0.25, 0.9, "right"))
    for place, colour, style, label in zip(places, (BLUE, BLACK, VERMILION), ("-", ":", "--"), labels, strict=True):
        near = np.array([place - 0.9, place + 0.9])
        ax.plot(near, place**2 + 2 * place * (near - place), color=colour, linestyle=style, marker="")
        ax.plot(place, place**2, color=colour, marker="o")
        right, up, side = label
        ax.text(place + right, place**2 + up, f"slope {2 * place:g}".replace("-", "−"), color=colour, ha=side)
    ax.set(xlabel="x", ylabel="x²", ylim=(-2.2, 13))
    return fig
