"""The drawings of lesson 11."""

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib import ModelConfig
from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson11.pictures import PictureHalf
from lessons_lib.classroom.lessons.lesson11.puzzle import DIGITS, LENGTHS, LETTERS, TRAINED
from lessons_lib.classroom.panels.figures import BLACK

ROWS = (1, 8, 32, 128)


def whole() -> Figure:
    """Scout's text model: the stack on the left, the second half of one layer on the right."""
    drawing = Drawing(width=7, height=5.6)
    ids = drawing.box("token ids", at=(1.2, 0.35), shape="[T]")
    below = drawing.box("embedding", at=(1.2, 1.05), shape="[V, C]", kind="learned")
    drawing.arrow(ids, below)
    for y in (1.75, 2.35, 2.95):
        near = drawing.box("near attention, experts", at=(1.2, y), kind="learned", width=2.1)
        drawing.arrow(below, near)
        below = near
    far = drawing.box("far attention, experts", at=(1.2, 3.55), kind="learned", width=2.1)
    drawing.arrow(below, far)
    drawing.note("these four,\ntwelve times", at=(2.82, 2.65))
    drawing.note("near: turned, sees a chunk\nfar: not turned, sees all\nhatched: learned numbers", at=(3.4, 5.15))
    norm = drawing.box("last norm", at=(1.2, 4.35), kind="learned")
    head = drawing.box("head", at=(1.2, 5.05), shape="[V, C]", kind="learned")
    drawing.arrow(far, norm)
    drawing.arrow(norm, head)

    drawing.note("inside each layer: its second half", at=(5.2, 0.1))
    x = drawing.box("a token, normed", at=(5.0, 0.6), shape="[C]")
    router = drawing.box("router", at=(3.9, 1.45), shape="[E, C]", kind="learned")
    score = drawing.box("best product,\nsigmoid", at=(3.9, 2.45), kind="step")
    times = drawing.box("score × token", at=(4.9, 3.2), kind="step")
    expert = drawing.box("its expert, 1 of 16", at=(4.9, 3.95), kind="learned")
    shared = drawing.box("shared\nexpert", at=(6.4, 2.7), kind="learned")
    plus = drawing.box("+", at=(5.8, 4.75), kind="step")
    drawing.arrow(x, router)
    drawing.arrow(router, score)
    drawing.arrow(score, times)
    drawing.arrow(x, times)
    drawing.arrow(x, shared)
    drawing.arrow(times, expert)
    drawing.arrow(expert, plus)
    drawing.arrow(shared, plus)
    drawing.note("added to the stream", at=(5.8, 5.3))
    return drawing.figure


def mail() -> Figure:
    """Four tokens on their way to three experts and back."""
    drawing = Drawing(width=6, height=3.1)
    places = (1.6, 2.8, 4.0, 5.2)
    tokens = [drawing.box(name, at=(x, 0.3), width=0.5) for name, x in zip("abcd", places, strict=True)]
    answers = [drawing.box(name, at=(x, 2.8), width=0.5) for name, x in zip("abcd", places, strict=True)]
    for number, (x, letters) in enumerate(((1.6, "ad"), (3.4, "b"), (5.2, "c"))):
        letter = drawing.box(", ".join(letters), at=(x, 1.15), width=0.7)
        expert = drawing.box(f"expert {number}", at=(x, 1.9), kind="learned", width=1.0)
        drawing.arrow(letter, expert)
        for token, answer in zip(tokens, answers, strict=True):
            if token.name in letters:
                drawing.arrow(token, letter)
                drawing.arrow(expert, answer)
    for text, y in (("tokens", 0.3), ("mail", 1.15), ("answers", 2.8)):
        drawing.note(text, at=(0.5, y))
    return drawing.figure


def masks(near: Tensor, far: Tensor) -> Figure:
    """Two masks [T, T] side by side."""
    fig, axes = plt.subplots(1, 2, figsize=(6, 3), sharey=True)
    for ax, (name, mask) in zip(axes, {"near: turned": near, "far: not turned": far}.items(), strict=True):
        ax.imshow(mask, cmap="Greys", vmin=0, vmax=1.6)
        ax.set(title=name, xlabel="looked at", xticks=range(0, len(mask), 8), yticks=range(0, len(mask), 8))
        ax.grid(visible=False)
        ax.text(len(mask) - 1, 1, f"{int(mask.sum())} pairs", ha="right")
    axes[0].set_ylabel("who looks")
    return fig


def reached(slopes: Mapping[str, Tensor]) -> Figure:
    """Which embeddings have arrived at the last token after each layer: maps of [layers, T]."""
    fig, axes = plt.subplots(1, len(slopes), figsize=(7, 2.6), sharey=True)
    for ax, (name, slope) in zip(axes, slopes.items(), strict=True):
        layers, tokens = slope.shape
        ax.imshow(slope > 0, cmap="Greys", vmin=0, vmax=1.6, aspect="auto", origin="lower")
        ax.set(title=name, xlabel="position", xticks=range(0, tokens, 8))
        ax.set_yticks(range(layers), range(1, layers + 1))
        ax.grid(visible=False)
    axes[0].set_ylabel("after layer")
    return fig


