"""Tasks as data: rows of JSON with questions, and a TOML file that says how they are put and what counts.

A row is one line, in one of three forms, each a kind of task:

    {"id": "7", "query": "A sparrow is a kind of", "choices": ["bird", "tool"], "gold": 0}      choice
    {"id": "8", "query": "What is 2 plus 5?", "answer": "7"}                                    answer
    {"id": "9", "text": "Once upon a time ..."}                                                 text

An answer may be a list of all that are right; a row without an id has its number. Other fields are not read. The TOML
file holds fields of `Task`, the files of the rows with their sha256, and examples in `[[shots]]`, which are rows too.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lessons_lib import arguments
from lessons_lib.files import sha256_of
from lessons_lib.files.jsonl import read_rows

FOLDER = Path(__file__).with_name("tasks")
KINDS = ("choice", "answer", "text")
_TEXTS = ("title", "licence", "template", "delimiter", "alone")
_HEADER = ("kind", "data", "held_out", "shots", "stop", "max_new_tokens", *_TEXTS)


@dataclass(frozen=True, kw_only=True)
class Item:
    """One question, or one text.

    Attributes:
        id: names it within its task.
        query: the question; of a text, the text.
        choices: what there is to choose from; at least one, in tasks of that kind.
        gold: which choice is right, from 0.
        answers: what is right where the model writes the answer.
    """

    id: str
    query: str
    choices: tuple[str, ...] = ()
    gold: int = 0
    answers: tuple[str, ...] = ()

    @property
    def told(self) -> str:
        """The right answer, as an example gives it away."""
        return self.choices[self.gold] if self.choices else self.answers[0]


@dataclass(frozen=True, kw_only=True)
class Task:
    """Questions, and how they are put.

    Args:
        name: in tables.
        kind: "choice", "answer" or "text".
        items: at least one, each with an id of its own.
        title, licence: for people.
        template: what the model reads, with `{query}` where the question goes.
        delimiter: stands between the question and its answer.
        alone: what is read in front of a choice in place of the question, where its likelihood without one is asked.
        shots: examples with their answers, that may be put before a question.
        stop: strings that end an answer.
        max_new_tokens: the most tokens of an answer.
        sha256: of the file with the items; empty where they come from none.

    Raises:
        ValueError: naming the field, its value and the rule.

    Example:
        >>> asked = Item(id="1", query="2 + 2 =", answers=("4",))
        >>> shown = Item(id="a", query="1 + 2 =", answers=("3",))
        >>> Task(name="sums", kind="answer", items=(asked,), shots=(shown,)).prompt(asked, shots=1)
        '1 + 2 = 3\\n\\n2 + 2 ='
    """

    name: str
    kind: str
    items: tuple[Item, ...]
    title: str = ""
    licence: str = ""
    template: str = "{query}"
    delimiter: str = " "
    alone: str = ""
    shots: tuple[Item, ...] = ()
    stop: tuple[str, ...] = ("\n",)
    max_new_tokens: int = 32
    sha256: str = ""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"kind: got {arguments.described(self.kind)}, allowed {', '.join(KINDS)}")
        for name in ("name", *_TEXTS):
            _text(name, getattr(self, name))
        if "{query}" not in self.template:
            raise ValueError(f"template: got {arguments.described(self.template)}, allowed one with {{query}}")
        if not isinstance(self.stop, tuple) or not all(isinstance(end, str) and end for end in self.stop):
            raise ValueError(f"stop: got {arguments.described(self.stop)}, allowed a list of texts, none empty")
        arguments.whole("max_new_tokens", self.max_new_tokens, 1)
        if not self.items:
            raise ValueError("items: got none, allowed at least one")
        seen: set[str] = set()
        for item in self.items:
            if item.id in seen:
                raise ValueError(f"id: got {arguments.described(item.id)} more than once, allowed ids of their own")
            seen.add(item.id)

    def prompt(self, item: Item, shots: int = 0) -> str:
        """What the model reads before it answers: so many examples with their answers, then the question.

        Raises:
            ValueError: for more examples than there are.
        """
        shots = arguments.whole("shots", shots, 0, len(self.shots))
        shown = [self._asked(shot) + self.delimiter + shot.told for shot in self.shots[:shots]]
        return "\n\n".join([*shown, self._asked(item)])

    def _asked(self, item: Item) -> str:
        return self.template.replace("{query}", item.query)


def available() -> list[str]:
    """The names of the tasks that the library brings: made by `lessons_lib.evaluation.making`, for everybody's use."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def load_tasks(*sources: str | Path, held_out: bool = False, limit: int | None = None) -> list[Task]:
    """Load tasks by name or from files.

    Args:
        sources: names of `available()`, `.toml` files, or `.jsonl` files of rows, which are then put as they are.
        held_out: take the half that is kept for the end, when nothing is changed any more.
        limit: take only the first so many items.

    Returns:
        The tasks, in order.

    Raises:
        ValueError: for an unknown name, a field that is wrong or unknown, rows that cannot be used, or other rows than
            the TOML file says (by their sha256).
        OSError: if a file cannot be read.

    Example:
        >>> [task] = load_tasks("kinds")
        >>> len(task.items), task.kind
        (300, 'choice')
    """
    if limit is not None:
        arguments.whole("limit", limit, 1)
    tasks = [_load(source, held_out, limit) for source in sources]
    names = [task.name for task in tasks]
    if twice := [name for name in names if names.count(name) > 1]:
        raise ValueError(f"sources: got two tasks called {twice[0]!r:.80}, allowed names of their own")
    return tasks


