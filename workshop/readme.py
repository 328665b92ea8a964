"""Writes README's badges and its map of the lessons, each between two marks, and finds them out of date."""

from collections.abc import Iterator, Mapping
from pathlib import Path

from workshop import badges, headings, route
from workshop.audit.size import Size
from workshop.lessons import Lesson, find_lessons

START, END = "<!-- the map of the lessons, written by course.py build -->", "<!-- the end of the map -->"
BADGES = "<!-- the badges, written by course.py build -->", "<!-- the end of the badges -->"
FIRST = "notebooks/01_tokens_and_sampling.ipynb"  # what a button opens
WEEKEND = ("00", "00b", "00c", "01", "03", "04")
MONTH = ("start", "the model", "training", "families")  # groups of the course
EVENINGS = 20  # of a month


def faults(root: Path, sizes: Mapping[str, Size]) -> list[str]:
    """Whether README's map and badges are what the lessons and the repository's address say, one line each.

    Args:
        root: the course's folder.
        sizes: of the lessons that are built, by number.
    """
    text = _text(root)
    found = [] if _with_badges(text) == text else [f"README.md: its badges are out of date; {headings.RETEXT}"]
    parts = _parts(text, START, END)
    if parts is None:
        return [*found, f"README.md: has no place for the map of the lessons; write two lines, {START} and {END}"]
    written, wanted = parts[1].splitlines(), render(root, sizes).splitlines()
    if written == wanted:
        return found
    [missing, *_] = [line for line in wanted if line not in written] or ["nothing more"]
    return [*found, f"README.md: its map of the lessons is out of date, it must say {missing!r}; {headings.RETEXT}"]


def write(root: Path, sizes: Mapping[str, Size]) -> None:
    """Write the badges and the map anew; a README without their marks is left alone."""
    text = _with_badges(_text(root))
    if parts := _parts(text, START, END):
        before, _, after = parts
        text = f"{before}{render(root, sizes)}{after}"
    if text:
        (root / "README.md").write_text(text, encoding="utf-8", newline="\n")


def _with_badges(text: str) -> str:
    parts = _parts(text, *BADGES)
    lines = [badge for badge in (badges.tests(), badges.colab(FIRST), badges.binder(FIRST)) if badge]
    return "".join([parts[0], *(f"{line}\n" for line in lines), parts[2]]) if parts else text


def render(root: Path, sizes: Mapping[str, Size]) -> str:
    """The map in Markdown: a table of the lessons in order, what to do in a weekend and what in a month."""
    lessons = {lesson.number: lesson for lesson in find_lessons(root)}
    lines = ["| number | lesson | its question | minutes to read + questions + exercises |", "|---|---|---|---|"]
    for name, group in route.COURSE.items():
        lines.append(f"| | *{name}* | | |")
        lines += [_row(planned, lessons.get(planned.number), root, sizes) for planned in group]
    known = {planned.number for planned in route.PLAN}
    if deeper := [lesson for lesson in lessons.values() if lesson.number not in known]:
        lines.append("| | *deeper: what nothing later needs* | | |")
        lines += [_row(route.Planned(lesson.number, "", ""), lesson, root, sizes) for lesson in deeper]
    return "\n".join(["", *lines, "", *_paths(lessons, sizes), ""])


def _row(planned: route.Planned, lesson: Lesson | None, root: Path, sizes: Mapping[str, Size]) -> str:
    if lesson is None:
        return f"| {planned.number} | {planned.title} | {planned.question} | |"
    title = f"[{lesson.title}]({lesson.notebook.relative_to(root).as_posix()})"
    size = sizes.get(lesson.number)
    minutes = " + ".join(map(str, _minutes(size))) if size else ""
    return f"| {lesson.number} | {title} | {lesson.question} | {minutes} |"


def _paths(lessons: Mapping[str, Lesson], sizes: Mapping[str, Size]) -> Iterator[str]:
    """What to do in a weekend and in a month; lessons that are not there yet don't count."""
    ready = [number for number in WEEKEND if number in sizes]
    yield f"**In a weekend**: {', '.join(ready)}. {_time(ready, sizes)}"
    yield ""
    month = [planned.number for name in MONTH for planned in route.COURSE[name] if planned.number in sizes]
    minutes = sum(sum(_minutes(sizes[number])) for number in month)
    evenings = f"That makes {EVENINGS} evenings of about {headings.duration(5 * round(minutes / EVENINGS / 5))}."
    yield f"**In a month**: {', '.join(month)}, in this order. {_time(month, sizes)} {evenings}"
    if "A1" in lessons and "A2" in lessons:
        yield ""
        yield "If Python is new to you, begin with A1. If a formula stops you, look into A2."
    if "A3" in lessons and "A4" in lessons:
        yield ""
        yield "If an error stops you, search A3; A4 says what a word means, and has questions to look back with."


def _time(numbers: list[str], sizes: Mapping[str, Size]) -> str:
    times = [_minutes(sizes[number]) for number in numbers] or [(0, 0, 0)]
    reading, questions, exercises = (_hours(sum(minutes)) for minutes in zip(*times, strict=True))
    return f"About {reading} to read and try out, {questions} for their questions, and {exercises} for the exercises."


def _minutes(size: Size) -> tuple[int, int, int]:
    """What a lesson takes: to read it, to answer what it asks on the way, to do its exercises."""
    return size.reading_minutes, size.question_minutes, size.exercise_minutes


def _hours(minutes: int) -> str:
    hours = max(1, round(minutes / 60))
    return f"{hours} hour{'' if hours == 1 else 's'}"


def _text(root: Path) -> str:
    file = root / "README.md"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _parts(text: str, first: str, last: str) -> tuple[str, str, str] | None:
    """README before what stands between two marks, that, and what is behind it; the marks belong to the outer parts."""
    before, start, rest = text.partition(f"{first}\n")
    written, end, after = rest.partition(last)
    return (before + start, written, end + after) if start and end else None
