"""Rows of JSON as people hand them over, one object a line: what is wrong with any of them is said of all at once."""

from __future__ import annotations

import codecs
import os
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from lessons_lib import arguments
from lessons_lib.errors import CheckpointError
from lessons_lib.files.untrusted import PAGE, parse_json

MOST_NAMED = 10  # faults in one message
Row = TypeVar("Row")


def read_rows(path: str | os.PathLike[str], make: Callable[[str, dict[str, Any]], Row]) -> list[Row]:
    """Make something of each row of a file, or say what is wrong with the rows of which nothing can be made.

    Args:
        path: of a file in UTF-8, with any line ends. Lines without a word are no rows.
        make: is given what a row is called in errors, such as `talk.jsonl: line 3`, and its object; raises a
            ValueError that begins with that name.

    Returns:
        What it made, in order.

    Raises:
        ValueError: that counts the faulty rows, and names the file, the line, the field and the rule of the first ten;
            or for a file without rows.
        OSError: if the file cannot be read.
    """
    path = arguments.path("path", path)
    rows, faults, faulty = [], [], 0
    for number, line in _lines(path):
        try:
            rows.append(make(f"{path}: line {number}", _parsed(path, number, line)))
        except ValueError as error:
            faulty += 1
            if faulty <= MOST_NAMED:
                faults.append(str(error))
    if faults:
        more = [f"and {faulty - MOST_NAMED:,} more"] if faulty > MOST_NAMED else []
        count = f"{path}: got {faulty:,} of {faulty + len(rows):,} rows that cannot be used:"
        raise ValueError("\n".join([count, *faults, *more]))
    if not rows:
        raise ValueError(f"{path}: got no rows, allowed a JSON object a line")
    return rows


def _parsed(path: str | os.PathLike[str], number: int, line: bytes) -> dict[str, Any]:
    if len(line) > PAGE.size:
        raise ValueError(f"{path}: line {number}: got more than {PAGE.size:,} bytes, allowed that many")
    try:
        return parse_json(path, "JSON", line, PAGE)
    except CheckpointError as error:
        got = str(error.got).replace("line 1 column", "column")  # it has one line, and that is number `number`
        raise CheckpointError(path, f"line {number}, {error.field}", got, error.allowed) from None


def _lines(path: str | os.PathLike[str]) -> Iterator[tuple[int, bytes]]:
    """The lines that say something, with their numbers; of one that is too long the beginning."""
    with open(path, "rb") as file:
        if file.read(len(codecs.BOM_UTF8)) != codecs.BOM_UTF8:
            file.seek(0)
        number = 0
        while line := file.readline(PAGE.size + 1):
            number += 1
            rest = line
            while rest and not rest.endswith(b"\n"):  # a line that is too long, or the last one
                rest = file.readline(PAGE.size)
            if line.strip():
                yield number, line
