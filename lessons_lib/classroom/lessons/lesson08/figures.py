"""The drawings of lesson 08."""

import itertools
from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK, BLUE, ORANGE
from lessons_lib.training.data import MinHash, candidate_chance, jaccard, shingles


def way_of_a_text() -> Figure:
    """What happens to texts between their source and a model."""
    drawing = Drawing(width=7, height=2.5)
    above = [drawing.box("texts", at=(0.55, 1.95))]
    for name, x in (("one\nspelling", 1.75), ("copies\nout", 3.1), ("near copies\nout", 4.55), ("rules", 6.05)):
        above.append(drawing.box(name, at=(x, 1.95), kind="step"))
    below = [drawing.box("private\nmasked", at=(6.05, 0.75), kind="step")]
    below.append(drawing.box("split by\ngroup", at=(4.75, 0.75), kind="step"))
    parts = [drawing.box("train", at=(3.3, 1.05)), drawing.box("test", at=(3.3, 0.45))]
    tokens = drawing.box("tokens\nin files", at=(2.0, 0.75), kind="step")
    for one, other in itertools.pairwise(above):
        drawing.arrow(one, other)
    drawing.arrow(above[-1], below[0])
    drawing.arrow(below[0], below[1])
    for part in parts:
        drawing.arrow(below[1], part)
        drawing.arrow(part, tokens)
    drawing.arrow(tokens, drawing.box("model", at=(0.7, 0.75), kind="learned"))
    return drawing.figure


def copies(counts: Sequence[int]) -> Figure:
    """How often the most frequent texts stand in a corpus, most frequent first."""
    figure, axes = plt.subplots(figsize=(7, 2.4))
    axes.bar(range(1, len(counts) + 1), counts, color=BLUE)
    axes.grid(axis="x", visible=False)
    axes.text(11, 9, "from the eleventh on 4 or fewer", ha="left")
    axes.set(xlabel=f"conversation: the {len(counts)} most frequent", ylabel="copies", xlim=(0.3, len(counts) + 0.7))
    return figure


def bands(one: Sequence[int], other: Sequence[int], rows: int, first: int = 1) -> Figure:
    """Two signatures [K], cut into bands that are counted from `first`; one that agrees as a whole is marked."""
    drawing = Drawing(width=7, height=1.9)
    count = len(one) // rows
    width = 6.4 / count
    for band in range(count):
        places = slice(band * rows, (band + 1) * rows)
        same = list(one[places]) == list(other[places])
        x = 0.3 + width * (band + 0.5)
        for y, signature in ((1.3, one), (0.8, other)):
            text = "  ".join(f"{number:02}" for number in signature[places])
            drawing.box(text, at=(x, y), kind="step" if same else "data", width=0.92 * width)
        drawing.note("agree: candidates" if same else "differ", at=(x, 0.35))
        drawing.note(f"band {first + band}", at=(x, 1.7))
    return drawing.figure


def minhash_on_paper(orders: Sequence[str], owned: Mapping[str, str]) -> Figure:
    """Orders of shingles, each a letter, and which of its own each text names: the one that comes first.

    Args:
        orders: of all letters.
        owned: the letters of each text, by its name.
    """
    drawing = Drawing(width=7, height=0.75 + 0.62 * len(orders))
    top = drawing.height - 0.25
    drawing.note("the letters in a random order", at=(2.2, top))
    for column, name in enumerate(owned):
        drawing.note(f"{name} names", at=(4.75 + 0.8 * column, top))
    for row, order in enumerate(orders):
        y = top - 0.5 - 0.62 * row
        named = {name: min(letters, key=order.index) for name, letters in owned.items()}
        for place, letter in enumerate(order):
            kind = "step" if letter in named.values() else "data"
            drawing.box(letter, at=(0.45 + 0.5 * place, y), kind=kind, width=0.4)
        for column, letter in enumerate(named.values()):
            agree = [*named.values()].count(letter) > 1
            drawing.box(letter, at=(4.75 + 0.8 * column, y), kind="step" if agree else "data", width=0.4)
    drawing.note("grey: agree", at=(5.55, 0.2))
    drawing.note("grey: named by somebody", at=(2.2, 0.2))
    return drawing.figure


