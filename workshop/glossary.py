"""The glossary: `book/glossary.md`, each term once, with the section that teaches it; appendix A4 shows it in groups.

A term is a heading, a line that says what it means, and behind it in brackets the link to its section, which says the
term or another form of it with a link to the entry. The terms of a lesson that is only planned stand with its number
alone, such as `(Lesson 17)`.
"""

import os
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import nbformat

from lessons_lib.classroom.panels.bundle import anchor
from workshop import route
from workshop.audit.links import slug
from workshop.lessons import find_lessons

GROUPS = {  # by the lessons that teach them
    "Core ideas": ("00",),
    "Python and programming": ("A1", "A3"),
    "Tensors and maths": ("00b", "A2"),
    "Text and tokens": ("01", "02", "02b", "03", "D1", "D2", "D5"),
    "The model": ("04", "04b", "04c", "05", "06", "10", "11", "B1", "B2", "D3", "D4", "D7"),
    "Training and evaluation": ("00c", "08", "09", "09b", "11b", "12", "13", "13b", "14", "D6"),
    "Running and serving": ("07", "07b", "15", "16", "17", "18"),
    "What next": ("19",),
}
FORM = re.compile(r"(?P<meaning>\S.*) \((?:\[(?P<label>[^\]]+)\]\((?P<target>\S+)\)|(?P<planned>Lesson \w+))\)")
HEADING = re.compile(r"(#+) +(.*?) *")


@dataclass(frozen=True)
class Term:
    """A term of the glossary.

    Attributes:
        name: the term.
        meaning: what it means, in a sentence.
        lesson: the number of the lesson that teaches it.
        label: how the link to its section reads; nothing if the lesson is only planned.
        target: where the link leads, read from the glossary's folder.
    """

    name: str
    meaning: str
    lesson: str
    label: str = ""
    target: str = ""


def faults(root: Path) -> list[str]:
    """What is wrong with the glossary, one line each; whether its links lead somewhere is checked with all others.

    Args:
        root: the course's folder; one without a glossary has no faults.
    """
    written = {lesson.number: lesson.notebook for lesson in find_lessons(root)}
    found = [
        f"{title!r} needs one line, which ends in (Lesson 17) or in ([Lesson 04](a link))"
        for title, text in _entries(root)
        if not FORM.fullmatch(text)
    ]
    known, read = list(terms(root)), cache(_sections)
    count = Counter(term.name.casefold() for term in known)
    found += [f"{name!r} stands {times} times; keep one" for name, times in count.items() if times > 1]
    for term in known:
        of_the_plan = {planned.number for planned in route.PLAN}
        if not term.target and term.lesson in written:
            found.append(f"{term.name!r}: lesson {term.lesson} is written; link the section that teaches it")
        elif not term.target and term.lesson not in of_the_plan:
            found.append(f"{term.name!r}: no lesson {term.lesson} is planned")
        elif term.target and not re.search(rf"/{term.lesson}_[^/#]*#", term.target):
            found.append(f"{term.name!r}: link a section of lesson {term.lesson}, got {term.target}")
        elif term.target and not _is_said(term, read(root / "book" / unquote(term.target).partition("#")[0])):
            found.append(
                f"{term.name!r}: {unquote(term.target)} does not say it; say it there, or another form of it with a "
                f"link to glossary.md#{slug(term.name)}"
            )
        if not any(term.lesson in numbers for numbers in GROUPS.values()):
            found.append(f"{term.name!r}: GROUPS in workshop/glossary.py has no lesson {term.lesson}; add it")
    return [f"book/glossary.md: {fault}" for fault in found]


def terms(root: Path) -> Iterator[Term]:
    """The terms in the order of the file; entries of another form are left out."""
    for name, text in _entries(root):
        if match := FORM.fullmatch(text):
            lesson = (match["label"] or match["planned"]).rpartition(" ")[2]
            yield Term(name, match["meaning"], lesson, match["label"] or "", match["target"] or "")


def render(root: Path, folder: Path) -> str:
    """All terms in Markdown: a heading for each group, its terms in the order of the alphabet.

    Args:
        root: the course's folder.
        folder: where the text will stand; links are relative to it.
    """
    known = sorted(terms(root), key=lambda term: term.name.casefold())
    parts = []
    for title, lessons in GROUPS.items():
        lines = [
            f"- **{term.name}**: {term.meaning} ({_place(term, root, folder)})"
            for term in known
            if term.lesson in lessons
        ]
        parts.append("\n".join([f"### {title}", "", *lines]))
    return "\n\n".join(parts)


def _place(term: Term, root: Path, folder: Path) -> str:
    if not term.target:
        return route.coming(term.lesson, root, folder)
    place = PurePosixPath(os.path.relpath(root / "book" / term.target, folder).replace(os.sep, "/"))
    return f"[{term.label}]({place})"


def _is_said(term: Term, sections: Mapping[str, str]) -> bool:
    """Whether the section of a term says it or links it; that the section exists is checked with all other links."""
    lines = sections.get(unquote(term.target).partition("#")[2], "")
    name = r"[\W_]+".join(re.findall(r"[^\W_]+", term.name))
    said = re.search(rf"\b{name}(s|es|d|ed|ing)?\b", re.sub(r"\]\([^)]*\)", "]", lines), re.IGNORECASE)
    return not lines or bool(said) or f"glossary.md#{slug(term.name)})" in lines


def _sections(file: Path) -> dict[str, str]:
    """Text and code of a notebook below each of its headings, up to the next one that is as high, by anchor."""
    found: dict[str, str] = {}
    depths: dict[str, int] = {}
    for cell in nbformat.read(file, as_version=4).cells if file.exists() else ():
        prose = cell.cell_type == "markdown"
        for line in cell.source.splitlines():
            prose ^= line.startswith("```") and cell.cell_type == "markdown"
            if prose and (heading := HEADING.fullmatch(line)):
                depths = {place: depth for place, depth in depths.items() if depth < len(heading[1])}
                depths[anchor(heading[2])] = len(heading[1])
            found |= {place: f"{found.get(place, '')}\n{line}" for place in depths}
    return found


def _entries(root: Path) -> Iterator[tuple[str, str]]:
    """Each heading with the text below it."""
    file = root / "book/glossary.md"
    text = file.read_text(encoding="utf-8") if file.exists() else ""
    for part in text.split("\n## ")[1:]:
        title, _, below = part.partition("\n")
        yield title, below.strip()
