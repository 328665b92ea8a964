"""The book's page of licences: what of others the course fetches, and under which terms each may be used."""

from collections.abc import Iterable

from lessons_lib.assets import Asset

HEAD = """# Licences of models and data

The course's code is MIT and its text CC BY 4.0. What it fetches keeps the licence that its makers gave it, whatever the
licence of the package in which it comes. Of it, the library itself holds only the GloVe vectors of 20,000 words.

| what | licence | in the package | MB |
|---|---|---|---|
"""


def page(assets: Iterable[Asset]) -> str:
    """The page in Markdown, a row for each asset.

    Args:
        assets: those that the library knows.
    """
    rows = (f"| {each.title} | {each.licence} | `{each.wheel}` | {each.size / 1e6:.1f} |\n" for each in assets)
    return HEAD + "".join(rows)
