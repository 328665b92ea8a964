"""The drawings of lesson 03."""

import re
from collections.abc import Mapping, Sequence
from itertools import combinations

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson03.tables import spread_out, usual_cosine
from lessons_lib.classroom.panels.figures import BLACK, BLUE, ORANGE, VERMILION
from lessons_lib.vectors import WordVectors

MARKS = ("o", "s", "^", "D")
INKS = (BLUE, VERMILION, BLACK, ORANGE)
SIDES = (
    (6, 3),
    (6, -9),
    (-6, 3),
    (-6, -9),
    (0, 7),
    (0, -13),
    (13, -3),
    (-13, -3),
    (14, 14),
    (14, -20),
    (-14, 14),
    (-14, -20),
    (24, 24),
    (24, -30),
    (-24, 24),
    (-24, -30),
)  # points from a mark to its name


def lookup(token: str, token_id: int, first: Sequence[float]) -> Figure:
    """One id on its way: to its row, through the model, and against all rows again."""
    drawing = Drawing(width=7, height=2.7)
    ids = drawing.box(f"id {token_id}", at=(0.6, 1.75), shape=token)
    table = drawing.box("embedding matrix", at=(2.35, 1.75), kind="learned", shape="[V, C]")
    layers = drawing.box("30 layers", at=(4.6, 1.75), kind="learned")
    scores = drawing.box("dot product\nwith every row", at=(6.25, 1.75), kind="step", shape="V scores")
    drawing.arrow(ids, table)
    drawing.arrow(table, layers, label="vector [C]")
    drawing.arrow(layers, scores, label="[C]")
    cells = [f"{float(number):.2f}" for number in first]
    drawing.arrow(table, drawing.row([*cells, "..."], at=(2.35, 0.75)))
    drawing.note(f"row {token_id} begins like this", at=(2.35, 0.4))
    again = drawing.box("the same matrix", at=(6.25, 0.62), kind="learned", shape="[V, C]")
    drawing.arrow(again, scores)
    drawing.note("V rows, one a token; C numbers in each. Hatched: learned numbers", at=(3.5, 2.5))
    return drawing.figure


def cube(people: Mapping[str, tuple[float, float, float]]) -> Figure:
    """Words in a space of three axes, seen from the side: a box with a word at each corner, and the arrow from
    masculine to feminine four times."""
    figure, axes = plt.subplots(figsize=(6.8, 4))

    def flat(place: Sequence[float]) -> tuple[float, float]:
        x, y, z = place
        return x + 0.62 * z, y + 0.3 * z

    for one, other in combinations(people.values(), 2):
        if np.count_nonzero(np.subtract(one, other)) == 1:  # an edge: they differ along one axis
            axes.plot(*zip(flat(one), flat(other), strict=True), color="#999999", linestyle=":", linewidth=1, marker="")
    for end, name, at in (
        ((10.8, 0, 0), "feminine", (10.9, 0, 0)),
        ((0, 10, 0), "old", (-0.4, 10.5, 0)),
        ((0, 0, 11), "royal", (0.2, -0.3, 11)),
    ):
        grey = "#bbbbbb" if name == "royal" else "#777777"  # it passes behind an arrow
        axes.annotate("", flat(end), flat((0, 0, 0)), arrowprops={"arrowstyle": "->", "color": grey})
        axes.text(*flat(at), name, va="center", color="#555555")
    for word, place in people.items():
        royal = place[2] > 0
        axes.plot(*flat(place), "s" if royal else "o", color=VERMILION if royal else BLUE, markersize=6)
        label = f"{word} ({', '.join(map(str, place))})"
        paper = {"facecolor": "white", "edgecolor": "none", "pad": 1}
        near = {"ha": "center"} if royal or place[0] > 1 else {"ha": "left"}  # beside the axis, not over it
        axes.annotate(label, flat(place), (0, 7), textcoords="offset points", fontsize=8.5, bbox=paper, **near)
    for one, other in (("man", "woman"), ("king", "queen"), ("boy", "girl"), ("prince", "princess")):
        arrow = {"arrowstyle": "->", "shrinkA": 6, "shrinkB": 6, "linewidth": 1.6}
        axes.annotate("", flat(people[other]), flat(people[one]), arrowprops=arrow)
    axes.set(xlim=(-1.2, 17.5), ylim=(-0.8, 11.2))
    axes.axis("off")
    return figure


