"""The glossary's sentences, shown where a text links to a term."""

import re
from collections.abc import Iterable
from html import escape

from docutils.nodes import make_id

from workshop.glossary import Term

LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")
TO_A_TERM = re.compile(r'(<a class="reference internal" href="(?:[^"#]*/)?glossary\.html#([^"]+)")>')


def sentences(terms: Iterable[Term]) -> dict[str, str]:
    """What each term means, as plain text, by the id of its heading."""
    return {make_id(term.name): re.sub(r"[*`$]", "", LINK.sub(r"\1", term.meaning)) for term in terms}


def with_tips(html: str, known: dict[str, str]) -> str:
    """A page whose links to terms carry the terms' sentences, which the style sheet shows."""

    def tip(link: re.Match) -> str:
        return f'{link[1]} data-tip="{escape(known[link[2]])}">' if link[2] in known else link[0]

    return TO_A_TERM.sub(tip, html)
