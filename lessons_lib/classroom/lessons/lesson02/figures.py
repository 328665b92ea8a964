"""What lesson 02 draws: tokens in frames, the way from a text to ids, merges one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from itertools import islice
from typing import TYPE_CHECKING
from unicodedata import name

import regex

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.tokenizer.encoding.bpe import merge
from lessons_lib.tokenizer.encoding.split import SPLITS

if TYPE_CHECKING:
    from IPython.display import HTML
    from matplotlib.figure import Figure

    from lessons_lib.tokenizer import Tokenizer

SHADE = "#dedede"


def readable(data: bytes) -> str:
    r"""A token's bytes as text: ␣ for a space, ⏎ for a new line, \x.. for a part of a character."""
    return data.decode("utf-8", errors="backslashreplace").replace(" ", "␣").replace("\n", "⏎")


def tokens_of(tokenizer: Tokenizer, text: str) -> list[str]:
    """The tokens of a text, each as it is shown."""
    return [readable(tokenizer.token_bytes(i)) for i in tokenizer.encode(text)]


def boxes(tokens: Iterable[str]) -> str:
    """Tokens as HTML, each in a frame of its own, every second one shaded."""
    look = "border: 1px solid #555; border-radius: 3px; padding: 1px 2px; color: black"
    return " ".join(
        f'<code style="{look}; background: {SHADE if number % 2 else "white"}">{escape(token)}</code>'
        for number, token in enumerate(tokens)
    )


def framed(*rows: Iterable[str]) -> HTML:
    """Rows of tokens in frames, to be displayed."""
    from IPython.display import HTML

    return HTML("".join(f"<p>{boxes(row)}</p>" for row in rows))


def after_merges(text: str, learned: Mapping[tuple[int, int], int], tokens: Sequence[bytes], merges: int) -> tuple:
    """How a text is cut by the first merges of a tokenizer: HTML, and the same in a line of text."""
    first = dict(islice(learned.items(), merges))
    ranks = {pair: rank for rank, pair in enumerate(first)}
    pieces = regex.findall(SPLITS["gpt2"][0], text)
    ids = [i for piece in pieces for i in merge(list(piece.encode()), ranks, list(first.values()))]
    cut = [readable(tokens[i]) for i in ids]
    said = f"{len(cut)} tokens, {len(text) / max(len(cut), 1):.2f} characters a token"
    return f"<p>{boxes(cut)}</p>", f"{said}: {' '.join(cut)}"


def pipeline() -> Figure:
    """What this lesson builds, from a text to ids and back."""
    d = Drawing(width=7, height=3.0)
    text = d.box("text", at=(0.55, 1.7), shape="characters")
    pieces = d.box("cut into\npieces", at=(1.75, 1.7), kind="step", shape="a fixed pattern")
    data = d.box("bytes", at=(3.1, 1.7), shape="0 to 255")
    merges = d.box("merge pairs", at=(4.55, 1.7), kind="learned", shape="earliest learned first")
    ids = d.box("ids", at=(6.2, 1.7), shape="one per token")
    for start, end in ((text, pieces), (pieces, data), (data, merges), (merges, ids)):
        d.arrow(start, end)
    table = d.box("look up the bytes of each id, join them", at=(4.0, 0.6), kind="learned")
    back = d.box("read as UTF-8", at=(1.6, 0.6), kind="step")
    d.arrow(ids, table, corner="along")
    d.arrow(table, back)
    d.arrow(back, text, corner="across")
    special = d.box("special tokens", at=(6.2, 2.65), shape="from the program")
    d.arrow(special, ids)
    training = d.box("training text", at=(2.6, 2.65), shape="once, beforehand")
    d.arrow(training, merges, corner="across")
    d.note("learned from", at=(3.95, 2.78))
    d.note("decoding", at=(6.15, 0.3))
    d.note("encoding", at=(0.5, 2.15))
    return d.figure


