"""The drawings of lesson 05."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

import matplotlib.pyplot as plt
import torch
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing, Place
from lessons_lib.classroom.panels.figures import BLACK, LINES

# Each part of a running model with the kind of its box and what stands in it; the numbers are the lesson's differences.
NORM, DROP = ("learned", "⑤ LayerNorm"), ("step", "⑧ dropout, +")
THINK = ("learned", "⑥ feed-forward: ReLU")
BOXES_2017 = {
    "embedding": ("learned", "① embedding · √C"),
    "sines": ("step", "② + sines"),
    "dropout": ("step", "⑧ dropout"),
    "encoder.self_attn": ("learned", "③ attention: to all"),
    "encoder.dropout": DROP,
    "encoder.norm1": NORM,
    "encoder.mlp": THINK,
    "encoder.norm2": NORM,
    "decoder.self_attn": ("learned", "③ attention: back"),
    "decoder.dropout": DROP,
    "decoder.norm1": NORM,
    "decoder.cross_attn": ("learned", "④ cross attention"),
    "decoder.norm2": NORM,
    "decoder.mlp": THINK,
    "decoder.norm3": NORM,
    "head": ("learned", "⑦ head: same table"),
}
BOXES_MISTRAL = {
    "model.embed_tokens": ("learned", "① embedding"),
    "model.layers.input_layernorm": ("learned", "⑤ RMSNorm"),
    "model.layers.self_attn": ("learned", "③ attention: back\nby W, shared heads"),
    "turn": ("step", "② q and k turned"),  # inside attention
    "model.layers.post_attention_layernorm": ("learned", "⑤ RMSNorm"),
    "model.layers.mlp": ("learned", "⑥ feed-forward:\nSwiGLU"),
    "model.norm": ("learned", "⑤ RMSNorm"),
    "lm_head": ("learned", "⑦ head: own table"),
    "cache": ("data", "③ rolling\ncache"),
}
_ADDED = ("model.layers.self_attn", "model.layers.mlp")  # what Mistral adds to the stream without a part for it
_WIDE, _GAP, _APART = 1.72, 0.13, 0.09  # inches
LEGEND = {"learned": "learned numbers", "step": "a computation", "data": "texts, keys, values"}


def part(name: str) -> str:
    """A part's name without the number of its layer: `encoder.0.norm1` to `encoder.norm1`."""
    return re.sub(r"\.\d+", "", name)


def side_by_side(
    ran_2017: Sequence[tuple[str, str]], ran_mistral: Sequence[tuple[str, str]], cached: Sequence[tuple[str, str]]
) -> Figure:
    """Two whole models from what ran in them: a box for each part of the first layer, in the order in which they ran.

    Args:
        ran_2017: what `watched` noted in the encoder-decoder, with a source of S tokens and a target of T.
        ran_mistral: in Mistral, with a text of T.
        cached: in Mistral, at one step with a cache.
    """
    drawing = Drawing(width=7, height=8.9)
    first = [(part(name), shape) for name, shape in ran_2017 if not re.search(r"\.[1-9]", name)]
    second = next(number for number, (name, _) in enumerate(first) if number and name == "embedding")
    mistral = [(part(name), shape) for name, shape in ran_mistral if not re.search(r"\.[1-9]", name) and name != "turn"]
    starts = (
        ("source", 1.06, 0.62, "2017, the encoder\n(frame: 6 layers)", first[:second], BOXES_2017),
        ("target, moved by one", 3.12, 1.83, "2017, the decoder\n(frame: 6 layers)", first[second:], BOXES_2017),
        ("text", 5.14, 1.25, "Mistral 7B\n(frame: 32 layers)", mistral, BOXES_MISTRAL),
    )
    columns = []
    for name, x, y, title, ran, boxes in starts:
        drawing.note(title, at=(x, y - 0.38))
        columns.append(_column(drawing, drawing.box(name, at=(x, y), width=_WIDE), ran, boxes))
    reads, writes, text = columns
    memory = f"memory\n{dict(first)['encoder.norm2']}"
    drawing.arrow(reads["encoder.norm2"], writes["decoder.cross_attn"], memory, corner="along")
    look = text["model.layers.self_attn"]
    kind, name = BOXES_MISTRAL["cache"]
    kept = drawing.box(name, at=(6.57, look.y), shape=dict(cached)["cache"], kind=kind)
    for start, end, height in ((look, kept, -0.15), (kept, look, 0.15)):  # written, and read
        drawing.arrow(*(replace(place, y=look.y + height, height=0.2) for place in (start, end)))
    for number, (kind, meaning) in enumerate(LEGEND.items()):
        drawing.box(meaning, at=(1.06, 8.3 - 0.43 * number), kind=kind, width=_WIDE)
    for places, prefix in ((reads, "encoder."), (writes, "decoder."), (text, "model.layers.")):
        _frame(drawing, places, prefix)
    return drawing.figure


