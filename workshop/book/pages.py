"""Gathers the book's pages in a folder: README as the first page, the lessons, glossary, licences, the library."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

from lessons_lib import assets
from workshop.book import library, licences
from workshop.lessons import ROOT, Lesson
from workshop.route import COURSE

BADGE = re.compile(r"^\[!\[.*\n", flags=re.MULTILINE)


def gather(folder: Path, lessons: Sequence[Lesson], with_library: bool) -> None:
    """Write the pages as Sphinx reads them, each where the repository has it, so that links between them hold.

    Args:
        folder: is made.
        lessons: those of the book.
        with_library: whether the library's pages are written too, for which its modules are imported.
    """
    for lesson in lessons:
        _copy(lesson.notebook, folder)
    _copy(ROOT / "book/glossary.md", folder)
    (folder / "book/licences.md").write_text(licences.page(assets.available()), encoding="utf-8")
    shutil.copytree(ROOT / "assets", folder / "assets", ignore=shutil.ignore_patterns("*.md"))
    library_pages = library.write(folder) if with_library else []
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    contents = [_contents(name, _names(group, lessons)) for name, group in COURSE.items()]
    known = {planned.number for group in COURSE.values() for planned in group}
    deeper = [_name(lesson) for lesson in lessons if lesson.number not in known]
    contents += [_contents("deeper", deeper), _contents("help", ["book/glossary", "book/licences"])]
    contents.append(_contents("the library", library_pages))
    (folder / "index.md").write_text(BADGE.sub("", readme) + "".join(contents), encoding="utf-8")


def _copy(file: Path, folder: Path) -> None:
    place = folder / file.relative_to(ROOT)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, place)


def _names(group, lessons: Sequence[Lesson]) -> list[str]:
    by_number = {lesson.number: lesson for lesson in lessons}
    return [_name(by_number[planned.number]) for planned in group if planned.number in by_number]


def _name(lesson: Lesson) -> str:
    """What Sphinx calls a lesson's page."""
    return lesson.notebook.relative_to(ROOT).with_suffix("").as_posix()


def _contents(title: str, names: Sequence[str]) -> str:
    """A part of the book's contents for the side of each page; nothing where it would be empty."""
    if not names:
        return ""
    return "\n".join(["\n```{toctree}", ":hidden:", f":caption: {title.capitalize()}", "", *names, "```", ""])
