"""Checks the links and pictures of a text: each leads to a file and a heading that exist; pictures are described."""

import os
import re
from collections.abc import Callable
from difflib import get_close_matches
from functools import cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlparse

import nbformat
from markdown_it import MarkdownIt
from nbformat import NotebookNode

from lessons_lib.classroom.panels.bundle import anchor
from workshop.audit import Fault, html
from workshop.audit.prose import Span, spans


def document(file: Path) -> NotebookNode | None:
    """What a link can lead to: a notebook, a Markdown file as a notebook, or an empty one; None where nothing is."""
    if not file.exists():
        return None
    if file.suffix == ".ipynb":
        return nbformat.read(file, as_version=4)
    text = file.read_text(encoding="utf-8") if file.suffix == ".md" else ""
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(text)])


def broken_links(
    notebook: NotebookNode, folder: Path, read: Callable[[Path], NotebookNode | None] = document
) -> list[Fault]:
    """Links and pictures that lead nowhere, links without https, and pictures without a description.

    Args:
        notebook: a notebook.
        folder: where the notebook lies; links are relative to it. Addresses on the web are not visited.
        read: gives what is at a place, as `document` does.
    """
    found = ((cell, _fault(span, notebook, folder, read)) for cell, span in spans(notebook))
    return [Fault(cell, text) for cell, text in found if text]


def anchors(notebook: NotebookNode) -> set[str]:
    """The places in a notebook, or in a Markdown file as a notebook, that a link can lead to."""
    cells = (cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    named = anchor if "kernelspec" in notebook.metadata else slug
    return set().union(*(_anchors_of_text(cell, named) for cell in cells))


def _fault(span: Span, notebook: NotebookNode, folder: Path, read: Callable[[Path], NotebookNode | None]) -> str:
    if span.kind == "image" and not span.text:
        return f"the picture {span.target} has no description; write one between the brackets"
    if span.kind == "html" and re.search(r"<script|<img(?![^>]*\balt=\"[^\"]+\")", span.text, re.IGNORECASE):
        return f"a script, or a picture without alt, in raw HTML: {span.text.strip()[:80]!r}; write Markdown instead"
    if span.kind == "html" and (lost := ", ".join(html.dropped(span.text))):
        return f"of raw HTML, GitHub drops {lost}; write Markdown instead"
    if span.kind not in ("link", "image"):
        return ""
    address = urlparse(span.target)
    if address.scheme or address.netloc:
        web = address.scheme == "https" and "." in address.netloc
        return "" if web else f"{span.target} is no https address; link to one, or to a file"
    file = Path(os.path.normpath(folder / unquote(address.path)))
    target = read(file) if address.path else notebook
    if target is None:
        return f"{span.target} leads to no file, read from {folder.name}/{_like(file.name, _names_in(file.parent))}"
    if address.fragment and unquote(address.fragment) not in (known := anchors(target)):
        return f"{span.target} leads to no heading{_like(address.fragment, known)}"
    return ""


def _like(name: str, known: set[str]) -> str:
    """A word on what may have been meant, or nothing."""
    found = get_close_matches(name, known, n=1)
    return f"; did you mean {found[0]}?" if found else ""


def _names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


@cache
def _anchors_of_text(text: str, named: Callable[[str], str]) -> frozenset[str]:
    blocks = MarkdownIt("commonmark").parse(text)
    titles = [after.content for block, after in pairwise(blocks) if block.type == "heading_open"]
    ids = re.findall(r"<\w+[^>]*\b(?:id|name)=[\"']([^\"']+)[\"']", text)
    return frozenset({named(title) for title in titles} | set(ids))


def slug(title: str) -> str:
    """The anchor that GitHub and the book give a heading of a Markdown file."""
    return re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-")
