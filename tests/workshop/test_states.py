"""A panel's states: drawn in the run that builds its lesson, kept for the book, and found if of another build."""

import json

import nbformat
from PIL import Image

from workshop import build, check, states
from workshop.lessons import find_lessons

PANEL = """
# %%
import matplotlib.pyplot as plt
import torch
from ipywidgets import IntSlider

from lessons_lib.classroom import explore


def draw(n):
    figure, axes = plt.subplots(figsize=(1, 1))
    axes.bar([0], [n])
    return figure, f"{n} and {torch.rand(1).item() < 2}"


generator = torch.manual_seed(0)
explore(draw, n=IntSlider(value=1, min=0, max=2))

# %%
n = torch.rand(1).item()
print(f"{n:.2f}")
"""


def with_panel(course):
    [lesson] = find_lessons(course, ["D1"])
    with open(lesson.source, "a", encoding="utf-8") as file:
        file.write(PANEL)
    assert build.main(["D1"], course) == 0
    return lesson


def test_they_are_drawn_by_the_build_and_change_nothing_else(course):
    lesson = with_panel(course)
    [[control]] = states.kept(lesson, course)
    assert (control["label"], control["values"], control["start"]) == ("n", ["0", "1", "2"], 1)
    pictures = [states.folder_of(lesson, course) / state["picture"] for state in control["states"]]
    assert [Image.open(picture).size for picture in pictures] == [(144, 144)] * 3
    assert len(set(pictures)) == len(list(states.folder_of(lesson, course).glob("*.webp"))) == 3
    *_, panel, last = nbformat.read(lesson.notebook, as_version=4).cells
    assert [state["text"] for state in control["states"]][1] == panel.outputs[0].data["text/plain"]
    assert [cell.execution_count for cell in (panel, last)] == [3, 4]
    assert last.outputs[0].text == "0.77\n"  # what comes second from this seed: drawing more drew none of its numbers


def test_building_without_the_panel_takes_them_away(course):
    lesson = with_panel(course)
    text = lesson.source.read_text(encoding="utf-8")
    lesson.source.write_text(text.replace(PANEL, ""), encoding="utf-8")
    assert build.main(["D1"], course) == 0
    assert not states.folder_of(lesson, course).exists()


def test_those_of_another_build_are_found(course):
    lesson = with_panel(course)
    assert check.lesson_faults(lesson, course) == []
    file = states.folder_of(lesson, course) / "states.json"
    before = file.read_text(encoding="utf-8")
    file.write_text(before.replace("n = 1: 1 and", "n = 1: 7 and"), encoding="utf-8")
    [fault] = check.lesson_faults(lesson, course)
    assert fault.endswith("book/panels/D1 has the states of another panel; build the lesson")
    file.write_text(json.dumps([*json.loads(before), []]), encoding="utf-8")
    [fault] = check.lesson_faults(lesson, course)
    assert fault.endswith("book/panels/D1 has the states of 2 panels of 1; build the lesson")
    file.unlink()
    [fault] = check.lesson_faults(lesson, course)
    assert fault.endswith("book/panels/D1 has the states of 0 panels of 1; build the lesson")
