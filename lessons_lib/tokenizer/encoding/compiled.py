"""Byte-level encoding as compiled code, for long texts: the same ids as the plain code gives, several times as fast.

A text is read once from left to right. The scanner finds where a piece ends, a hash table tells whether the piece is a
token, and only a piece that is none is merged.
"""

from collections.abc import Sequence

import numpy as np

from lessons_lib.compiling import compiled
from lessons_lib.tokenizer.encoding.bpe import Pair, no_token
from lessons_lib.tokenizer.encoding.scan import code_points, next_end, scanner
from lessons_lib.tokenizer.encoding.tables import (
    NEVER,
    NONE,
    Merges,
    Tokens,
    all_pairs,
    find,
    hash_of,
    packed,
    pair_table,
    rank_of,
    same,
    token_table,
)

_SHORT = 64  # bytes of a piece up to which looking at all pairs beats a heap
_SEEN = 1 << 12  # pieces that an encoding remembers


class CompiledEncoder:
    """The compiled form of `ByteLevel`, made of the same parts.

    Args:
        tokens: bytes of each id; None for an id that no text turns into.
        merges: pair of ids and the id they join into, the first to be joined first. None for tiktoken's ranks.
        split: a key of `SPLITS`.
        whole_pieces: whether a piece that is a token is taken whole, merges or no merges.
        strict: whether bytes that have no token raise an error.
    """

    def __init__(
        self,
        tokens: Sequence[bytes | None],
        merges: Sequence[tuple[Pair, int]] | None,
        *,
        split: str,
        whole_pieces: bool,
        strict: bool,
    ) -> None:
        self._scanner = scanner(split)
        self._strict = strict
        names = [token or b"" for token in tokens]
        data = np.frombuffer(b"".join(names), np.uint8)
        starts = np.concatenate([[0], np.cumsum([len(name) for name in names])]).astype(np.int64)
        everything = Tokens(data, starts, token_table(data, starts, np.arange(len(names), dtype=np.int32)))
        byte_ids = np.full(256, NONE)
        for i, name in enumerate(names):
            if len(name) == 1:
                byte_ids[name[0]] = i
        if merges is None:
            pairs = all_pairs(everything)
            results = np.arange(len(names), dtype=np.int32)
        else:
            ranked = enumerate(merges)
            pairs = np.array([packed.py_func(left, right, rank) for rank, ((left, right), _) in ranked], np.int64)
            results = np.array([joined for _, joined in merges], np.int32)
        self._merges = Merges(byte_ids, pair_table(pairs), results)
        # Where pieces are not taken whole, a token that its own bytes merge into may be all the same.
        whole = np.arange(len(names), dtype=np.int32) if whole_pieces else _reachable(everything, self._merges)
        self._whole = Tokens(data, starts, token_table(data, starts, whole))

    def encode(self, text: str) -> list[int]:
        """Turn text into ids, as `ByteLevel.encode` does but for composing characters.

        Raises:
            ValueError: the text holds a lone surrogate, or a byte that has no token.
        """
        codes, data = code_points(text), np.frombuffer(text.encode("utf-8"), np.uint8)
        return self._result(*_encode(codes, data, *self._scanner, self._whole, self._merges, self._strict))

    def encode_bytes(self, data: bytes) -> list[int]:
        """Turn bytes into ids: one piece, never cut."""
        return self._result(*_encode_piece(np.frombuffer(data, np.uint8), self._whole, self._merges, self._strict))

    @staticmethod
    def _result(ids: np.ndarray, lacking: int) -> list[int]:
        if lacking >= 0:
            raise no_token(lacking)
        return ids.tolist()


def warm_up() -> None:
    """Compile everything now, which takes seconds once; later runs read the machine code from a cache."""
    tokens = [bytes([byte]) for byte in range(256)] + [b"ab"]
    for merges in (None, [((97, 98), 256)]):
        encoder = CompiledEncoder(tokens, merges, split="gpt2", whole_pieces=False, strict=True)
        encoder.encode("abc" * _SHORT)
        encoder.encode_bytes(b"abc")


@compiled()
def _encode(codes, data, kind, classes, whole, merges, strict):
    ids = np.empty(len(data), np.int32)  # at most one a byte; memory never touched costs nothing
    scratch = np.empty(_SHORT, np.int32)
    # What pieces merged into, by their hash: where the last such piece stands in the text, and its ids among the ids.
    seen = np.zeros((_SEEN, 4), np.int64)
    count, start, begin = 0, 0, 0  # of ids, code points and bytes
    while start < len(codes):
        stop = next_end(codes, start, kind, classes)
        end = begin
        for i in range(start, stop):
            end += 1 + (codes[i] > 0x7F) + (codes[i] > 0x7FF) + (codes[i] > 0xFFFF)
        code = hash_of(data, begin, end)
        found = find(whole, data, begin, end, code)
        if found >= 0:
            ids[count] = found
            count += 1
        else:
            place = code & (_SEEN - 1)
            if same(data, begin, end, data, seen[place, 0], seen[place, 1]):
                for i in range(seen[place, 2], seen[place, 3]):
                    ids[count] = ids[i]
                    count += 1
            else:
                first = count
                count, lacking = _merge(data, begin, end, merges, strict, scratch, ids, first)
                if lacking >= 0:
                    return ids[:0], lacking
                seen[place, 0], seen[place, 1], seen[place, 2], seen[place, 3] = begin, end, first, count
        start, begin = stop, end
    return ids[:count], NONE


