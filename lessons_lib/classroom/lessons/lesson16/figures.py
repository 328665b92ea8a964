"""The drawings of lesson 16."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK, BLUE, ORANGE


def pipeline() -> Figure:
    """From a question to an answer with its source, or to none."""
    drawing = Drawing(width=7, height=2.7)
    texts = drawing.box("texts", at=(0.55, 0.6))
    chunks = drawing.box("chunks", at=(1.75, 0.6), kind="step")
    question = drawing.box("question", at=(0.65, 2.1))
    words = drawing.box("BM25", at=(3.2, 0.6), kind="step")
    encoder = drawing.box("encoder", at=(3.2, 1.5), kind="learned")
    fused = drawing.box("fuse", at=(4.35, 1.05), kind="step")
    enough = drawing.box("near\nenough?", at=(4.35, 2.15), kind="step")
    model = drawing.box("model", at=(5.45, 1.05), kind="learned")
    checked = drawing.box("check\nquotes", at=(6.4, 1.05), kind="step")
    unknown = drawing.box("I don't know", at=(5.95, 2.15))
    drawing.arrow(texts, chunks)
    drawing.arrow(chunks, words)
    drawing.arrow(chunks, encoder)
    drawing.arrow(question, encoder)
    drawing.arrow(question, words)
    drawing.arrow(words, fused)
    drawing.arrow(encoder, fused)
    drawing.arrow(fused, enough)
    drawing.arrow(enough, model, label="yes")
    drawing.arrow(model, checked)
    drawing.arrow(enough, unknown, label="no")
    return drawing.figure


def encoder() -> Figure:
    """A text on its way to one vector."""
    drawing = Drawing(width=7, height=1.5)
    ids = drawing.box("ids", at=(0.5, 0.8), shape="[T]")
    rows = drawing.box("rows +\npositions", at=(1.65, 0.8), kind="learned", shape="[T, C]")
    norm = drawing.box("norm", at=(2.75, 0.8), kind="learned")
    blocks = drawing.box("6 blocks,\nno mask", at=(3.9, 0.8), kind="learned", shape="[T, C]")
    mean = drawing.box("mean", at=(5.05, 0.8), kind="step")
    unit = drawing.box("length 1", at=(6.15, 0.8), kind="step", shape="[C]")
    for one, other in ((ids, rows), (rows, norm), (norm, blocks), (blocks, mean), (mean, unit)):
        drawing.arrow(one, other)
    return drawing.figure


def nearness(groups: Mapping[str, Sequence[float]], threshold: float) -> Figure:
    """The best cosine of each question, a row for each group, and the threshold."""
    figure, axes = plt.subplots(figsize=(7, 0.9 + 0.4 * len(groups)))
    for row, scores in enumerate(groups.values()):
        shaken = row + np.linspace(-0.18, 0.18, len(scores))
        axes.plot(scores, shaken, linestyle="", marker="o", color=BLUE, markersize=4)
    axes.axvline(threshold, color=BLACK, linestyle="--", linewidth=1.2, marker="", label="threshold")
    axes.legend(loc="lower right")
    axes.set_yticks(range(len(groups)), list(groups))
    axes.set(xlabel="cosine of the nearest passage", ylim=(len(groups) - 0.5, -0.5), xlim=(0, 1))
    return figure


def fused(names: Sequence[str], shares: Mapping[str, Sequence[float]], title: str) -> Figure:
    """The best passages of a fusion, and what each search has given them."""
    figure, axes = plt.subplots(figsize=(7, 2.9))
    begins = np.zeros(len(names))
    for (search, given), color in zip(shares.items(), (BLUE, ORANGE), strict=True):
        axes.barh(range(len(names)), given, left=begins, color=color, edgecolor="white", label=search)
        begins = begins + given
    axes.set_yticks(range(len(names)), names)
    axes.set_xticks([0, 0.004, 0.008, 0.012, 0.016])
    axes.grid(axis="y", visible=False)
    axes.set(ylim=(4.5, -0.5), xlim=(0, 1 / 60), xlabel=f"sum of shares, {title}")
    axes.legend(loc="lower right", bbox_to_anchor=(1, 1), ncols=2)
    return figure
