"""Text far away, the speeds that reach it, and how a long text is read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import COLOURS, LINES, MARKERS

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from torch import Tensor


def moved(half: int, distance: int) -> Figure:
    """Two halves of a text at far places, and how a place reaches the scores.

    Args:
        half: tokens in each half.
        distance: places left out between the two.
    """
    d = Drawing(width=7, height=2.6)
    last = 2 * half + distance - 1
    one = d.box("first half", at=(1.2, 2.2), shape=f"places 0 to {half - 1}")
    other = d.box("second half", at=(5.6, 2.2), shape=f"places {half + distance:,} to {last:,}")
    d.arrow(one, other, label=f"{distance:,} places further")
    places = d.box("places", at=(0.8, 1.25), shape="[T]")
    speeds = d.box("speeds", at=(0.8, 0.35), shape="[D/2]")
    angles = d.box("multiply", at=(2.5, 1.25), shape="[T, D/2]", kind="step")
    turn = d.box("turn", at=(4.3, 1.25), shape="each pair", kind="step")
    looks = d.box("queries and keys", at=(4.3, 0.35), shape="[heads, T, D]")
    scores = d.box("scores", at=(6.2, 1.25), shape="[heads, T, T]")
    d.arrow(places, angles)
    d.arrow(speeds, angles, label="rope_scaling", corner="across")
    d.arrow(angles, turn)
    d.arrow(looks, turn)
    d.arrow(turn, scores)
    return d.figure


def slowed(speeds: Mapping[str, Tensor], edge: int) -> Figure:
    """How many times slower each rule makes each pair.

    Args:
        speeds: by rule, [D/2] radians a token; the first is the model as trained.
        edge: the first pair that makes no full turn within the trained length.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 2.9))
    trained = next(iter(speeds.values()))
    for place, (name, values) in enumerate(speeds.items()):
        look = {"color": COLOURS[place], "linestyle": LINES[place], "marker": MARKERS[place]}
        axes.plot(trained / values, label=name, markevery=(place, 5), **look)
    axes.axvline(edge - 0.5, ymax=0.7, color="black", linewidth=1, linestyle="-", marker="")
    axes.text(edge, 1.2, "no full turn within\nthe trained length", fontsize=9)
    axes.set(xlabel="pair, fastest first", ylabel="times slower", title="Which pairs are slowed down", ylim=(0.9, 2.6))
    axes.legend(ncols=3, loc="upper left")
    return figure


def long(stored: Mapping[str, Sequence[float]], trained: int, chunk: int) -> Figure:
    """The loss along a long text, less that of a near reader.

    Args:
        stored: by rule, and "near", the loss on each chunk.
        trained: the context that the config promises.
        chunk: tokens in each.
    """
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 3.2))
    rules = {name: losses for name, losses in stored.items() if name != "near"}
    for place, (name, losses) in enumerate(rules.items()):
        ends = [chunk * number for number in range(1, len(losses) + 1)]
        more = [loss - near for loss, near in zip(losses, stored["near"], strict=True)]
        look = {"color": COLOURS[place], "linestyle": LINES[place], "marker": MARKERS[place]}
        axes.plot(ends, more, label=name, markevery=(place, 4), **look)
    axes.axvline(trained, ymax=0.85, color="black", linewidth=1, linestyle="-", marker="")
    axes.text(trained - 120, 3.3, f"the config says {trained:,}", fontsize=9, ha="right")
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.set(xlabel="tokens read", ylabel="loss, less the near reader's", title="Reading on", ylim=(-0.6, 5.2))
    axes.legend(ncols=4, loc="upper left")
    return figure
