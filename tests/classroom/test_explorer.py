"""The panel redraws on every change, says the numbers in words, and shows errors instead of losing them."""

import base64
import re

import ipywidgets
import matplotlib
import pytest
from matplotlib.figure import Figure

from lessons_lib.classroom import explore
from lessons_lib.classroom.panels.states import states

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


def draw(height, word):
    if height > 1.9:
        raise ValueError("too <high>")
    figure = Figure(figsize=(2, 1))
    figure.subplots().bar([word], [height])
    return figure, f"{word} is {height}"


@pytest.fixture
def panel():
    height = ipywidgets.FloatSlider(value=1.0, min=0, max=2, step=0.1)
    return explore(draw, height=height, word=ipywidgets.Dropdown(options=["cat", "dog"], description="Which"))


def test_a_change_redraws_the_picture_and_its_numbers(panel):
    before = panel.picture.value
    panel.controls["height"].value = 1.5
    assert panel.picture.value != before
    assert "height = 1.5, word = cat: cat is 1.5" in panel.numbers.value
    panel.controls["word"].value = "dog"
    assert 'alt="height = 1.5, word = dog: dog is 1.5"' in panel.picture.value


def test_rounding_noise_of_sliders_is_not_shown(panel):
    panel.controls["height"].value = 1.0000000000000002
    assert panel.values() == {"height": 1.0, "word": "cat"}


def test_names_describe_controls_that_have_no_description(panel):
    assert panel.controls["height"].description == "height"
    assert panel.controls["word"].description == "Which"


def test_an_error_is_shown_and_the_next_change_mends_it(panel):
    panel.controls["height"].value = 2.0
    assert "height = 2.0, word = cat: ValueError: too &lt;high&gt;" in panel.numbers.value
    assert panel.picture.value == ""
    panel.controls["height"].value = 0.5
    assert "<img" in panel.picture.value and "ValueError" not in panel.numbers.value


def test_the_first_picture_may_fail_loudly():
    with pytest.raises(ValueError, match="too <high>"):
        explore(draw, height=ipywidgets.FloatSlider(value=2, min=0, max=2), word=ipywidgets.Text("cat"))
    with pytest.raises(ValueError, match="at least one control"):
        explore(draw)


def test_the_bundle_holds_the_view_the_picture_and_the_text(panel):
    data, metadata = panel._repr_mimebundle_()
    assert data[WIDGET_VIEW]["model_id"] == panel.panel.model_id
    assert data["text/plain"] == "height = 1.0, word = cat: cat is 1.0"
    assert metadata["image/png"]["alt"] == data["text/plain"]
    shown = re.search(r"base64,([^\"]+)", panel.picture.value)[1]
    assert base64.b64decode(shown).startswith(b"\x89PNG") and shown == data["image/png"]


def test_a_figure_without_text_still_says_its_settings():
    panel = explore(lambda n: Figure(figsize=(1, 1)), n=ipywidgets.IntSlider(value=3))
    assert panel._repr_mimebundle_()[0]["text/plain"] == "n = 3"


def test_a_text_in_colours_takes_the_place_of_the_picture():
    def coloured(word):
        return f'<b style="color: blue">{word}</b> 🎄', f"{word} <in> blue"

    panel = explore(coloured, word=ipywidgets.Text("cat"))
    data, metadata = panel._repr_mimebundle_()
    assert data["text/html"] == '<b style="color: blue">cat</b> 🎄' and metadata == {}
    assert data["text/plain"] == "word = cat: cat <in> blue"
    panel.controls["word"].value = "dog"
    assert 'aria-label="word = dog: dog &lt;in&gt; blue"' in panel.picture.value and ">dog</b>" in panel.picture.value
    assert "image/png" not in panel._repr_mimebundle_()[0]


def test_its_states_move_one_control_at_a_time_and_leave_it_as_it_is(panel):
    height, word = states(panel)
    assert height["values"] == ["0", "0.3", "0.6", "1", "1.1", "1.4", "1.7"]  # and 2, which cannot be drawn
    assert [state["text"][:13] for state in height["states"]][3] == "height = 1.0,"
    assert (word["label"], word["values"], word["start"]) == ("Which", ["cat", "dog"], 0)
    assert [state["text"] for state in word["states"]] == [
        "height = 1.0, word = cat: cat is 1.0",
        "height = 1.0, word = dog: dog is 1.0",
    ]
    assert base64.b64decode(word["states"][1]["png"]).startswith(b"\x89PNG")
    assert panel.values() == {"height": 1.0, "word": "cat"}


def test_of_many_values_a_few_in_even_steps_are_drawn_and_the_one_where_it_stands():
    n = ipywidgets.IntSlider(value=37, min=0, max=100, step=1, description="n (0: off)")
    x = ipywidgets.FloatSlider(value=0.3, min=0.1, max=0.5, step=0.1)
    box, name = ipywidgets.Checkbox(value=True), ipywidgets.Text("cat")
    pairs = ipywidgets.SelectionSlider(options=[("a tenth", 0.1), ("a half", 0.5)], value=0.5)
    panel = explore(lambda **values: ("<b>it</b>", ""), n=n, x=x, box=box, name=name, pairs=pairs)
    assert [(control["label"], control["values"], control["start"]) for control in states(panel)] == [
        ("n (0: off)", ["0", "14", "29", "37", "57", "71", "86", "100"], 3),
        ("x", ["0.1", "0.2", "0.3", "0.4", "0.5"], 2),
        ("box", ["off", "on"], 1),
        ("pairs", ["a tenth", "a half"], 1),
    ]
    assert states(panel)[0]["states"][1] == {
        "text": "n = 14, x = 0.3, box = True, name = cat, pairs = 0.5",
        "html": "<b>it</b>",
    }


def test_redrawing_leaves_no_figure_open():
    import matplotlib.pyplot as plt

    matplotlib.use("agg")
    plt.close("all")  # what other tests have left
    panel = explore(lambda n: plt.subplots(figsize=(1, 1))[0], n=ipywidgets.IntSlider(value=0))
    for value in range(1, 30):
        panel.controls["n"].value = value
    assert plt.get_fignums() == []
