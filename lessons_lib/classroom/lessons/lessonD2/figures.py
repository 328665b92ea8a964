"""Links between tokens, and how much work they save."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from lessons_lib.classroom.drawing import Drawing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MERGED = ("be", "-", "r", "r", "y")


def links() -> Figure:
    """The word berry as linked tokens, before the merge of b and e and after it."""
    d = Drawing(width=7, height=3.1)
    d.note("first", at=(0.6, 2.3))
    d.note("after b e -> be", at=(0.75, 0.9))
    first = [d.box(token, at=(place - 5, 2.3), shape=f"{place}") for place, token in enumerate("berry", 7)]
    then = [d.box(token, at=(place - 5, 0.9), shape=f"{place}") for place, token in enumerate(MERGED, 7)]
    for left, right in (*pairwise(first), *pairwise(then[2:])):
        d.arrow(left, right)
        d.arrow(right, left)
    d.arrow(then[0], then[2], bend=0.3)
    d.arrow(then[2], then[0], bend=-0.3)
    d.note("to the right: after; to the left: before", at=(4.0, 2.95))
    d.note("place 8 has gone into place 7", at=(3.0, 0.15))
    return d.figure


def looks(counts: Sequence[tuple[int, int]]) -> Figure:
    """How many looks at a pair each way has taken after each merge: every pair again, and only what a merge touches."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.8))
    for values, label in zip(zip(*counts, strict=True), ("every pair again", "pairs beside a merge"), strict=True):
        axes.plot(range(1, len(values) + 1), values, marker="", label=label)
    axes.set(yscale="log", xlabel="merges", ylabel="looks at a pair so far", title="A merge touches little")
    axes.legend()
    return figure