def _column(
    drawing: Drawing, below: Place, ran: Sequence[tuple[str, str]], boxes: Mapping[str, tuple[str, str]]
) -> dict[str, Place]:
    """Boxes from the bottom up, arrows between them, and around each part that is added the stream."""
    places, stream = {}, below
    for name, shape in ran:
        kind, text = boxes[name]
        shown = shape if name in ("embedding", "model.embed_tokens", "head", "lm_head") else ""
        if name == "model.layers.self_attn":
            text = f"{text}\n{boxes['turn'][1]}"
        place = _on(drawing, below, text, shown, kind)
        if name.endswith(("dropout", *_ADDED)) and "." in name:
            if name in _ADDED:
                places[name] = below = place
                place = places[f"{name}, +"] = _on(drawing, below, "+", "", "step")
            # The stream comes in below the middle of a "+" and goes on above it, or two arcs would look like one.
            leaves = replace(stream, y=stream.y + _APART) if stream.name == "+" else stream
            drawing.arrow(leaves, replace(place, y=place.y - _APART), bend=-0.13)
            stream = place
        if ("norm" in name and boxes is BOXES_2017) or "." not in name or name.endswith("embed_tokens"):
            stream = place
        places.setdefault(name, place)
        below = place
    if ran[-1][0].endswith("head"):
        _on(drawing, below, "softmax: chances", "", "step")
    return places


def _on(drawing: Drawing, below: Place, text: str, shape: str, kind: str) -> Place:
    """A box upon another, with an arrow."""
    height = 0.33 + 0.19 * text.count("\n") + (0.17 if shape else 0)
    at = (below.x, below.top + _GAP + height / 2)
    place = drawing.box(text, at=at, shape=shape, kind=kind, width=_WIDE, height=height)
    drawing.arrow(below, place)
    return place


def _frame(drawing: Drawing, places: Mapping[str, Place], prefix: str) -> None:
    """A dashed frame around the parts of one layer."""
    inside = [place for name, place in places.items() if name.startswith(prefix)]
    bottom, top = min(place.bottom for place in inside) - 0.06, max(place.top for place in inside) + 0.06
    frame = Rectangle((inside[0].left - 0.17, bottom), _WIDE + 0.26, top - bottom, fill=False, linestyle="--")
    drawing.figure.axes[0].add_patch(frame)


def two_roads(rewriting: Mapping[float, Tensor], adding: Mapping[float, Tensor]) -> Figure:
    """For some factors the gradient's length where each part begins, where parts rewrite and where they add."""
    figure, panels = plt.subplots(1, 2, figsize=(7.5, 3), sharey=True)
    for axes, (title, roads) in zip(panels, (("rewriting", rewriting), ("adding", adding)), strict=True):
        for (factor, lengths), line in zip(roads.items(), LINES, strict=False):
            axes.plot(range(1, len(lengths) + 1), lengths, linestyle=line, marker="", label=f"factor {factor:g}")
        axes.set(yscale="log", xlabel="part  (← the gradient travels)", title=title)
        axes.legend()
    panels[0].set_ylabel("length of the gradient")
    return figure


def one_road(roads: Sequence[Tensor], way: str) -> Figure:
    """The gradient's length where each part begins, for some seeds."""
    figure, axes = plt.subplots(figsize=(6, 2.8))
    for seed, (lengths, line) in enumerate(zip(roads, LINES, strict=False)):
        axes.plot(range(1, len(lengths) + 1), lengths, linestyle=line, marker="", label=f"seed {seed}")
    axes.axhspan(1, 1000, color="#dedede", zorder=0)
    title = f"{way}; grey: from 1 to 1,000"
    axes.set(yscale="log", xlabel="part  (← the gradient travels)", ylabel="length of the gradient", title=title)
    axes.legend()
    return figure


def left_out(kept: Tensor, texts: Sequence[str]) -> Figure:
    """What is left [texts, blocks] of the favourite's chance without each block."""
    figure, axes = plt.subplots(figsize=(7.5, 2.1))
    image = axes.imshow(kept.clamp(max=1), cmap="Greys", vmin=0, vmax=1.3, aspect="auto")
    axes.set_yticks(range(len(texts)), texts)
    ticks = (1, 5, 10, 15, 20, 25, 30)
    axes.set_xticks([tick - 1 for tick in ticks], [str(tick) for tick in ticks])
    axes.set_xticks([x - 0.5 for x in range(1, kept.shape[1])], minor=True)
    axes.set_yticks([y - 0.5 for y in range(1, kept.shape[0])], minor=True)
    axes.grid(visible=False)
    axes.grid(which="minor", color="#999999", linestyle="-", linewidth=0.5)
    axes.tick_params(which="minor", length=0)
    axes.set(xlabel="the block that is left out")
    bar = figure.colorbar(image, ax=axes, boundaries=[x / 20 for x in range(21)], label="share kept")
    bar.set_ticks([0, 0.5, 1], labels=["0", "0.5", "1 or more"])
    return figure


def bends() -> Figure:
    """Three activations."""
    figure, axes = plt.subplots(figsize=(6, 2.8))
    line = torch.linspace(-5, 3, 401)
    curves = {"ReLU": line.relu(), "GELU": torch.nn.functional.gelu(line), "SiLU": torch.nn.functional.silu(line)}
    for (name, curve), style in zip(curves.items(), LINES, strict=False):
        axes.plot(line, curve, linestyle=style, marker="", label=name)
    axes.axhline(0, color=BLACK, linewidth=0.8, linestyle="-", marker="")
    axes.set(xlabel="in", ylabel="out", ylim=(-0.5, 3))
    axes.legend()
    return figure
