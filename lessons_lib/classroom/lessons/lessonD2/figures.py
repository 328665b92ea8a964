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
    d = Drawing(width=7, height=2.75)
    d.note("before", at=(0.6, 2.1))
    d.note("after b e -> be", at=(0.75, 0.85))
    before = [d.row([token], at=(1 + place, 2.1), labels=[f"{place + 6}"]) for place, token in enumerate("berry", 1)]
    after = [d.row([token], at=(1 + place, 0.85), labels=[f"{place + 6}"]) for place, token in enumerate(MERGED, 1)]
    for left, right in (*pairwise(before), *pairwise(after[2:])):
        d.arrow(left, right)
    d.arrow(after[0], after[2], bend=0.3)
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
