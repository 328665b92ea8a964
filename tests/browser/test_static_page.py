"""A page that nbconvert makes of a notebook, with its defaults, in a browser: listings, folded code, links, answers."""

import nbformat
from nbconvert import HTMLExporter
from playwright.sync_api import expect

from lessons_lib.classroom.source import Listing
from lessons_lib.classroom.words import InYourWords, Saying
from workshop.source import read_source

TEXT = """# %% [markdown]
# # First
#
# [to the section](#2.-How-does-top_p-choose?)

# %% tags=["hide-input"]
draw()

# %%
print(1)

# %% [markdown]
# ## 2. How does `top_p` *choose*?
"""
QUESTION = InYourWords("why", "Why?", "Because.", "2. How does `top_p` *choose*?")
LISTING = Listing("def f():\n    return iiii, mmmm")


def test_a_static_page_shows_what_a_reader_needs(page, tmp_path):
    (tmp_path / "text.py").write_text(TEXT, encoding="utf-8")
    notebook = read_source(tmp_path / "text.py")
    drawing, printing = (cell for cell in notebook.cells if cell.cell_type == "code")
    for cell, shown in ((drawing, LISTING._repr_mimebundle_()), (printing, Saying((QUESTION,))._repr_mimebundle_())):
        shown.pop("application/vnd.jupyter.widget-view+json", None)
        cell.outputs = [nbformat.v4.new_output("display_data", data=shown)]
    html, _ = HTMLExporter().from_notebook_node(notebook)
    (tmp_path / "page.html").write_text(html, encoding="utf-8")
    page.route("http*://**", lambda route: route.abort())  # nbconvert's page asks for MathJax
    try:
        page.goto((tmp_path / "page.html").as_uri())
    finally:
        page.unroute("http*://**")
    text = page.locator("body")
    expect(text).not_to_contain_text("draw()")
    expect(text).to_contain_text("print(1)")
    code = page.locator(".jp-OutputArea-output .highlight pre")
    expect(code).to_contain_text("return iiii, mmmm")
    assert code.evaluate("code => getComputedStyle(code).fontFamily") == "monospace"
    assert code.locator("span").count() > 3, "the listing has no colours"
    answer = page.get_by_text("Because.")
    expect(answer).not_to_be_visible()
    page.get_by_text("One answer").click()
    expect(answer).to_be_visible()
    for link in (page.get_by_role("link", name="to the section"), page.get_by_role("link", name="2. How does")):
        target = link.first.evaluate("link => document.getElementById(decodeURIComponent(link.hash.slice(1)))?.tagName")
        assert target == "H2"
