"""One style: greys that differ, the same bytes each time, and a description that stays with the picture."""

import subprocess
import sys
from itertools import pairwise

import matplotlib
import pytest
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure

from lessons_lib.classroom import show, use_style
from lessons_lib.classroom.panels import figures
from lessons_lib.classroom.panels.figures import COLOURS, HATCHES, LINES, MARKERS


def bars():
    with matplotlib.rc_context(figures.style()):
        figure = Figure()
        figure.subplots().bar(["blue", "grey"], [0.6, 0.4])
    return figure


def grey(colour):
    """Luma of ITU-R BT.601, which greyscale printing and screenshots use."""
    red, green, blue = to_rgb(colour)
    return 0.299 * red + 0.587 * green + 0.114 * blue


def test_colours_differ_in_grey():
    assert all(light - dark > 0.1 for dark, light in pairwise(sorted(map(grey, COLOURS))))


def test_form_says_what_colour_says():
    for forms in (LINES, MARKERS, HATCHES):
        assert len(set(forms)) == len(forms) == len(COLOURS)


def test_a_figure_is_the_same_file_each_time_and_names_no_software():
    first, second = figures.png(bars()), figures.png(bars())
    assert first == second
    assert b"Software" not in first


def test_show_keeps_the_description(monkeypatch):
    seen = {}
    monkeypatch.setattr("IPython.display.display", lambda data, **more: seen.update(data=data, **more))
    show(bars(), alt="Blue is likelier than grey.")
    assert seen["data"]["text/plain"] == "Blue is likelier than grey."
    assert seen["metadata"]["image/png"] == {"alt": "Blue is likelier than grey.", "width": 672}
    assert seen["raw"] is True


def test_a_figure_without_description_is_refused():
    with pytest.raises(ValueError, match="alt must say what the figure shows"):
        show(bars(), alt=" ")


def test_use_style_changes_the_settings():
    use_style()
    assert matplotlib.rcParams["figure.figsize"] == [7.0, 3.2]


def test_the_classroom_is_light_to_import():
    heavy = "{'torch', 'matplotlib', 'ipywidgets', 'IPython', 'jupytext'}"
    program = f"import sys, lessons_lib.classroom; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "[]\n"
