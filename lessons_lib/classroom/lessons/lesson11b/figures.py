"""The drawings of lesson 11b."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK


def a_step() -> Figure:
    """Where the two balances take hold in a training step of one mixture layer."""
    drawing = Drawing(width=7, height=3.3)
    words = drawing.box("words, normed", at=(0.85, 1.6), shape="[N, C]")
    router = drawing.box("router", at=(2.3, 1.6), shape="[E, C]", kind="learned")
    scores = drawing.box("scores", at=(3.6, 1.6), shape="[N, E]")
    bias = drawing.box("bias", at=(3.6, 2.7), shape="[E]")
    choice = drawing.box("largest sum", at=(5.0, 2.1), kind="step")
    experts = drawing.box("experts", at=(6.35, 1.5), kind="learned")
    counts = drawing.box("counts", at=(6.35, 2.7), shape="[E]")
    balance = drawing.box("balancing loss", at=(4.4, 0.45), kind="step")
    drawing.arrow(words, router)
    drawing.arrow(router, scores)
    drawing.arrow(scores, choice)
    drawing.arrow(bias, choice)
    drawing.arrow(choice, experts)
    drawing.arrow(scores, experts, label="multiply")
    drawing.arrow(choice, counts)
    drawing.arrow(counts, bias, label="moves")
    drawing.arrow(scores, balance)
    drawing.arrow(counts, balance)
    drawing.arrow(balance, router, label="slope")
    drawing.note("hatched = learned", at=(0.85, 0.45))
    return drawing.figure


def shares(ways: Mapping[str, tuple[Tensor, Tensor]]) -> Figure:
    """For each way the busiest expert's share over the steps, [seeds, steps / 10], and all shares at the end, [seeds,
    layers, E], sorted: means of the seeds with two standard errors."""
    fig, axes = plt.subplots(1, 2, figsize=(7, 3.2), sharey=True)
    for name, (busiest, load) in ways.items():
        ranked = load.sort(descending=True).values.mean(1)  # [seeds, E]
        steps = [10 * n + 5 for n in range(busiest.shape[1])]
        for ax, places, values in zip(axes, (steps, range(1, 9)), (busiest, ranked), strict=True):
            values = 100 * values
            ax.errorbar(places, values.mean(0), 2 * values.std(0) / len(values) ** 0.5, label=name, capsize=3)
    for ax in axes:
        ax.axhline(12.5, color=BLACK, linewidth=0.8, linestyle="-", marker="")
    axes[0].set(xlabel="step", ylabel="% of a layer's words", title="the busiest expert of a step", ylim=(0, None))
    axes[1].set(xlabel="expert, the busiest first", title="all eight, in the last 20 steps")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return fig


def who_takes(table: Tensor, kinds: Sequence[str]) -> Figure:
    """For each layer which share of a kind of word each expert takes: [layers, kinds, E]."""
    layers, rows, experts = table.shape
    fig, axes = plt.subplots(2, 2, figsize=(7, 5.4), sharex=True, sharey=True)
    for layer, ax in enumerate(axes.flat[:layers]):
        ax.imshow(table[layer], cmap="Greys", vmin=0, vmax=1.5, aspect="auto")
        for row in range(rows):
            for expert in range(experts):
                share = 100 * float(table[layer, row, expert])
                if share >= 5:
                    ax.text(expert, row, f"{share:.0f}", ha="center", va="center", fontsize=9)
        ax.set(title=f"layer {layer}", xticks=range(experts))
        ax.set_yticks(range(rows), kinds)
        ax.grid(visible=False)
    for ax in axes[-1]:
        ax.set_xlabel("expert")
    return fig


def routes(words: Sequence[str], chosen: Sequence[Sequence[int]], changed: Sequence[Sequence[bool]]) -> Figure:
    """Which expert each word visits in each layer; those marked as changed stand in a thick frame."""
    fig, ax = plt.subplots(figsize=(7, 2.9))
    for layer, (row, other) in enumerate(zip(chosen, changed, strict=True)):
        for place, expert in enumerate(row):
            frame = {"edgecolor": BLACK, "linewidth": 2.2 if other[place] else 0.5}
            ax.bar(place, 0.8, bottom=layer - 0.4, width=0.84, color=str(1 - 0.07 * expert), **frame)
            ax.text(place, layer, expert, ha="center", va="center", fontsize=10)
    ax.set_xticks(range(len(words)), words, rotation=60, ha="right", rotation_mode="anchor", parse_math=False)
    ax.set(xlim=(-0.6, max(11.5, len(words) - 0.4)), ylim=(-0.5, len(chosen) - 0.5), ylabel="layer")
    ax.set_yticks(range(len(chosen)))
    ax.grid(visible=False)
    return fig
