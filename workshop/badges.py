"""Badges: pictures that lead to what a place on the web does with the repository; none while that has no address."""

from workshop.source import release, repository


def tests() -> str:
    """Whether the tests of the main branch pass, in Markdown."""
    page = f"{repository()}/actions/workflows/tests.yml"
    return _badge("Tests", f"{page}/badge.svg", page)


def colab(notebook: str) -> str:
    """The button that opens a notebook of this release on Colab, in Markdown.

    Args:
        notebook: its place in the repository.
    """
    place = f"https://colab.research.google.com/github/{_name()}/blob/{release()}/{notebook}"
    return _badge("Open in Colab", "https://colab.research.google.com/assets/colab-badge.svg", place)


def binder(notebook: str) -> str:
    """The button that opens a notebook of this release on Binder, in Markdown.

    Args:
        notebook: its place in the repository.
    """
    place = f"https://mybinder.org/v2/gh/{_name()}/{release()}?labpath={notebook}"
    return _badge("Launch Binder", "https://mybinder.org/badge_logo.svg", place)


def _badge(words: str, picture: str, place: str) -> str:
    return f"[![{words}]({picture})]({place})" if repository() else ""


def _name() -> str:
    return repository().removeprefix("https://github.com/")
