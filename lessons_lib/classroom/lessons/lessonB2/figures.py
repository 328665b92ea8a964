"""What appendix B2 draws: the lens over the layers, a patch and where it works, heads that cover, steering."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from torch import Tensor

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK, BLUE, ORANGE
from lessons_lib.tokenizer import Tokenizer


def lens(own: Tensor, other: Tensor) -> Figure:
    """The place of two words among all, over the layers: the median prompt, and between which half of them lies.

    Args:
        own: for each state and prompt how many words stand above the prompt's capital, [states, prompts].
        other: the same for another country's capital.
    """
    figure, axes = plt.subplots(figsize=(7, 3.0))
    layers = range(len(own))
    for ranks, name, colour, line in ((other, "another capital", ORANGE, "--"), (own, "its capital", BLUE, "-")):
        low, middle, high = ((ranks.float() + 1).quantile(q, dim=1) for q in (0.25, 0.5, 0.75))
        axes.fill_between(layers, low, high, color=colour, alpha=0.25, linewidth=0)
        axes.plot(layers, middle, color=colour, linestyle=line, marker="", label=name)
    axes.set_yscale("log")
    axes.invert_yaxis()
    axes.yaxis.set_major_formatter("{x:,.0f}")
    axes.set(xlabel="behind so many layers", ylabel="place among all words")
    axes.legend(loc="upper left", title="line: median prompt; band: middle half")
    return figure


def patch() -> Figure:
    """Two runs side by side; one state of the lower is put into the upper."""
    d = Drawing(width=7, height=2.8)
    upper, lower = 2.15, 0.7
    for y, country, answer in ((upper, "France", "Paris?"), (lower, "Italy", "Rome")):
        words = d.box(f"The capital of {country} …", at=(1.1, y))
        first = d.box("layers\n0 to n - 1", at=(2.95, y), kind="step")
        state = d.box("state n", at=(4.15, y), shape="[T, C]")
        rest = d.box("layers\nn to 29", at=(5.25, y), kind="step")
        end = d.box(answer, at=(6.45, y))
        for start, to in ((words, first), (first, state), (state, rest), (rest, end)):
            d.arrow(start, to)
        if country == "France":
            above = state
    d.arrow(state, above, label="one token's\nnumbers [C]")
    d.note("the patched run", at=(1.1, 2.6))
    d.note("the run that it is taken from", at=(1.35, 0.2))
    return d.figure


def where(moved: Tensor, words: Sequence[str], other: str) -> Figure:
    """For each place and number of layers the chance of the other run's word, [states, T]."""
    figure, axes = plt.subplots(figsize=(7, 2.9))
    drawn = axes.imshow(moved.T, cmap="Greys", vmin=0, vmax=1, aspect="auto", origin="upper")
    axes.set(xlabel="patched behind so many layers", ylabel="patched token", yticks=range(len(words)))
    axes.set_yticklabels(words)
    axes.grid(visible=False)
    figure.colorbar(drawn, ax=axes, label=f"chance of {other}")
    return figure


def covering(single: Mapping[str, Tensor], together: Mapping[str, Tensor]) -> Figure:
    """What each head costs alone, the sum of that, and what several cost at once; a bar is two standard errors.

    Args:
        single: for each head its price in each prompt, [prompts].
        together: the sum of these, then the price of several at once, [prompts] each.
    """
    rows = [*single.items(), *together.items()]
    figure, axes = plt.subplots(figsize=(7, 2.9))
    colours = [BLUE] * len(single) + [ORANGE] + [BLACK] * (len(together) - 1)
    for place, ((_, price), colour) in enumerate(zip(rows, colours, strict=True)):
        axes.barh(place, price.mean(), xerr=_bar(price), color=colour, capsize=3, height=0.7)
    axes.set_yticks(range(len(rows)), [name for name, _ in rows])
    axes.invert_yaxis()
    axes.axvline(0, color=BLACK, linewidth=0.8, linestyle="-", marker="")
    axes.set(xlabel="what the right capital loses, in log-odds")
    return figure


def _bar(numbers: Tensor) -> float:
    """Two standard errors of their mean."""
    return 2 * float(numbers.std()) / len(numbers) ** 0.5


def steered(
    scales: Sequence[float], moods: Sequence[Tensor], prices: Sequence[Tensor], randoms: Mapping[str, list]
) -> Figure:
    """Mood and price against the scale, beside random vectors.

    Args:
        scales: by which the vector is multiplied, 0 not among them.
        moods: for each scale the change of mood in each beginning.
        prices: for each scale the rise of the loss of each token of a plain text.
        randoms: `scales`, `moods` and `prices` of random vectors, a number each.
    """
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 2.9))
    for axes, rises in ((left, moods), (right, prices)):
        means = [float(rise.mean()) for rise in rises]
        bars = [_bar(rise) for rise in rises]
        points = sorted([(0, 0, 0), *zip(scales, means, bars, strict=True)])  # nothing added moves nothing
        axes.errorbar(*zip(*points, strict=True), color=BLUE, capsize=3, label="glad less sad")
    look = {"linestyle": "", "marker": "x", "color": ORANGE}
    left.plot(randoms["scales"], randoms["moods"], label="random, as long", **look)
    right.plot(randoms["scales"], randoms["prices"], **look)
    left.set(xlabel="times the vector", title="mood of 24 beginnings")
    right.set(xlabel="times the vector", title="loss on a plain text: rise")
    left.legend(loc="upper left", fontsize=9)
    return figure


def patched(said: Sequence, words: Sequence[str], tokenizer: Tokenizer) -> Callable:
    """What the panel draws: the likeliest words when one state is patched.

    Args:
        said: for each number of layers what `topk` gave: chances and ids, a row for each place.
        words: the tokens of the prompt.
        tokenizer: turns an id into its word.
    """

    def draw(layers: int, token: str) -> tuple[Figure, str]:
        chances, ids = (part[list(words).index(token)].tolist() for part in said[layers])
        figure, axes = plt.subplots(figsize=(7, 2.4))
        names = [name.strip() or repr(name) for name in (tokenizer.decode([i]) for i in ids)]
        axes.barh(range(len(chances)), chances, color=BLUE, edgecolor=BLACK, height=0.7)
        axes.set_yticks(range(len(chances)), names)
        axes.invert_yaxis()
        axes.set(xlim=(0, 1), xlabel="chance")
        axes.set_title(f"Italy's numbers for “{token}”, behind {layers} layers")
        line = ", ".join(f"{name} {chance:.2f}" for name, chance in zip(names, chances, strict=True))
        return figure, f"“{token}” patched behind {layers} layers: {line}"

    return draw
