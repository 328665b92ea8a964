"""Remembers on this machine what was done and written, in one small file.

The file is `progress.json` in the user's data folder, or the file that `LESSONS_LIB_PROGRESS` names. It holds one JSON
object, from each kind of cell to the names done: a list, or an object whose keys are the names, such as
`{"words": {"why_a_vocabulary": "what the learner wrote"}}`. Other versions of the course may keep other kinds there, or
more about a name; what this version does not know, it leaves as it is.
"""

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from pathlib import Path

import filelock
import platformdirs

from lessons_lib.classroom import registry

KINDS = ("exercises", "quiz", "predictions", "words")
LONGEST = 10_000  # characters of a learner's own words: two pages
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
                _share([prediction.id for prediction in lesson.PREDICTIONS], done["predictions"]),
                _share([question.id for question in lesson.WORDS], done["words"]),
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
    """What has been done so far, by lesson: checks passed, questions answered, guesses made, own words written."""
    return Progress()


def _share(names: list[str], done: list[str]) -> str:
    return f"{sum(name in done for name in names)} of {len(names)}"


def progress_file() -> Path:
    """Where progress is kept."""
    named = os.environ.get("LESSONS_LIB_PROGRESS")
    return Path(named) if named else platformdirs.user_data_path("lessons_lib", appauthor=False) / "progress.json"


def read() -> dict[str, list[str]]:
    """The names done so far, by kind; what can't be read as progress counts as nothing done."""
    done = _known()
    return {kind: _names(done.get(kind)) for kind in KINDS}


def noted(kind: str, name: str) -> str:
    """Add a name to what has been done, as `add` does; returns why that failed, or nothing."""
    return _tried(lambda: add(kind, name))


def add(kind: str, name: str) -> None:
    """Add a name to what has been done; several notebooks may do so at once.

    Args:
        kind: one of `KINDS`.
        name: an id, or lesson and place of a question, such as `"01.3"`.

    Raises:
        OSError: if the file can't be read or written.
    """
    with _open() as (file, done):
        if name in _names(done.get(kind)):
            return
        names = _list_or_object(file, done, kind)
        if isinstance(names, dict):
            names[name] = None
        else:
            names.append(name)
        _replace(file, json.dumps(done, indent=1))


def written(name: str) -> str:
    """What the learner wrote under a name; nothing if there is no text, or one that this course did not keep."""
    text = _known().get("words")
    text = text.get(name) if isinstance(text, dict) else None
    return text if isinstance(text, str) and len(text) <= LONGEST else ""


def kept(name: str, text: str) -> str:
    """Keep what the learner wrote under a name, an empty text too; returns why that failed, or nothing."""
    if len(text) > LONGEST:
        return f"(not saved: {len(text):,} characters, and {LONGEST:,} are kept)"
    return _tried(lambda: _keep(name, text))


def _keep(name: str, text: str) -> None:
    with _open() as (file, done):
        names = _list_or_object(file, done, "words")
        if isinstance(names, list):
            done["words"] = names = dict.fromkeys(_names(names))
        names[name] = text
        if not text.strip():
            del names[name]
        _replace(file, json.dumps(done, indent=1))


def _tried(change: Callable[[], None]) -> str:
    try:
        change()
    except (OSError, RuntimeError, filelock.Timeout) as error:  # RuntimeError: this user has no home folder
        return f"(progress was not saved: {error})"
    return ""


@contextmanager
def _open() -> Iterator[tuple[Path, dict]]:
    """The file, locked, and what it holds."""
    file = Path(os.path.realpath(progress_file()))  # a link to the file stays a link
    file.parent.mkdir(parents=True, exist_ok=True)
    with filelock.FileLock(f"{file}.lock", timeout=10):
        yield file, _contents(file)


def _list_or_object(file: Path, done: dict, kind: str) -> list | dict:
    """The names of a kind, to be changed in place; where another version keeps more there, a copy is kept aside."""
    match done.get(kind):
        case dict(names):
            return names
        case list(names):
            if len(_names(names)) < len(names):  # items of another version, which stay; a copy is safer still
                _keep_aside(file, again=False)
            return names
        case other:
            if other is not None:
                _keep_aside(file)
            done[kind] = []
            return done[kind]


def _known() -> dict:
    try:
        return _parsed(progress_file().read_bytes())
    except (OSError, ValueError):
        return {}


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
