"""What VS Code makes of each lesson's text and formulas, by VS Code's own renderers: `vscode/README.md` says whose.

VS Code reads Markdown with another parser than JupyterLab, draws formulas with KaTeX, takes away HTML that it does not
trust, and names headings in its own way.
"""

from pathlib import Path

import nbformat
import pytest
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from workshop.lessons import ROOT, find_lessons

RENDERERS = Path(__file__).parent / "vscode"
LESSONS = {lesson.notebook.stem: lesson.notebook for lesson in find_lessons(ROOT)}
# From VS Code's `ipynb` extension, version 1.139: what it draws, the best first.
DRAWN = ["text/html", "image/gif", "text/latex", "text/markdown", "image/png", "image/svg+xml", "image/jpeg"]
DRAWN += ["application/json", "text/plain"]
PAGE = """<!DOCTYPE html><html><head><style id="_defaultStyles"></style></head><body><script type="module">
import { activate as activateMarkdown } from "./markdown.js";
import { activate as activateMath } from "./katex.js";
async function renderer(isTrusted) {
    const markdown = await activateMarkdown({ workspace: { isTrusted } });
    await activateMath({ getRenderer: async () => markdown });
    return (text) => {
        const cell = document.createElement("div");
        markdown.renderOutputItem({ mime: "text/markdown", text: () => text }, cell);
        return cell.shadowRoot.getElementById("preview");
    };
}
const trusted = await renderer(true), restricted = await renderer(false);
window.read = (texts) => texts.map((text) => {
    const all = trusted(text), kept = restricted(text);
    const found = (selector, read) => [...all.querySelectorAll(selector)].map(read);
    const cell = {
        wrong: found(".katex-error", (formula) => formula.title),
        formulas: found("annotation[encoding='application/x-tex']", (latex) => latex.textContent.trim()),
        ids: found("[id]", (heading) => heading.id),
        links: found("a[href^='#']", (link) => link.getAttribute("href").slice(1)),
    };
    // Of a formula, what is read aloud is taken away in an untrusted folder; what is seen stays.
    for (const cell of [all, kept]) cell.querySelectorAll(".katex-mathml").forEach((spoken) => spoken.remove());
    return { ...cell, lost: kept.innerHTML === all.innerHTML ? "" : all.innerHTML };
});
</script></body></html>"""


@pytest.fixture(scope="module")
def vscode(page):
    """Reads Markdown as VS Code does."""
    page.route("http://vscode.test/**", serve)
    page.goto("http://vscode.test/page.html")
    page.wait_for_function("window.read !== undefined")
    yield lambda texts: page.evaluate("texts => read(texts)", texts)
    page.unroute("http://vscode.test/**")


def serve(route):
    name = route.request.url.rpartition("/")[2]
    if name == "page.html":
        route.fulfill(body=PAGE, content_type="text/html")
    elif (RENDERERS / name).is_file():
        route.fulfill(path=RENDERERS / name, content_type="text/javascript")
    else:  # KaTeX's style sheet and fonts
        route.fulfill(body="", content_type="text/css")


@pytest.mark.parametrize("name", LESSONS)
def test_vscode_shows_all_of_a_lesson(name, vscode):
    notebook = nbformat.read(LESSONS[name], as_version=4)
    assert faults([cell.source for cell in notebook.cells if cell.cell_type == "markdown"], vscode) == []
    for output in (output for cell in notebook.cells for output in cell.get("outputs", ())):
        assert set(output.get("data", {})) <= set(DRAWN)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (r"$\operatornme{max}$", "no formula of KaTeX"),
        ("It costs $5 or $6.", "a formula in one parser only"),
        ("<iframe src='https://a.org'></iframe>", "taken away"),
        ("<details onclick='x()'><summary>A</summary></details>", "taken away"),
        ("# What is *it*?\n\n[there](#What-is-that?)", "leads nowhere"),
    ],
)
def test_what_vscode_would_not_show_is_found(text, fault, vscode):
    assert [found.partition(":")[0] for found in faults([text], vscode)] == [fault]


def test_what_vscode_shows_is_right(vscode):
    text = "# What is *it*?\n\n[there](#What-is-it?) $x_1$\n\n<details><summary>A</summary>\n\n$$\ny\n$$\n\n</details>"
    assert faults([text], vscode) == []


def faults(texts, read):
    """What VS Code takes away or reads in another way, in Markdown cells of one notebook."""
    cells = read(texts)
    ids = {name for cell in cells for name in cell["ids"]}
    found = []
    for text, cell in zip(texts, cells, strict=True):
        found += [f"no formula of KaTeX: {formula}" for formula in cell["wrong"]]
        found += [f"leads nowhere: {link}" for link in cell["links"] if link not in ids]
        found += [f"taken away: {cell['lost']}"] if cell["lost"] else []
        if not cell["wrong"] and sorted(cell["formulas"]) != sorted(formulas(text)):
            found.append(f"a formula in one parser only: {cell['formulas']} {formulas(text)}")
    return found


def formulas(text):
    """The formulas of a Markdown text as the web book reads it."""
    parser = MarkdownIt("gfm-like", {"linkify": False}).use(dollarmath_plugin)
    tokens = [each for token in parser.parse(text) for each in (token, *(token.children or ()))]
    return [token.content.strip() for token in tokens if token.type.startswith("math_")]