def likenesses(each: Sequence[float], candidates: Sequence[float]) -> Figure:
    """How many pairs lie at each likeness, and how many of them are candidates."""
    figure, axes = plt.subplots(figsize=(7, 2.8))
    edges = np.arange(21) / 20  # 0.6 is 12/20 exactly: a pair of 3/5 lies in the bar that begins there
    pairs, named = (np.histogram(np.minimum(likeness, 0.999), edges)[0] for likeness in (each, candidates))
    left = edges[:-1]
    axes.bar(left, pairs, 0.045, align="edge", color="#dedede", edgecolor=BLACK, label="all pairs")
    axes.bar(
        left,
        named,
        0.045,
        align="edge",
        color=ORANGE,
        edgecolor=BLACK,
        hatch="//",
        label="of them candidates",
    )
    axes.axvline(0.7, color=BLACK, linestyle="--", marker="", linewidth=1.2, label="copies from 0.7 on")
    axes.grid(axis="x", visible=False)
    axes.set(
        xlabel="Jaccard likeness of two texts", ylabel="pairs, logarithmic", xlim=(0, 1), ylim=(0.5, 1e6), yscale="log"
    )
    axes.legend(loc=(0.2, 0.62))
    return figure


def s_curve(likeness: float, measured: float, count: int, rows: int) -> Figure:
    """The chance to become candidates over the likeness, with one pair on it."""
    figure, axes = plt.subplots(figsize=(7, 3))
    across = np.linspace(0, 1, 201)
    axes.plot(across, [candidate_chance(each, count, rows) for each in across], color=BLUE, marker="", linestyle="-")
    axes.axvspan(0.7, 1, color="#eeeeee", label="copies from 0.7 on")
    axes.axvline(
        likeness, color=BLACK, linestyle="--", marker="", linewidth=1.2, label=f"exact likeness {likeness:.2f}"
    )
    axes.axvline(
        measured, color=ORANGE, linestyle=":", marker="", linewidth=2.2, label=f"MinHash, 1,024 places: {measured:.2f}"
    )
    axes.plot(
        [likeness], [candidate_chance(likeness, count, rows)], color=BLACK, marker="o", markersize=7, linestyle=""
    )
    axes.set(xlabel="Jaccard likeness of two texts", ylabel="chance to be candidates", xlim=(0, 1), ylim=(-0.02, 1.05))
    axes.legend(loc="upper left" if likeness > 0.5 else "lower right")
    return figure


def on_the_curve(pairs: Mapping[str, Sequence[str]]) -> Callable[[str, int, int, int], tuple[Figure, str]]:
    """What draws one of some pairs of texts on the curve of some bands and rows, and says the same in words."""
    minhash = MinHash(1024)

    def draw(pair: str, shingle: int, bands: int, rows: int) -> tuple[Figure, str]:
        one, other = (shingles(text, shingle) for text in pairs[pair])
        exact, measured = jaccard(one, other), float((minhash.signature(one) == minhash.signature(other)).mean())
        words = f"likeness {exact:.2f}, from 1,024 places {measured:.2f}"
        words += f", candidates with chance {candidate_chance(exact, bands, rows):.3f}"
        return s_curve(exact, measured, bands, rows), words

    return draw


def scores(losses: Mapping[str, float]) -> Figure:
    """Losses in nats a token, by the model and what it was asked; the names of the second model begin with `clean`."""
    figure, axes = plt.subplots(figsize=(7, 2.8))
    bars = axes.barh(list(losses), list(losses.values()), color=ORANGE, edgecolor=BLACK)
    for bar, name in zip(bars, losses, strict=True):
        if name.startswith("clean"):
            bar.set(facecolor=BLUE, hatch="//")
    axes.bar_label(bars, [f"{loss:.1f}" for loss in losses.values()], padding=4)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set(xlabel="loss, nats a token (lower looks better)", xlim=(0, 4.6))
    return figure
