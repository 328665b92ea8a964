"""The drawings of lesson 19."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK, BLUE


def program() -> Figure:
    """Your pieces as one program, each with the lesson that built it."""
    drawing = Drawing(width=7, height=2.7)
    text = drawing.box("text", at=(0.4, 2.0))
    encode = drawing.box("tokenizer\n02", at=(1.35, 2.0), kind="step")
    ids = drawing.box("ids", at=(2.3, 2.0), shape="[T]")
    table = drawing.box("embedding\n03", at=(3.35, 2.0), kind="learned", shape="[T, C]")
    blocks = drawing.box("30 blocks\n04, 04b, 04c, 05", at=(4.7, 2.0), kind="learned", shape="[T, C]")
    head = drawing.box("norm, head\n06", at=(6.15, 2.0), kind="learned", shape="[V]")
    sampler = drawing.box("sampler\n01", at=(6.15, 0.65), kind="step")
    new = drawing.box("new id", at=(2.3, 0.65))
    decode = drawing.box("tokenizer\n02", at=(1.35, 0.65), kind="step")
    more = drawing.box("more\ntext", at=(0.4, 0.65))
    for one, other in ((text, encode), (encode, ids), (ids, table), (table, blocks), (blocks, head), (head, sampler)):
        drawing.arrow(one, other)
    drawing.arrow(sampler, new)
    drawing.arrow(new, decode)
    drawing.arrow(decode, more)
    drawing.arrow(new, ids, label="loop, 07")
    return drawing.figure


def shares(rows: Mapping[str, tuple[float, float]], single: Mapping[str, Sequence[float]]) -> Figure:
    """For each profession the mean share and its interval, and the share in each single sentence."""
    figure, axes = plt.subplots(figsize=(7, 3.4))
    places = range(len(rows))
    means, errors = zip(*rows.values(), strict=True)
    for place, job in enumerate(rows):
        axes.plot(single[job], [place] * len(single[job]), linestyle="", marker="|", color=BLACK, markersize=6)
    axes.errorbar(means, places, xerr=errors, linestyle="", marker="o", color=BLUE, markersize=5, capsize=3)
    axes.axvline(0.5, color=BLACK, linestyle="--", linewidth=1.2, marker="")
    axes.set_yticks(places, list(rows))
    axes.grid(axis="y", visible=False)
    axes.set(
        xlim=(0, 1),
        ylim=(len(rows) - 0.5, -0.5),
        xlabel="share of she, of she and he together; strokes: one sentence each; bars: 95%",
    )
    return figure
