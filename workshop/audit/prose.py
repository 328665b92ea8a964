"""Takes Markdown apart into what a reader reads: text, code spans, headings, links, pictures, raw HTML."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from nbformat import NotebookNode


@dataclass(frozen=True)
class Span:
    """A piece of prose: `kind` is text, code, link, image or html; `target` is where a link leads."""

    kind: str
    text: str
    target: str = ""


def spans(notebook: NotebookNode) -> Iterator[tuple[int, Span]]:
    """All prose of a notebook, each piece with the number of its cell, from 1."""
    for number, cell in enumerate(notebook.cells, start=1):
        if cell.cell_type == "markdown":
            yield from ((number, span) for span in prose(cell.source))


def read_through(notebook: NotebookNode) -> Iterator[tuple[int, Span]]:
    """All prose but that of cells tagged `look-up`: lists of the course, which are searched and not read.

    Their words come from elsewhere, so names and numbers in them are not this notebook's.
    """
    yield from (
        (n, span) for n, span in spans(notebook) if "look-up" not in notebook.cells[n - 1].metadata.get("tags", ())
    )


@cache
def prose(text: str) -> tuple[Span, ...]:
    """The pieces of a Markdown text, without its code blocks."""
    return tuple(_pieces(text))


def _pieces(text: str) -> Iterator[Span]:
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
