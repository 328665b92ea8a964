"""Counting pieces compiled: the scanner finds them, and a hash table over code points knows those seen before.

Texts are gathered, for each call of compiled code costs as much as a line of text. They stay apart: where one ends is a
number beside the characters, not one of them, so there is nothing that a text could imitate.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise

import numpy as np

from lessons_lib.compiling import compiled
from lessons_lib.tokenizer.encoding.scan import code_points, next_end, scanner

_GATHERED = 1 << 17  # characters


def count_pieces(texts: Iterable[str], split: str) -> dict[bytes, int]:
    """Count the pieces of texts, as `counting.count_pieces` does.

    Args:
        texts: any number of them, of any length; a piece never spans two.
        split: a key of `SPLITS` in `encoding.split`.

    Returns:
        How often each piece occurs, in UTF-8.

    Raises:
        ValueError: the split is not known, or a text holds a lone surrogate.

    Example:
        >>> count_pieces(["the sun", " the sun"], "gpt2")
        {b'the': 1, b' sun': 2, b' the': 1}
    """
    kind, classes = scanner(split)
    table = _Table()
    for block in _gathered(texts):
        try:
            codes = code_points("".join(block))
        except ValueError:
            for text in block:  # its place in its own text can be told
                code_points(text)
            raise
        ends = np.cumsum(np.fromiter(map(len, block), np.int64, len(block)))
        start = 0
        while start < len(codes):
            start = table.add(codes, ends, start, kind, classes)
    return table.pieces()


def _gathered(texts: Iterable[str]) -> Iterator[list[str]]:
    block, size = [], 0
    for text in texts:
        block.append(text)
        size += len(text) + 1  # a text costs something, even where it is empty
        if size >= _GATHERED:
            yield block
            block, size = [], 0
    if block:
        yield block


class _Table:
    """The pieces seen so far. Piece n is `text[borders[n] : borders[n + 1]]`."""

    def __init__(self) -> None:
        room = 1 << 12  # pieces; half of the slots stay empty
        self.size = 0
        self.slots = np.full(2 * room, -1, np.int32)  # a hash says where to look for the number of a piece; -1 is none
        self.hashes, self.counts = np.empty(room, np.uint64), np.empty(room, np.int64)
        self.borders, self.text = np.zeros(room + 1, np.int64), np.empty(8 * room, np.uint32)

    def add(self, codes: np.ndarray, ends: np.ndarray, start: int, kind: int, classes: np.ndarray) -> int:
        """Count pieces from `start` as long as there is room. Returns where the next piece starts.

        Args:
            codes: code points of texts, one after another, uint32.
            ends: where each text ends, int64.
            start: where a piece starts.
            kind: of `Scanner`.
            classes: of `Scanner`.
        """
        start, self.size = _count(
            codes, ends, start, kind, classes, self.size, self.slots, self.hashes, self.counts, self.borders, self.text
        )
        if start < len(codes):
            self._grow(len(codes) - start)
        return start

    def pieces(self) -> dict[bytes, int]:
        """Give each piece with its count, in the order in which they came."""
        codes = self.text[: self.borders[self.size]]
        data = codes.tobytes().decode("utf-32-le").encode("utf-8")
        widths = 1 + (codes > 0x7F) + (codes > 0x7FF) + (codes > 0xFFFF)  # bytes of each character
        borders = np.append(0, np.cumsum(widths))[self.borders[: self.size + 1]].tolist()
        pieces = (data[start:end] for start, end in pairwise(borders))
        return dict(zip(pieces, self.counts[: self.size].tolist(), strict=True))

    def _grow(self, characters: int) -> None:
        self.hashes, self.counts, self.borders = (
            np.concatenate((array, np.empty_like(array))) for array in (self.hashes, self.counts, self.borders)
        )
        self.text = np.concatenate((self.text, np.empty(len(self.text) + characters, np.uint32)))
        self.slots = np.full(2 * len(self.slots), -1, np.int32)
        _fill(self.slots, self.hashes[: self.size])


@compiled()
def _count(codes, ends, start, kind, classes, size, slots, hashes, counts, borders, text):
    for one in range(np.searchsorted(ends, start, side="right"), len(ends)):
        said = codes[: ends[one]]  # no split sees what comes after
        while start < len(said):
            end = next_end(said, start, kind, classes)
            key = _hash(codes, start, end)
            slot = np.int64(key) & (len(slots) - 1)
            while slots[slot] >= 0 and not _is_piece(slots[slot], key, codes, start, end, hashes, borders, text):
                slot = (slot + 1) & (len(slots) - 1)
            piece = slots[slot]
            if piece < 0:
                border = borders[size] + end - start
                if size == len(counts) or border > len(text):
                    return start, size
                piece = size
                size += 1
                slots[slot], hashes[piece], counts[piece], borders[size] = piece, key, 0, border
                text[borders[piece] : border] = codes[start:end]
            counts[piece] += 1
            start = end
    return start, size


@compiled()
def _is_piece(piece, key, codes, start, end, hashes, borders, text):
    length = borders[piece + 1] - borders[piece]
    if hashes[piece] != key or length != end - start:
        return False
    same = 0
    while same < length and text[borders[piece] + same] == codes[start + same]:
        same += 1
    return same == length


@compiled()
def _hash(codes, start, end):
    """FNV-1a over code points. Its high bits are the better mixed ones, so they are folded into the low ones."""
    key = np.uint64(0xCBF29CE484222325)
    for i in range(start, end):
        key = (key ^ np.uint64(codes[i])) * np.uint64(0x100000001B3)
    return key ^ (key >> np.uint64(32))


@compiled()
def _fill(slots, hashes):
    for piece in range(len(hashes)):
        slot = np.int64(hashes[piece]) & (len(slots) - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = piece
