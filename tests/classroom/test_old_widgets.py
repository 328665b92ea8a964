"""All cells with controls, and progress, under ipywidgets 7.7.1 and IPython 7.34, in a real kernel, as on Colab.

The old packages are installed once, into pytest's cache, and laid over the environment's own for that kernel alone.
"""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
OLD = (
    "ipywidgets==7.7.1",
    "ipython==7.34.0",
    # what these two need and their successors do not
    "backcall==0.2.0",
    "decorator==5.2.1",
    "ipython_genutils==0.2.0",
    "pickleshare==0.7.5",
)
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
CELLS = (
    "import IPython, ipywidgets\nprint(IPython.__version__, ipywidgets.__version__)",
    """
import matplotlib.pyplot as plt
from lessons_lib.classroom import explore, progress, quiz, show, show_source, use_style

def draw(height, word):
    figure, axes = plt.subplots()
    axes.bar([word], [height])
    return figure, f"{word} is {height}"

use_style()
height = ipywidgets.FloatSlider(value=1, min=0, max=2)
word = ipywidgets.Dropdown(options=["cat", "dog"])
panel = explore(draw, height=height, word=word)
panel
""",
    """
before = panel.picture.value
height.value = 1.3
assert panel.picture.value != before
word.value = "dog"
print(panel.numbers.value)
""",
    'questions = quiz("01")\nquestions',
    """
_, radio, explanation = questions.panels[0].children
assert radio.value is None
radio.value = radio.options[0]
print(explanation.value)
""",
    "progress()",
    "show_source(show)",
    """
from lessons_lib.classroom import predict, registry, reveal, say
from lessons_lib.classroom.predictions import Prediction, choice, number, order
from lessons_lib.classroom.words import InYourWords

lesson = registry.lesson("01")
lesson.PREDICTIONS = (
    Prediction("many", "How many?", number("tokens")),
    Prediction("which", "Which?", choice("a", "b")),
    Prediction("order", "In which order?", order("a", "b")),
)
lesson.WORDS = (InYourWords("why", "Why?", "Because.", "1. Why"),)
guess = predict("many")
guess
""",
    """
guess.control.value = "40"
predict("which").control.value = "b"
for button in predict("order").control.children[1::-1]:
    button.click()
reveal("many", 44)
reveal("which", "b")
reveal("order", ["a", "b"])
""",
    'said = say("why")\nsaid',
    'said.panels[0].children[1].value = "So."\nprint(said.panels[0].children[2].value)',
)


@pytest.fixture
def old_packages(request):
    folder = request.config.cache.mkdir("old-widgets")
    done = folder / "installed"
    if not done.exists() or done.read_text() != " ".join(OLD):
        command = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--no-deps",
            "--upgrade",
            "--target",
            str(folder),
            *OLD,
        ]
        subprocess.run(command, check=True, timeout=120)
        done.write_text(" ".join(OLD))
    return folder


def test_widgets_work_with_the_versions_of_colab(old_packages, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(old_packages), str(ROOT)]))
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    NotebookClient(notebook, timeout=120, kernel_name="python3", coalesce_streams=True).execute()
    outputs = (cell.outputs[0] for cell in notebook.cells)
    versions, panel, moved, quiz, answered, progress, source, predict, guessed, say, said = outputs
    assert versions.text == "7.34.0 7.7.1\n"
    for output in (panel, quiz, progress, predict, say):
        assert WIDGET_VIEW in output.data
    assert panel.data["text/plain"] == "height = 1.0, word = cat: cat is 1.0"
    assert panel.metadata["image/png"]["alt"] == panel.data["text/plain"]
    assert "height = 1.3, word = dog: dog is 1.3" in moved.text
    assert "<details>" in quiz.data["text/html"]
    assert ("✓" in answered.text) != ("✗" in answered.text)
    assert "````python\n# lessons_lib/classroom/panels/figures.py" in source.data["text/markdown"]
    assert "How many?" in predict.data["text/plain"]
    assert guessed.text.splitlines() == [
        "You guessed 40 tokens. It is 44 tokens.",
        "You guessed b, and so it is.",
        "You guessed b, a. It is a, b.",
    ]
    assert "<details>" in say.data["text/html"]
    assert "Kept: 1 word." in said.text
