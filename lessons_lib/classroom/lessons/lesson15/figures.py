"""The drawings of lesson 15."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from lessons_lib.classroom.drawing import Drawing


def one_step() -> Figure:
    """One token under a constraint: what the model scores, what the state allows, and the state after it."""
    drawing = Drawing(width=7, height=2.6)
    model = drawing.box("model", at=(0.7, 2.1), kind="learned")
    scores = drawing.box("scores", at=(2.1, 2.1), shape="[V]")
    masked = drawing.box("forbidden:\n−∞", at=(3.6, 2.1), kind="step")
    chosen = drawing.box("softmax,\nchoose", at=(5.0, 2.1), kind="step")
    token = drawing.box("token", at=(6.35, 2.1))
    state = drawing.box("state", at=(2.1, 0.85))
    mask = drawing.box("mask", at=(3.6, 0.85), shape="[V]")
    after = drawing.box("its bytes\nlead on", at=(6.35, 0.85), kind="step")
    drawing.arrow(model, scores)
    drawing.arrow(scores, masked)
    drawing.arrow(masked, chosen)
    drawing.arrow(chosen, token)
    drawing.arrow(state, mask)
    drawing.arrow(mask, masked)
    drawing.arrow(token, after)
    drawing.arrow(after, state, bend=-0.3)
    return drawing.figure


def automaton(table: np.ndarray, final: Sequence[bool], names: Sequence[str]) -> Figure:
    """The states of an automaton in a row, an arrow for each way on; a state in which a text may end is shaded.

    Args:
        table: [states, 256], -1 for nowhere; ways lead to the state itself or to later ones.
        final: of each state whether a text may end there.
        names: of each state.
    """
    drawing = Drawing(width=7, height=2.4)
    left, apart = 0.6, 5.8 / max(len(table) - 1, 1)
    places = [
        drawing.box(name, at=(left + apart * i, 1.2), kind="learned" if end else "data")
        for i, (name, end) in enumerate(zip(names, final, strict=True))
    ]
    for i, row in enumerate(table):
        for to in sorted(set(row.tolist()) - {-1}):
            label = _letters(np.flatnonzero(row == to))
            if to == i:
                drawing.note(f"{label}: stays", at=(places[i].x, 0.75))
            else:
                far = (0, 0.35, -0.75, 0.75)[min(to - i - 1, 3)] if to > i + 1 else 0
                drawing.arrow(places[i], places[to], label=label, bend=far)
    return drawing.figure


def _letters(values: np.ndarray) -> str:
    text = bytes(values.astype(np.uint8)).decode("latin-1")
    return "0 to 9" if text == "0123456789" else text.replace(" ", "space")


def bars(chances: Sequence[float], names: Sequence[str], title: str) -> Figure:
    """The chances of some tokens, likeliest first."""
    figure, ax = plt.subplots(figsize=(7, 3.9))
    ax.barh(range(len(names)), chances)
    ax.set_yticks(range(len(names)), names)
    ax.bar_label(ax.containers[0], fmt="{:.1%}", padding=3)
    ax.xaxis.set_major_formatter(PercentFormatter(xmax=1))
    ax.grid(axis="y", visible=False)
    ax.set(xlim=(0, 1.12), ylim=(9.5, -0.5), xlabel="chance", title=title)
    return figure
