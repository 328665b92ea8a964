"""HTML as GitHub shows it: what it drops is found; bleach is the oracle that nothing is lost of what lessons store."""

import bleach
import nbformat
import pytest
from bs4 import BeautifulSoup

from workshop.audit import html
from workshop.lessons import ROOT, find_lessons

LESSONS = {lesson.notebook.stem: lesson.notebook for lesson in find_lessons(ROOT)}


def as_github_shows(page):
    def kept(tag, name, value):
        return name in html.ATTRIBUTES or (tag, name) in html.OF_ONE

    return bleach.clean(page, tags=html.ELEMENTS, attributes=kept, strip=True)


@pytest.mark.parametrize("name", LESSONS)
def test_nothing_but_the_style_is_lost_of_what_a_lesson_stores(name):
    notebook = nbformat.read(LESSONS[name], as_version=4)
    outputs = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", ())]
    for page in (output["text/html"] for output in outputs if "text/html" in output):
        assert list(html.dropped(page)) == []
        stored, shown = BeautifulSoup(page, "html.parser"), BeautifulSoup(as_github_shows(page), "html.parser")
        for element in stored.find_all(style=True):
            del element["style"]
        assert shown == stored


@pytest.mark.parametrize(
    ("page", "lost"),
    [
        ("<iframe src='a'></iframe>", ["<iframe>", "src= of <iframe>"]),
        ("<form><input value='1'></form>", ["<form>", "<input>", "value= of <input>"]),
        ("<style>b { color: red }</style>", ["<style>"]),
        ("<p class='note' onclick='a()'>x</p>", ["class= of <p>", "onclick= of <p>"]),
        ("<p style='display: none'>x</p>", ["what style='display: none' says"]),
        (
            "<code style='white-space: pre'>if a:\n    b</code>",
            ["the line breaks and spaces of a style; write <br> and &nbsp;"],
        ),
    ],
)
def test_what_github_drops_is_found(page, lost):
    assert list(html.dropped(page)) == lost


@pytest.mark.parametrize(
    "page",
    [
        "<details><summary>Answer</summary><ul><li><b>x</b></li></ul></details>",
        "<p style='white-space: pre'>one line\n</p>\n  <p>another</p>",
        '<td style="text-align: left"><a href="#there">x</a></td>',
    ],
)
def test_what_github_shows_is_right(page):
    assert list(html.dropped(page)) == []
