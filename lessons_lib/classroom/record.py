"""Remembers on this machine which checks passed and which questions were answered, in one small file.

The file is `progress.json` in the user's data folder, or the file that `LESSONS_LIB_PROGRESS` names. It holds one JSON
object, from each kind of cell to the names done: a list, or an object whose keys are the names. Other versions of the
course may keep other kinds there, or more about a name; what this version does not know, it leaves as it is.
"""

import itertools
import json
import os
import shutil
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
    """The names done so far, by kind; what can't be read as progress counts as nothing done."""
    try:
        done = _parsed(progress_file().read_bytes())
    except (OSError, ValueError):
        done = {}
    return {kind: _names(done.get(kind)) for kind in KINDS}


def add(kind: str, name: str) -> None:
    """Add a name to what has been done; several notebooks may do so at once.

    Args:
        kind: `"exercises"` or `"quiz"`.
        name: an exercise id, or lesson and place of a question, such as `"01.3"`.

    Raises:
        OSError: if the file can't be read or written.
    """
    file = Path(os.path.realpath(progress_file()))  # a link to the file stays a link
    file.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{file}.lock", timeout=10):
        done = _contents(file)
        if name in _names(done.get(kind)):
            return
        match done.get(kind):
            case dict(names):
                names[name] = None
            case list(names):
                if len(_names(names)) < len(names):  # items of another version, which stay; a copy is safer still
                    _keep_aside(file, again=False)
                names.append(name)
            case other:
                if other is not None:
                    _keep_aside(file)
                done[kind] = [name]
        _replace(file, json.dumps(done, indent=1))


def _contents(file: Path) -> dict:
    """All that the file holds, known or not; a file that is no progress is kept aside."""
    try:
        return _parsed(file.read_bytes())
    except FileNotFoundError:
        return {}
    except ValueError:
        _keep_aside(file)
        return {}


def _parsed(data: bytes) -> dict:
    try:
        done = json.loads(data.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("progress is nested too deeply") from None
    if not isinstance(done, dict):
        raise ValueError(f"progress is an object, got {data[:40]!r}")
    return done


def _names(value: object) -> list[str]:
    """The names in a list or among the keys of an object."""
    return [name for name in value if isinstance(name, str)] if isinstance(value, list | dict) else []


def _keep_aside(file: Path, again: bool = True) -> None:
    """Copy a file beside itself, under a name that nothing has yet; if not `again`, only where no copy is."""
    places = (file.with_name(f"{file.name}.broken{number or ''}") for number in itertools.count())
    free = next(place for place in places if not place.exists())
    if again or free.suffix == ".broken":
        shutil.copyfile(file, free)


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
