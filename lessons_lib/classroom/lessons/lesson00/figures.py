"""What only lesson 00 draws."""

from typing import TYPE_CHECKING

import numpy as np

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson00.shared import KNOB, WARMER, slopes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FAMILY = (
    ("Artificial intelligence (AI)", "our spam rules, a chess program that follows rules", "#ffffff"),
    ("Machine learning (ML): learned from examples", "our spam weights, a line through points", "#efefef"),
    ("Deep learning (DL): many layers", "a program that finds faces in photos", "#dddddd"),
    ("Large language models (LLM): a chance for each token", "SmolLM2, GPT-3, Llama", "#c6c6c6"),
)


def language_model() -> "Figure":
    """What a language model does, as a loop."""
    d = Drawing(width=7, height=1.75)
    text = d.box("text so far", at=(1.0, 1.3), shape="The capital of Australia is")
    model = d.box("the model", at=(2.85, 1.3), shape="learned numbers", kind="learned")
    chances = d.box("a chance for\nevery token", at=(4.6, 1.3), shape="Sydney 36%, ...")
    choice = d.box("choose one", at=(6.3, 1.3), shape="Sydney", kind="step")
    d.arrow(text, model)
    d.arrow(model, chances)
    d.arrow(chances, choice)
    append = d.box("append it", at=(3.7, 0.3), shape="The capital of Australia is Sydney", kind="step")
    d.arrow(choice, append, corner="along")
    d.arrow(append, text, corner="across")
    return d.figure


def spam_filter(weights: dict[str, float]) -> "Figure":
    """The filter at work on a message: each word's weight, and their sum.

    Args:
        weights: the weight of each of the message's words, in their order.
    """
    d = Drawing(width=7, height=1.75)
    places = np.linspace(0.8, 6.2, len(weights))
    total = d.box("the sum is the score", at=(3.5, 0.35), shape=f"{sum(weights.values()):.2f}", kind="step")
    for place, (word, weight) in zip(places, weights.items(), strict=True):
        d.arrow(d.box(word, at=(place, 1.4), shape=f"{weight:.2f}", kind="learned"), total)
    return d.figure


def product() -> "Figure":
    """What a product puts beside a language model."""
    d = Drawing(width=7, height=3.0)
    you = d.box("you", at=(0.6, 1.62))
    page = d.box("a page or an app\nputs the text together", at=(2.5, 1.62), kind="step", height=2.65)
    model = d.box("the model: text in, text out", at=(5.55, 2.77), kind="learned", width=2.7)
    for one, other in ((you, page), (page, model)):
        d.arrow(one, other)
        d.arrow(other, one)
    tools = (
        "search: what is new",
        "documents: what it never read",
        "running code: sums",
        "memory: notes about you",
        "actions: a lamp, a mail",
    )
    for place, name in enumerate(tools):
        tool = d.box(name, at=(5.55, 2.31 - 0.46 * place), kind="step", width=2.7)
        d.arrow(page, tool)
        d.arrow(tool, page)
    return d.figure


def family() -> "Figure":
    """AI, machine learning, deep learning and large language models, each inside the one before."""
    import matplotlib.pyplot as plt
    from matplotlib.patches import FancyBboxPatch

    figure, axes = plt.subplots(figsize=(7, 3.3))
    axes.set(xlim=(0, 7), ylim=(0, 3.3))
    axes.axis("off")
    for depth, (name, examples, grey) in enumerate(FAMILY):
        left, bottom, top = 0.1 + 0.25 * depth, 0.1 + 0.1 * depth, 3.2 - 0.72 * depth
        shape = FancyBboxPatch(
            (left, bottom), 6.9 - 2 * left + 0.1, top - bottom, boxstyle="round,pad=0,rounding_size=0.1"
        )
        shape.set(facecolor=grey, edgecolor="#333333", linewidth=1)
        axes.add_patch(shape)
        axes.text(left + 0.15, top - 0.1, name, va="top", weight="bold", fontsize=10)
        axes.text(left + 0.15, top - 0.37, examples, va="top", fontsize=9)
    return figure


def network(x: float, hidden: list[float], out: float) -> "Figure":
    """The smallest network that says how far x is from 0, at work on one number."""
    d = Drawing(width=7, height=2.0)
    given = d.box("x", at=(0.5, 1.0), shape=f"{x:g}".replace("-", "−"))
    total = d.box("sum", at=(6.0, 1.0), shape=f"{out:g}", kind="step")
    for y, weight, value in ((1.6, "1", hidden[0]), (0.4, "−1", hidden[1])):
        by = d.box("times", at=(1.75, y), shape=weight, kind="learned")
        bend = d.box("0 if negative", at=(3.2, y), shape=f"{value:g}", kind="step")
        again = d.box("times", at=(4.6, y), shape="1", kind="learned")
        for one, other in ((given, by), (by, bend), (bend, again), (again, total)):
            d.arrow(one, other)
    return d.figure


