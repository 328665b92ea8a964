"""The drawings of lesson 03."""

import re
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson03.tables import spread_out
from lessons_lib.classroom.panels.figures import BLACK, BLUE, ORANGE, VERMILION
from lessons_lib.vectors import WordVectors

MARKS = ("o", "s", "^", "D")
INKS = (BLUE, VERMILION, BLACK, ORANGE)
SIDES = ((6, 3), (6, -9), (-6, 3), (-6, -9), (0, 7), (0, -13), (13, -3), (-13, -3))  # points from a mark to its name


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
    drawing.arrow(table, drawing.row([round(float(number), 2) for number in first], at=(2.35, 0.75)))
    drawing.note(f"row {token_id} begins like this", at=(2.35, 0.4))
    again = drawing.box("the same matrix", at=(6.25, 0.62), kind="learned", shape="[V, C]")
    drawing.arrow(again, scores)
    drawing.note("V rows, one a token; C numbers in each. Hatched: learned numbers", at=(3.5, 2.5))
    return drawing.figure


def cube(people: Mapping[str, tuple[float, float, float]]) -> Figure:
    """Words in a space of three axes, seen from the side, with the arrow from masculine to feminine four times."""
    figure, axes = plt.subplots(figsize=(6.2, 3.7))

    def flat(place: Sequence[float]) -> tuple[float, float]:
        x, y, z = place
        return x + 0.62 * z, y + 0.34 * z

    for start in ((0, 0, 0), (1, 2, 0)):
        ends = ((10.5, 0, 0), (0, 10, 0), (0, 0, 10.5)) if start == (0, 0, 0) else ()
        for end in ends:
            axes.annotate("", flat(end), flat(start), arrowprops={"arrowstyle": "->", "color": "#777777"})
    axes.text(10.7, -0.1, "feminine", va="center")
    axes.text(0, 10.2, "old", ha="center")
    axes.text(*flat((0, -0.6, 11)), "royal", va="center")
    for word, place in people.items():
        x, y = flat(place)
        royal = place[2] > 0
        axes.plot(x, y, "s" if royal else "o", color=VERMILION if royal else BLUE, markersize=6)
        axes.annotate(word, (x, y), (0, 7), textcoords="offset points", ha="center")
    for one, other in (("man", "woman"), ("king", "queen"), ("boy", "girl"), ("prince", "princess")):
        arrow = {"arrowstyle": "->", "shrinkA": 6, "shrinkB": 6, "linewidth": 1.6}
        axes.annotate("", flat(people[other]), flat(people[one]), arrowprops=arrow)
    axes.set(xlim=(-0.8, 17.5), ylim=(-0.8, 11.2))
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
            clashes = sum(box.overlaps(other) for other in taken)
            tried.append((clashes, len(tried), label, box))
        best = min(tried, key=lambda each: each[:2])
        taken.append(best[3])
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
    figure, panels = plt.subplots(1, 2, figsize=(7, 3.1))
    for axes, title, matrix in zip(panels, ("before", "after"), (before, after), strict=True):
        for (world, members), mark, ink in zip(worlds.items(), MARKS, INKS, strict=False):
            at = matrix[[list(vocab).index(word) for word in members]]
            axes.plot(*at.T, linestyle="", marker=mark, color=ink, markersize=6, label=world)
        axes.plot(0, 0, "+", color=BLACK, markersize=9)
        axes.set(title=title, xlabel="first number", ylabel="second number")
        axes.margins(0.22)
    named(panels[0], before, vocab)
    panels[1].legend(loc="best", frameon=True)
    return figure


def arrows(vectors: Mapping[str, np.ndarray], relations: Mapping[str, Sequence[tuple[str, str]]]) -> Figure:
    """Pairs of words as arrows, a panel for each relation, seen where its words spread most."""
    figure, panels = plt.subplots(1, len(relations), figsize=(7.5, 3.1))
    for axes, (relation, pairs) in zip(panels, relations.items(), strict=True):
        words = [word for pair in pairs for word in pair]
        at = spread_out(np.stack([vectors[word] for word in words]), 2)
        axes.plot(*at[0::2].T, linestyle="", marker="o", color=BLUE)
        axes.plot(*at[1::2].T, linestyle="", marker="s", color=VERMILION)
        for start, end in zip(at[0::2], at[1::2], strict=True):
            style = {"arrowstyle": "->", "shrinkA": 3, "shrinkB": 3, "linewidth": 1.2}
            axes.annotate("", end, start, arrowprops=style)
        axes.margins(0.25, 0.15)
        axes.set(title=relation, xticks=[], yticks=[])
        along = np.linspace(0.1, 0.9, 12)[:, None, None]
        named(axes, at, words, size=8, clear=(at[0::2] * (1 - along) + at[1::2] * along).reshape(-1, 2))
    return figure


