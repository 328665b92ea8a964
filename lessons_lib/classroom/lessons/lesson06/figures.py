"""The drawings of lesson 06."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import COLOURS, LINES
from lessons_lib.tokenizer import Tokenizer


def whole_model() -> Figure:
    """The four parts of a model, what runs between them, and the tensors' names in the file."""
    drawing = Drawing(width=7, height=2.75)
    y = 1.95
    ids = drawing.box("ids", at=(0.4, y), shape="[T]")
    embed = drawing.box("embedding", at=(1.55, y), shape="[V, C]", kind="learned")
    blocks = drawing.box("blocks\n0 to L − 1", at=(3.05, y), kind="learned")
    norm = drawing.box("norm", at=(4.35, y), shape="[C]", kind="learned")
    head = drawing.box("head", at=(5.45, y), shape="[V, C]", kind="learned")
    scores = drawing.box("scores", at=(6.55, y), shape="[T, V]")
    drawing.arrow(ids, embed)
    for one, other in ((embed, blocks), (blocks, norm), (norm, head)):
        drawing.arrow(one, other, label="[T, C]")
    drawing.arrow(head, scores)
    names = {
        1.55: "model.embed_tokens\n.weight",
        3.05: "model.layers.0\n.input_layernorm.weight\nand eight more",
        4.6: "model.norm\n.weight",
        6.05: "tied: the embedding again;\nelse lm_head.weight",
    }
    for x, name in names.items():
        drawing.note(name, at=(x, 1.4 if x != 3.05 else 1.31))
    drawing.arrow(embed, head, label="the same numbers, if tied", bend=0.28)
    drawing.row(
        ["norm", "q", "k", "v", "o", "norm", "gate", "up", "down"],
        at=(3.5, 0.45),
        labels=["[C]", "[HD, C]", "[GD, C]", "[GD, C]", "[C, HD]", "[C]", "[F, C]", "[F, C]", "[C, F]"],
        kind="learned",
    )
    drawing.note("the nine tensors of a block (HD is H · D)", at=(3.5, 0.78))
    return drawing.figure


def filling(losses: Mapping[str, Sequence[float]], nothing: float) -> Figure:
    """The loss of some sentences after 1, 2, 3, ... blocks are real."""
    figure, axes = plt.subplots(figsize=(7, 3.2))
    for (name, values), line in zip(losses.items(), LINES, strict=False):
        axes.plot(range(1, len(values) + 1), values, linestyle=line, marker="", linewidth=2, label=name)
    axes.axhline(nothing, color="black", linewidth=1, linestyle="-", marker="")
    axes.text(1, nothing - 0.4, "knows nothing: ln V", va="top", ha="left", fontsize=9)
    axes.set(
        xlabel="blocks that are real",
        ylabel="loss",
        ylim=(0, 24),
        xlim=(0.5, 30.5),
        title="More than nothing, only with the last blocks",
    )
    axes.legend(loc="lower left", fontsize=9)
    return figure


def widths(seen: Mapping[str, Tensor]) -> Figure:
    """How many numbers a token has at each stage, from what each part of a model gives; the longest bar is cut."""
    layer = "model.layers.0"
    parts = {
        "embedding": "model.embed_tokens",
        "q": f"{layer}.self_attn.q_proj",
        "k": f"{layer}.self_attn.k_proj",
        "v": f"{layer}.self_attn.v_proj",
        "o": f"{layer}.self_attn.o_proj",
        "gate and up": f"{layer}.mlp.up_proj",
        "down": f"{layer}.mlp.down_proj",
        "last norm": "model.norm",
        "scores": "lm_head",
    }
    stages = {"id": 1} | {name: seen[part].shape[-1] for name, part in parts.items()}
    tokens = seen["lm_head"].shape[1]
    figure, axes = plt.subplots(figsize=(7, 3.4))
    longest = 2200
    for row, (name, width) in enumerate(stages.items()):
        learned = name not in ("id", "embedding", "scores", "last norm")
        look = {"color": "white", "hatch": "//"} if learned else {"color": COLOURS[0]}
        shown = min(width, longest)
        axes.barh(row, shown, height=0.62, edgecolor="black", **look)
        if shown < width:
            axes.add_patch(
                plt.Polygon([(1900, row - 0.4), (1950, row - 0.4), (2000, row + 0.4), (1950, row + 0.4)], color="white")
            )
        axes.text(shown + 30, row, f"[{tokens}, {width:,}]", va="center")
    axes.axhspan(1.5, len(stages) - 2.5, color="#eeeeee", zorder=-1)
    axes.text(2900, (len(stages) - 1) / 2, "in a block", rotation=270, va="center")
    axes.set_yticks(range(len(stages)), list(stages))
    axes.set_xticks([0, 576, 1536])
    axes.invert_yaxis()
    axes.set(
        xlim=(0, 3000),
        xlabel="numbers a token (the last bar is cut)",
        title="Widest at the end: a score for every token",
    )
    axes.grid(visible=False)
    return figure


