"""A panel on which the reader writes with a model: the likeliest next tokens are buttons, one click takes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lessons_lib.classroom.panels.explorer import Explorer

if TYPE_CHECKING:
    import torch
    from matplotlib.figure import Figure

    from lessons_lib.model import Transformer
    from lessons_lib.tokenizer import Tokenizer

COUNT = 10


class TokenPanel(Explorer):
    """A text, the ten likeliest tokens that may follow it, and a way back; as the last line of a cell it is displayed.

    Args:
        model: gives the chances.
        tokenizer: the model's own.
        text: where to begin. The reader may type another.

    Attributes:
        buttons: one for each of the likeliest tokens, likeliest first.
        undo: the button that takes the last step back.
    """

    def __init__(self, model: Transformer, tokenizer: Tokenizer, text: str) -> None:
        import ipywidgets

        self._model, self._tokenizer = model, tokenizer
        self._steps = [tokenizer.encode(text)]  # what the text was after each step, as ids
        self._likeliest: list[int] = []
        self.buttons = [ipywidgets.Button(layout=ipywidgets.Layout(width="auto")) for _ in range(COUNT)]
        self.undo = ipywidgets.Button(description="undo", layout=ipywidgets.Layout(width="auto"))
        super().__init__(self._draw_likeliest, {"text": ipywidgets.Text(value=text, continuous_update=False)})
        for place, button in enumerate(self.buttons):
            button.on_click(self._taker(place))
        self.undo.on_click(self._take_back)
        wrapped = ipywidgets.Box(self.buttons, layout=ipywidgets.Layout(flex_flow="row wrap"))
        self.panel.children = (self.controls["text"], wrapped, self.undo, self.picture, self.numbers)

    def _draw_likeliest(self, text: str) -> tuple[Figure, str]:
        import torch

        if self._tokenizer.decode(self._steps[-1]) != text:  # the reader typed
            self._steps.append(self._tokenizer.encode(text))
        if not self._steps[-1]:
            raise ValueError("text: got nothing, allowed at least one character")
        with torch.no_grad():
            scores = self._model(torch.tensor([self._steps[-1]]), logits_to_keep=1)[0, -1]  # [V]
        chances, tokens = scores.softmax(-1).topk(COUNT)
        self._likeliest = tokens.tolist()
        labels = [self._visible(token) for token in self._likeliest]
        for button, label, chance in zip(self.buttons, labels, chances, strict=True):
            button.description = f"{label} {chance:.1%}"
        self.undo.disabled = len(self._steps) == 1
        said = ", ".join(f"{label} {chance:.1%}" for label, chance in zip(labels, chances, strict=True))
        return _bars(labels, chances), said

    def _taker(self, place: int) -> Callable[[object], None]:
        def take(_button: object) -> None:
            self._steps.append([*self._steps[-1], self._likeliest[place]])
            self._show_last_step()

        return take

    def _take_back(self, _button: object) -> None:
        self._steps.pop()
        self._show_last_step()

    def _show_last_step(self) -> None:
        self.controls["text"].value = self._tokenizer.decode(self._steps[-1])

    def _visible(self, token: int) -> str:
        return self._tokenizer.decode([token]).replace(" ", "␣").replace("\n", "⏎")


def _bars(labels: list[str], chances: torch.Tensor) -> Figure:
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(6, 2.8))
    axes.barh(range(len(labels)), chances.tolist())
    axes.set_yticks(range(len(labels)), [_in_the_font(label) for label in labels], parse_math=False)
    axes.invert_yaxis()
    axes.grid(axis="y", visible=False)
    axes.set(xlabel="chance to be next", xlim=(0, 1))
    return figure


def _in_the_font(label: str) -> str:
    """Characters that the figure's font may lack by their codes; the buttons show them as they are."""
    return "".join(c if c in "␣⏎" or (c.isascii() and c.isprintable()) else ascii(c)[1:-1] for c in label)
