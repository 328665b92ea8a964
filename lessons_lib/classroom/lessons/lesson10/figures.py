"""The drawings of lesson 10."""

from collections.abc import Collection, Mapping, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing, Place

# What each row of the map is about, and where it is taught: a section of this lesson, or another lesson.
GLOSSES = {
    "norm": "RMSNorm, LayerNorm, 1 + w (05, 4)",
    "norm place": "before a part, behind it too (4)",
    "positions": "learned, turned, two bases, none (04b, 3)",
    "rope scaling": "turned slower, long texts (11, D3)",
    "keys": "a head each, shared, one, latent (04c, 6)",
    "head width": "C / H or its own (2)",
    "biases": "on q, k, v or on all (3)",
    "q/k norm": "before turning, or behind (3, 11)",
    "score cap": "on attention's scores (3)",
    "sight": "full, window, chunks (3, 11)",
    "temperature": "sharper far into a text (11)",
    "feed-forward": "gate, and which bend (05)",
    "experts": "many networks, few used (5)",
    "router": "how it weighs experts (5)",
    "embedding": "times the root of C (4)",
    "final cap": "on scores of next tokens (3)",
    "head": "tied to the embedding (06)",
}


def switch_map(apart: Mapping[str, Collection[str]], rows: Sequence[str]) -> Figure:
    """For some models the switches in which they differ from one model: a column each, dark where they do."""
    figure, axes = plt.subplots(figsize=(7.5, 5.2))
    dark = [[float(row in found) for found in apart.values()] for row in rows]
    axes.imshow(dark, cmap="Greys", vmin=0, vmax=1.5, aspect="auto")
    axes.set_xticks(range(len(apart)), list(apart), rotation=60, ha="right", rotation_mode="anchor", fontsize=9)
    axes.set_yticks(range(len(rows)), rows, fontsize=9)
    glosses = axes.secondary_yaxis("right")
    glosses.set_yticks(range(len(rows)), [GLOSSES.get(row, "") for row in rows], fontsize=8.5)
    glosses.tick_params(length=0)
    axes.set_xticks([x - 0.5 for x in range(1, len(apart))], minor=True)
    axes.set_yticks([y - 0.5 for y in range(1, len(rows))], minor=True)
    axes.grid(visible=False)
    axes.grid(which="minor", color="#bbbbbb", linestyle="-")
    axes.tick_params(which="minor", length=0)
    axes.set_title("Where each model leaves Llama 3 8B")
    return figure


def norms() -> Figure:
    """A block of Llama above, one of Gemma 2 and 3 below: norms before a part, and behind it too."""
    drawing = Drawing(width=7, height=2.9)
    for y, name, behind in ((2.15, "Llama", False), (0.75, "Gemma 2, 3", True)):
        drawing.note(name, at=(0.6, y - 0.4))
        end: Place = drawing.box("x", at=(0.8, y))
        for left, part, wide in ((1.3, "attention", 0.98), (4.2, "feed-forward", 1.06)):
            before = drawing.box("norm", at=(left, y), kind="learned")
            place = drawing.box(part, at=(left + wide - 0.05, y), kind="learned")
            chain = [end, before, place]
            if behind:
                chain.append(drawing.box("norm", at=(left + 2 * wide - 0.12, y), kind="learned"))
            plus = drawing.box("+", at=(left + 2 * wide + 0.4, y), kind="step")
            for one, other in pairwise([*chain, plus]):
                drawing.arrow(one, other)
            drawing.arrow(end, plus, bend=0.3 if part == "attention" else -0.3)
            end = plus
    return drawing.figure


def experts() -> Figure:
    """A router with four experts: the two best get the token, and their answers are mixed by their shares."""
    drawing = Drawing(width=7, height=2.6)
    x = drawing.box("token", at=(0.45, 1.3), shape="[C]")
    router = drawing.box("router", at=(1.5, 2.2), shape="[4, C]", kind="learned")
    drawing.arrow(x, router, corner="along")
    products = drawing.row([2, 1, 0, -1], at=(2.9, 2.2), labels=["0", "1", "2", "3"])
    shares = drawing.row(["0.731", "0.269"], at=(5.1, 2.2), labels=["0", "1"])
    drawing.arrow(router, products)
    drawing.arrow(products, shares, label="softmax,\nbest two, sum 1")
    mix = drawing.box("weighted sum", at=(5.1, 1.2), kind="step")
    drawing.arrow(shares, mix)
    out = drawing.box("result", at=(6.4, 1.2), shape="[C]")
    drawing.arrow(mix, out)
    boxes = [drawing.box(f"expert {number}", at=(2.9, 1.45 - 0.38 * number), kind="learned") for number in range(4)]
    for chosen in boxes[:2]:
        drawing.arrow(x, chosen)
        drawing.arrow(chosen, mix)
    drawing.note("not asked", at=(3.9, 0.45))
    return drawing.figure


def latent() -> Figure:
    """Latent attention: two narrow places, a norm behind each, and the one more key that is turned."""
    drawing = Drawing(width=7, height=3.6)
    top, middle, low = 2.95, 1.7, 0.65
    x = drawing.box("x", at=(0.35, middle), shape="[T, C]")
    q_down = drawing.box("q_a_proj", at=(1.3, top), kind="learned")
    q_norm = drawing.box("norm", at=(2.15, top), kind="learned")
    short = drawing.box("short", at=(2.95, top), shape="[T, 1536]")
    q_up = drawing.box("q_b_proj", at=(3.9, top), kind="learned")
    q_turn = drawing.box("turn 64", at=(4.77, top), kind="step")
    q = drawing.box("queries", at=(5.86, top), shape="128 + 64 a head")
    drawing.arrow(x, q_down, corner="along")
    for one, other in ((q_down, q_norm), (q_norm, short), (short, q_up), (q_up, q_turn), (q_turn, q)):
        drawing.arrow(one, other)
    down = drawing.box("kv_a_proj", at=(1.3, middle), kind="learned")
    norm = drawing.box("norm", at=(2.3, middle), kind="learned")
    kept = drawing.box("latent: kept", at=(3.25, middle), shape="[T, 512]")
    up = drawing.box("kv_b_proj", at=(4.42, middle), kind="learned")
    made = drawing.box("keys, values", at=(5.55, middle), shape="128 a head")
    for one, other in ((x, down), (down, norm), (norm, kept), (kept, up), (up, made)):
        drawing.arrow(one, other)
    turn = drawing.box("turn", at=(2.3, low), kind="step")
    key = drawing.box("one more key: kept", at=(3.65, low), shape="[T, 64], for all heads")
    drawing.arrow(down, turn, corner="along")
    drawing.arrow(turn, key)
    look = drawing.box("look", at=(6.65, middle), kind="step")
    drawing.arrow(q, look, corner="across")
    drawing.arrow(made, look)
    drawing.arrow(key, look, corner="across")
    return drawing.figure
