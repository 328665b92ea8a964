"""What lesson 02b draws: the parts of a tokenizer, what languages cost, what size buys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson02.figures import boxes, tokens_of

if TYPE_CHECKING:
    from IPython.display import HTML
    from matplotlib.figure import Figure

    from lessons_lib.tokenizer import Tokenizer


def parts() -> Figure:
    """The four parts in which tokenizers differ, and who chose what."""
    d = Drawing(width=7, height=1.8)
    text = d.box("text", at=(0.45, 1.4))
    first = d.box("normalise", at=(1.65, 1.4), kind="step")
    cut = d.box("cut into pieces", at=(3.2, 1.4), kind="step")
    model = d.box("pieces to tokens", at=(4.95, 1.4), kind="learned")
    ids = d.box("ids", at=(6.5, 1.4), shape="[T]")
    for start, end in ((text, first), (first, cut), (cut, model), (model, ids)):
        d.arrow(start, end)
    choices = (
        (1.45, ("GPT, Llama: nothing", "Qwen: composed accents", "Llama 2: ␣ in front")),
        (3.2, ("GPT-2: spaces to words", "GPT-4: digits in threes", "Qwen: single digits")),
        (5.05, ("GPT, Llama, Qwen: BPE", "T5: Unigram", "BERT: WordPiece")),
    )
    for x, lines in choices:
        for row, line in enumerate(lines):
            d.note(line, at=(x, 0.8 - 0.28 * row))
    d.note("special tokens", at=(6.4, 0.8))
    d.note("and a chat layout", at=(6.35, 0.52))
    return d.figure


def side_by_side(vocabularies: Mapping[str, Tokenizer], text: str) -> HTML:
    """How each vocabulary cuts a text, to be displayed."""
    from IPython.display import HTML

    return HTML("".join(f"<p>{name}<br>{boxes(tokens_of(vocabularies[name], text))}</p>" for name in vocabularies))


def compared(vocabularies: Mapping[str, Tokenizer], text: str, names: Sequence[str]) -> tuple[str, str]:
    """A text as some vocabularies cut it: HTML, and a line with the numbers of tokens."""
    rows, counts = [], []
    for name in names:
        tokens = tokens_of(vocabularies[name], text)
        rows.append(f"<p>{name}, {len(tokens)} tokens<br>{boxes(tokens)}</p>")
        counts.append(f"{name} {len(tokens)} tokens")
    return "".join(rows), ", ".join(counts)


def ratios(cost: Mapping[str, Mapping[str, int]], names: Sequence[str], unit: str) -> Figure:
    """What the same text costs in several languages, compared with one of them."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.9))
    languages = list(cost[names[0]])
    for place, (name, hatch) in enumerate(zip(names, ("", "//", ".."), strict=True)):
        heights = [count / cost[name][unit] for count in cost[name].values()]
        at = [i + 0.27 * (place - 1) for i in range(len(heights))]
        axes.bar(at, heights, 0.25, label=name, hatch=hatch, edgecolor="black")
    axes.set_xticks(range(len(languages)), languages)
    axes.axhline(1, color="black", linestyle=":", marker="")
    axes.grid(axis="x", visible=False)
    axes.set(ylabel=f"tokens, {unit} = 1", title="The same article, in tokens")
    axes.legend(ncols=3)
    return figure


def growth(sizes: Sequence[int], per_token: Mapping[str, Sequence[float]]) -> Figure:
    """Characters a token over the size of the vocabulary."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.9))
    for name, values in per_token.items():
        axes.plot(sizes, values, label=name)
    axes.set_xscale("log", base=2)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set(xlabel="size of the vocabulary", ylabel="characters a token", title="A tokenizer has a mother tongue")
    axes.legend()
    return figure
