"""The drawings of lesson 10."""

from collections.abc import Collection, Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing


def switch_map(apart: Mapping[str, Collection[str]], rows: Sequence[str]) -> Figure:
    """For some models the switches in which they differ from one model: a column each, dark where they do."""
    figure, axes = plt.subplots(figsize=(7.5, 5.2))
    dark = [[float(row in found) for found in apart.values()] for row in rows]
    axes.imshow(dark, cmap="Greys", vmin=0, vmax=1.5, aspect="auto")
    axes.set_xticks(range(len(apart)), list(apart), rotation=60, ha="right", fontsize=9)
    axes.set_yticks(range(len(rows)), rows, fontsize=9)
    axes.set_xticks([x - 0.5 for x in range(1, len(apart))], minor=True)
    axes.set_yticks([y - 0.5 for y in range(1, len(rows))], minor=True)
    axes.grid(visible=False)
    axes.grid(which="minor", color="#bbbbbb", linestyle="-")
    axes.tick_params(which="minor", length=0)
    axes.set_title("Where each model leaves Llama 3 8B")
    return figure


def latent() -> Figure:
    """Latent attention: two narrow places, a norm behind each, and the one more key that is turned."""
    drawing = Drawing(width=7, height=3.3)
    top, middle, low = 2.75, 1.55, 0.6
    x = drawing.box("x", at=(0.35, 1.55), shape="[T, C]")
    q_down = drawing.box("q_a_proj", at=(1.3, top), kind="learned")
    q_norm = drawing.box("norm", at=(2.35, top), shape="[T, 1536]", kind="learned")
    q_up = drawing.box("q_b_proj", at=(3.45, top), kind="learned")
    q = drawing.box("queries, two parts", at=(5.0, top), shape="128 + 64 turned, a head")
    drawing.arrow(x, q_down, corner="along")
    for one, other in ((q_down, q_norm), (q_norm, q_up), (q_up, q)):
        drawing.arrow(one, other)
    down = drawing.box("kv_a_proj", at=(1.3, middle), kind="learned")
    norm = drawing.box("norm", at=(2.3, middle), kind="learned")
    kept = drawing.box("latent", at=(3.15, middle), shape="[T, 512]")
    up = drawing.box("kv_b_proj", at=(4.2, middle), kind="learned")
    made = drawing.box("keys, values", at=(5.4, middle), shape="128 a head")
    for one, other in ((x, down), (down, norm), (norm, kept), (kept, up), (up, made)):
        drawing.arrow(one, other)
    turn = drawing.box("turn", at=(2.3, low), kind="step")
    key = drawing.box("one more key", at=(3.45, low), shape="[T, 64], for all heads")
    drawing.arrow(down, turn, corner="along")
    drawing.arrow(turn, key)
    look = drawing.box("look", at=(6.55, middle), kind="step")
    drawing.arrow(q, look, corner="across")
    drawing.arrow(made, look)
    drawing.arrow(key, look, corner="across")
    drawing.note("kept in the cache: latent and one more key", at=(3.5, 0.12))
    return drawing.figure
