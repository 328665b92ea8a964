"""The drawings of appendix B1."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lessonB1.recall import recalled, with_bars
from lessons_lib.classroom.panels.figures import BLACK, BLUE, COLOURS, LINES, MARKERS, ORANGE
from lessons_lib.config import ModelConfig
from lessons_lib.config.states import STATES


def one_token() -> Figure:
    """What one token does to a state: it fades, is asked and corrected, and is asked by the query."""
    drawing = Drawing(width=7, height=2.9)
    before = drawing.box("state", at=(0.4, 1.9), shape="[K, V]")
    fade = drawing.box("fade:\ntimes exp(g)", at=(1.5, 1.9), kind="step")
    held = drawing.box("held = k S:\nwhat it says\nunder the key", at=(2.85, 1.9), kind="step")
    write = drawing.box("write:\n+ k · β (v - held)", at=(4.5, 1.9), kind="step")
    after = drawing.box("state", at=(6.45, 1.9), shape="[K, V]")
    for start, end in ((before, fade), (fade, held), (held, write), (write, after)):
        drawing.arrow(start, end)
    for name, shape, place in (("g", "one number", fade), ("k", "[K]", held), ("v, β", "[V], one number", write)):
        drawing.arrow(drawing.box(name, at=(place.x, 0.55), shape=shape), place)
    ask = drawing.box("ask: q S", at=(6.45, 1.15), kind="step")
    drawing.arrow(after, ask)
    drawing.arrow(drawing.box("q", at=(5.6, 1.15), shape="[K]"), ask)
    drawing.arrow(ask, drawing.box("answer", at=(6.45, 0.45), shape="[V]"))
    drawing.note("from the token before", at=(0.85, 2.65))
    drawing.note("to the next token", at=(6.2, 2.65))
    return drawing.figure


def recall(found: Mapping[str, Mapping[int, Tensor]], rules: Sequence[str]) -> Figure:
    """The share recalled against the number of facts, and against the place at which they were written; a bar is two
    standard errors over the seeds.

    Args:
        found: for each way and each number of facts n, which came back, [seeds, n].
        rules: the ways whose 64 facts are shown by their place.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3.6), sharey=True)
    for place, (name, by_number) in enumerate(found.items()):
        look = {"color": COLOURS[place], "linestyle": LINES[place], "marker": MARKERS[place], "capsize": 2}
        shares = torch.stack([each.mean(1) for each in by_number.values()], 1)  # [seeds, numbers]
        left.errorbar([*by_number], *with_bars(shares), label=name, **look)
        if name in rules:
            right.errorbar(range(1, 9), *with_bars(_eighths(by_number[64])), **look)
    left.set_xscale("log", base=2)
    left.set_xticks([*by_number], [str(n) for n in by_number])
    left.set(xlabel="facts written", ylabel="share recalled", ylim=(0, 1.05), title="how many")
    right.set_xticks(range(1, 9))
    right.set(xlabel="eighth of the text, 1 is the oldest", title="which, of 64 facts")
    figure.legend(loc="outside lower center", ncols=3, fontsize=8)
    return figure


def _eighths(found: Tensor) -> Tensor:
    """The share that came back of each eighth of the text, [seeds, 8]; found is [seeds, n]."""
    return found.unflatten(1, (8, -1)).mean(2)


def layers(models: Mapping[str, ModelConfig]) -> Figure:
    """For each model a row of boxes, one a layer: white for a state, filled for keys and values."""
    figure, ax = plt.subplots(figsize=(7, 0.5 + 0.45 * len(models)))
    for row, config in enumerate(models.values()):
        for layer, kind in enumerate(config.layer_types):
            kept = kind not in STATES
            ax.add_patch(
                plt.Rectangle((layer, row - 0.36), 0.86, 0.72, facecolor=BLUE if kept else "white", edgecolor="#555555")
            )
    ax.set(
        xlim=(-0.5, max(config.num_hidden_layers for config in models.values()) + 0.5), ylim=(len(models) - 0.4, -0.6)
    )
    ax.set_yticks(range(len(models)), [*models])
    ax.set_xlabel("layer (filled: keys and values, white: a state)")
    ax.grid(visible=False)
    return figure


def forgetting() -> Callable:
    """What the panel draws: which facts come back, for a number of facts, a decay and a strength."""

    def draw(facts: int, half_life: str, beta: str) -> tuple[Figure, str]:
        fade = 0.0 if half_life == "never" else -math.log(2) / int(half_life)
        found = recalled(facts, fade, None if beta == "sum" else float(beta))
        figure, ax = plt.subplots(figsize=(7, 2.7))
        shares = by_place(found)
        ax.bar(range(1, 9), shares, color=ORANGE if beta == "sum" else BLUE, edgecolor=BLACK, width=0.8)
        rule = "a sum" if beta == "sum" else f"delta rule, beta = {beta}"
        ax.set(xlabel="eighth of the text, 1 is the oldest", ylabel="share recalled", ylim=(0, 1.05))
        ax.set_title(f"{facts} facts, {rule}, " + ("no decay" if half_life == "never" else f"half-life {half_life}"))
        ax.set_xticks(range(1, 9))
        said = f"{found.mean():.0%} come back; of the oldest eighth {shares[0]:.0%}, of the newest {shares[-1]:.0%}"
        return figure, said

    return draw


def by_place(found: Tensor) -> list[float]:
    """The share that came back of each eighth of the text, a mean over seeds; found is [seeds, n]."""
    return _eighths(found).mean(0).tolist()
