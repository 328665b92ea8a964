"""A panel to watch a run in: the loss as it falls, and what the model writes meanwhile. It is never stored."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from lessons_lib.classroom.panels.bundle import bundle
from lessons_lib.classroom.panels.figures import png

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_STORED = "While the cell runs, the loss and {} are shown here."


class Watch:
    """What a run is like, as the last thing that a cell displays before its loop.

    A stored notebook must not depend on the machine that ran it. So the picture lives in a widget, which is never
    stored, and the text beside it is always the same.

    Args:
        what: is shown beside the loss.
    """

    def __init__(self, what: str = "a story") -> None:
        import ipywidgets

        self.text = _STORED.format(what)
        self.page = ipywidgets.HTML("<i>the first steps …</i>")

    def update(self, losses: Sequence[float], steps: int, story: str, more: str = "") -> None:
        """Draw anew.

        Args:
            losses: of the steps so far.
            steps: of the whole run.
            story: what the model writes now.
            more: a line below it.
        """
        image = base64.b64encode(png(_curve(losses, steps))).decode()
        head = f"step {len(losses)} of {steps}, loss {losses[-1]:.2f}"
        self.page.value = (
            f'<img alt="{head}" src="data:image/png;base64,{image}" style="width: 560px; max-width: 100%">'
            f'<p style="max-width: 46em"><b>{head}</b><br>{escape(story)}</p><p>{escape(more)}</p>'
        )

    def __repr__(self) -> str:
        return self.text

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        return bundle(self.page, self.text)


def _curve(losses: Sequence[float], steps: int) -> Figure:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 2.2))
    axes.plot(range(1, len(losses) + 1), losses, marker="")
    axes.set(xlabel="step", ylabel="loss, nats a token", xlim=(0, steps), ylim=(0, 7))
    return figure
