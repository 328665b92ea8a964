"""Two lessons as pages of the web book, compared with their notebooks."""

import json
import re
from contextlib import contextmanager
from html import escape
from urllib.parse import unquote

import nbformat
import pytest
from bs4 import BeautifulSoup

from workshop import source, states
from workshop.audit.size import sets_up
from workshop.book import build, pages
from workshop.lessons import ROOT, find_lessons

NUMBERS = ["02", "04"]
pytestmark = pytest.mark.filterwarnings("ignore:.*Check CHANGES for Sphinx API")  # what Sphinx tells its extensions
LESSONS = {lesson.number: lesson for lesson in find_lessons(ROOT, NUMBERS)}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book") / "site"
    with published_at(""):  # as long as nobody has
        assert build.build(folder, NUMBERS)
    return folder


@contextmanager
def published_at(address):
    """While it lasts, the repository has another address, or none."""
    project = source.project()
    project["urls"]["Repository"] = address
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "project", lambda: project)
        yield


def read(site, name):
    return BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser")


def lesson_page(site, number):
    return read(site, LESSONS[number].notebook.relative_to(ROOT).with_suffix(".html")).article


def cells(number, kind):
    notebook = nbformat.read(LESSONS[number].notebook, as_version=4)
    return [cell for cell in notebook.cells if cell.cell_type == kind]


def outputs(number):
    return [output for cell in cells(number, "code") for output in cell.outputs]


@pytest.mark.parametrize("number", NUMBERS)
def test_each_picture_has_the_description_of_its_notebook(site, number):
    stored = [about["image/png"]["alt"] for output in outputs(number) if (about := output.get("metadata"))]
    shown = lesson_page(site, number).find_all("img")
    assert len(stored) > 3
    assert [picture["alt"] for picture in shown] == stored
    for picture in shown:
        assert picture["loading"] == "lazy"
        assert int(picture["width"]) > 0 < int(picture["height"])


@pytest.mark.parametrize("number", NUMBERS)
def test_what_only_draws_or_sets_up_is_folded_and_the_rest_is_not(site, number):
    folded = [c for c in cells(number, "code") if "hide-input" in c.metadata.get("tags", ()) or sets_up(c)]
    page = lesson_page(site, number)
    assert len(page.select("details.hide.above-input")) == len(folded) < len(page.select("div.cell_input"))


@pytest.mark.parametrize("number", NUMBERS)
def test_answers_unfold_without_a_script(site, number):
    stored = sum(output.get("data", {}).get("text/html", "").count("<details") for output in outputs(number))
    page = lesson_page(site, number)
    assert len(page.select("div.cell_output details > summary")) == stored > 5
    assert not page.find_all("script")


def test_a_panel_carries_its_states_and_the_notebooks_picture_stands_where_none_is_moved(tmp_path):
    [lesson] = find_lessons(ROOT, ["A2"])
    site = tmp_path / "site"
    assert build.build(site, ["A2"])
    article = read(site, lesson.notebook.relative_to(ROOT).with_suffix(".html")).article
    [panel] = article.select("div.cell_output div.panel")
    [kept] = states.kept(lesson, ROOT)
    assert json.loads(panel["data-states"]) == kept
    picture = panel.find_parent(class_="cell_output").img
    assert {control["states"][control["start"]]["text"] for control in kept} == {picture["alt"]}
    folder = site / "_static/panels" / panel["data-lesson"]
    assert {state["picture"] for control in kept for state in control["states"]} == {f.name for f in folder.iterdir()}
    assert not article.find_all("script")


def test_formulas_are_mathml_that_says_its_latex(site):
    text = "\n".join(re.sub(r"(?s)```.*?```|`[^`\n]*`", "", cell.source) for cell in cells("04", "markdown"))
    blocks = re.findall(r"(?s)\$\$(.*?)\$\$", text)
    formulas = re.findall(r"\$([^$\n]+)\$", re.sub(r"(?s)\$\$.*?\$\$", "", text))
    page = lesson_page(site, "04")
    shown = {kind: [m["alttext"] for m in page.find_all("math", display=kind)] for kind in ("inline", "block")}
    assert shown["block"] == [block.strip() for block in blocks]
    assert shown["inline"] == formulas
    assert "$" not in "".join(paragraph.get_text() for paragraph in page.select("section > p"))
    assert page.find("math", alttext=blocks[0].strip()).find("mi")