def race(found: Mapping[str, Mapping[str, Tensor]]) -> Figure:
    """Percent right over the length of the row: means of the seeds with two standard errors."""
    fig, axes = plt.subplots(1, 2, figsize=(7, 3.4), sharey=True)
    places = range(len(LENGTHS))  # evenly: 12 and 13 would stand on each other if their distance counted
    for ax, mark, title in zip(axes, "?!", ("?  the digit, far away", "!  the letter just before"), strict=True):
        for number, (name, by_mark) in enumerate(found.items()):
            table = by_mark[mark]  # [seeds, lengths]
            mean, bar = table.mean(0), 2 * table.std(0) / len(table) ** 0.5  # [lengths] each
            beside = [place + 0.17 * (number - 1.5) for place in places]
            bars = [bar.tolist(), bar.minimum(100 - mean).tolist()]  # no bar above 100
            ax.errorbar(beside, mean, bars, label=name, capsize=2, markersize=4, linestyle="none")
        ax.axhline(100 / (DIGITS if mark == "?" else LETTERS), color=BLACK, linewidth=0.8, linestyle=":", marker="")
        ax.axvline(LENGTHS.index(TRAINED) + 0.5, color=BLACK, linewidth=0.8, linestyle="-", marker="")
        ax.set(xlabel="signs in the row (not to scale)", title=title, ylim=(-4, 104))
        ax.set_xticks(places, LENGTHS)
    axes[0].set_ylabel("% right")
    fig.legend(*axes[0].get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return fig


def batches(steps: Mapping[str, Sequence[float]]) -> Figure:
    """GB of weights that a step fetches, over the rows of the batch, and its share for one token."""
    fig, axes = plt.subplots(1, 2, figsize=(7, 3))
    lines = {**steps, "a dense 16 billion": [next(iter(steps.values()))[0]] * len(ROWS)}
    for name, step in lines.items():
        axes[0].plot(ROWS, step, label=name)
        axes[1].plot(ROWS, [gb / rows for gb, rows in zip(step, ROWS, strict=True)], label=name)
    axes[0].set(title="GB fetched in a step", xscale="log", ylim=(0, None))
    axes[1].set(title="GB fetched for one token", xscale="log", yscale="log")
    axes[1].set_yticks([0.1, 1, 10], ["0.1", "1", "10"])
    for ax in axes:
        ax.set(xlabel="rows of the batch")
        ax.set_xticks(ROWS, ROWS)
        ax.minorticks_off()
    axes[0].legend()
    return fig


def one_batch(config: ModelConfig, rows: int, gigabytes: Callable) -> tuple[Figure, str]:
    """The panel's picture: GB in a step over rows, for one config, and where the asked rows stand."""
    many = [2**n for n in range(9)]
    fig, ax = plt.subplots(figsize=(6, 3))
    ax.plot(many, [gigabytes(config, each) for each in many], label="this mixture")
    ax.plot(many, [gigabytes(config, 1)] * len(many), label="a dense model, as fast for one row")
    step = gigabytes(config, rows)
    ax.plot([rows], [step], color=BLACK, marker="o", markersize=8)
    ax.set(xlabel="rows of the batch", ylabel="GB fetched in a step", xscale="log", ylim=(0, None))
    ax.set_xticks(many, many)
    ax.minorticks_off()
    ax.legend()
    return fig, f"{rows} rows: {step:.1f} GB in a step, {step / rows:.2f} GB for a token"


def fusion(half: PictureHalf) -> Figure:
    """Early fusion: a picture's vectors among those of words."""
    drawing = Drawing(width=7, height=4.3)
    tile = drawing.box("tile", at=(0.8, 0.5), shape=f"[3, {half.side}, {half.side}]")
    patches = drawing.box("patches", at=(2.35, 0.5), shape=f"[{half.patches}, {3 * half.patch**2}]")
    encoder = drawing.box(f"encoder,\n{half.layers} layers", at=(3.95, 0.5), kind="learned", height=0.62)
    joined = drawing.box(
        "four to one", at=(5.7, 0.5), shape=f"[{half.tokens}, {half.merged * half.width}]", kind="step"
    )
    adapter = drawing.box("adapter", at=(5.7, 1.5), kind="learned")
    drawing.arrow(tile, patches)
    drawing.arrow(patches, encoder)
    drawing.arrow(encoder, joined)
    drawing.arrow(joined, adapter)
    words = drawing.box("words' ids", at=(0.8, 1.5), shape="[T]")
    embedding = drawing.box("embedding", at=(2.6, 1.5), kind="learned")
    drawing.arrow(words, embedding)
    row = [drawing.box(word, at=(x, 2.6), width=0.75) for word, x in (("What", 1.5), ("is", 2.4), ("this:", 3.3))]
    for word in row:
        drawing.arrow(embedding, word)
    row.append(drawing.box("picture", at=(5.0, 2.6), shape=f"[{half.tokens}, {half.text_width}]", width=1.7))
    drawing.arrow(adapter, row[-1])
    text = drawing.box("the text model: all layers, experts included", at=(3.5, 3.6), kind="learned", width=5.2)
    for place in row:
        drawing.arrow(place, text)
    return drawing.figure