def named(
    axes: Axes, points: np.ndarray, names: Sequence[str], size: float = 8.5, clear: np.ndarray | None = None
) -> None:
    """Write the names of points [N, 2] beside them, each on the side where it hides the fewest others.

    Args:
        axes: where the points are drawn, with all limits set.
        points: in the numbers of the axes.
        names: one for each point.
        size: of the letters.
        clear: further points [M, 2] that should stay free, such as those of arrows.
    """
    figure = axes.figure
    figure.draw_without_rendering()
    renderer = figure.canvas.get_renderer()
    at = axes.transData.transform(points)
    taken = [_square(x, y, 5) for x, y in at]
    if clear is not None:
        taken += [_square(x, y, 1) for x, y in axes.transData.transform(clear)]
    for name, point in zip(names, points, strict=True):
        tried = []
        for right, up in SIDES:
            ha = "left" if right > 0 else "right" if right < 0 else "center"
            label = axes.annotate(name, point, (right, up), textcoords="offset points", ha=ha, fontsize=size)
            box = label.get_window_extent(renderer).padded(2)
            inside = axes.bbox.x0 <= box.x0 and box.x1 <= axes.bbox.x1
            clashes = sum(box.overlaps(other) for other in taken) + (not inside)
            tried.append((clashes, len(tried), label, box))
        best = min(tried, key=lambda each: each[:2])
        taken.append(best[3])
        if best[1] >= SIDES.index((14, 14)):  # far from its mark: a line ties the two
            tie = {"arrowstyle": "-", "color": "#777777", "linewidth": 0.8, "shrinkA": 0, "shrinkB": 3}
            at_text = best[2].get_position()
            ha = best[2].get_ha()
            axes.annotate(name, point, at_text, textcoords="offset points", ha=ha, fontsize=size, arrowprops=tie)
            best[2].remove()
        for each in tried:
            if each is not best:
                each[2].remove()


def _square(x: float, y: float, half: float):
    from matplotlib.transforms import Bbox

    return Bbox.from_extents(x - half, y - half, x + half, y + half)


def two_worlds(
    before: np.ndarray, after: np.ndarray, vocab: Sequence[str], worlds: Mapping[str, Sequence[str]]
) -> Figure:
    """Word vectors [V, 2] before and after training, each world of words with a mark of its own."""
    figure, axes = plt.subplots(figsize=(7, 4.6))
    axes.plot(*before.T, linestyle="", marker=".", color="#777777", markersize=4, label="all, before")
    for (world, members), mark, ink in zip(worlds.items(), MARKS, INKS, strict=False):
        at = after[[list(vocab).index(word) for word in members]]
        axes.plot(*at.T, linestyle="", marker=mark, color=ink, markersize=4, label=world)
    axes.plot(0, 0, "+", color=BLACK, markersize=9)
    axes.set(xlabel="first number", ylabel="second number", aspect="equal")
    axes.margins(0.2)
    axes.legend(loc="best", frameon=True)
    named(axes, after, vocab)
    return figure


def shadows() -> Figure:
    """A cloud of points in two dimensions, the direction in which it spreads most, and the points' places along it."""
    random = np.random.default_rng(5)
    slant = np.array([[0.88, 0.47], [-0.47, 0.88]])  # the two directions
    points = spread_out(random.normal(size=(25, 2)) * (2.2, 0.6), 2) @ slant
    figure, axes = plt.subplots(figsize=(6.4, 2.9))
    along = points @ slant[0]
    for point, far in zip(points, along, strict=True):
        axes.plot(*zip(point, far * slant[0], strict=True), color="#999999", linestyle=":", linewidth=1, marker="")
    for direction, length, name, at in (
        (slant[0], 5, "first direction", (0.1, -0.5)),
        (slant[1], 1.7, "second direction", (0, 0.2)),
    ):
        axes.annotate("", direction * length, -direction * length, arrowprops={"arrowstyle": "->", "linewidth": 1.6})
        axes.text(*(direction * length + at), name, ha="left" if length > 2 else "right", fontsize=9)
    axes.plot(*points.T, linestyle="", marker="o", markersize=5, label="a point: two numbers")
    shadow = {"markerfacecolor": "white", "color": VERMILION, "markersize": 5}
    axes.plot(*np.outer(along, slant[0]).T, linestyle="", marker="s", **shadow, label="its shadow: one number")
    axes.legend(loc="lower right", fontsize=8.5)
    axes.set(aspect="equal", xlim=(-6, 7.5), ylim=(-3.3, 3.3))
    axes.axis("off")
    return figure


