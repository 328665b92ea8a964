"""Operates the cells of a notebook that have controls, by keyboard alone, where JupyterLab's cells are shown.

The notebooks that are opened hold only the cells on which those with controls rest: that all cells run is known
from the comparison of notebooks, and JupyterLab takes most of a minute to draw the others one by one.
"""

import json
import time
from functools import cache
from html import escape
from itertools import chain

import nbformat
from playwright.sync_api import expect

from lessons_lib.classroom import registry
from workshop.lessons import ROOT, find_lessons
from workshop.widgets import widget_cells, with_panels_only

PATHS = {lesson.notebook.stem: lesson.notebook for lesson in find_lessons(ROOT)}
TIMEOUT = 240  # seconds, for machines that are busy
PICTURE = "img, [role=img]"  # a figure, or a text in colours
LOST = "widget: model not found"  # what JupyterLab writes in the place of one whose state was not kept
TABS = 60  # more than a cell has places for the focus
ACTIVE_CELL = "[...document.querySelectorAll('.jp-Cell')].findIndex(cell => cell.matches('.jp-mod-active'))"
CONTENT = "image => image.src || image.innerHTML"
# The key that changes the focused control: sliders and lists move on, or back where they are at their end; into text
# a letter is typed, and Enter; buttons are pressed; what is folded opens. Other places are the cell's own buttons and
# the numbers beside sliders.
KEY = """(place) => {
    const control = document.activeElement;
    if (control.closest('.jp-Cell') !== document.querySelectorAll('.jp-Cell')[place]) return 'outside';
    if (!control.closest('.jp-OutputArea')) return 'other';
    if (control.matches('.widget-text input, textarea')) return 'x';
    if (control.matches('summary')) return 'Space';
    if (control.matches('button.jupyter-button')) return 'Enter';
    if (control.matches('.noUi-handle'))
        return Number(control.ariaValueNow) < Number(control.ariaValueMax) ? 'ArrowRight' : 'ArrowLeft';
    if (control.matches('select'))
        return control.selectedIndex < control.options.length - 1 ? 'ArrowDown' : 'ArrowUp';
    return control.matches('input[type=checkbox], input[type=radio]') ? 'Space' : 'other';
}"""


@cache
def short(name):
    return with_panels_only(nbformat.read(PATHS[name], as_version=4))


def address(name):
    """Where the notebook is served."""
    return PATHS[name].relative_to(ROOT).as_posix()


def operate_and_reopen(name, lab, page):
    """Run a notebook, use every control, save, and look at what the file shows when it is opened again."""
    places = widget_cells(short(name))
    nbformat.write(short(name), lab.root / address(name))
    run(name, lab, page)
    pictures = {place: operate_panel(page, place) for place in places["panel"]}
    for place in places["quiz"]:
        answer_quiz(page, place, registry.lesson(name.partition("_")[0]).QUIZ)
    for place in places["predict"]:
        guess(page, place)
    for place in places["say"]:
        write(page, place)

    save(name, lab, page, [alt.partition(":")[0] for alt in pictures.values()])
    lab.stop_kernels()
    open_notebook(name, lab, page)
    for place, alt in pictures.items():
        picture = look_again(name, lab, page, place).locator(PICTURE)
        expect(picture).to_have_accessible_name(alt)
        assert is_drawn(picture)
    for place in chain.from_iterable(places.values()):
        output = look_again(name, lab, page, place)
        expect(output.locator(".jupyter-widgets").first).to_be_visible()
        expect(output).not_to_contain_text(LOST)


def save(name, lab, page, settings):
    """Save, and wait until the file holds the panels as they were left."""
    deadline = time.monotonic() + TIMEOUT
    while True:
        page.keyboard.press("Control+s")
        page.wait_for_timeout(2000)
        saved = as_json(json.loads(lab.request(f"contents/{address(name)}")))
        if all(as_json(escape(setting))[1:-1] in saved for setting in settings):
            return
        assert time.monotonic() < deadline, f"the file does not hold {settings}"


def look_again(name, lab, page, place):
    """Go to a panel of a notebook that was opened again; returns its output.

    Panels are restored while the kernel starts; a busy machine may need a second look.
    """
    output = page.locator(".jp-Cell").nth(place).locator(".jp-OutputArea")

    def restored():
        return output.locator(".jupyter-widgets").count() and LOST not in output.first.inner_text()

    select(page, place)
    for _ in range(3):
        for _ in range(60):
            if restored():
                return output
            page.wait_for_timeout(250)
        open_notebook(name, lab, page)
        select(page, place)
    return output


def as_json(value):
    return json.dumps(value, ensure_ascii=False)


def open_notebook(name, lab, page):
    """Open a notebook and wait for its kernel: what is run earlier ends in a dialog that asks for a kernel."""
    page.goto("about:blank")
    page.goto(lab.notebook(address(name)))
    page.wait_for_selector(".jp-Notebook .jp-Cell")
    deadline = time.monotonic() + TIMEOUT
    while not any(kernel["connections"] and kernel["execution_state"] == "idle" for kernel in lab.kernels()):
        assert time.monotonic() < deadline, "the kernel did not start"
        page.wait_for_timeout(200)


