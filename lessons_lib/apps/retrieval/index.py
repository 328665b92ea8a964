"""An index of vectors, exact: a question is compared with every passage. In memory, or in a folder of two files.

The folder holds `vectors.npy`, [N, C] float32, and `passages.jsonl`, a line of JSON for each row. It is replaced whole
or not at all, whatever ends the process meanwhile, and read without trust.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from lessons_lib import arguments
from lessons_lib.apps.retrieval.passage import Hit, Passage, checked
from lessons_lib.errors import CheckpointError
from lessons_lib.files import replace_folder, stepped_aside
from lessons_lib.files.jsonl import read_rows
from lessons_lib.vectors.similarity import highest, unit

VECTORS, PASSAGES = "vectors.npy", "passages.jsonl"
LONGEST_ID, LONGEST_TEXT = 1_000, 30_000  # characters: what is longer is no passage


class Index:
    """Passages and their vectors; asked with a vector, it gives the passages with the highest cosines.

    Args:
        folder: where it is kept: what was added or removed is on the disk when the call returns. One process at a time
            may write there. None for memory alone.

    Raises:
        CheckpointError: a file in the folder was cut off, changed, or does not fit the other.

    Example:
        >>> index = Index()
        >>> index.add([("cat", "A cat sleeps."), ("bank", "Rates rise.")], [[1, 0.1], [0, 1]])
        >>> index.search([2, 0], count=1)[0].id
        'cat'
    """

    def __init__(self, folder: str | os.PathLike[str] | None = None) -> None:
        self.folder = None if folder is None else arguments.path("folder", folder)
        self._passages: list[Passage] = []
        self._vectors = np.empty((0, 0), np.float32)
        if self.folder is not None and (found := self._found()) is not None:
            self._passages, self._vectors = read(found)

    def __len__(self) -> int:
        return len(self._passages)

    @property
    def size(self) -> int | None:
        """How many numbers a vector has, C; None while nothing was added."""
        return self._vectors.shape[1] if len(self) else None

    @property
    def passages(self) -> list[Passage]:
        """All passages, in the order in which they came."""
        return list(self._passages)

    def add(self, passages: Iterable[Passage | tuple[str, str]], vectors: ArrayLike) -> None:
        """Add passages with their vectors: all of them, or none if anything is wrong.

        Args:
            passages: (id, text) each, with ids that are new: up to 1,000 characters and 30,000 of text.
            vectors: [N, C] of any lengths but 0; C is that of the vectors which are there.

        Raises:
            ValueError: naming what does not fit.
            OSError: the folder cannot be written; what was there stays.
        """
        new = storable(checked(passages, {passage.id for passage in self._passages}))
        matrix = as_matrix(vectors, len(new), self.size)
        if new:
            kept = self._vectors if len(self) else matrix[:0]
            self._replace(self._passages + new, np.concatenate([kept, matrix]))

    def remove(self, ids: Iterable[str]) -> None:
        """Remove passages by their ids.

        Raises:
            ValueError: for an id that is not there; nothing is removed then.
            OSError: the folder cannot be written; what was there stays.
        """
        gone = set(ids)
        if unknown := gone - {passage.id for passage in self._passages}:
            raise ValueError(f"ids: got {min(unknown)!r}, allowed ids of passages that are there")
        kept = np.array([passage.id not in gone for passage in self._passages], bool)
        self._replace([p for p in self._passages if p.id not in gone], self._vectors[kept])

    def search(self, vector: ArrayLike, count: int = 10) -> list[Hit]:
        """The passages whose vectors point most nearly in the same direction, best first.

        Args:
            vector: [C].
            count: passages at most, 1 or more.

        Returns:
            Hits with their cosines, -1 to 1; of two equal ones the earlier first. None where the index is empty.

        Raises:
            ValueError: for a vector of another size, or without a direction.
        """
        count = arguments.whole("count", count, least=1)
        asked = as_matrix(np.asarray(vector)[None], 1, self.size, "vector")  # [1, C]
        if not len(self):
            return []
        scores = asked @ self._vectors.T  # [1, N]
        best = highest(scores, min(count, len(self)))[0]
        return [Hit(*self._passages[row], float(scores[0, row])) for row in best]

    def _replace(self, passages: list[Passage], vectors: np.ndarray) -> None:
        if self.folder is not None:
            with replace_folder(self.folder) as (new, _):
                write(new, passages, vectors)
        self._passages, self._vectors = passages, vectors  # only now: what could fail is done

    def _found(self) -> Path | None:
        """The folder that is there, or the one that a killed save had put aside."""
        return self.folder if self.folder.exists() else stepped_aside(self.folder)


def storable(passages: list[Passage]) -> list[Passage]:
    """Passages that a store takes and gives back, or a ValueError that names the one that is none."""
    for passage in passages:
        for field, text, least, most in (("id", passage.id, 1, LONGEST_ID), ("text", passage.text, 0, LONGEST_TEXT)):
            if not least <= len(text) <= most:
                raise ValueError(
                    f"{field}: got {len(text):,} characters, allowed {least} to {most:,}: cut it in chunks"
                )
            if "\0" in text or re.search("[\ud800-\udfff]", text):
                raise ValueError(f"{field}: got {passage.id!r:.80} with half a character or a NUL, allowed whole text")
    return passages


def as_matrix(vectors: ArrayLike, rows: int, size: int | None, name: str = "vectors") -> np.ndarray:
    """Vectors as [rows, C] float32 of length 1, or a ValueError that says what does not fit."""
    try:
        matrix = np.asarray(vectors, np.float32)
    except (TypeError, ValueError):
        raise ValueError(f"{name}: got {arguments.described(vectors)}, allowed [{rows}, C] numbers") from None
    if rows == 0 and matrix.size == 0:
        return np.empty((0, size or 0), np.float32)
    if matrix.ndim != 2 or len(matrix) != rows or matrix.shape[1] != (size or matrix.shape[1]) or not matrix.size:
        got, wide = list(matrix.shape), "C" if size is None else size
        raise ValueError(f"{name}: got shape {got}, allowed [{rows}, {wide}]: a row for each passage")
    return unit(name, matrix)


def write(folder: Path, passages: Iterable[Passage], vectors: np.ndarray) -> None:
    """Write the two files into a folder that is there."""
    with open(folder / PASSAGES, "w", encoding="utf-8", newline="\n") as file:
        file.writelines(json.dumps(passage._asdict(), ensure_ascii=False) + "\n" for passage in passages)
    with open(folder / VECTORS, "wb") as file:
        np.lib.format.write_array(file, np.ascontiguousarray(vectors, np.float32), version=(1, 0), allow_pickle=False)


def read(folder: Path) -> tuple[list[Passage], np.ndarray]:
    """Read the two files, and see that they fit each other.

    Raises:
        CheckpointError: a file is missing, cut off or changed.
    """
    for name in (PASSAGES, VECTORS):
        if not (folder / name).is_file():
            raise CheckpointError(folder / name, "file", "nothing", "a file")
    vectors = _read_vectors(folder / VECTORS)
    if not (folder / PASSAGES).stat().st_size and not len(vectors):
        return [], vectors
    try:
        passages = checked(read_rows(folder / PASSAGES, _passage))
    except ValueError as error:
        fault = str(error).splitlines()[:2][-1].removeprefix(f"{folder / PASSAGES}: ")
        raise CheckpointError(folder / PASSAGES, "rows", fault, "an id and a text in each, no id twice") from None
    if len(passages) != len(vectors):
        got, rule = f"{len(passages):,} rows", f"{len(vectors):,}, as in {VECTORS}: one of the two was cut off"
        raise CheckpointError(folder / PASSAGES, "rows", got, rule)
    return passages, vectors


def _passage(name: str, row: dict[str, object]) -> Passage:
    if row.keys() != {"id", "text"} or not all(isinstance(value, str) for value in row.values()):
        raise ValueError(f"{name}: got {arguments.described(row)}, allowed an id and a text")
    return Passage(**row)


def _read_vectors(path: Path) -> np.ndarray:
    """The matrix in a file; its size is compared with what its head says before anything is made of it."""
    with open(path, "rb") as file:
        try:
            version = np.lib.format.read_magic(file)
            shape, by_column, kind = np.lib.format.read_array_header_1_0(file)
        except ValueError as error:
            raise CheckpointError(path, "head", str(error), "that of a .npy file") from None
        if version != (1, 0) or by_column or kind != np.float32 or len(shape) != 2 or min(shape) < 0:
            raise CheckpointError(path, "head", f"{kind} {shape}", "[N, C] float32, row by row")
        expected = shape[0] * shape[1] * 4
        if (left := path.stat().st_size - file.tell()) != expected:
            raise CheckpointError(path, "size", f"{left:,} bytes of numbers", f"{expected:,} for {list(shape)}")
        vectors = np.fromfile(file, np.float32).reshape(shape)
    lengths = np.einsum("nc,nc->n", vectors, vectors)
    if not np.allclose(lengths, 1, atol=1e-3):
        raise CheckpointError(path, "numbers", "a vector of another length", "vectors of length 1")
    return vectors
