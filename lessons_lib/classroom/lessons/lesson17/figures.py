"""The drawings of lesson 17."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

import matplotlib.pyplot as plt
from matplotlib.axes import Axes
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


def chart(runs: Mapping[str, Run], slots: int) -> Figure:
    """For each way of sharing a line of boxes for each slot, a box a step, with the text's name and what is read.

    Args:
        runs: by what stands above them.
        slots: of each.
    """
    figure, axes = plt.subplots(len(runs), 1, figsize=(7, len(runs) * (0.62 + 0.3 * slots)), squeeze=False)
    colours = _colours({name for run in runs.values() for step in run for name, _ in step.values()})
    for ax, (title, run) in zip(axes[:, 0], runs.items(), strict=True):
        for number, step in enumerate(run, 1):
            for slot in range(slots):
                name, count = step.get(slot, ("", 0))
                _box(ax, number, slot, name if count == 1 else f"{name}{count}" if name else "", colours[name])
        _steps(ax, max(map(len, runs.values())), slots)
        ax.set(title=title)
    axes[-1, 0].set_xlabel("step")
    return figure


def _colours(names: Iterable[str]) -> dict[str, str]:
    return {"": "#ffffff"} | {name: SHADES[1 + number % (len(SHADES) - 1)] for number, name in enumerate(sorted(names))}


def _box(ax: Axes, step: int, at: float, said: str, colour: str, height: float = 0.9, size: float = 9) -> None:
    """A box of a step, its middle at a height, with some words."""
    ax.add_patch(Rectangle((step - 0.5, at - height / 2), 1, height, facecolor=colour, edgecolor="#777777"))
    ax.text(step, at, said, ha="center", va="center_baseline", fontsize=size, linespacing=0.95)


def _steps(ax: Axes, most: int, lines: float) -> None:
    """The axes of a chart of so many steps and lines."""
    ax.set(xlim=(0.4, most + 0.6), ylim=(lines - 0.4, -0.6), ylabel="slot")
    ax.set_xticks(range(1, most + 1) if most <= 20 else range(5, most + 1, 5))
    ax.set_yticks(range(int(lines)))
    ax.grid(visible=False)


PEOPLE, NEW, SHORT, LONG = "abcdefg", 5, 4, 24  # who comes, what each wants, and their prompts, in tokens


def served(run: Callable, share: Callable) -> Callable:
    """What the panel draws: seven people, of whom b and f have a long prompt, and below the slots who waits for one.

    Args:
        run, share: `plain_run` and `plain_share` of the lesson.
    """

    def draw(slots: int, most: int, every: int) -> tuple[Figure, str]:
        people = {name: (number * every, LONG if number % 4 == 1 else SHORT, NEW) for number, name in enumerate(PEOPLE)}
        steps = run(people, slots, lambda unread: share(unread, most))
        begins = {name: first_step(steps, name, 0) for name in people}
        queues = [
            [name for name, (come, *_) in people.items() if come < number < begins[name]]
            for number in range(1, len(steps) + 1)
        ]
        waits = [first_step(steps, name, prompt) - come for name, (come, prompt, _) in people.items()]
        idle = sum(count == 0 for step in steps for _, count in step.values())
        said = f"waited for a slot: {sum(map(len, queues))} steps, all people together; with a slot, for rows: {idle}. "
        said += f"First token: after {max(waits)} steps at most. Longest step: "
        said += f"{max(sum(n for _, n in step.values()) for step in steps)} rows"
        return _with_queue(
            steps, queues, people, slots, f"{slots} slot{'s' * (slots > 1)}, at most {most} rows a step"
        ), said

    return draw


def _with_queue(steps: Run, queues: Sequence[Sequence[str]], people: Mapping, slots: int, title: str) -> Figure:
    depth = max(1, *map(len, queues)) * 0.5  # of the queue, in lines of slots
    figure, ax = plt.subplots(figsize=(7, 0.85 + 0.34 * (slots + depth)))
    colours, unread = _colours(people), {name: prompt for name, (_, prompt, _) in people.items()}
    for number, (step, queue) in enumerate(zip(steps, queues, strict=True), 1):
        for slot in range(slots):
            name, count = step.get(slot, ("", 0))
            said = name if not name or unread[name] <= 0 else f"{name}\n{count}" if count else f"({name})"
            _box(ax, number, slot, said, colours[name], size=7)
            if name:
                unread[name] -= count
        for place, name in enumerate(queue):
            _box(ax, number, slots + 0.05 + 0.5 * place, name, colours[name], height=0.46, size=7)
    _steps(ax, len(steps), slots + depth + 0.25)
    ax.set_yticks([*range(slots), slots - 0.2 + depth / 2], [*map(str, range(slots)), "waiting"])
    ax.set(title=title, xlabel="step")
    return figure


def first_step(steps: Run, name: str, prompt: int) -> int:
    """The step, from 1, that has read a prompt to its end, so that the first token is there; with a prompt of 0 the
    first one in which the text has a slot."""
    for number, step in enumerate(steps, 1):
        if name in (each for each, _ in step.values()):
            prompt -= sum(count for each, count in step.values() if each == name)
            if prompt <= 0:
                return number
    raise ValueError(f"{name}: got no step in which it is read to its end")


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
