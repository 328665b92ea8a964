"""Checks HTML by what GitHub keeps of it: no script, no style, and only the elements and attributes that it lists.

What must be understood without its style is understood by a screen reader, too.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

# What lessons may need of what GitHub lists: https://github.com/gjtorikian/html-pipeline, its sanitization_filter.
ELEMENTS = {"h1", "h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "div", "span", "blockquote", "pre", "a", "img"}
ELEMENTS |= {"b", "i", "strong", "em", "code", "kbd", "samp", "var", "sub", "sup", "del", "ins", "mark", "small"}
ELEMENTS |= {"ol", "ul", "li", "dl", "dt", "dd", "table", "caption", "thead", "tbody", "tfoot", "tr", "th", "td"}
ELEMENTS |= {"details", "summary", "figure", "figcaption"}
ATTRIBUTES = {"alt", "title", "lang", "id", "width", "height", "start", "open", "scope", "rowspan", "colspan"}
ATTRIBUTES |= {"role", "tabindex", "aria-label"}
OF_ONE = {("a", "href"), ("img", "src")}
HIDES = re.compile(r"display: *none|visibility|content:|opacity")
SPACES = re.compile(r"\n|  ")


def dropped(html: str) -> Iterator[str]:
    """What GitHub drops of a piece of HTML, and what can't be told without the styles that it drops.

    Args:
        html: elements, which need not be closed.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    yield from dict.fromkeys(reader.dropped)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.dropped: list[str] = []
        self._spaced: list[str] = []  # the open elements in which a style keeps spaces and lines

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag not in ELEMENTS:
            self.dropped.append(f"<{tag}>")
        for name, value in attributes:
            if name == "style":
                if HIDES.search(value or ""):
                    self.dropped.append(f"what style={value!r} says")
                if "white-space: pre" in (value or ""):
                    self._spaced.append(tag)
            elif name not in ATTRIBUTES and (tag, name) not in OF_ONE:
                self.dropped.append(f"{name}= of <{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._spaced:
            self._spaced.remove(tag)

    def handle_data(self, data: str) -> None:
        if self._spaced and SPACES.search(data.strip("\n")):
            self.dropped.append("the line breaks and spaces of a style; write <br> and &nbsp;")
