"""Remembers on this machine which checks passed and which questions were answered, in one small file.

The file is `progress.json` in the user's data folder, or the file that `LESSONS_LIB_PROGRESS` names.
"""

import json
import os
import tempfile
from html import escape
from pathlib import Path

import filelock
import platformdirs

from lessons_lib.classroom import registry

KINDS = ("exercises", "quiz")
STORED_TEXT = "Your progress is shown here while the notebook runs."


class Progress:
    """What has been done so far, as a table.

    A stored notebook must not depend on who ran it. So the table lives in a widget, which is never stored, and the
    text beside it is always the same. In a terminal the table is printed.
    """

    def __init__(self) -> None:
        done = read()
        self.rows = [
            (
                number,
                _share([exercise.id for exercise in lesson.EXERCISES], done["exercises"]),
                _share([f"{number}.{place}" for place, _ in enumerate(lesson.QUIZ, start=1)], done["quiz"]),
            )
            for number, lesson in registry.lessons()
        ]

    def __repr__(self) -> str:
        table = [("lesson", *KINDS), *self.rows]
        return "\n".join("".join(f"{cell:<12}" for cell in row).rstrip() for row in table)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, object]:
        import ipywidgets

        head = "".join(f"<th>{name}</th>" for name in ("lesson", *KINDS))
        body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in self.rows)
        table = ipywidgets.HTML(f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")
        return {
            "text/plain": STORED_TEXT,
            "application/vnd.jupyter.widget-view+json": {
                "version_major": 2,
                "version_minor": 0,
                "model_id": table.model_id,
            },
        }


def progress() -> Progress:
    """The checks passed and the questions answered so far, by lesson."""
    return Progress()


def _share(names: list[str], done: list[str]) -> str:
    return f"{sum(name in done for name in names)} of {len(names)}"


def progress_file() -> Path:
    """Where progress is kept."""
    named = os.environ.get("LESSONS_LIB_PROGRESS")
    return Path(named) if named else platformdirs.user_data_path("lessons_lib", appauthor=False) / "progress.json"


def read() -> dict[str, list[str]]:
    """The names done so far, by kind; a file that can't be read as progress counts as empty."""
    try:
        return _parsed(progress_file().read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {kind: [] for kind in KINDS}


def add(kind: str, name: str) -> None:
    """Add a name to what has been done; several notebooks may do so at once.

    Args:
        kind: `"exercises"` or `"quiz"`.
        name: an exercise id, or lesson and place of a question, such as `"01.3"`.

    Raises:
        OSError: if the file can't be written.
    """
    file = progress_file()
    file.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{file}.lock", timeout=10):
        _keep_broken_aside(file)
        done = read()
        if name not in done[kind]:
            done[kind].append(name)
            _replace(file, json.dumps(done, indent=1))


def _parsed(text: str) -> dict[str, list[str]]:
    done = json.loads(text)
    if not isinstance(done, dict) or set(done) != set(KINDS):
        raise ValueError(f"progress holds {' and '.join(KINDS)}, got {text[:40]!r}")
    if not all(isinstance(names, list) and all(isinstance(name, str) for name in names) for names in done.values()):
        raise ValueError("progress holds lists of names")
    return done


def _keep_broken_aside(file: Path) -> None:
    try:
        _parsed(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        pass
    except ValueError:
        os.replace(file, file.with_name(f"{file.name}.broken"))


def _replace(file: Path, text: str) -> None:
    """Write a whole file or nothing."""
    descriptor, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        os.replace(temporary, file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
