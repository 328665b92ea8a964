"""Which tokens a step reads: a pure function of a seed and the step, so that a run needs no memory of what it has read.

A loader that remembers a cursor has to save it, and with it the order of its epoch. Here batch number 700 is the same
whoever asks, in whatever order, before a crash or after it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.training.hashing import hashed
from lessons_lib.training.losses import IGNORED


class Batches(Protocol):
    """What a run asks of its data.

    Attributes:
        fingerprint: text that differs if any batch would.
    """

    fingerprint: str

    def batch(self, step: int, size: int) -> tuple[Tensor, ...]:
        """What step number `step` reads, [size, T], at each place the token to name, [size, T], and what else its
        objective asks for, of each row."""


class Shuffled:
    """Numbers that count on for ever, put in another order each epoch: which rows a step reads.

    Args:
        count: rows.
        seed: of the orders.
    """

    def __init__(self, count: int, seed: int) -> None:
        self.count, self.seed = count, seed
        self._orders: dict[int, np.ndarray] = {}

    def places(self, step: int, size: int) -> list[tuple[int, int]]:
        """The epoch and the place, below `count`, of each row of a batch."""
        counted = (divmod(number, self.count) for number in range(step * size, (step + 1) * size))
        return [(epoch, int(self._order(epoch)[place])) for epoch, place in counted]

    def _order(self, epoch: int) -> np.ndarray:
        if epoch not in self._orders:
            if len(self._orders) > 1:  # a batch lies in two epochs at most, unless there are few rows
                self._orders.clear()
            self._orders[epoch] = generator(self.seed, "order", epoch).permutation(self.count)
        return self._orders[epoch]


class Windows:
    """Windows of T + 1 tokens, cut from one long row without overlap; their borders move from epoch to epoch.

    Args:
        tokens: [N], ids: a tensor, an array, or a file mapped into memory, of which only what a batch holds is read.
        length: tokens a window reads, T.
        seed: of the order and the borders.

    Raises:
        ValueError: for a row of tokens without a single window.

    Example:
        >>> Windows(torch.arange(100), length=4).batch(step=7, size=2)[0].shape
        torch.Size([2, 4])
    """

    def __init__(self, tokens: Tensor | np.ndarray, length: int, seed: int = 0) -> None:
        self.tokens = np.asarray(tokens)
        self.length = arguments.whole("length", length, 1)
        self.seed = arguments.whole("seed", seed, 0)
        if self.tokens.ndim != 1 or len(self.tokens) <= length:
            raise ValueError(
                f"tokens: got {arguments.described(tokens)}, allowed one row of more than length ({length})"
            )
        self._spare = (len(self.tokens) - 1) % length  # tokens that no window of an epoch reads
        self._shuffled = Shuffled((len(self.tokens) - 1) // length, seed)
        self.fingerprint = fingerprint_of(self.tokens, length, seed)

    @property
    def per_epoch(self) -> int:
        """Windows that read all tokens once."""
        return self._shuffled.count

    def batch(self, step: int, size: int) -> tuple[Tensor, Tensor]:
        """What a step reads, and what follows each of its tokens: ids [size, T] and ids [size, T]."""
        rows, places = np.empty((size, self.length + 1), np.int64), self._shuffled.places(step, size)
        borders = {epoch: self._border(epoch) for epoch in {epoch for epoch, _ in places}}
        for row, (epoch, place) in zip(rows, places, strict=True):
            start = place * self.length + borders[epoch]
            row[:] = self.tokens[start : start + self.length + 1]
        return _shifted(rows)

    def _border(self, epoch: int) -> int:
        """Where the first window of an epoch begins."""
        return int(generator(self.seed, "border", epoch).integers(self._spare + 1))


class Rows:
    """Rows that are read as they are, in another order each epoch: such as `pack` makes of documents.

    Args:
        rows: [N, T + 1], ids; where a row says `IGNORED`, nothing is to be named.
        seed: of the order.

    Raises:
        ValueError: for anything but whole numbers in two axes, with a token to read and one to name.
    """

    def __init__(self, rows: Tensor | np.ndarray, seed: int = 0) -> None:
        self.rows = np.asarray(rows)
        self.seed = arguments.whole("seed", seed, 0)
        if self.rows.ndim != 2 or not len(self.rows) or self.rows.shape[1] < 2 or self.rows.dtype.kind not in "iu":
            raise ValueError(f"rows: got {arguments.described(rows)}, allowed whole numbers [N, T + 1]")
        self._shuffled = Shuffled(len(self.rows), seed)
        self.fingerprint = fingerprint_of(self.rows, seed)

    @property
    def per_epoch(self) -> int:
        """Rows."""
        return self._shuffled.count

    def batch(self, step: int, size: int) -> tuple[Tensor, Tensor]:
        """What a step reads, and what follows each of its tokens: ids [size, T] and ids [size, T]."""
        return _shifted(self.rows[[place for _, place in self._shuffled.places(step, size)]].astype(np.int64))


class Conversations:
    """Conversations of different lengths, of which only what the assistant says is to be named; each a row of its own.

    A batch is as wide as its longest row. The shorter ones are filled up on the right, where a causal model looks at
    nothing that it reads, so no row knows of another.

    Args:
        rows: of each conversation its ids, and for each id whether it is to be named: what
            `encode_chat(..., add_generation_prompt=False, return_mask=True)` gives.
        length: the most tokens that a row may read, T; None for as many as the longest has.
        seed: of the order.

    Raises:
        ValueError: naming the conversation that is too long, of which nothing is to be named, or whose ids and mask
            differ in number.

    Example:
        >>> inputs, labels = Conversations([([5, 7, 9], [False, False, True]), ([5, 8], [False, True])]).batch(0, 2)
        >>> sorted(labels.tolist())
        [[-100, 9], [8, -100]]
    """

    def __init__(self, rows: Iterable[tuple[Sequence[int], Sequence[bool]]], length: int | None = None, seed: int = 0):
        self.seed = arguments.whole("seed", seed, 0)
        self._rows = [conversation_row(f"rows[{n}]", ids, mask, length) for n, (ids, mask) in enumerate(rows)]
        if not self._rows:
            raise ValueError("rows: got none, allowed at least one conversation")
        self._shuffled = Shuffled(len(self._rows), seed)
        self.fingerprint = fingerprint_of(np.concatenate([row.ravel() for row in self._rows]), len(self._rows), seed)

    @property
    def per_epoch(self) -> int:
        """Conversations."""
        return self._shuffled.count

    def batch(self, step: int, size: int) -> tuple[Tensor, Tensor]:
        """What a step reads, and what is to be named at each of its places: ids [size, T] and ids or `IGNORED`."""
        return filled([self._rows[place] for _, place in self._shuffled.places(step, size)])


def filled(rows: Sequence[np.ndarray]) -> tuple[Tensor, Tensor]:
    """Rows that each read and name something, [2, T], as ids and labels [B, T], filled up on the right."""
    batch = np.full((2, len(rows), max(row.shape[1] for row in rows)), IGNORED)
    batch[0] = 0
    for n, row in enumerate(rows):
        batch[:, n, : row.shape[1]] = row
    return torch.from_numpy(batch[0]), torch.from_numpy(batch[1])


def conversation_row(name: str, ids: Sequence[int], mask: Sequence[bool], length: int | None = None) -> np.ndarray:
    """What a conversation reads and what it names, [2, T].

    Args:
        name: of the conversation, for errors.
        ids: of all that is said.
        mask: for each id, whether it is to be named.
        length: the most tokens that it may read.

    Raises:
        ValueError: if it is too long, names nothing, or ids and mask differ in number.
    """
    ids, mask = np.asarray(ids, np.int64), np.asarray(mask, bool)
    if ids.shape != mask.shape or ids.ndim != 1:
        raise ValueError(f"{name}: got {len(ids)} ids and {len(mask)} marks, allowed one mark for each id")
    if length is not None and len(ids) > length + 1:
        raise ValueError(f"{name}: got {len(ids) - 1} tokens to read, allowed at most length ({length})")
    labels = np.where(mask, ids, IGNORED)[1:]
    if (labels == IGNORED).all():  # the first token is named by nobody
        raise ValueError(f"{name}: got nothing to name, allowed something that the assistant says")
    return np.stack([ids[:-1], labels])


def pack(documents: Iterable[Sequence[int]], length: int, separator: int) -> Tensor:
    """Lay documents one behind the other into rows that all begin as a text begins that the model will write.

    A row is the separator, then documents, each with the separator behind it. The last one is cut where the row ends,
    and the next row begins with the next document: no row begins inside a text.

    Args:
        documents: the ids of each.
        length: tokens that a row reads, T.
        separator: the token between documents, such as `<|endoftext|>`, from which the model will start.

    Returns:
        ids [N, T + 1]; documents that fill no row to its end are left out.

    Raises:
        ValueError: if they fill not even one row.
    """
    rows, row = [], [separator]
    for document in documents:
        row += [*document, separator]
        if len(row) > length:
            rows.append(row[: length + 1])
            row = [separator]
    if not rows:
        raise ValueError(f"documents: got {len(row)} tokens with separators, allowed more than length ({length})")
    return torch.tensor(rows)


def generator(*parts: object) -> np.random.Generator:
    """A generator of random numbers that depends on all parts, and on nothing else."""
    return np.random.default_rng(number(*parts))


def number(*parts: object) -> int:
    """A number below 2^63 that depends on all parts, and is the same in every process."""
    return hashed(repr(parts)) >> 1


def _shifted(rows: np.ndarray) -> tuple[Tensor, Tensor]:
    """Rows [B, T + 1] without their last token, and without their first. What is not to be named is read as 0."""
    ids = torch.from_numpy(rows)
    return ids[:, :-1].clamp(min=0), ids[:, 1:]


def fingerprint_of(tokens: np.ndarray, *settings: int) -> str:
    """Text that differs if a number of an array or a setting does."""
    digest = hashlib.sha256(repr((tokens.shape, tokens.dtype.str, settings)).encode())
    step = max(1, (1 << 24) // max(1, tokens[:1].nbytes))  # a mapped file is not read into memory at once
    for start in range(0, len(tokens), step):
        digest.update(np.ascontiguousarray(tokens[start : start + step]))
    return digest.hexdigest()
