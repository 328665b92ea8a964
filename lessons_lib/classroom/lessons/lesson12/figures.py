"""The drawings of lesson 12."""

from collections.abc import Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK


def falling(losses: Sequence[float]) -> Figure:
    """The loss of each step."""
    fig, ax = plt.subplots(figsize=(7, 2.8))
    ax.plot(range(1, len(losses) + 1), losses, marker="")
    ax.set(xlabel="step", ylabel="loss, nats a named token", ylim=(0, None))
    return fig


def named(tokens: Sequence[str], mask: Sequence[bool], wide: int = 9) -> Figure:
    """A conversation, token by token: grey ones are only read, black frames are to be named."""
    rows = [range(start, min(start + wide, len(tokens))) for start in range(0, len(tokens), wide)]
    fig, ax = plt.subplots(figsize=(7, 0.2 + 0.42 * len(rows)))
    for line, places in enumerate(rows):
        for column, place in enumerate(places):
            learned = mask[place]
            look = {"edgecolor": BLACK, "linewidth": 1.8 if learned else 0.4}
            ax.bar(column, 0.8, bottom=-line - 0.4, width=0.94, color="white" if learned else "#d4d4d4", **look)
            ax.text(column, -line, tokens[place], ha="center", va="center", fontsize=7.5, parse_math=False)
    ax.set(xlim=(-0.55, wide - 0.45), ylim=(-len(rows) + 0.45, 0.55))
    ax.axis("off")
    return fig


def beside() -> Figure:
    """A frozen matrix and its adapter, with shapes."""
    drawing = Drawing(width=7, height=2.6)
    x = drawing.box("x", at=(0.5, 1.2), shape="[T, in]")
    frozen = drawing.box("W, frozen", at=(3.0, 1.9), shape="[out, in]", width=1.9, height=0.9)
    a = drawing.box("A", at=(1.7, 0.6), shape="[r, in]", kind="learned")
    thin = drawing.box("A x", at=(2.7, 0.6), shape="[T, r]")
    b = drawing.box("B, zero at first", at=(3.95, 0.6), shape="[out, r]", kind="learned")
    scaled = drawing.box("times α / r", at=(5.4, 0.6), kind="step")
    plus = drawing.box("add", at=(5.4, 1.9), kind="step")
    y = drawing.box("y", at=(6.4, 1.9), shape="[T, out]")
    drawing.arrow(x, frozen)
    drawing.arrow(x, a)
    for start, end in pairwise((a, thin, b, scaled, plus, y)):
        drawing.arrow(start, end)
    drawing.arrow(frozen, plus)
    return drawing.figure


def before_and_after(cards: int, facts: int, perplexity: float, old_facts: int, old_perplexity: float) -> Figure:
    """What a recorded run brought and what it took: cards and facts of 20, and the perplexity on plain text."""
    fig, (left, right) = plt.subplots(1, 2, figsize=(7, 2.8), width_ratios=(2, 1))
    places = (0, 1)
    left.bar([p - 0.2 for p in places], (0, old_facts), width=0.36, color="white", edgecolor=BLACK, label="before")
    left.bar([p + 0.2 for p in places], (cards, facts), width=0.36, color="#707070", edgecolor=BLACK, label="after")
    left.set_xticks(places, ("held-out cards", "facts"))
    left.set(ylim=(0, 20), ylabel="of 20", yticks=(0, 5, 10, 15, 20))
    left.legend()
    right.bar((0, 1), (old_perplexity, perplexity), width=0.5, color=("white", "#707070"), edgecolor=BLACK)
    right.set_xticks((0, 1), ("before", "after"))
    right.set(ylabel="perplexity, plain text", ylim=(0, None))
    return fig