def gains_and_steps(gains: Mapping[str, float], steps: Mapping[str, float]) -> Figure:
    """What the step adds to the answers of the lazy method, against how much the steps point the same way."""
    figure, axes = plt.subplots(figsize=(7, 3.4))
    names = sorted(gains, key=steps.__getitem__, reverse=True)  # or two stand at each other's mark
    points = np.array([(steps[name], 100 * gains[name]) for name in names])
    axes.axhline(0, color="#777777", linestyle=":", marker="")
    axes.plot(*points.T, linestyle="", marker="o", markersize=6)
    axes.set(
        xlim=(-0.02, 1),
        ylim=(-20, 100),
        xlabel="mean cosine between the steps of a relation",
        ylabel="gained by the step, in points",
    )
    zero = np.stack([np.linspace(0, 1, 200), np.zeros(200)], 1)
    named(axes, points, names, size=9, clear=zero)
    return figure


def rates_by_width(rates: Mapping[int, float]) -> Figure:
    """How often arithmetic is right when each vector has only so many numbers."""
    figure, axes = plt.subplots(figsize=(7, 2.7))
    axes.plot(list(rates), list(rates.values()))
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.set(xlabel="numbers kept of each vector", ylabel="questions answered", ylim=(0, 0.75), xlim=(0, 52))
    return figure


def leans(leans: Mapping[str, Mapping[str, float]], usual: Mapping[str, np.ndarray]) -> Figure:
    """How far each job leans along two directions that should be one, and how far usual words do.

    Args:
        leans: for each direction the cosine of each job with it.
        usual: for each direction the cosines [N] of usual words with it.
    """
    figure, axes = plt.subplots(figsize=(7, 4))
    for (name, by_job), shift, mark, ink in zip(leans.items(), (-0.2, 0.2), "os", (BLUE, VERMILION), strict=True):
        at = np.arange(len(by_job)) + shift
        low, middle, high = np.percentile(usual[name], (10, 50, 90))
        band = "middle 80% of usual words; line: median" if shift < 0 else None
        axes.barh(at, high - low, 0.36, left=low, color="#dddddd", zorder=0, label=band)
        axes.vlines([middle] * len(at), at - 0.18, at + 0.18, color="#777777", linewidth=1)
        axes.plot(list(by_job.values()), at, linestyle="", marker=mark, color=ink, markersize=5, label=name)
    axes.axvline(0, color=BLACK, linestyle=":", linewidth=1, marker="")
    axes.set_yticks(range(len(by_job)), list(by_job))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set(xlabel="← masculine      cosine with the direction      feminine →", xlim=(-0.6, 0.5))
    axes.legend(loc="lower right", frameon=True, fontsize=8)
    return figure


def word_map(vectors: Mapping[str, np.ndarray], groups: Mapping[str, Sequence[str]]) -> Figure:
    """Groups of words seen where they spread most, each group with a mark of its own."""
    words = [word for members in groups.values() for word in members]
    at = spread_out(np.stack([vectors[word] for word in words]), 2)
    figure, axes = plt.subplots(figsize=(7.5, 4.6))
    for (group, members), mark, ink in zip(groups.items(), MARKS, INKS, strict=False):
        rows = [words.index(word) for word in members]
        axes.plot(*at[rows].T, linestyle="", marker=mark, color=ink, label=group, markersize=5)
    axes.margins(0.1)
    axes.set(xlabel="first direction", ylabel="second direction")
    axes.legend(loc="best")
    named(axes, at, words)
    return figure


