"""What a cell with widgets hands to a notebook: the live panel, and text and HTML for readers without a kernel.

Panels are plain objects that hold widgets; `Explorer` says why they are no widgets themselves.
"""

import re
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ipywidgets import Widget


def bundle(panel: "Widget", text: str, html: str | None = None) -> dict[str, object]:
    """A panel with its static forms, as `_repr_mimebundle_` gives them; without HTML, the text serves for both."""
    view = {"version_major": 2, "version_minor": 0, "model_id": panel.model_id}
    static = {"text/plain": text} if html is None else {"text/plain": text, "text/html": html}
    return static | {"application/vnd.jupyter.widget-view+json": view}


def html(text: str) -> str:
    """Plain text as HTML, with `names in backticks` as code; code of several lines is a block, also without styles."""

    def block(code: re.Match) -> str:
        lines = code[1].replace("\n", "<br>").replace("  ", "&nbsp; ")
        return f'<code style="display: block">{lines}</code>'

    several = re.sub(r"`([^`\n]+\n[^`]*)`", block, escape(text))
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", several)


def anchor(heading: str) -> str:
    """Where a link to a heading of a notebook leads, in JupyterLab and on pages that nbconvert makes."""
    return re.sub(r"[*`]", "", heading).strip().replace(" ", "-")


def status(*lines: str) -> str:
    """Lines of plain text, as HTML that a screen reader says when it changes; empty lines are left out."""
    return f'<div role="status">{"<br>".join(html(line) for line in lines if line)}</div>'