def rates_and_steps(rates: Mapping[str, float], steps: Mapping[str, float]) -> Figure:
    """How often arithmetic is right, against how much the steps of a relation point the same way."""
    figure, axes = plt.subplots(figsize=(7, 3.4))
    points = np.array([(steps[name], rates[name]) for name in rates])
    axes.plot(*points.T, linestyle="", marker="o", markersize=6)
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.set(
        xlim=(-0.02, 1),
        ylim=(0, 1.1),
        xlabel="mean cosine between the steps of a relation",
        ylabel="questions answered",
    )
    named(axes, points, list(rates), size=9)
    return figure


def rates_by_width(rates: Mapping[int, float]) -> Figure:
    """How often arithmetic is right when each vector has only so many numbers."""
    figure, axes = plt.subplots(figsize=(7, 2.5))
    axes.plot(list(rates), list(rates.values()))
    axes.yaxis.set_major_formatter(PercentFormatter(xmax=1, decimals=0))
    axes.set(xlabel="numbers kept of each vector", ylabel="questions answered", ylim=(0, 0.75), xlim=(0, 52))
    return figure


def leans(by_she: Mapping[str, float], by_woman: Mapping[str, float]) -> Figure:
    """How far each job leans along two directions that should be one."""
    figure, axes = plt.subplots(figsize=(7, 3.6))
    at = np.arange(len(by_she))
    axes.barh(at - 0.2, list(by_she.values()), 0.4, label="she − he")
    look = {"color": "white", "edgecolor": "black", "hatch": "//"}
    axes.barh(at + 0.2, [by_woman[job] for job in by_she], 0.4, label="woman − man", **look)
    axes.axvline(0, color=BLACK, linestyle="-", marker="")
    axes.set_yticks(at, list(by_she))
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set(xlabel="← masculine      cosine with the direction      feminine →")
    axes.legend(loc="upper left", frameon=True)
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


def senses(same: Sequence[float], other: Sequence[float]) -> Figure:
    """How alike one word is in two sentences after each layer: of the same kind, and of two kinds."""
    figure, axes = plt.subplots(figsize=(7, 2.7))
    axes.plot(same, label="the same kind of bank", markevery=3)
    axes.plot(other, label="river against money", markevery=3)
    axes.set(xlabel="layer (0 is the table)", ylabel="cosine", ylim=(0.6, 1.03))
    axes.legend(loc="lower left")
    return figure


def own_words(known: WordVectors, typed: str, arithmetic: str, table: str) -> tuple[Figure, str]:
    """Typed words seen where they spread most, a star on the word nearest to a sum, and the same in a line of text.

    Args:
        known: the vectors.
        typed: words with spaces between them.
        arithmetic: such as `king - man + woman`; nothing for no sum.
        table: what the vectors are called.
    """
    words = typed.lower().split()
    signed = re.findall(r"([+-]?)\s*([^\s+-]+)", arithmetic.lower())
    plus, minus = ([word for sign, word in signed if (sign == "-") == taken] for taken in (False, True))
    notes, star = [], ""
    if unknown := [word for word in dict.fromkeys(words + plus + minus) if word not in known]:
        notes.append(f"no vector for {', '.join(unknown)}")
    elif plus:
        best = known.most_similar(plus, minus, topn=3)
        star = best[0][0]
        notes.append(f"{arithmetic} = " + ", ".join(f"{word} {score:.2f}" for word, score in best))
    shown = [word for word in dict.fromkeys([*words, star]) if word in known]
    for word in shown[:2]:
        near = ", ".join(near for near, _ in known.most_similar(word, topn=3))
        notes.append(f"near {word}: {near}")
    figure, axes = plt.subplots(figsize=(7, 3.8))
    if len(shown) > 2:
        at = spread_out(np.stack([known[word] / np.linalg.norm(known[word]) for word in shown]), 2)
        for word, point in zip(shown, at, strict=True):
            look = {"marker": "*", "ms": 14, "color": VERMILION} if word == star else {"marker": "o", "color": BLUE}
            axes.plot(*point, **look)
        axes.margins(0.15)
        named(axes, at, shown)
    axes.set(xlabel="first direction", ylabel="second direction")
    axes.set_title(f"{table}; the star answers {arithmetic}" if star else table)
    return figure, "; ".join(notes)
