"""Checks a lesson's text: its numbers stand in its outputs and its links lead somewhere.

Each check takes a notebook and returns its faults, one line each. `names` checks the names that the text uses.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlparse

import nbformat
from markdown_it import MarkdownIt
from nbformat import NotebookNode

# Not part of a word such as smollm2-135m or x86, nor the rest of a longer number.
NUMBER = re.compile(r"(?<![\w.])(?<!\w-)(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?")


@dataclass(frozen=True)
class Span:
    """A piece of prose: `kind` is text, code, heading, link, image or html; `target` is where a link leads."""

    kind: str
    text: str
    target: str = ""


def prose(text: str) -> Iterator[Span]:
    """The pieces of a Markdown text, without its code blocks."""
    for block in MarkdownIt("commonmark").enable("table").parse(text):
        if block.type == "html_block":
            yield Span("html", block.content)
        if block.type == "inline":
            yield from _inline(block.children)


def _inline(tokens: list) -> Iterator[Span]:
    target = ""
    for token in tokens:
        if token.type == "link_open":
            target = token.attrs["href"]
            yield Span("link", "", target)
        elif token.type == "link_close":
            target = ""
        elif token.type == "image":
            yield Span("image", token.content, token.attrs["src"])
        elif token.type in ("text", "code_inline", "html_inline"):
            kind = {"text": "text", "code_inline": "code", "html_inline": "html"}[token.type]
            yield Span(kind, token.content, target)


def markdown(notebook: NotebookNode) -> list[Span]:
    """All prose of a notebook."""
    return [span for cell in notebook.cells if cell.cell_type == "markdown" for span in prose(cell.source)]


# Numbers


def unsupported_numbers(notebook: NotebookNode, cited: set[Decimal]) -> list[str]:
    """Numbers in the prose with three or more significant digits that no output shows and no source backs.

    A number in the text of a web link is backed by that link. The descriptions of figures are prose: an author writes
    them, and they must not back a number in the text.

    Args:
        notebook: A notebook with its outputs.
        cited: Numbers whose source is on record; see `cited_numbers`.
    """
    shown = cited.union(*(numbers(text) for text in output_texts(notebook)))
    return [
        f"{number} stands in the text but in no output: {span.text.strip()[:80]!r}"
        for span in (*markdown(notebook), *(Span("text", text) for text in descriptions(notebook)))
        if not span.target.startswith("https:")
        for number in sorted(numbers(_without_tags(span.text)) - shown)
        if significant_digits(number) >= 3
    ]


def cited_numbers(file: Path) -> set[Decimal]:
    """The numbers of a table of cited facts, `[[fact]]` with `value` and `source`.

    Raises:
        ValueError: If a fact lacks its value or its source.
    """
    cited = set()
    for fact in tomllib.loads(file.read_text(encoding="utf-8")).get("fact", []):
        found = numbers(str(fact.get("value", "")))
        if not found or not fact.get("source"):
            raise ValueError(f"{file.name}: a fact needs a value with a number and a source, got {fact}")
        cited |= found
    return cited


def numbers(text: str) -> set[Decimal]:
    """The numbers in a text, without their signs: `"10,000 and -0.50"` gives 10000 and 0.50."""
    return {Decimal(whole.replace(",", "") + (part or "")) for whole, part in NUMBER.findall(text)}


def significant_digits(number: Decimal) -> int:
    """How many digits say something: 3 for 0.150 and for 413, 1 for 10000 (a round number)."""
    digits = "".join(map(str, number.as_tuple().digits)).lstrip("0")
    return len(digits) if number.as_tuple().exponent < 0 else len(digits.rstrip("0"))


def descriptions(notebook: NotebookNode) -> Iterator[str]:
    """What `show` was given as the description of each figure; a panel's text is computed and does not count."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if output.output_type == "display_data" and "image/png" in output.data:
                yield output.data.get("text/plain", "")


def output_texts(notebook: NotebookNode) -> Iterator[str]:
    """Every text that the stored outputs show, but for the descriptions of figures."""
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield output.get("text", "")
            if output.output_type == "display_data" and "image/png" in output.data:
                continue
            for kind, data in output.get("data", {}).items():
                if kind.startswith("text/"):
                    yield _without_tags(data)


def _without_tags(text: str) -> str:
    return re.sub(r"<[^>]*>", " ", text)


# Links


def broken_links(notebook: NotebookNode, folder: Path) -> list[str]:
    """Links and pictures that lead nowhere, links without https, and pictures without a description.

    Args:
        notebook: A notebook.
        folder: Where the notebook lies; links are relative to it. Addresses on the web are not visited.
    """
    spans = markdown(notebook)
    faults = [
        f"the picture {span.target} has no description" for span in spans if span.kind == "image" and not span.text
    ]
    faults += [
        f"a script or a picture without a description in raw HTML: {span.text.strip()[:80]!r}"
        for span in spans
        if span.kind == "html" and re.search(r"<script|<img(?![^>]*\balt=\"[^\"]+\")", span.text, re.IGNORECASE)
    ]
    for span in spans:
        if span.kind not in ("link", "image"):
            continue
        address = urlparse(span.target)
        if address.scheme or address.netloc:
            if address.scheme != "https" or "." not in address.netloc:
                faults.append(f"{span.target} is no https address")
            continue
        file = folder / address.path
        if address.path and not file.exists():
            faults.append(f"{span.target} leads to no file")
        elif address.fragment and address.fragment not in anchors(file if address.path else notebook):
            faults.append(f"{span.target} leads to no heading")
    return faults


def anchors(source: Path | NotebookNode) -> set[str]:
    """The places that a link can lead to in a Markdown file or a notebook."""
    if isinstance(source, Path):
        source = (
            nbformat.read(source, as_version=4)
            if source.suffix == ".ipynb"
            else nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(source.read_text(encoding="utf-8"))])
        )
    found = set()
    for cell in source.cells:
        if cell.cell_type == "markdown":
            blocks = MarkdownIt("commonmark").parse(cell.source)
            titles = [after.content for block, after in pairwise(blocks) if block.type == "heading_open"]
            found |= {_slug(title) for title in titles}
            found |= set(re.findall(r"<\w+[^>]*\b(?:id|name)=\"([^\"]+)\"", cell.source))
    return found


def _slug(title: str) -> str:
    """The anchor that GitHub and the book give a heading."""
    return re.sub(r"[^\w\- ]", "", title).strip().lower().replace(" ", "-")
