"""A stored notebook as the book shows it: without what its own buttons and contents say, its pictures described."""

import json
import re
import struct
from base64 import b64decode
from collections.abc import Sequence
from html import escape, unescape
from urllib.parse import unquote

import nbformat
from docutils.nodes import make_id
from nbformat import NotebookNode

from workshop.audit.size import sets_up
from workshop.states import is_panel

BADGE = re.compile(r"^\[!\[Open in Colab\].*\n+", flags=re.MULTILINE)
ROUTE = re.compile(r"^The way: .*(\n.+)*\n*", flags=re.MULTILINE)
LINK = re.compile(r'href="#([^"]*)"')


def as_page(text: str, number: str = "", panels: Sequence[list[dict]] = ()) -> str:
    """A notebook's file with the changes of the book.

    Args:
        text: of a stored notebook, which has at most one picture a cell.
        number: of the lesson.
        panels: the states of its panels; see `workshop.states`.
    """
    states = iter(panels)
    notebook = nbformat.reads(text, as_version=4)
    notebook.cells[0].source = ROUTE.sub("", BADGE.sub("", notebook.cells[0].source))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            if sets_up(cell):
                cell.metadata.tags = [*cell.metadata.get("tags", ()), "hide-input"]
            for output in cell.outputs:
                _describe(cell, output)
            if is_panel(cell) and (panel := next(states, [])):
                cell.outputs.append(_sliders(number, panel))
    return nbformat.writes(notebook)


def _sliders(number: str, panel: list[dict]) -> NotebookNode:
    """What `panels.js` makes sliders of; it finds the drawing above it."""
    data = f'data-lesson="{number}" data-states="{escape(json.dumps(panel))}"'
    return nbformat.v4.new_output("display_data", data={"text/html": f'<div class="panel" {data}></div>'})


def _describe(cell: NotebookNode, output: NotebookNode) -> None:
    """Hand a picture's description to myst-nb, and let links in HTML lead where docutils puts the headings."""
    if about := output.get("metadata", {}).get("image/png"):
        width, height = struct.unpack(">II", b64decode(output.data["image/png"])[16:24])  # pixels
        shown = about["width"] * height / width  # so that pictures that load later move nothing
        cell.metadata.mystnb = {"image": {"alt": about["alt"], "height": str(round(shown))}}
    if html := output.get("data", {}).get("text/html"):
        output.data["text/html"] = LINK.sub(lambda link: f'href="#{make_id(unquote(unescape(link[1])))}"', html)
