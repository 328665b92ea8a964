"""The encoder-decoder of 2017, and where its cross attention looks."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from lessons_lib.classroom.drawing import Drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from torch import Tensor


def encoder_decoder() -> Figure:
    """Encoder left, decoder right, and between them the memory that cross attention takes keys and values from."""
    d = Drawing(width=7, height=4.4)
    d.note("encoder: reads", at=(1.2, 3.4))
    d.note("decoder: writes", at=(5.6, 4.2))
    rows = [0.4, 1.2, 2.0, 2.8, 3.6]
    reader = [
        d.box("English words", at=(1.2, rows[0]), shape="[B, S]"),
        d.box("embedding + places", at=(1.2, rows[1]), shape="[B, S, C]", kind="learned"),
        d.box("self-attention", at=(1.2, rows[2]), shape="each sees all S", kind="learned"),
        d.box("feed-forward", at=(1.2, rows[3]), shape="[B, S, C]", kind="learned"),
    ]
    writer = [
        d.box("French so far", at=(5.6, rows[0]), shape="[B, T]"),
        d.box("embedding + places", at=(5.6, rows[1]), shape="[B, T, C]", kind="learned"),
        d.box("self-attention", at=(5.6, rows[2]), shape="no looking ahead", kind="learned"),
        d.box("cross attention", at=(5.6, rows[3]), shape="[B, T] by [B, S]", kind="learned"),
        d.box("feed-forward", at=(5.6, rows[4]), shape="[B, T, C]", kind="learned"),
    ]
    scores = d.box("scores", at=(3.1, rows[4]), shape="[B, T, V]")
    memory = d.box("memory", at=(3.1, rows[3]), shape="[B, S, C]")
    d.note("additions and norms are left out", at=(3.4, rows[0]))
    for below, above in (*pairwise(reader), *pairwise(writer)):
        d.arrow(below, above, label="queries" if above is writer[3] else "")
    d.arrow(reader[3], memory)
    d.arrow(memory, writer[3], label="keys, values")
    d.arrow(writer[4], scores)
    return d.figure


def one_map(shares: Tensor, french: Sequence[str], english: Sequence[str]) -> Figure:
    """Where each French word looked while it was chosen.

    Args:
        shares: [T, S].
        french: the T words that were written.
        english: the S words that were read.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5.2, 3.9))
    _heat(axes, shares)
    for row, values in enumerate(shares.tolist()):
        for column, share in enumerate(values):
            if share >= 0.05:
                axes.text(column, row, f"{share:.2f}", ha="center", va="center", fontsize=8, color="wk"[share < 0.5])
    axes.set_xticks(range(len(english)), english)
    axes.set_yticks(range(len(french)), french)
    axes.set(ylabel="written (French)", xlabel="looked at (English)")
    return figure


def eight_maps(maps: Sequence[Tensor], french: Sequence[str], english: Sequence[str]) -> Figure:
    """The same sentence's map in eight models that differ in their seed alone.

    Args:
        maps: eight of [T, S].
        french: the T words.
        english: the S words.
    """
    import matplotlib.pyplot as plt

    figure, grid = plt.subplots(2, 4, figsize=(7, 4.2), sharex=True, sharey=True)
    for seed, (axes, shares) in enumerate(zip(grid.flat, maps, strict=True)):
        _heat(axes, shares)
        axes.set_title(f"seed {seed}", fontsize=9)
        axes.set_xticks(range(len(english)), english, rotation=90, fontsize=8)
        axes.set_yticks(range(len(french)), french, fontsize=8)
    return figure


def _heat(axes: Axes, shares: Tensor) -> None:
    axes.imshow(shares.numpy(), cmap="Greys", vmin=0, vmax=1)
    axes.grid(visible=False)
