"""The whole web book in a browser, from a folder without a server: light, dark, on a phone, by keyboard, audited."""

import os
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from workshop.book.build import build
from workshop.lessons import ROOT, find_lessons

PAGES = [
    "index",
    "search",
    "book/glossary",
    "library/generation",
    "notebooks/02_bpe_tokenizer",
    "notebooks/04_attention",
    "notebooks/A3_troubleshooting",  # a long table of a cell
]
VIEWS = {"light": ("light", 1280), "phone": ("dark", 390)}
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# What HTML of a cell is wider than the page, and would be cut.
CUT = """() => [...document.querySelectorAll('.cell_output .text_html')]
    .filter((html) => html.scrollWidth > html.clientWidth).map((html) => html.innerHTML.slice(0, 200))"""
FIRST, LESSON = 1_000_000, 2_000_000  # the most bytes of a page with all that it loads


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book") / "site"
    assert build(folder)
    return folder


@pytest.fixture
def opened(site, page):
    """Opens pages of the book; whatever one asks of the network or complains about fails the test."""
    faults = []

    def asked(request):
        if not request.url.startswith(("file:", "data:")):
            faults.append(request.url)

    def failed(error):
        if str(error) != "Failed to fetch":  # the excerpts of what a search finds, which need a server
            faults.append(str(error))

    page.on("request", asked)
    page.on("pageerror", failed)

    def open_page(name, view="light"):
        theme, width = VIEWS[view]
        page.emulate_media(color_scheme=theme, reduced_motion="reduce")  # or contrast is measured while colours fade in
        page.set_viewport_size({"width": width, "height": 900})
        page.goto((site / f"{name}.html").as_uri())
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        return page

    yield open_page
    page.remove_listener("request", asked)
    page.remove_listener("pageerror", failed)
    page.emulate_media(color_scheme="light", media="screen", reduced_motion="no-preference")
    assert faults == []


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("name", PAGES)
def test_axe_finds_nothing(name, view, opened):
    page = opened(name, view)
    options = {"runOnly": RULES, "resultTypes": ["violations"], "preload": False}
    found = Axe().run(page, options=options).response["violations"]
    assert [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found] == []


def test_every_page_fits_a_phone(site, opened):
    names = [file.relative_to(site).with_suffix("").as_posix() for file in sorted(site.rglob("*.html"))]
    assert len(names) > 60
    found = {}
    for name in names:
        page = opened(name, "phone")
        if faults := [*page.evaluate(CUT), *(["too wide"] if overhang(page) > 0 else [])]:
            found[name] = faults
    assert found == {}


def test_pages_are_small(site):
    loaded = {name: weight(site, site / f"{name}.html") for name in ["index", *notebooks()]}
    assert loaded.pop("index") < FIRST
    assert {name: size for name, size in loaded.items() if size > LESSON} == {}


def test_every_lesson_and_its_neighbours_are_in_the_contents(site):
    page = (site / "index.html").read_text(encoding="utf-8")
    assert [name for name in notebooks() if f'href="{name}.html"' not in page] == []
    last = (site / f"{notebooks()[-1]}.html").read_text(encoding="utf-8")
    assert 'class="left-prev"' in last


def test_a_sentence_of_the_glossary_shows_with_the_focus_until_escape(opened):
    page = opened("notebooks/04_attention", "phone")
    link = page.locator("a[data-tip]").first
    told = "link => getComputedStyle(link, '::after').content"
    assert link.evaluate(told) == "none"
    page.keyboard.press("Tab")  # what follows is done by keyboard, so a focus is seen
    link.focus()
    assert link.evaluate(told) == f'"{link.get_attribute("data-tip")}"'
    assert overhang(page) <= 0
    page.keyboard.press("Escape")
    assert link.evaluate(told) == "none"
    page.locator("a[data-tip]").nth(1).focus()
    assert page.locator("a[data-tip]").nth(1).evaluate(told) != "none"


def test_the_keyboard_skips_folds_and_searches(opened):
    page = opened("notebooks/04_attention")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to main content")).to_be_focused()
    answer = page.locator("div.cell_output details").first
    answer.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(answer).to_have_attribute("open", "")
    page.keyboard.press("Control+k")
    page.keyboard.type("perplexity")
    page.keyboard.press("Enter")
    found = page.locator("#search-results li a", has_text=re.compile("Tokens and sampling"))
    expect(found.first).to_be_visible(timeout=30_000)  # results come one after the other


def test_a_panel_moves_by_keyboard_and_only_one_control_at_a_time(opened):
    page = opened("notebooks/A2_maths", "phone")
    panel = page.locator(".cell_output:has(.panel)")
    angle, length = (panel.get_by_role("slider", name=name) for name in ("angle", "length"))
    first = panel.locator("img").get_attribute("src")
    expect(panel.get_by_role("status")).to_contain_text("angle = 50, length = 2.5")
    angle.focus()
    page.keyboard.press("ArrowRight")
    expect(angle).to_have_attribute("aria-valuetext", "75")
    expect(panel.get_by_role("status")).to_contain_text("angle = 75, length = 2.5: dot product 1.29")
    expect(panel.locator("img")).to_have_attribute("alt", panel.get_by_role("status").inner_text())
    assert panel.locator("img").get_attribute("src") != first
    assert panel.locator("img").evaluate("img => img.decode().then(() => img.naturalWidth)") > 300
    page.keyboard.press("Tab")
    expect(length).to_be_focused()
    page.keyboard.press("End")
    expect(angle).to_have_attribute("aria-valuetext", "50")
    expect(panel.get_by_role("status")).to_contain_text("angle = 50, length = 3.0")
    assert overhang(page) <= 0


def test_pictures_keep_their_shape_on_a_phone(opened):
    page = opened("notebooks/A2_maths", "phone")
    shape = """async (img) => {
        await img.decode();
        const frame = 2 * parseFloat(getComputedStyle(img).paddingTop);  // around pictures in the dark
        return (img.clientWidth - frame) / (img.clientHeight - frame) / (img.naturalWidth / img.naturalHeight);
    }"""
    pictures = page.locator("article img").all()
    assert len(pictures) > 3
    for picture in pictures:
        picture.scroll_into_view_if_needed()
        assert picture.evaluate(shape) == pytest.approx(1, abs=0.03)


def test_it_prints_unfolded_and_without_what_only_a_screen_needs(opened):
    page = opened("notebooks/04_attention")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    expect(page.locator(".bd-sidebar-primary")).to_be_hidden()
    expect(page.locator(".prev-next-footer")).to_be_hidden()
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details[open]").count() == 0


def overhang(page):
    """By how many pixels a page is wider than its window."""
    return page.evaluate("document.documentElement.scrollWidth - innerWidth")


def notebooks():
    """The names of the lessons' pages."""
    return [lesson.notebook.relative_to(ROOT).with_suffix("").as_posix() for lesson in find_lessons(ROOT)]


def weight(site, file):
    """Bytes of a page with every picture, script and style sheet of it, and the fonts of these."""
    text = file.read_text(encoding="utf-8")
    links = re.findall(r'<(?:script|img)[^>]* src="([^"?]+)|<link[^>]* href="([^"?]+\.css)', text)
    parts = {Path(os.path.normpath(file.parent / (source or sheet))) for source, sheet in links}
    parts |= set((site / "_static").rglob("fa-*.woff2"))
    return sum(part.stat().st_size for part in {file, *parts})
