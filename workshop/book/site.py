"""What the book does while Sphinx works: one function for each of Sphinx's events."""

from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from workshop import glossary, states
from workshop.audit.links import slug
from workshop.book import lesson, library, links, mathematics, tips
from workshop.lessons import ROOT, find_lessons


def connect(app: Sphinx) -> None:
    """Connect the functions to their events."""
    mathematics.connect(app)
    app.connect("source-read", read)
    app.connect("doctree-read", mend)
    app.connect("autodoc-process-docstring", read_docstring)
    app.connect("autodoc-process-signature", read_signature)
    app.connect("autodoc-skip-member", leave_out)
    app.connect("html-page-context", add_tips)


def read(app: Sphinx, page: str, source: list[str]) -> None:
    """Change a notebook before it is parsed; its file, which can be downloaded, stays as it is."""
    if Path(app.env.doc2path(page)).suffix == ".ipynb":
        [written] = [each for each in find_lessons(ROOT) if each.notebook == ROOT / f"{page}.ipynb"]
        source[0] = lesson.as_page(source[0], written.number, states.kept(written, ROOT))


def read_docstring(app: Sphinx, kind: str, name: str, member: object, options: object, lines: list[str]) -> None:
    """Change a docstring, which is nearly Markdown, before it is parsed as reStructuredText."""
    lines[:] = map(library.literal, lines)


def read_signature(
    app: Sphinx, kind: str, name: str, member: object, options: object, signature: str | None, returned: str | None
) -> tuple[str, str | None] | None:
    """Change a signature before it is parsed as Python; None leaves it as it is."""
    return (library.readable(signature), returned) if signature else None


def leave_out(app: Sphinx, kind: str, name: str, member: object, skip: bool, options: object) -> bool | None:
    """Leave out members of which nobody said anything; None leaves the choice to Sphinx."""
    return None if library.is_told(getattr(member, "__doc__", None) or "") else True


def mend(app: Sphinx, doctree: nodes.document) -> None:
    """Load pictures when they come into view, drop empty heads of tables, and know headings as GitHub names them."""
    for picture in doctree.findall(nodes.image):
        picture["loading"] = "lazy"
    for head in list(doctree.findall(nodes.thead)):
        if not head.astext().strip():
            head.parent.remove(head)
    slugs = app.env.metadata[app.env.docname].get("myst_slugs", {})
    slugs |= {slug(title): (line, section, title) for line, section, title in slugs.values()}
    links.mend(doctree)


def add_tips(app: Sphinx, page: str, template: str, context: dict, doctree: nodes.document | None) -> None:
    """Let links to the glossary show its sentences."""
    if "body" in context and page != "book/glossary":
        context["body"] = tips.with_tips(context["body"], _sentences())


@cache
def _sentences() -> dict[str, str]:
    """The glossary is read once, for all pages."""
    return tips.sentences(glossary.terms(ROOT))
