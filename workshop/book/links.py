"""Links that leave the book: to README, which is its first page, and to files of the repository that are no pages."""

from docutils import nodes
from sphinx.addnodes import pending_xref

from workshop.lessons import ROOT
from workshop.source import release, repository


def mend(doctree: nodes.document) -> None:
    """Let each link lead where it can: into the book, to the repository, or nowhere while that has no address.

    A link to nothing is left for Sphinx to complain about.

    Args:
        doctree: a page on which each link to another page is known as one.
    """
    address = repository()
    for link in list(doctree.findall(pending_xref)):
        if link["reftype"] != "myst" or link["refdomain"] == "doc":
            continue
        path, _, place = link["reftarget"].partition("#")
        file = ((ROOT / link["refdoc"]).parent / path).resolve()
        if not (path and file.exists()):
            continue
        if file == ROOT / "README.md":
            link["refdomain"], link["reftarget"], link["reftargetid"] = "doc", "index", place or None
        elif address:
            target = f"{address}/blob/{release()}/{file.relative_to(ROOT).as_posix()}"
            link.replace_self(nodes.reference("", "", *link.children, refuri=target))
        else:
            link.replace_self(link.children)
