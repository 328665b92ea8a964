"""The lessons that there are: for each a text that authors edit and a notebook that is built from it.

`notebooks/src/04_attention.py` makes `notebooks/04_attention.ipynb`. A second part of a lesson is `04b`, an appendix
`A1`. What nothing later needs lies one folder further down: `notebooks/src/deeper/D1_races.py` makes
`notebooks/deeper/D1_races.ipynb`. Numbers are unique in both folders together.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lessons_lib.classroom import registry
from lessons_lib.classroom.exercises import Exercise
from lessons_lib.classroom.predictions import Prediction
from lessons_lib.classroom.questions import Question
from lessons_lib.classroom.words import InYourWords

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = (".", "deeper")  # of notebooks and, in `src`, of their texts


@dataclass(frozen=True)
class Lesson:
    """One notebook and its text.

    Attributes:
        source: the text, in jupytext's percent format.
        notebook: what is built from it, and runs in its folder.
    """

    source: Path
    notebook: Path

    @property
    def number(self) -> str:
        """`04` of `04_attention`."""
        return self.source.stem.partition("_")[0]

    @property
    def title(self) -> str:
        """`Attention` of a text whose first heading is `04 · Attention`; nothing where there is none."""
        return self._in_head(r"^# # (.*)$").rpartition(" · ")[2]

    @property
    def question(self) -> str:
        """What the lesson asks: the first line of its head that stands in bold."""
        return self._in_head(r"^# \*\*(.*)\*\*$")

    def _in_head(self, pattern: str) -> str:
        found = re.search(pattern, self.source.read_text(encoding="utf-8"), flags=re.MULTILINE)
        return found[1] if found else ""

    @property
    def exercises(self) -> Sequence[Exercise]:
        """The lesson's exercises; none for a lesson that has no folder in `lessons_lib/classroom/lessons`."""
        return self._in_folder("EXERCISES")

    @property
    def predictions(self) -> Sequence[Prediction]:
        """What the lesson asks before it shows it."""
        return self._in_folder("PREDICTIONS")

    @property
    def words(self) -> Sequence[InYourWords]:
        """What the lesson asks to be said in one's own words."""
        return self._in_folder("WORDS")

    @property
    def quiz(self) -> Sequence[Question]:
        """The questions of the lesson's quiz."""
        return self._in_folder("QUIZ")

    def _in_folder(self, kind: str) -> Sequence:
        return getattr(registry.lesson(self.number), kind) if self.number in registry.lesson_numbers() else ()


def find_lessons(root: Path, numbers: Sequence[str] = ()) -> list[Lesson]:
    """Find the lessons of a course, in order.

    Args:
        root: the course's folder.
        numbers: which lessons, such as `04` or `04b`; all if there are none.

    Raises:
        ValueError: if no lesson has one of the numbers.
    """
    notebooks = root / "notebooks"
    found = [
        Lesson(source, notebooks / folder / f"{source.stem}.ipynb")
        for folder in FOLDERS
        for source in (notebooks / "src" / folder).glob("*.py")
    ]
    found.sort(key=lambda lesson: (registry.place(lesson.number), lesson.source))
    if unknown := sorted(set(numbers) - {lesson.number for lesson in found}):
        known = ", ".join(lesson.number for lesson in found)
        raise ValueError(f"lesson: got {', '.join(unknown)}, allowed {known}")
    return [lesson for lesson in found if not numbers or lesson.number in numbers]


def naming_faults(root: Path) -> list[str]:
    """What is wrong with the names of the lessons' files, one line each."""
    lessons = find_lessons(root)
    texts = {lesson.notebook for lesson in lessons}
    stored = [path for folder in FOLDERS for path in sorted((root / "notebooks" / folder).glob("*.ipynb"))]
    count = Counter(lesson.number for lesson in lessons)
    faults = [
        f"{_short(path, root)}: has no text; write {_short(_source_of(path, root), root)}, or delete the notebook"
        for path in stored
        if path not in texts
    ]
    for lesson in lessons:
        name = _short(lesson.source, root)
        if not registry.NUMBER.fullmatch(lesson.number) or lesson.source.stem == lesson.number:
            faults.append(f"{name}: a lesson is called NN_name, NNb_name or A1_name; rename it")
        if count[lesson.number] > 1:
            faults.append(f"{name}: {count[lesson.number]} lessons have the number {lesson.number}; renumber one")
    for folder in sorted((root / "lessons_lib/classroom/lessons").glob("lesson*")):
        if (number := folder.name.removeprefix("lesson")) not in count:
            faults.append(
                f"{_short(folder, root)}: no text has the number {number}; write notebooks/src/{number}_name.py"
            )
    return faults


def _source_of(notebook: Path, root: Path) -> Path:
    notebooks = root / "notebooks"
    return notebooks / "src" / notebook.relative_to(notebooks).with_suffix(".py")


def _short(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