def test_every_link_and_file_of_every_page_is_there(site):
    found = 0
    for file in sorted(site.rglob("*.html")):
        page = BeautifulSoup(file.read_text(encoding="utf-8"), "html.parser")
        for node in page.find_all(["a", "link", "script", "img"]):
            address = node.get("href") or node.get("src") or ""
            if node.name == "a" and address.startswith(("https:", "mailto:")):
                continue
            path, _, place = address.partition("#")
            target = file.parent / unquote(path.partition("?")[0]) if path else file
            assert target.is_file(), f"{file.name}: {address}"
            if place and target.suffix == ".html":
                assert f'id="{escape(unquote(place))}"' in target.read_text(encoding="utf-8"), f"{file.name}: {address}"
                found += 1
    assert found > 100


def test_links_to_terms_show_the_glossary(site):
    sections = read(site, "book/glossary.html").select("section section")
    terms = {section["id"]: section.p.get_text() for section in sections}
    tips = lesson_page(site, "04").select("a[data-tip]")
    assert len(tips) == len(lesson_page(site, "04").select('a[href*="glossary.html#"]')) > 5
    for link in tips:
        told = terms[link["href"].partition("#")[2]]
        assert re.sub(r"\W", "", told).startswith(re.sub(r"\W", "", link["data-tip"]))


def test_a_link_to_what_is_no_page_stays_text_until_the_repository_has_an_address(site):
    licence = read(site, "index.html").find(id="licence").p
    assert "MIT" in licence.get_text()
    assert not licence.find_all("a")


def test_the_notebook_is_downloaded_as_it_is(site):
    for lesson in LESSONS.values():
        place = lesson.notebook.relative_to(ROOT)
        assert (site / "_sources" / place).read_bytes() == lesson.notebook.read_bytes()
        page = read(site, place.with_suffix(".html"))
        assert page.select_one(f'a[href$="_sources/{place.as_posix()}"]')


def test_the_contents_and_the_buttons_stand_where_the_notebook_has_its_own(site):
    page = read(site, "notebooks/04_attention.html")
    assert "The way:" not in page.article.get_text()
    assert "you are here" not in page.article.get_text()
    assert not page.select('a[href*="colab"], a[href*="mybinder"]')  # while there is nothing to open there
    assert page.select_one("a.left-prev")["href"] == "02_bpe_tokenizer.html"
    assert page.select_one('nav a[href="02_bpe_tokenizer.html"]')


def test_with_an_address_links_and_buttons_lead_to_the_release(tmp_path):
    with published_at("https://github.com/ada/made-up"):
        assert build.build(tmp_path / "site", ["02"])
    release = source.release()
    page = read(tmp_path / "site", "notebooks/02_bpe_tokenizer.html")
    place = f"{release}/notebooks/02_bpe_tokenizer.ipynb"
    colab, binder = (page.select_one(f'a[href^="{host}"]')["href"] for host in ("https://colab.", "https://mybinder."))
    assert colab == f"https://colab.research.google.com/github/ada/made-up/blob/{place}"
    assert binder.startswith(f"https://mybinder.org/v2/gh/ada/made-up/{release}?")
    licence = read(tmp_path / "site", "index.html").find(id="licence").p
    assert licence.a["href"] == f"https://github.com/ada/made-up/blob/{release}/LICENSE"


def test_a_warning_fails_and_leaves_the_old_site(tmp_path, monkeypatch, capfd):
    site, gather = tmp_path / "site", pages.gather
    site.mkdir()
    (site / "index.html").write_text("old", encoding="utf-8")

    def with_a_broken_link(folder, lessons, **more):
        gather(folder, lessons, **more)
        (folder / "index.md").write_text("# Book\n\n[nowhere](nowhere.md)\n", encoding="utf-8")

    monkeypatch.setattr(pages, "gather", with_a_broken_link)
    assert not build.build(site, ["02"])
    assert "nowhere.md" in capfd.readouterr().err
    assert (site / "index.html").read_text(encoding="utf-8") == "old"


def test_an_unknown_lesson_is_refused():
    with pytest.raises(ValueError, match="lesson: got 99"):
        build.build(ROOT / "nowhere", ["99"])
