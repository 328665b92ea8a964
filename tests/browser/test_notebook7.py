"""Notebook 7, which shows JupyterLab's cells in pages of its own: one lesson by keyboard, all lessons as stored."""

import re
from dataclasses import replace

import nbformat
import pytest
from browser.keyboard import PATHS, operate_and_reopen
from playwright.sync_api import expect

LESSON = "A2_maths"  # a panel, predictions, a quiz and questions, of which none needs the model
MATHEMATICS, TABLE, UNFOLDS = re.compile(r"\$"), re.compile(r"^\|[-:]", flags=re.MULTILINE), re.compile("<details>")
# What a page holds, and below it what the file holds of that.
SHOWN = """() => ({
    folded: document.querySelectorAll('.jp-Cell-inputWrapper .jp-Placeholder').length,
    tables: document.querySelectorAll('.jp-MarkdownOutput table').length,
    answers: document.querySelectorAll('.jp-Cell details > summary').length,
    pictures: [...document.querySelectorAll('.jp-OutputArea img')].filter((image) => image.naturalWidth > 0).length,
})"""


def stored(notebook):
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    outputs = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", ())]
    return {
        "folded": sum("hide-input" in cell.metadata.get("tags", ()) for cell in notebook.cells),
        "tables": sum(len(TABLE.findall(text)) for text in texts),
        "answers": sum(len(UNFOLDS.findall(t)) for t in [*texts, *(output.get("text/html", "") for output in outputs)]),
        "pictures": sum("image/png" in output for output in outputs),
    }


@pytest.fixture
def notebook7(lab, page):
    """Notebook 7 in JupyterLab's server; complaints that an empty notebook does not bring fail the test."""
    notebook7, said = replace(lab, opener="notebooks"), set()

    def note(complaint):
        if getattr(complaint, "type", "error") == "error":
            said.add(str(getattr(complaint, "text", complaint)))

    page.on("pageerror", note)
    page.on("console", note)
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell()]), lab.root / "empty.ipynb")
    page.goto(notebook7.notebook("empty.ipynb"))
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    page.wait_for_load_state("networkidle")
    usual = set(said)
    yield notebook7
    page.remove_listener("pageerror", note)
    page.remove_listener("console", note)
    lab.stop_kernels()
    assert said - usual == set()


def test_a_lesson_answers_the_keyboard_and_survives_saving(notebook7, page):
    operate_and_reopen(LESSON, notebook7, page)


def test_what_all_lessons_store_is_shown(notebook7, page):
    joined = nbformat.v4.new_notebook(cells=[cell for path in PATHS.values() for cell in telling(path)])
    expected = stored(joined)
    assert min(expected.values()) > 20
    nbformat.write(joined, notebook7.root / "joined.ipynb")
    page.goto(notebook7.notebook("joined.ipynb"))
    expect(page.locator(".jp-Cell")).to_have_count(len(joined.cells), timeout=120_000)
    page.wait_for_function(f"expected => JSON.stringify(({SHOWN})()) === JSON.stringify(expected)", arg=expected)
    expect(page.locator("mjx-container").first).to_be_visible()
    expect(page.locator("mjx-merror")).to_have_count(0)


def telling(path):
    """The cells of a notebook that readers may show in ways of their own: formulas, tables, HTML, its first picture."""
    pictured = False
    for cell in nbformat.read(path, as_version=4).cells:
        data = [output.get("data", {}) for output in cell.get("outputs", ())]
        picture = any("image/png" in each for each in data) and not pictured
        pictured |= picture
        marked = cell.cell_type == "markdown" and any(k.search(cell.source) for k in (MATHEMATICS, TABLE, UNFOLDS))
        if marked or picture or any("text/html" in each for each in data):
            cell.id = nbformat.v4.new_code_cell().id  # unique in the joined notebook
            yield cell
