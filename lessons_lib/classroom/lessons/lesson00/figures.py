"""What only lesson 00 draws."""

from typing import TYPE_CHECKING

import numpy as np

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.lessons.lesson00.shared import KNOB, WARMER, slopes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FAMILY = (
    ("Artificial intelligence (AI)", "our spam rules, a chess program", "#ffffff"),
    ("Machine learning (ML): learned from examples", "our spam weights, a line through points", "#efefef"),
    ("Deep learning (DL): many layers", "a program that finds faces in photos", "#dddddd"),
    ("Large language models (LLM): a chance for each token", "SmolLM2, GPT, Claude, Llama", "#c6c6c6"),
)

TIMELINE = (
    (1950, "Turing asks whether machines can think"),  # Computing Machinery and Intelligence, Mind 59
    (1956, "the Dartmouth meeting on artificial intelligence"),  # the proposal with that name: 31 August 1955
    (1958, "Rosenblatt's perceptron learns its weights from examples"),  # Psychological Review 65
    (1986, "backpropagation: several layers can learn"),  # Rumelhart, Hinton and Williams, Nature 323
    (2012, "AlexNet: a deep network wins ImageNet, sorting photos"),  # Krizhevsky, Sutskever and Hinton, NIPS 2012
    (2017, "the transformer"),  # Vaswani and others, arXiv 1706.03762
    (2020, "GPT-3, 175 billion parameters"),  # Brown and others, arXiv 2005.14165
    (2022, "ChatGPT, in November"),  # OpenAI, 30 November 2022
    (2023, "Llama: weights to run and study at home"),  # Touvron and others, arXiv 2302.13971
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


def timeline() -> "Figure":
    """One line for each event; the height is its place in the list, for half of them lie in twelve years."""
    import matplotlib.pyplot as plt

    years, events = zip(*TIMELINE, strict=True)
    rows = range(len(events), 0, -1)
    figure, axes = plt.subplots(figsize=(7, 2.8))
    axes.plot(years, rows, linestyle="", color="#000000")
    for year, row, event in zip(years, rows, events, strict=True):
        before = year > 1990
        axes.annotate(
            f"{year}  {event}",
            (year, row),
            (-8 if before else 8, 0),
            textcoords="offset points",
            ha="right" if before else "left",
            va="center",
            fontsize=9,
        )
    axes.set(xlim=(1945, 2028), yticks=[], xlabel="year")
    axes.spines["left"].set_visible(False)
    axes.grid(axis="y", visible=False)
    return figure


def learning(history: list[tuple[float, float]]) -> "Figure":
    """A line that learns: where it lies, the valley of its loss, its two numbers, and its loss, step by step.

    Args:
        history: a and b before the first step and after each.
    """
    import matplotlib.pyplot as plt

    a, b = np.array(history).T
    figure, ((lines, valley), (numbers, losses)) = plt.subplots(2, 2, figsize=(7, 5))
    _points(lines)
    lines.vlines(KNOB, WARMER, a[0] * KNOB + b[0], color="#999999", linewidth=5, label="errors at step 0")
    for step, style in ((0, ":"), (1, "--"), (len(history) - 1, "-")):
        lines.plot(KNOB, a[step] * KNOB + b[step], style, marker="", color="#000000", label=f"step {step}")
    lines.legend(fontsize=8, loc="upper left", handlelength=1.6)
    lines.set(title="The line")
    height = _loss(a[0], b[0])
    places = np.linspace(-1, 6, 71)
    near = np.array([-0.8, 0.8])
    of_a, of_b = slopes(KNOB, WARMER, a[0], b[0])
    for name, start, slope, losses_there, style in (
        ("a", a[0], of_a, [_loss(place, b[0]) for place in places], "-"),
        ("b", b[0], of_b, [_loss(a[0], place) for place in places], ":"),
    ):
        valley.plot(
            places, losses_there, style, marker="", color="#000000", label=f"for each {name}: slope {slope:.0f}"
        )
        valley.plot(start + near, height + slope * near, "--", marker="", color="#000000", linewidth=1)
        valley.plot([start], [height], "o", color="#000000")
    valley.legend(fontsize=8)
    valley.set(xlabel="a or b, the other as at step 0", title="Its loss, one number changed", ylim=(0, 40))
    numbers.plot(a, label="a")
    numbers.plot(b, label="b")
    numbers.legend(fontsize=8)
    numbers.set(xlabel="step", title="Its two numbers", xticks=range(0, len(history), 5))
    losses.plot([_loss(*pair) for pair in history])
    losses.set(xlabel="step", title="Its loss", ylim=(0, None), xticks=range(0, len(history), 5))
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
    loss.set(xlabel="step; each line is\nten times the one below", title="Its loss", yscale="log", ylim=(0.01, 2e5))
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
