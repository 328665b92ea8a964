"""A panel of controls over a drawing: live in JupyterLab and Colab, the drawing with its numbers everywhere else."""

from collections.abc import Callable
from html import escape
from typing import TYPE_CHECKING, Any

from lessons_lib.classroom.panels.figures import picture, png

if TYPE_CHECKING:
    from ipywidgets import ValueWidget
    from matplotlib.figure import Figure


class Explorer:
    """Redraws a picture, or a text in colours, whenever a control changes.

    It is a plain object that holds widgets rather than a widget itself: ipywidgets 7 would display a widget without
    the picture and the text that a stored notebook needs. The picture is an HTML widget, because the Image widget
    has no alternative text.

    Attributes:
        controls: the controls by name.
        picture: HTML widget with the current drawing.
        numbers: HTML widget with the line of text below it.
    """

    def __init__(self, draw: Callable, controls: "dict[str, ValueWidget]") -> None:
        import ipywidgets

        self.controls = controls
        self.picture = ipywidgets.HTML()
        self.numbers = ipywidgets.HTML()
        self.panel = ipywidgets.VBox([*controls.values(), self.picture, self.numbers])
        self._draw = draw
        for name, control in controls.items():
            control.description = control.description or name
            control.style.description_width = "8em"  # room for whole words
            control.layout.width = "48em" if isinstance(control, ipywidgets.Text) else "28em"  # and for a sentence
            control.layout.max_width = "100%"
            control.observe(self._update, names="value")
        self._show(*self.drawn())  # the first picture may fail: that is the author's error, not the reader's

    def values(self) -> dict[str, Any]:
        """The controls' values by name."""
        return {name: plain(control.value) for name, control in self.controls.items()}

    def drawn(self, **moved: object) -> "tuple[Figure | str, str]":
        """The drawing and its line of text, as it is or as it would be with some controls at other values."""
        values = {**self.values(), **moved}
        drawn = self._draw(**values)
        drawing, text = drawn if isinstance(drawn, tuple) else (drawn, "")
        return drawing, ": ".join(part for part in (self._settings(values), text) if part)

    def _update(self, _change: object) -> None:
        try:
            self._show(*self.drawn())
        except Exception as error:  # an exception in a callback would be lost; the reader sees it instead
            self.picture.value = ""
            self.numbers.value = _line(f"{self._settings(self.values())}: {type(error).__name__}: {error}")

    def _show(self, drawing: "Figure | str", text: str) -> None:
        if isinstance(drawing, str):
            self._data, self._metadata = {"text/html": drawing, "text/plain": text}, {}
            self.picture.value = f'<div role="img" aria-label="{escape(text)}">{drawing}</div>'
        else:
            self._data, self._metadata = picture(png(drawing), text)
            source = f"data:image/png;base64,{self._data['image/png']}"
            width = self._metadata["image/png"]["width"]
            self.picture.value = f'<img alt="{escape(text)}" src="{source}" style="width: {width}px; max-width: 100%">'
        self.numbers.value = _line(text)

    def _settings(self, values: dict[str, object]) -> str:
        return ", ".join(f"{name} = {value}" for name, value in values.items())

    def _repr_mimebundle_(self, include=None, exclude=None) -> tuple[dict[str, object], dict[str, dict]]:
        view = {"version_major": 2, "version_minor": 0, "model_id": self.panel.model_id}
        return {**self._data, "application/vnd.jupyter.widget-view+json": view}, self._metadata


def explore(draw: Callable, /, **controls: "ValueWidget") -> Explorer:
    """A live panel for a function that draws; as the last line of a cell it is displayed.

    Args:
        draw: takes the controls' values by name; returns a drawing, or a drawing and a line of text that says the
            same in numbers. A drawing is a matplotlib figure, or HTML for text in colours: a figure's font lacks most
            of the world's scripts. HTML must say the same without its colours, which some pages take out.
        **controls: Core ipywidgets, such as `temperature=FloatSlider(value=1, min=0.1, max=2)`.

    Raises:
        ValueError: if there is no control.
    """
    if not controls:
        raise ValueError("explore needs at least one control, got none")
    return Explorer(draw, controls)


def plain(value: object) -> object:
    """A control's value; a float without the rounding noise that sliders send."""
    return float(f"{value:.10g}") if isinstance(value, float) else value


def _line(text: str) -> str:
    return f'<div role="status" style="font-family: monospace; white-space: pre-wrap">{escape(text)}</div>'
