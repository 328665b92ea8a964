"""The questions to look back with: `notebooks/questions.toml`, by topic, each with its answer and its section.

Appendix A4 shows them, each answer folded. A question that a lesson asks by `say` is named by its id alone, so that its
words stand in one place. The questions of a lesson that is only planned have its number and no section.
"""

import os
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from lessons_lib.classroom.panels.bundle import anchor, html
from lessons_lib.classroom.words import InYourWords
from workshop import route
from workshop.lessons import find_lessons

FILE = "notebooks/questions.toml"
OF_A_LESSON, OWN = {"words"}, {"question", "answer", "lesson"}  # the keys of the two kinds; OWN may have a section


@dataclass(frozen=True)
class Asked:
    """A question with its answer.

    Attributes:
        topic: what it is about.
        question: with names in backticks.
        answer: in one to four sentences.
        lesson: the number of the lesson whose matter it is.
        section: the heading under which the answer stands; nothing if the lesson is only planned.
    """

    topic: str
    question: str
    answer: str
    lesson: str
    section: str = ""


def faults(root: Path) -> list[str]:
    """What is wrong with the questions, one line each; their links are checked where they are shown.

    Args:
        root: the course's folder; one without questions has no faults.
    """
    words, found = _words(root), []
    for topic, entry in _entries(root):
        keys = set(entry)
        if keys == OF_A_LESSON:
            if entry["words"] not in words:
                found.append(f"{topic}: no lesson asks {entry['words']!r} in one's own words")
        elif keys - {"section"} != OWN or not all(entry.values()):
            found.append(f"{topic}: a question needs words alone, or question, answer, lesson, section; got {entry}")
    if found:
        return [f"{FILE}: {fault}" for fault in found]
    known, written = list(questions(root)), {lesson.number for lesson in find_lessons(root)}
    planned = {lesson.number for lesson in route.PLAN}
    count = Counter(each.question for each in known)
    found += [f"{question!r} stands {times} times; keep one" for question, times in count.items() if times > 1]
    for each in known:
        if each.lesson not in written | planned:
            found.append(f"{each.question!r}: no lesson {each.lesson} is written or planned")
        elif each.section and each.lesson not in written:
            found.append(f"{each.question!r}: lesson {each.lesson} is not written yet, so it has no section")
        elif not each.section and each.lesson in written:
            found.append(f"{each.question!r}: lesson {each.lesson} is written; name the section with the answer")
    return [f"{FILE}: {fault}" for fault in found]


def questions(root: Path) -> Iterator[Asked]:
    """The questions in the order of the file.

    Raises:
        KeyError: if an entry lacks what it needs; see `faults`.
    """
    words = _words(root)
    for topic, entry in _entries(root):
        if "words" in entry:
            lesson, asked = words[entry["words"]]
            yield Asked(topic, asked.question, asked.answer, lesson, asked.section)
        else:
            yield Asked(topic, **entry)


def render(root: Path, folder: Path) -> str:
    """All questions in Markdown: a heading for each topic, each answer folded, with a link to its section.

    Args:
        root: the course's folder.
        folder: where the text will stand; links are relative to it.
    """
    parts, topic = [], ""
    for each in questions(root):
        if each.topic != topic:
            topic = each.topic
            parts.append(f"### {topic}")
        answer = f"{_markdown(each.answer)} ({_place(each, root, folder)})"
        parts.append(f"<details><summary>{html(each.question)}</summary>\n\n{answer}\n\n</details>")
    return "\n\n".join(parts)


def _place(each: Asked, root: Path, folder: Path) -> str:
    if not each.section:
        return route.coming(each.lesson, root, folder)
    notebook = next(lesson.notebook for lesson in find_lessons(root) if lesson.number == each.lesson)
    place = os.path.relpath(notebook, folder).replace(os.sep, "/")
    return f"[{each.lesson}: {_markdown(each.section)}]({place}#{anchor(each.section)})"


def _markdown(text: str) -> str:
    """Plain text with `names in backticks` as Markdown that shows it as it is."""
    parts = re.split(r"(`[^`]*`)", text)
    return "".join(part if part.startswith("`") else re.sub(r"([\\*_<\[\]$])", r"\\\1", part) for part in parts)


def _entries(root: Path) -> Iterator[tuple[str, dict[str, str]]]:
    """Each entry of the file with its topic."""
    file = root / FILE
    for topic in tomllib.loads(file.read_text(encoding="utf-8"))["topic"] if file.exists() else ():
        yield from ((topic["title"], entry) for entry in topic["ask"])


def _words(root: Path) -> dict[str, tuple[str, InYourWords]]:
    """What the lessons ask in one's own words, by id, each with its lesson's number."""
    return {each.id: (lesson.number, each) for lesson in find_lessons(root) for each in lesson.words}
