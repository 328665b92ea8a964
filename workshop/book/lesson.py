"""A stored notebook as the book shows it: without what its own buttons and contents say, its pictures described."""

import re
import struct
from base64 import b64decode
from html import unescape
from urllib.parse import unquote

import nbformat
from docutils.nodes import make_id
from nbformat import NotebookNode

from workshop.audit.size import sets_up

BADGE = re.compile(r"^\[!\[Open in Colab\].*\n+", flags=re.MULTILINE)
ROUTE = re.compile(r"^The way: .*(\n.+)*\n*", flags=re.MULTILINE)
LINK = re.compile(r'href="#([^"]*)"')


def as_page(text: str) -> str:
    """A notebook's file with the changes of the book.

    Args:
        text: of a stored notebook, which has at most one picture a cell.
    """
    notebook = nbformat.reads(text, as_version=4)
    notebook.cells[0].source = ROUTE.sub("", BADGE.sub("", notebook.cells[0].source))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if sets_up(cell):
                cell.metadata.tags = [*cell.metadata.get("tags", ()), "hide-input"]
            for output in cell.outputs:
                _describe(cell, output)
    return nbformat.writes(notebook)


def _describe(cell: NotebookNode, output: NotebookNode) -> None:
    """Hand a picture's description to myst-nb, and let links in HTML lead where docutils puts the headings."""
    if about := output.get("metadata", {}).get("image/png"):
        width, height = struct.unpack(">II", b64decode(output.data["image/png"])[16:24])  # pixels
        shown = about["width"] * height / width  # so that pictures that load later move nothing
        cell.metadata.mystnb = {"image": {"alt": about["alt"], "height": str(round(shown))}}
    if html := output.get("data", {}).get("text/html"):
        output.data["text/html"] = LINK.sub(lambda link: f'href="#{make_id(unquote(unescape(link[1])))}"', html)