def growth(words: Sequence[str], border: int, second: str) -> Figure:
    """How many different words there were so far, and where the second book begins."""
    import matplotlib.pyplot as plt

    seen: set[str] = set()
    sizes = []
    for place, word in enumerate(words):
        seen.add(word)
        if place % 20_000 == 0:
            sizes.append((place, len(seen)))
    figure, axes = plt.subplots(figsize=(7, 2.7))
    axes.plot(*zip(*sizes, strict=True), marker="")
    axes.axvline(border, color="black", linestyle="--", marker="")
    axes.text(border + 15_000, 4_000, f"{second} begins", backgroundcolor="white")
    axes.set(xlabel="words read", ylabel="different words so far", title="The list of words keeps growing")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.yaxis.set_major_formatter("{x:,.0f}")
    return figure


def layers(text: str, tokens: Sequence[bytes]) -> Figure:
    """One text three times: as characters, an emoji by its name, as bytes, as tokens, each as wide as its bytes."""
    import matplotlib.pyplot as plt

    data = text.encode()
    rows = {
        "characters": [
            ("␣" if c == " " else c if ord(c) < 0x300 else f"({name(c).lower()})", len(c.encode())) for c in text
        ],
        "bytes": [(str(byte), 1) for byte in data],
        "tokens": [(readable(token), len(token)) for token in tokens],
    }
    figure, axes = plt.subplots(figsize=(7, 1.95))
    for row, cells in enumerate(rows.values()):
        left = 0
        for label, width in cells:
            shade = SHADE if row == 2 else "white"
            axes.barh(row, width, left=left, height=0.66, color=shade, edgecolor="black")
            axes.text(left + width / 2, row, label, ha="center", va="center", fontsize=9)
            left += width
    _bare(axes, list(rows))
    axes.set_title("A token is a run of bytes")
    return figure


def sizes(rows: Sequence[tuple[int, float, float, int, int]]) -> Figure:
    """What a larger vocabulary gains and costs.

    Args:
        rows: for each size the characters per token on the text that was learned from and on another, and how often a
            merged token occurs, at the median of the first half of the merges and of the last.
    """
    import matplotlib.pyplot as plt

    numbers, own, other, first, last = zip(*rows, strict=True)
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.7))
    left.plot(numbers, own, label="Shakespeare")
    left.plot(numbers, other, label="Bible, not seen")
    left.set(ylabel="characters per token", ylim=(0, None), title="Texts get shorter")
    left.legend(loc="lower right")
    right.plot(numbers, first, label="first half of the merges")
    right.plot(numbers, last, label="last half")
    right.set(ylabel="uses in Shakespeare, median", yscale="log", title="Late tokens are rarer")
    right.legend(loc="upper right")
    right.yaxis.set_major_formatter("{x:,.0f}")
    for axes in (left, right):
        axes.set(xlabel="tokens in the vocabulary", xlim=(0, None))
        axes.xaxis.set_major_formatter("{x:,.0f}")
    return figure


def growing(rows: Mapping[str, Sequence[Sequence[str]]], title: str, last: str = "") -> Figure:
    """Words whose symbols grow together.

    Args:
        rows: for each row its label and, word by word, the symbols.
        title: above the figure.
        last: a remark about the last word, below it.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 0.33 * len(rows) + 0.5 + 0.2 * bool(last)))
    for row, words in enumerate(rows.values()):
        left = 0.0
        for symbols in words:
            for symbol in symbols:
                shade = SHADE if len(symbol) > 1 else "white"
                axes.barh(row, len(symbol), left=left, height=0.74, color=shade, edgecolor="black")
                axes.text(left + len(symbol) / 2, row, symbol, ha="center", va="center", fontsize=9)
                left += len(symbol)
            left += 0.9
    _bare(axes, list(rows))
    if last:
        axes.set_ylim(len(rows), -0.5)
        axes.text(
            left - 0.9 - sum(map(len, words[-1])) / 2, len(rows) - 0.25, last, ha="center", va="center", fontsize=9
        )
    axes.set_title(title)
    return figure


def _bare(axes, labels: Sequence[str]) -> None:
    axes.set_yticks(range(len(labels)), labels)
    axes.set(xticks=[], ylim=(len(labels) - 0.5, -0.5))
    axes.grid(visible=False)
    axes.tick_params(left=False)
    axes.spines[["left", "bottom"]].set_visible(False)
