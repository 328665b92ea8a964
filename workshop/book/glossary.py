"""The glossary's sentences, shown where a text links to a term."""

import re
from html import escape

from docutils.nodes import make_id

TERM = re.compile(r"^## (.+)\n(.+)", flags=re.MULTILINE)
LESSON = re.compile(r"\s*\(\[[^]]*\]\([^)]*\)\)$")
LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
TO_A_TERM = re.compile(r'(<a class="reference internal" href="(?:[^"#]*/)?glossary\.html#([^"]+)")>')


def sentences(text: str) -> dict[str, str]:
    """What the glossary says of each term, as plain text, by the id of the term's heading."""
    found = {make_id(name): LESSON.sub("", line) for name, line in TERM.findall(text)}
    return {term: re.sub(r"[*`$]", "", LINK.sub(r"\1", line)) for term, line in found.items()}


def with_tips(html: str, terms: dict[str, str]) -> str:
    """A page whose links to terms carry the terms' sentences, which the style sheet shows."""

    def tip(link: re.Match) -> str:
        return f'{link[1]} data-tip="{escape(terms[link[2]])}">' if link[2] in terms else link[0]

    return TO_A_TERM.sub(tip, html)