def run(name, lab, page):
    """Open a notebook, clear what is stored, run its cells and wait for the last."""
    open_notebook(name, lab, page)
    choose(page, "Edit", "Clear Outputs of All Cells")
    choose(page, "Run", "Run All Cells")
    count = len(short(name).cells)
    prompt = page.locator(".jp-Cell").nth(count - 1).locator(".jp-InputPrompt")
    expect(prompt).to_have_text(f"[{count}]:", timeout=TIMEOUT * 1000)
    expect(page.locator('.jp-RenderedText[data-mime-type="application/vnd.jupyter.stderr"]')).to_have_count(0)


def choose(page, menu, item):
    page.get_by_role("menuitem", name=menu, exact=True).click()
    page.get_by_role("menuitem", name=item, exact=True).click()


def select(page, place):
    """Go to a cell from the one above it, with the keys that JupyterLab has for it.

    While cells run, JupyterLab itself moves the selection and may miss a key: look, and go the rest of the way.
    """
    deadline = time.monotonic() + TIMEOUT
    page.locator(".jp-Cell.jp-mod-active").focus()  # out of a text field, in which the keys would be typed
    page.keyboard.press("Escape")
    while True:
        steps = place - 1 - page.evaluate(ACTIVE_CELL)
        for key in "j" * steps + "k" * -steps + "j":
            page.keyboard.press(key)
        for _ in range(6):
            if page.evaluate(ACTIVE_CELL) == place:
                return
            page.wait_for_timeout(50)
        assert time.monotonic() < deadline, f"cell {place} was not reached"


def next_control(page, place):
    """Tab to the next control of a cell; returns the key that changes it, or nothing after the last."""
    for _ in range(TABS):
        page.keyboard.press("Tab")
        key = page.evaluate(KEY, place)
        if key != "other":
            return None if key == "outside" else key
    raise AssertionError("the focus never leaves the cell")


def operate_panel(page, place):
    """Move every control of a panel once; returns the last description."""
    select(page, place)
    output = page.locator(".jp-Cell").nth(place).locator(".jp-OutputArea")
    picture, numbers = output.locator(PICTURE), output.locator("[role=status]")
    expect(picture).to_be_visible()
    first, text, moved = picture.evaluate(CONTENT), numbers.text_content(), 0
    while key := next_control(page, place):
        page.keyboard.press(key)
        if key == "x":
            page.keyboard.press("Enter")
        expect(numbers).not_to_have_text(text)
        text = numbers.text_content()
        expect(picture).to_have_accessible_name(text)
        assert is_drawn(picture)
        moved += 1
    assert moved > 0, "no control took the focus"
    assert picture.evaluate(CONTENT) != first, "the picture stayed the same"
    return text


def answer_quiz(page, place, questions):
    """Choose every answer of every question in turn."""
    select(page, place)
    panels = page.locator(".jp-Cell").nth(place).locator(".jp-OutputArea .widget-vbox .widget-vbox")
    expect(panels).to_have_count(len(questions))
    for panel, question in zip(panels.all(), questions, strict=True):
        explanation = panel.locator("[role=status]")
        for choice, why in question.choices.items():
            page.keyboard.press(next_control(page, place))
            expect(explanation).to_contain_text(why.replace("`", ""))
            expect(explanation).to_contain_text("✓" if choice == question.right_choice() else "✗")
    assert next_control(page, place) is None


def guess(page, place):
    """Use every control of a prediction; each says what it did."""
    select(page, place)
    said = page.locator(".jp-Cell").nth(place).locator(".jp-OutputArea [role=status]")
    text, used = said.text_content(), 0
    while key := next_control(page, place):
        page.keyboard.press(key if key != "x" else "7")
        if key == "x":
            page.keyboard.press("Enter")
        expect(said).not_to_have_text(text)
        text = said.text_content()
        used += 1
    assert used > 0, "no control took the focus"


def write(page, place):
    """Write something below each question and unfold its answer."""
    select(page, place)
    questions = page.locator(".jp-Cell").nth(place).locator(".jp-OutputArea .widget-vbox .widget-vbox")
    assert questions.count() > 0
    for question in questions.all():
        assert next_control(page, place) == "x"
        page.keyboard.type("Mine, typed. ")
        assert next_control(page, place) == "Space"
        expect(question.locator("[role=status]")).to_have_text("Kept: 2 words.")
        expect(question.locator("details p").first).not_to_be_visible()
        page.keyboard.press("Space")
        expect(question.locator("details p").first).to_be_visible()
    assert next_control(page, place) is None


def is_drawn(picture):
    drawn = "image => image.matches('img') ? image.complete && image.naturalWidth > 100 : image.innerText.length > 0"
    return picture.evaluate(drawn)
