"""Texts and JSON that strangers may have written, read with limits."""

import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

from lessons_lib.errors import CheckpointError

MAX_TEXT_BYTES = 40 << 20  # the largest published tokenizer.json has 33 MB


def read_text(path: Path) -> str:
    """Read a UTF-8 text of at most `MAX_TEXT_BYTES`.

    Raises:
        CheckpointError: if it is larger or not UTF-8.
    """
    if (size := path.stat().st_size) > MAX_TEXT_BYTES:
        raise CheckpointError(path, "size", f"{size} bytes", f"at most {MAX_TEXT_BYTES}")
    content = path.read_bytes()
    refuse_stand_in(path, content)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CheckpointError(path, "text", f"byte {error.start} that is not UTF-8", "UTF-8") from None


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


def read_json(path: Path) -> dict[str, Any]:
    """Read one JSON object, in which no key stands twice and no number is NaN or infinite.

    Raises:
        CheckpointError: if the file holds anything else.
    """
    text = read_text(path)
    try:
        value = json.loads(text, object_pairs_hook=_each_key_once, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise CheckpointError(path, "JSON", str(error), "JSON with each key once") from None
    if not isinstance(value, dict):
        raise CheckpointError(path, "JSON", value, "an object")
    return value


def _each_key_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        [(name, _)] = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"key {name!r} more than once")
    return found


def _no_constant(name: str) -> None:
    raise ValueError(name)