def duck(chances: dict[str, tuple[float, float]]) -> "Figure":
    """How two next words share what the two have together.

    Args:
        chances: for each beginning, the chance of the first word and of the second.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 1.9))
    for row, (down, swimming) in enumerate(chances.values()):
        share = down / (down + swimming)
        names = ("", "") if row else ("down", "swimming")
        axes.barh(row, share, color="#555555", edgecolor="#000000", label=names[0])
        axes.barh(row, 1 - share, left=share, color="#dddddd", edgecolor="#000000", label=names[1])
    axes.set_yticks(range(len(chances)), [start or "(nothing before)" for start in chances], fontsize=8)
    axes.set_xticks([0, 0.5, 1], ["0", "half", "all"])
    axes.set(xlabel="share of what the two words have together", xlim=(0, 1))
    axes.invert_yaxis()
    axes.grid(visible=False)
    axes.legend(fontsize=8, ncols=2, loc="lower center", bbox_to_anchor=(0.5, 1.0))
    return figure


def valleys(a: float, b: float) -> "Figure":
    """The loss for each value of one number while the other stays, with the slope at a and b."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(1, 2, figsize=(7, 2.7), sharey=True)
    height, places, near = _loss(a, b), np.linspace(-2, 6, 81), np.array([-0.9, 0.9])
    losses_of = ([_loss(place, b) for place in places], [_loss(a, place) for place in places])
    titles = f"b stays {b:g}", f"a stays {a:g}"
    each = zip(axes, "ab", (a, b), slopes(KNOB, WARMER, a, b), losses_of, titles, strict=True)
    for valley, name, start, slope, losses, title in each:
        valley.plot(places, losses, "-", marker="", color="#000000")
        label = f"slope {slope:.0f}".replace("-", "−")
        valley.plot(start + near, height + slope * near, "--", marker="", color="#000000", label=label)
        valley.plot([start], [height], "o", linestyle="", color="#000000", label="start")
        valley.legend(fontsize=8, loc="upper center")
        valley.set(xlabel=name, ylabel="loss", title=f"The loss for each {name}; {title}", ylim=(0, 45))
    return figure


def learning(history: list[tuple[float, float]]) -> "Figure":
    """A line that learns: where it lies, and its loss.

    Args:
        history: a and b before the first step and after each.
    """
    import matplotlib.pyplot as plt

    a, b = np.array(history).T
    figure, (lines, losses) = plt.subplots(1, 2, figsize=(7, 2.9))
    _points(lines)
    lines.vlines(KNOB, WARMER, a[0] * KNOB + b[0], color="#999999", linewidth=5, label="errors at step 0", zorder=1)
    for step, style in ((0, ":"), (1, "--"), (len(history) - 1, "-")):
        lines.plot(KNOB, a[step] * KNOB + b[step], style, marker="", color="#000000", label=f"step {step}", zorder=1.5)
    lines.legend(fontsize=8, loc="upper left", handlelength=1.6)
    lines.set(title="The line")
    losses.plot([_loss(*pair) for pair in history])
    losses.set(xlabel="step", ylabel="loss", title="Its loss", ylim=(0, None), xticks=range(0, len(history), 2))
    return figure


def three_losses(steps: tuple[int, ...], pile: list[float], held_back: list[float], new: list[float]) -> "Figure":
    """The loss on messages learned from, on each of them held back, and on new ones, by the number of steps."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.6))
    for losses, style, label in (
        (new, "--", "the 12 new messages"),
        (held_back, ":", "the pile, each held back"),
        (pile, "-", "the pile of 20"),
    ):
        axes.plot(steps, losses, style, color="#000000", label=label)
    axes.set(xscale="log", xlabel="steps, each line ten times the one before", ylabel="loss", ylim=(0, 1))
    axes.set_xticks([1, 10, 100, 1000], ["1", "10", "100", "1,000"])
    axes.minorticks_off()
    axes.legend(fontsize=8, loc="upper right", ncols=3)
    return figure


def descent(a: float, b: float, learning_rate: float) -> tuple["Figure", str]:
    """The line that two numbers give, and the loss over ten steps from there."""
    import matplotlib.pyplot as plt

    history = [(a, b)]
    for _ in range(10):
        of_a, of_b = slopes(KNOB, WARMER, *history[-1])
        history.append((history[-1][0] - learning_rate * of_a, history[-1][1] - learning_rate * of_b))
    losses = [_loss(*pair) for pair in history]
    figure, (line, loss) = plt.subplots(1, 2, figsize=(7, 2.8))
    _points(line)
    for (height, rise), style, label in ((history[0], ":", "start"), (history[-1], "-", "after 10 steps")):
        line.plot(KNOB, height * KNOB + rise, style, marker="", color="#000000", label=label)
    line.legend(fontsize=8, loc="upper left")
    line.set(ylim=(-12, 12), title="The line")
    loss.plot(losses)
    loss.set(xlabel="step", ylabel="loss: each line ten\ntimes the one below", title="Its loss")
    loss.set(yscale="log", ylim=(0.01, 2e5))
    loss.set_yticks(
        [0.01, 0.1, 1, 10, 100, 1000, 10_000, 100_000], ["0.01", "0.1", "1", "10", "100", "1,000", "10,000", "100,000"]
    )
    loss.minorticks_off()
    end_a, end_b = history[-1]
    return figure, f"loss {losses[0]:.2f}; after 10 steps a = {end_a:.2f}, b = {end_b:.2f}, loss {losses[-1]:.2f}"


def _points(axes) -> None:
    axes.plot(KNOB, WARMER, "o", linestyle="", markersize=5)
    axes.set(xlabel="knob", ylabel="degrees above 36")


def _loss(a: float, b: float) -> float:
    return float(np.mean((a * KNOB + b - WARMER) ** 2))
