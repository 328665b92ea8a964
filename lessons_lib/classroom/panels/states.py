"""What a panel shows when one of its controls is moved and the others stay: for pages that have no kernel."""

import base64
from typing import TYPE_CHECKING, Any

from lessons_lib.classroom.panels.explorer import Explorer, plain
from lessons_lib.classroom.panels.figures import png

if TYPE_CHECKING:
    from ipywidgets import ValueWidget

MOST = 8  # values of a control that are drawn


def states(panel: Explorer) -> list[dict[str, Any]]:
    """The states of a panel, by control; a field for text has none, since nobody can list its values.

    A value for which drawing fails is left out: where there is a kernel, the panel shows the error.

    Args:
        panel: it stays as it is.

    Returns:
        For each control that can be moved its `label`, the `values` that were drawn as it shows them, where among them
        it stands (`start`, from 0), and a state for each: a `text` with the numbers, and the drawing as `png` (in
        base64) or `html`.
    """
    found = []
    for name, control in panel.controls.items():
        if values := _values(control):
            chosen, start = _spread(values, panel.values()[name])
            drawn = {label: state for label, value in chosen if (state := _state(panel, name, value))}
            start = list(drawn).index(chosen[start][0])
            row = {"label": control.description, "values": list(drawn), "start": start, "states": list(drawn.values())}
            found.append(row)
    return found


def _state(panel: Explorer, name: str, value: object) -> dict[str, str]:
    try:
        drawing, text = panel.drawn(**{name: value})
    except Exception:
        return {}
    shown = {"html": drawing} if isinstance(drawing, str) else {"png": base64.b64encode(png(drawing)).decode()}
    return {"text": text, **shown}


def _values(control: "ValueWidget") -> list[tuple[str, object]]:
    """All values of a control with their labels; none where they cannot be listed."""
    import ipywidgets

    if isinstance(control, ipywidgets.Checkbox):
        return [("off", False), ("on", True)]
    if hasattr(control, "options"):
        return [each if isinstance(each, tuple) else (str(each), each) for each in control.options]
    if hasattr(control, "step"):
        count = round((control.max - control.min) / control.step)
        values = [control.min + control.step * place for place in range(count + 1)]
        return [(f"{value:.10g}", plain(value)) for value in values]
    return []


def _spread(values: list[tuple[str, object]], now: object) -> tuple[list[tuple[str, object]], int]:
    """At most `MOST` values in even steps, one of them moved to where the control stands; and its place among them."""
    here = next(place for place, (_, value) in enumerate(values) if value == now)
    count = min(MOST, len(values))
    places = [round(step * (len(values) - 1) / max(1, count - 1)) for step in range(count)]
    start = min(range(count), key=lambda step: abs(places[step] - here))
    places[start] = here
    return [values[place] for place in places], start
