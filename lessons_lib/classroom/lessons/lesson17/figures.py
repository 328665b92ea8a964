"""The drawings of lesson 17."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import median

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from lessons_lib.classroom.drawing import Drawing
from lessons_lib.classroom.panels.figures import BLACK, BLUE, ORANGE

SHADES = ("#ffffff", "#d9d9d9", "#bdd7ee", "#fbe0b0", "#c9c9e8", "#f2f2f2", "#cfe8d5", "#f4c7c3")
Run = Sequence[Mapping[int, tuple[str, int]]]
"""For each step which text a slot holds, and how many of its tokens are read."""


def one_step() -> Figure:
    """The rows of one step on their way through the model."""
    drawing = Drawing(width=7, height=3.1)
    rows = [("is", 0, 7), ("sea", 1, 3), ("My", 2, 0), ("car", 2, 1), ("has", 2, 2)]
    heights = (2.55, 2.15, 1.55, 1.29, 1.03)
    cells = [drawing.row([*map(str, row)], at=(2.5, y)) for row, y in zip(rows, heights, strict=True)]
    drawing.note("token, slot, position", at=(2.5, 2.92))
    for name, row in (("a: its newest token", 0), ("b: its newest token", 1), ("c: a piece\nof its prompt", 3)):
        drawing.arrow(drawing.box(name, at=(0.85, heights[row])), cells[row])
    model = drawing.box("model: its weights\nare read once", at=(4.35, 1.8), kind="learned", shape="[5, C]", height=1.9)
    kept = drawing.box("keys and values\nof slots 0, 1, 2", at=(4.35, 0.27))
    for row in cells:
        drawing.arrow(row, model)
    drawing.arrow(kept, model)
    drawing.arrow(model, drawing.box("next tokens\nof a and b", at=(6.25, 1.8)))
    return drawing.figure


def chart(runs: Mapping[str, Run], slots: int, most: int = 0) -> Figure:
    """For each way of sharing a line of boxes for each slot, a box a step, with the text's name and what is read.

    Args:
        runs: by what stands above them.
        slots: of each.
        most: steps that the axis shows; 0 for as many as there are.
    """
    most = most or max(map(len, runs.values()))
    figure, axes = plt.subplots(len(runs), 1, figsize=(7, len(runs) * (0.62 + 0.3 * slots)), squeeze=False)
    names = sorted({name for run in runs.values() for step in run for name, _ in step.values()})
    for ax, (title, run) in zip(axes[:, 0], runs.items(), strict=True):
        for number, step in enumerate(run[:most], 1):
            for slot in range(slots):
                name, count = step.get(slot, ("", 0))
                colour = SHADES[1 + names.index(name) % (len(SHADES) - 1)] if name else "#ffffff"
                ax.add_patch(Rectangle((number - 0.5, slot - 0.45), 1, 0.9, facecolor=colour, edgecolor="#777777"))
                said = name if count == 1 else f"{name}{count}" if count else f"({name})" if name else ""
                size = 9 if most <= 20 else 6.5 if most <= 40 else 0
                if size:
                    ax.text(number, slot, said, ha="center", va="center", fontsize=size)
        ax.set(xlim=(0.4, most + 0.6), ylim=(slots - 0.4, -0.6), title=title, ylabel="slot")
        ax.set_yticks(range(slots))
        ax.set_xticks(range(1, most + 1) if most <= 20 else range(5, most + 1, 5))
        ax.grid(visible=False)
    axes[-1, 0].set_xlabel("step")
    return figure


def served(run: Callable, share: Callable, first_step: Callable) -> Callable:
    """What the panel draws: twelve people, of whom every fourth has a long prompt.

    Args:
        run, share, first_step: `plain_run`, `plain_share` and `first_step` of the lesson.
    """

    def draw(slots: int, most: int, every: int) -> tuple[Figure, str]:
        people = {
            letter: (number * every, 40 if number % 4 == 1 else 6, 8) for number, letter in enumerate("abcdefghijkl")
        }
        steps = run(people, slots, lambda unread: share(unread, most))
        waits = [first_step(steps, name, prompt) - come for name, (come, prompt, _) in people.items()]
        longest = max(sum(n for _, n in step.values()) for step in steps)
        said = f"steps to the first token: up to {median(waits):g} for half, {max(waits)} at most; "
        said += f"longest step {longest} tokens, {len(steps)} steps in all"
        shown = f"{slots} slots, at most {most} rows a step, one comes every {every} steps"
        return chart({shown: steps}, slots, min(40, len(steps))), said

    return draw


def load(speeds: Mapping[int, float], first: Mapping[int, tuple[float, float]], slots: int) -> Figure:
    """Tokens a second of all clients, and seconds to the first token, against the number of clients."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(7, 3))
    left.plot([*speeds], [*speeds.values()], color=BLUE, marker="o", linestyle="-")
    left.set(ylabel="tokens a second, all clients", ylim=(0, None))
    for place, (name, colour, mark, line) in enumerate(
        (("half wait at most", BLACK, "o", "-"), ("19 of 20 wait at most", ORANGE, "s", "--"))
    ):
        right.plot(
            [*first], [each[place] for each in first.values()], color=colour, marker=mark, linestyle=line, label=name
        )
    right.set(ylabel="seconds to the first token", ylim=(0, None))
    right.legend(loc="upper left")
    for ax in (left, right):
        ax.axvline(slots, color="#999999", linestyle=":", linewidth=1.2, marker="")
        ax.set_xscale("log", base=2)
        ax.set_xticks([*speeds], [str(clients) for clients in speeds])
        ax.set_xlabel(f"clients (dots: {slots} slots)")
    return figure