@compiled()
def _encode_piece(data, whole, merges, strict):
    ids = np.empty(max(len(data), 1), np.int32)
    ids[0] = find(whole, data, 0, len(data), hash_of(data, 0, len(data)))
    if ids[0] >= 0:
        return ids[:1], NONE
    count, lacking = _merge(data, 0, len(data), merges, strict, np.empty(_SHORT, np.int32), ids, 0)
    return ids[:count], lacking


@compiled()
def _merge(data, begin, end, merges, strict, scratch, ids, count):
    """Append the ids of a piece; the second result is a byte without a token, or -1."""
    size = count
    for i in range(begin, end):
        ids[size] = merges.byte_ids[data[i]]
        if ids[size] >= 0:
            size += 1
        elif strict:
            return count, np.int32(data[i])
    if size - count <= _SHORT:
        return count + _merge_short(ids[count:size], merges, scratch), NONE
    return count + _merge_long(ids[count:size], merges), NONE


@compiled()
def _merge_short(ids, merges, at):  # at[i] is the rank of the pair that starts at i
    n = len(ids)
    for i in range(n - 1):
        at[i] = rank_of(merges, ids[i], ids[i + 1])
    while n > 1:
        best = 0
        for i in range(1, n - 1):
            if at[i] < at[best]:
                best = i
        if at[best] == NEVER:
            break
        ids[best] = merges.results[at[best]]
        n -= 1
        for i in range(best + 1, n):
            ids[i] = ids[i + 1]
        for i in range(best + 1, n - 1):
            at[i] = at[i + 1]
        if best + 1 < n:
            at[best] = rank_of(merges, ids[best], ids[best + 1])
        if best > 0:
            at[best - 1] = rank_of(merges, ids[best - 1], ids[best])
    return n


@compiled()
def _merge_long(ids, merges):
    """A token keeps the place of its first byte and is linked to its neighbours. The heap holds rank << 32 | place of
    pairs, so that the lowest rank comes first, and of these the leftmost. A place is stale when its rank has changed.
    """
    n = len(ids)
    after, before = np.arange(1, n + 1).astype(np.int32), np.arange(-1, n - 1).astype(np.int32)
    at = np.full(n, NEVER, np.int32)
    heap = np.empty(3 * n, np.int64)  # each merge adds two pairs at most
    size = 0
    for i in range(n - 1):
        size = _note(heap, size, at, i, rank_of(merges, ids[i], ids[i + 1]))
    while size > 0:
        rank, left = heap[0] >> 32, np.int32(heap[0] & 0xFFFFFFFF)
        size = _pop(heap, size)
        if at[left] != rank:
            continue
        right = after[left]
        ids[left], ids[right] = merges.results[rank], NONE
        at[left] = at[right] = NEVER
        after[left] = after[right]
        if after[left] < n:
            before[after[left]] = left
            size = _note(heap, size, at, left, rank_of(merges, ids[left], ids[after[left]]))
        if before[left] >= 0:
            size = _note(heap, size, at, before[left], rank_of(merges, ids[before[left]], ids[left]))
    count = 0
    for i in range(n):
        if ids[i] != NONE:
            ids[count] = ids[i]
            count += 1
    return count


@compiled()
def _note(heap, size, at, place, rank):
    at[place] = rank
    if rank == NEVER:
        return size
    key = np.int64(rank) << 32 | np.int64(place)
    hole = size
    while hole > 0 and heap[(hole - 1) >> 1] > key:
        heap[hole] = heap[(hole - 1) >> 1]
        hole = (hole - 1) >> 1
    heap[hole] = key
    return size + 1


@compiled()
def _pop(heap, size):
    size -= 1
    key, hole = heap[size], 0
    while True:
        child = 2 * hole + 1
        if child >= size:
            break
        if child + 1 < size and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= key:
            break
        heap[hole] = heap[child]
        hole = child
    heap[hole] = key
    return size


@compiled()
def _reachable(tokens, merges):
    """The tokens that their own bytes merge into."""
    longest = np.max(np.diff(tokens.starts))
    ids, scratch = np.empty(longest, np.int32), np.empty(_SHORT, np.int32)
    found = np.empty(len(tokens.starts) - 1, np.int32)
    count = 0
    for i in range(len(found)):
        size, _ = _merge(tokens.data, tokens.starts[i], tokens.starts[i + 1], merges, True, scratch, ids, 0)
        if size == 1 and ids[0] == i:
            found[count] = i
            count += 1
    return found[:count]
