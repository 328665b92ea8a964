"""The drawings of lesson 07b."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK, LINES

CACHE = {"color": "white", "edgecolor": "black", "hatch": "//"}


def roofline(rates: Mapping[str, Sequence[float]], rows: Sequence[int], here: tuple[int, float]) -> Figure:
    """The most tokens a second against the rows of a batch, for some machines or texts, and where the sliders stand."""
    figure, axes = plt.subplots(figsize=(7, 3))
    for (name, rate), line in zip(rates.items(), LINES, strict=False):
        axes.plot(rows, rate, linestyle=line, marker="", label=name)
    axes.plot(*here, marker="o", color=BLACK, linestyle="")
    axes.annotate(f"{here[1]:,.0f}", here, (8, -12), textcoords="offset points", fontsize=10)
    axes.set(xscale="log", yscale="log", xlabel="rows in one pass", ylabel="tokens a second, at most")
    axes.minorticks_off()
    axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
    axes.set_yticks([10, 100, 1000], ["10", "100", "1,000"])
    axes.set_ylim(8, 2000)
    figure.legend(loc="outside upper center", ncols=len(rates))
    return figure


def errors(panels: Mapping[str, Mapping[int, Sequence[float]]], sizes: Sequence[int]) -> Figure:
    """For some matrices the error of rounding, by bits, against the size of the groups."""
    figure, all_axes = plt.subplots(1, len(panels), figsize=(7.5, 3), sharey=True)
    for axes, (name, curves) in zip(all_axes, panels.items(), strict=True):
        for (bits, curve), line in zip(curves.items(), LINES, strict=False):
            errors_here = [100 * error for error in curve]
            axes.plot(sizes, errors_here, linestyle=line, label=f"{bits} bits", zorder=10 - bits)
        axes.set(xscale="log", xlabel="weights in a group", title=name)
        axes.set_xticks(sizes, sizes, fontsize=9)
        axes.minorticks_off()
    all_axes[0].set_ylabel("error in % of the weights' size")
    handles, labels = all_axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper center", ncols=len(labels))
    return figure


def fetched(weights: Mapping[str, float], cache: float) -> Figure:
    """MB of weights by their bits, and the cache of a text beside each."""
    figure, axes = plt.subplots(figsize=(7, 2.1))
    names = list(weights)
    axes.barh(names, list(weights.values()), label="weights")
    axes.barh(names, [cache] * len(names), left=list(weights.values()), label="cache of 1,000 tokens", **CACHE)
    for place, name in enumerate(names):
        axes.text(weights[name] + cache + 6, place, f"{weights[name] + cache:,.0f}", va="center", fontsize=9)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set(xlabel="MB fetched for a token", xlim=(0, 650))
    figure.legend(loc="outside upper center", ncols=2)
    return figure


def one_pass() -> Figure:
    """One pass of speculative decoding: who makes what, and what stands."""
    drawing = Drawing(width=7, height=2.7)
    text = drawing.box("text so far", at=(0.65, 2.2), shape="a b c a b")
    newest = drawing.box("unread", at=(0.65, 0.65), shape="b")
    draft = drawing.box("draft", at=(1.85, 2.2), kind="step")
    guesses = drawing.box("guesses", at=(3.15, 2.2), shape="c a")
    model = drawing.box("model,\none pass", at=(3.15, 0.65), kind="learned", height=0.7)
    own = drawing.box("its own choices", at=(4.8, 0.65), shape="c d e\u0336")
    compare = drawing.box("compare", at=(4.8, 2.2), kind="step")
    stands = drawing.box("what stands", at=(6.25, 2.2), shape="c d")
    drawing.arrow(text, draft)
    drawing.arrow(text, newest)
    drawing.arrow(draft, guesses)
    drawing.arrow(newest, model)
    drawing.arrow(guesses, model)
    drawing.arrow(guesses, compare)
    drawing.arrow(model, own)
    drawing.arrow(own, compare)
    drawing.arrow(compare, stands)
    return drawing.figure


def gains(curves: Mapping[str, Sequence[float]]) -> Figure:
    """For some drafts the gain against the number of guesses, from 0."""
    figure, axes = plt.subplots(figsize=(7, 2.8))
    for (name, curve), line in zip(curves.items(), LINES, strict=False):
        axes.plot(range(len(curve)), curve, linestyle=line, marker="", label=name)
        best = max(range(len(curve)), key=curve.__getitem__)
        if best < len(curve) - 1:  # at the edge it may still rise
            axes.plot([best], [curve[best]], marker="o", color=BLACK, linestyle="")
    axes.axhline(1, color=BLACK, linewidth=0.8, linestyle="-", marker="")
    axes.set(xlabel="guesses a pass", ylabel="gain", xlim=(0, len(curve) - 1), ylim=(0, None))
    figure.legend(loc="outside upper center", ncols=2)
    return figure
