"""Texts and JSON that strangers may have written, read with limits."""

import hashlib
import json
import os
import reprlib
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from lessons_lib.errors import CheckpointError

MAX_TEXT_BYTES = 40 << 20  # the largest published tokenizer.json has 33 MB


class Limits(NamedTuple):
    """How much a JSON file may hold: what it takes to parse one is some 20 times its size where it is made for that.

    Args:
        size: bytes.
        signs: how often `,`, `:`, `[` and `{` may stand in it, strings included: at least one for each value.
        keys: how often `:` may.
        objects: how often `{` may.
    """

    size: int
    signs: int
    keys: int
    objects: int

    def excess(self, data: bytes) -> tuple[str, str] | None:
        """Give what a file has too much of, and how much it may have; None if it keeps to the limits."""
        keys, objects = data.count(b":"), data.count(b"{")
        signs = keys + objects + data.count(b",") + data.count(b"[")
        for got, most, what in (
            (len(data), self.size, "bytes"),
            (signs, self.signs, "of the signs , : [ {"),
            (keys, self.keys, "of the sign :"),
            (objects, self.objects, "of the sign {"),
        ):
            if got > most:
                return f"{got} {what}", f"at most {most}"
        return None


PAGE = Limits(1 << 20, 1 << 17, 1 << 16, 1 << 15)  # a config, which is a page of text
SETTINGS = Limits(24 << 20, 1 << 20, 1 << 19, 1 << 17)  # an index of 400,000 tensors has 0.8 million signs
# Gemma 3 has 2.2 million signs; Tekken has 150,000 objects of three keys each.
VOCABULARY = Limits(MAX_TEXT_BYTES, 1 << 22, 1 << 19, 1 << 18)


def sha256_of(path: str | os.PathLike[str]) -> str:
    """The sha256 of a file in hexadecimal digits; the file is read block by block.

    Raises:
        OSError: if it cannot be read.
    """
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_text(path: Path) -> str:
    """Read a UTF-8 text of at most `MAX_TEXT_BYTES`.

    Raises:
        CheckpointError: if it is larger or not UTF-8.
    """
    return _decoded(path, _read(path, MAX_TEXT_BYTES))


def refuse_stand_in(path: str | os.PathLike[str], content: bytes) -> None:
    """Refuse what often lies in the place of a file that was never fetched.

    Args:
        path: named in the error.
        content: the file, or its first 100 bytes.

    Raises:
        CheckpointError: for Git LFS's pointer to a file, or a page of a website.
    """
    if content.startswith(b"version https://git-lfs.github.com/spec/"):
        raise CheckpointError(path, "content", "Git LFS's pointer to the file", "the file itself: run `git lfs pull`")
    if content[:100].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        raise CheckpointError(path, "content", "a page of a website", "the file itself: download it again")


def read_json(path: Path, limits: Limits = SETTINGS) -> dict[str, Any]:
    """Read one JSON object, in which no key stands twice and no number is NaN or infinite.

    Args:
        path: the file.
        limits: how much it may hold; checked before it is parsed.

    Raises:
        CheckpointError: if the file holds anything else, or more.
    """
    return parse_json(path, "JSON", _read(path, limits.size), limits)


def parse_json(path: str | os.PathLike[str], field: str, data: bytes, limits: Limits) -> dict[str, Any]:
    """Do what `read_json` does with what stands in a file already read, or in a part of it.

    Args:
        path: the file, named in errors.
        field: the part, named in errors.
        data: what stands there.
        limits: how much that may be.

    Raises:
        CheckpointError: if it is anything else, or more.
    """
    if excess := limits.excess(data):
        raise CheckpointError(path, field, *excess)
    text = _decoded(path, data)
    del data
    try:
        value = json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(path, field, str(error), "JSON with each key once") from None
    if not isinstance(value, dict):
        raise CheckpointError(path, field, reprlib.repr(value), "an object")
    return value


def _read(path: Path, most: int) -> bytes:
    if (size := path.stat().st_size) > most:
        raise CheckpointError(path, "size", f"{size} bytes", f"at most {most}")
    content = path.read_bytes()
    refuse_stand_in(path, content)
    return content


def _decoded(path: str | os.PathLike[str], data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CheckpointError(path, "text", f"byte {error.start} that is not UTF-8", "UTF-8") from None


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"key {name!r} more than once")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)
