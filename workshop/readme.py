"""Checks README's table of the lessons: it links every notebook, under its number and its title."""

import re
from pathlib import Path

from workshop.lessons import find_lessons

ROW = re.compile(r"^\| (\w+) \| \[([^]]+)\]\(notebooks/([\w/.-]+)\) \|", flags=re.MULTILINE)


def faults(root: Path) -> list[str]:
    """What README says differently from the notebooks, one line each."""
    file = root / "README.md"
    rows = ROW.findall(file.read_text(encoding="utf-8")) if file.exists() else []
    stored = {
        lesson.notebook.relative_to(root / "notebooks").as_posix(): lesson
        for lesson in find_lessons(root)
        if lesson.notebook.exists()
    }
    linked = [path for _, _, path in rows]
    found = [f"links notebooks/{path}, which is not there; take the link away" for path in linked if path not in stored]
    for path, lesson in stored.items():
        title = lesson.title
        if linked.count(path) != 1:
            row = f"| {lesson.number} | [{title}](notebooks/{path}) | its question |"
            found.append(f"has {linked.count(path)} rows for notebooks/{path}; write one: {row}")
        for number, name, _ in (row for row in rows if row[2] == path):
            if (number, name) != (lesson.number, title):
                calls = f"calls notebooks/{path} {number} {name}, its head {lesson.number} {title}"
                found.append(f"{calls}; make them the same")
    return [f"README.md: {text}" for text in found]