def senses(bank: Sequence[float], others: Mapping[str, Sequence[float]]) -> Figure:
    """How much more alike two endings of one kind are than two of two kinds, after each layer, for bank and others."""
    figure, axes = plt.subplots(figsize=(7, 2.9))
    rows = np.array(list(others.values()))  # [words, 1 + layers]
    axes.fill_between(range(rows.shape[1]), rows.min(0), rows.max(0), color=ORANGE, alpha=0.25, linewidth=0)
    axes.plot(bank, label="bank", markevery=3)
    axes.plot(rows.mean(0), label=f"mean of {', '.join(others)}; the band holds them all", markevery=3)
    axes.axvline(8, color="#777777", linestyle=":", marker="", linewidth=1)
    axes.annotate("layer 8", (8, 0), (4, 1), textcoords="offset points", fontsize=8.5, color="#555555")
    axes.set(xlabel="layer (0 is the table)", ylabel="cosine: same kind − other", ylim=(-0.02, 0.25))
    axes.legend(loc="upper left", fontsize=8.5)
    return figure


def own_words(known: WordVectors, typed: str, arithmetic: str, table: str) -> tuple[Figure, str]:
    """Typed words seen where they spread most, a star on the word nearest to a sum, and the same in a line of text.

    Args:
        known: the vectors.
        typed: words with spaces between them.
        arithmetic: such as `king - man + woman`; nothing for no sum.
        table: what the vectors are called.
    """
    words = re.split(r"[\s,;]+", typed.lower().strip(" \t,;"))
    plain = arithmetic.lower().replace("−", "-").replace(",", " ").strip()
    signed = re.findall(r"([+-]?)\s*([^\s+-]+)", plain)
    whole = re.fullmatch(r"([+-]\s*)?[^\s+-]+(\s*[+-]\s*[^\s+-]+)*", plain)
    plus, minus = ([word for sign, word in signed if (sign == "-") == taken] for taken in (False, True))
    notes, star, goal = [], "", None
    if unknown := [word for word in dict.fromkeys(words + plus + minus) if word and word not in known]:
        notes.append(f"no vector for {', '.join(unknown)}")
    elif plain and not whole:
        notes.append(f"{arithmetic} is no sum: words with one + or - between two of them")
    elif plus:
        best = known.most_similar(plus, minus, topn=3)
        star = best[0][0]
        goal = sum(_unit(known[word]) for word in plus) - sum(_unit(known[word]) for word in minus)
        notes.append(f"{arithmetic} = " + ", ".join(f"{word} {score:.2f}" for word, score in best))
    shown = [word for word in dict.fromkeys([*words, star]) if word in known]
    if len(shown) > 1:
        notes.append(f"cosine of {shown[0]} and {shown[1]} {known.similarity(shown[0], shown[1]):.2f}")
        notes.append(f"of two random words {usual_cosine(known.vectors):.2f}")
    for word in shown[:2]:
        near = ", ".join(near for near, _ in known.most_similar(word, topn=3))
        notes.append(f"near {word}: {near}")
    figure, axes = plt.subplots(figsize=(7, 3.8))
    if len(shown) > 2:
        ends = [_unit(known[word]) for word in shown] + ([] if goal is None else [_unit(goal)])
        at = spread_out(np.stack(ends), 2)
        if goal is not None:
            axes.plot(*at[-1], marker="x", color=BLACK, markersize=9, markeredgewidth=2, linestyle="")
        for word, point in zip(shown, at, strict=False):
            look = {"marker": "*", "ms": 14, "color": VERMILION} if word == star else {"marker": "o", "color": BLUE}
            axes.plot(*point, **look)
        axes.margins(0.15)
        named(axes, at, [*shown, "the sum"][: len(at)])
    axes.set(xlabel="first direction", ylabel="second direction")
    axes.set_title(f"{table}; the star answers {arithmetic}" if star else table)
    return figure, "; ".join(notes)


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