def who_moves(tables: Mapping[str, Tensor]) -> Figure:
    """For some models [T, T]: does swapping the token of a row move the scores at the position of a column?"""
    figure, panels = plt.subplots(1, len(tables), figsize=(7, 3.2))
    figure.suptitle("grey: it moves", fontsize=10)
    for axes, (name, table) in zip(panels, tables.items(), strict=True):
        axes.imshow(table, cmap="Greys", vmin=0, vmax=1.6)
        axes.plot([-0.5, len(table) - 0.5], [-0.5, len(table) - 0.5], color="black", linestyle="--", marker="")
        axes.set(xlabel="position whose scores move", ylabel="token swapped")
        axes.set_title(name, loc="center", fontsize=10)
        axes.set_xticks(range(0, len(table), 2))
        axes.set_yticks(range(0, len(table), 2))
        axes.grid(visible=False)
    return figure


def two_files(header: int, tensors: int) -> Figure:
    """What stands where in the two kinds of file."""
    strips = {
        "safetensors": [
            ("8 bytes:\nlength", 1.2),
            (f"JSON header:\n{header:,} bytes", 2.2),
            ("the tensors' bytes: bare numbers", 6.6),
        ],
        "GGUF": [
            ("GGUF, 3,\ncounts", 1.2),
            ("keys: config,\nvocabulary, merges", 2.2),
            (f"table of\n{tensors} tensors", 1.6),
            ("the tensors' bytes: mostly blocks of 32 weights", 5.0),
        ],
    }
    figure, panels = plt.subplots(2, 1, figsize=(7, 2.4))
    for axes, (name, parts) in zip(panels, strips.items(), strict=True):
        left = 0.0
        for (text, width), colour in zip(parts, ["white", "#dddddd", "#f0f0f0", "white"], strict=False):
            axes.barh(0, width, left=left, color=colour, edgecolor="black")
            axes.text(left + width / 2, 0, text, ha="center", va="center", fontsize=9)
            left += width
        axes.set(xlim=(0, 10), title=f"{name} (not to scale)")
        axes.axis("off")
    return figure


def steps(weights: Sequence[float], step: float, lowest: float) -> Figure:
    """32 weights over the 16 levels that they may take."""
    figure, axes = plt.subplots(figsize=(7, 2.8))
    for level in range(16):
        axes.axhline(step * level + lowest, color="#bbbbbb", linewidth=0.7, linestyle="-", marker="")
    axes.bar(range(32), weights, color=COLOURS[0], width=0.55)
    axes.axhline(0, color="black", linewidth=0.8, linestyle="-", marker="")
    axes.annotate(
        "", (32.5, lowest + 4 * step), (32.5, lowest + 3 * step), arrowprops={"arrowstyle": "|-|,widthA=0.3,widthB=0.3"}
    )
    axes.text(33, lowest + 3.5 * step, "d", va="center")
    axes.text(32.2, lowest, "m", va="bottom")
    axes.set(xlabel="weight of the block", ylabel="value", xlim=(-1, 34), title="32 weights on 16 levels")
    axes.grid(visible=False)
    return figure


def by_position(off: Tensor, pieces: Sequence[str]) -> Figure:
    """The largest difference of a score at each position [T]."""
    figure, axes = plt.subplots(figsize=(7, 2.7))
    axes.bar(range(len(off)), off, color=COLOURS[0])
    axes.set_xticks(range(len(off)), [f"{place}\n{piece}" for place, piece in enumerate(pieces)], fontsize=9)
    axes.set(xlabel="position and token", ylabel="largest difference", title="Position 0 is right, whatever the order")
    axes.grid(axis="x", visible=False)
    return figure


def parts_and_positions(patients: Mapping[str, Mapping[str, Tensor]], reference: Mapping[str, Tensor]) -> Figure:
    """Which parts of block 0 [1, T, numbers] differ at which positions, for some models beside their reference."""
    names = ["input_layernorm", *(f"self_attn.{name}_proj" for name in "qkvo")]
    figure, panels = plt.subplots(1, len(patients), figsize=(7, 2.3), sharey=True)
    for axes, (name, outputs) in zip(panels, patients.items(), strict=True):
        found = [f"model.layers.0.{part}" for part in names]
        table = [((outputs[part] - reference[part]).abs().amax((0, 2)) > 3e-5).tolist() for part in found]
        axes.imshow(table, cmap="Greys", vmin=0, vmax=1.6, aspect="auto")
        axes.set_yticks(range(len(names)), ["norm", *(f"{name}_proj" for name in "qkvo")])
        axes.set_xticks(range(0, len(table[0]), 4))
        axes.set_title(name, loc="center", fontsize=10)
        axes.set(xlabel="position")
        axes.grid(visible=False)
        for row in range(1, len(names)):
            axes.axhline(row - 0.5, color="#bbbbbb", linewidth=0.7, linestyle="-", marker="")
    return figure


def likeliest(scores: Tensor, tokenizer: Tokenizer) -> tuple[Figure, str]:
    """The five likeliest tokens of scores [V] as bars, and in words."""
    chances, ids = scores.softmax(-1).topk(5)
    names = [repr(tokenizer.decode([int(i)])) for i in ids]
    figure, axes = plt.subplots(figsize=(7, 2.2))
    axes.barh(range(5), chances, color=COLOURS[0], edgecolor="black")
    axes.set_yticks(range(5), names)
    axes.invert_yaxis()
    axes.set(xlim=(0, 1), xlabel="chance of the next token", title="The five likeliest")
    axes.grid(axis="y", visible=False)
    return figure, ", ".join(f"{name} {chance:.2f}" for name, chance in zip(names, chances, strict=True))