def _load(source: str | Path, held_out: bool, limit: int | None) -> Task:
    if source in available():
        path = FOLDER / f"{source}.toml"
    else:
        path = arguments.path("source", source)
        if path.suffix not in (".toml", ".jsonl"):
            rule = f"a .toml or .jsonl file, or {', '.join(available())}"
            raise ValueError(f"source: got {arguments.described(str(source))}, allowed {rule}")
    if path.suffix == ".jsonl":
        if held_out:
            raise ValueError(f"held_out: got True for {path}, allowed False: rows alone say nothing of a second half")
        return _task(path, {"data": {"file": path.name}}, "data", limit)
    try:
        header = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{path}: {error}") from None
    if unknown := header.keys() - set(_HEADER):
        raise ValueError(f"{path}: {min(unknown)}: unknown, allowed {', '.join(_HEADER)}")
    if header.get("kind", KINDS[0]) not in KINDS:
        raise ValueError(f"{path}: kind: got {arguments.described(header['kind'])}, allowed {', '.join(KINDS)}")
    return _task(path, header, "held_out" if held_out else "data", limit)


def _task(path: Path, header: Mapping[str, Any], half: str, limit: int | None) -> Task:
    entry = header.get(half)
    if not isinstance(entry, dict) or not isinstance(entry.get("file"), str) or entry.keys() - {"file", "sha256"}:
        raise ValueError(f"{path}: {half}: got {arguments.described(entry)}, allowed a table with file and sha256")
    rows = path.parent / entry["file"]
    digest = sha256_of(rows)
    if entry.get("sha256", digest) != digest:
        raise ValueError(f"{rows}: sha256: got {digest}, allowed {entry['sha256']}, as {path.name} says")
    kind, seen, numbered = header.get("kind"), set(), iter(range(1, 1 << 62))

    def item(name: str, row: dict[str, Any]) -> Item:
        nonlocal kind
        kind = kind or _kind_of(name, row)
        made = item_of(name, row, kind, str(next(numbered)))
        if made.id in seen:
            raise ValueError(f"{name}, id: got {arguments.described(made.id)} again, allowed ids of their own")
        seen.add(made.id)
        return made

    items = read_rows(rows, item)
    shots = header.get("shots", [])
    if not isinstance(shots, list) or not all(isinstance(shot, dict) for shot in shots):
        raise ValueError(f"{path}: shots: got {arguments.described(shots)}, allowed [[shots]], each a row")
    told = [item_of(f"{path}: shots[{n}]", shot, kind, str(n)) for n, shot in enumerate(shots)]
    given = {name: header[name] for name in (*_TEXTS, "max_new_tokens") if name in header}
    if "stop" in header:
        given["stop"] = tuple(header["stop"]) if isinstance(header["stop"], list) else header["stop"]
    try:
        return Task(name=path.stem, kind=kind, items=tuple(items[:limit]), shots=tuple(told), sha256=digest, **given)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


def item_of(name: str, row: Mapping[str, Any], kind: str, number: str) -> Item:
    """Read a row.

    Args:
        name: of the row, for errors.
        row: its fields.
        kind: of its task.
        number: its id, where it has none.

    Raises:
        ValueError: naming the field, what it holds and the rule.
    """
    found = row.get("id", number)
    if not isinstance(found, str) or not found:
        raise ValueError(f"{name}, id: got {arguments.described(found)}, allowed words")
    if kind == "text":
        text = _text(f"{name}, text", row.get("text"))
        if not text:
            raise ValueError(f"{name}, text: got an empty one, allowed at least one character")
        return Item(id=found, query=text)
    query = _text(f"{name}, query", row.get("query"))
    if kind == "choice":
        choices = _texts(f"{name}, choices", row.get("choices"))
        gold = arguments.whole(f"{name}, gold", row.get("gold"), 0, len(choices) - 1)
        return Item(id=found, query=query, choices=choices, gold=gold)
    answer = row.get("answer")
    return Item(
        id=found, query=query, answers=_texts(f"{name}, answer", [answer] if isinstance(answer, str) else answer)
    )


def _kind_of(name: str, row: Mapping[str, Any]) -> str:
    fields = {"choices": "choice", "answer": "answer", "text": "text"}
    for field, kind in fields.items():
        if field in row:
            return kind
    rule = "query, choices and gold; query and answer; or text"
    raise ValueError(f"{name}: got the fields {arguments.described(sorted(row))}, allowed {rule}")


def _texts(name: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ValueError(f"{name}: got {arguments.described(value)}, allowed a list of texts, at least one")
    for n, text in enumerate(value):
        if not _text(f"{name}[{n}]", text).strip():
            raise ValueError(f"{name}[{n}]: got {arguments.described(text)}, allowed words")
    return tuple(value)


def _text(name: str, value: Any) -> str:
    """A text that can be written in UTF-8: JSON may hold half a character."""
    try:
        if isinstance(value, str) and value.encode() is not None:
            return value
    except UnicodeEncodeError:
        pass
    raise ValueError(f"{name}: got {arguments.described(value)}, allowed a text")
