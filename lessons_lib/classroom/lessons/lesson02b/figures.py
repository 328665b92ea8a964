"""What lesson 02b draws: the parts of a tokenizer, what languages cost, what size buys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson02.figures import boxes, tokens_of
from lessons_lib.classroom.panels.figures import BLUE, ORANGE

if TYPE_CHECKING:
    from IPython.display import HTML
    from matplotlib.figure import Figure

    from lessons_lib.tokenizer import Tokenizer


def parts() -> Figure:
    """The parts in which tokenizers differ, and who chose what."""
    d = Drawing(width=7, height=2.1)
    text = d.box("text", at=(0.4, 1.7))
    first = d.box("normalise", at=(1.55, 1.7), kind="step")
    cut = d.box("cut into pieces", at=(3.15, 1.7), kind="step")
    model = d.box("pieces to tokens", at=(4.85, 1.7), kind="learned")
    ids = d.box("ids", at=(6.35, 1.7), shape="whole numbers")
    special = d.box("special tokens", at=(6.35, 0.75), shape="and a chat layout")
    for start, end in ((text, first), (first, cut), (cut, model), (model, ids), (special, ids)):
        d.arrow(start, end)
    choices = (
        (1.35, ("GPT, Llama 3: nothing", "Qwen: e and ´ to é", "Llama 2: ␣ in front")),
        (
            3.1,
            (
                "GPT-2: ␣ with its word",
                "GPT-4: also digits in threes",
                "Qwen, SmolLM2: single digits",
                "Llama 2: in training only",
            ),
        ),
        (4.75, ("GPT, Llama, Qwen: BPE", "T5: Unigram", "BERT: WordPiece")),
    )
    for x, lines in choices:
        for row, line in enumerate(lines):
            d.note(line, at=(x, 1.1 - 0.28 * row))
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


def ratios(
    cost: Mapping[str, Mapping[str, int]],
    sizes: Mapping[str, int],
    patterns: Mapping[str, str],
    unit: str,
    floors: Mapping[str, Mapping[str, int]],
) -> Figure:
    """What the same text costs in several languages, compared with one of them; the smallest vocabulary first.

    For some languages a short bar shows the pieces into which each pattern cuts the text: no list needs fewer tokens.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3))
    names = sorted(sizes, key=sizes.__getitem__)
    others = [language for language in cost[names[0]] if language != unit]
    for number, language in enumerate(others):
        places = [place + 0.12 * (number - 2) for place in range(len(names))]
        heights = [cost[name][language] / cost[name][unit] for name in names]
        (marks,) = axes.plot(places, heights, linestyle="", markersize=6, markeredgecolor="black", label=language)
        for place, height, name in zip(places, heights, names, strict=True):
            if least := floors.get(language, {}).get(patterns[name]):
                floor, look = least / cost[name][unit], {"color": marks.get_color(), "zorder": 1}
                axes.vlines(place, floor, height, linewidth=1, **look)
                axes.hlines(floor, place - 0.09, place + 0.2, linewidth=2.5, **look)
    axes.set_xticks(range(len(names)), [f"{name}\n{sizes[name]:,}\n{patterns[name]}" for name in names], fontsize=8.5)
    axes.axhline(1, color="black", linestyle=":", marker="")
    axes.grid(axis="x", visible=False)
    axes.set(
        ylabel=f"tokens, {unit} = 1",
        ylim=(0, 10.5),
        title=f"One article; bar: the pattern's least for {' and '.join(floors)}; below: size and pattern",
    )
    axes.legend(ncols=5, columnspacing=1, handletextpad=0.2)
    return figure


def growth(
    sizes: Sequence[int],
    curves: Mapping[tuple[str, str], Sequence[float]],
    other: str,
    other_size: int,
    marks: Mapping[str, float],
) -> Figure:
    """Characters a token over the size of the vocabulary: a curve for each (text trained on, text read), a colour for
    each text that is read, at its end the text trained on; and marks for another vocabulary, by the text read."""
    import matplotlib.pyplot as plt

    colours = dict(zip(marks, (BLUE, ORANGE), strict=True))
    lines = dict(zip(dict.fromkeys(trained for trained, _ in curves), (("-", "o"), ("--", "s")), strict=True))

    figure, axes = plt.subplots(figsize=(7, 3))
    for (trained, read), values in curves.items():
        line, marker = lines[trained]
        axes.plot(sizes, values, color=colours[read], linestyle=line, marker=marker)
        axes.annotate(f"trained on {trained}", (sizes[-1], values[-1]), (9, 0), textcoords="offset points", va="center")
    for read, value in marks.items():
        look = {"color": colours[read], "markeredgecolor": "black", "markersize": 7}
        axes.plot([other_size], [value], linestyle="", marker="D", **look)
        axes.annotate(other, (other_size, value), (0, 8), textcoords="offset points", ha="center")
    axes.set_xscale("log", base=2)
    axes.set_xticks([*sizes, other_size], [f"{size:,}" for size in (*sizes, other_size)])
    axes.minorticks_off()
    axes.set(
        xlabel="size of the vocabulary",
        ylabel="characters a token",
        ylim=(0.8, 4.9),
        title="; ".join(f"{colour}: {read} read" for colour, read in zip(("Blue", "orange"), marks, strict=True)),
    )
    return figure
