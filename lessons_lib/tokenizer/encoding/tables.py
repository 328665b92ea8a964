"""Hash tables for compiled encoding: tokens found by their bytes, and ranks of pairs found by the pair."""

from typing import NamedTuple

import numpy as np

from lessons_lib.compiling import compiled

NEVER = np.int32(2**31 - 1)  # above every rank
NONE = np.int32(-1)
_FNV_START, _FNV_PRIME = np.uint64(0xCBF29CE484222325), np.uint64(0x100000001B3)
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2**64 divided by the golden ratio
_HALF = np.uint64(32)
# A pair and its rank in one number, of 20, 20 and 23 bits: enough for all that `ByteLevel` allows.
_LEFT, _RIGHT = 43, 23


class Tokens(NamedTuple):
    """Tokens to be found by their bytes.

    Args:
        data: the bytes of all tokens, one after another, uint8.
        starts: where each token starts in `data`, and where the last one ends, int64 [V + 1].
        slots: a hash table of ids, -1 where free, int32.
    """

    data: np.ndarray
    starts: np.ndarray
    slots: np.ndarray


class Merges(NamedTuple):
    """Pairs of tokens that may be joined.

    Args:
        byte_ids: id of each byte, -1 where it has none, int32 [256].
        slots: a hash table of pairs and their ranks, see `packed`, -1 where free, int64.
        results: id that a pair joins into, by rank, int32.
    """

    byte_ids: np.ndarray
    slots: np.ndarray
    results: np.ndarray


@compiled()
def packed(left, right, rank):
    """A pair with its rank as one number."""
    return np.int64(left) << _LEFT | np.int64(right) << _RIGHT | np.int64(rank)


@compiled()
def rank_of(merges, left, right):
    """The rank of a pair, or `NEVER`."""
    pair = packed(left, right, 0) >> _RIGHT
    slot = _slot(pair, len(merges.slots))
    while merges.slots[slot] >> _RIGHT != pair:
        if merges.slots[slot] < 0:
            return NEVER
        slot = (slot + 1) & (len(merges.slots) - 1)
    return np.int32(merges.slots[slot] & ((1 << _RIGHT) - 1))


@compiled()
def _slot(pair, size):
    return np.int64((np.uint64(pair) * _SPREAD) >> _HALF) & (size - 1)


@compiled()
def find(tokens, data, begin, end, code):
    """The id of the token that is `data[begin:end]`, whose hash is `code`, or `NONE`."""
    slot = code & (len(tokens.slots) - 1)
    while tokens.slots[slot] >= 0:
        found = tokens.slots[slot]
        if same(data, begin, end, tokens.data, tokens.starts[found], tokens.starts[found + 1]):
            return found
        slot = (slot + 1) & (len(tokens.slots) - 1)
    return NONE


@compiled()
def same(left, begin, end, right, start, stop):
    """Whether two stretches hold the same bytes."""
    if end - begin != stop - start:
        return False
    for i in range(end - begin):  # noqa: SIM110
        if left[begin + i] != right[start + i]:
            return False
    return True


@compiled()
def hash_of(data, begin, end):
    """FNV-1a of a stretch of bytes, its high half folded into the low one."""
    value = _FNV_START
    for i in range(begin, end):
        value = (value ^ np.uint64(data[i])) * _FNV_PRIME
    return np.int64(value ^ (value >> _HALF))


@compiled()
def token_table(data, starts, ids):
    """The hash table of some tokens, for `Tokens.slots`."""
    slots = np.full(_room(len(ids)), NONE, np.int32)
    for i in ids:
        if starts[i] == starts[i + 1]:  # an id that no text turns into
            continue
        slot = hash_of(data, starts[i], starts[i + 1]) & (len(slots) - 1)
        while slots[slot] >= 0:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = i
    return slots


@compiled()
def pair_table(pairs):
    """The hash table of pairs, each `packed` with its rank, for `Merges.slots`."""
    slots = np.full(_room(len(pairs)), -1, np.int64)
    for pair in pairs:
        slot = _slot(pair >> _RIGHT, len(slots))
        while slots[slot] >= 0:
            slot = (slot + 1) & (len(slots) - 1)
        slots[slot] = pair
    return slots


@compiled()
def _room(entries):  # a power of two that stays half empty or more
    size = 16
    while size < 2 * entries:
        size *= 2
    return size


@compiled()
def all_pairs(tokens):
    """Every two tokens that join into a token, `packed` with its id, which is their rank."""
    pairs, count = np.empty(len(tokens.data), np.int64), 0
    for i in range(len(tokens.starts) - 1):
        begin, end = tokens.starts[i], tokens.starts[i + 1]
        for cut in range(begin + 1, end):
            left = find(tokens, tokens.data, begin, cut, hash_of(tokens.data, begin, cut))
            if left >= 0:
                right = find(tokens, tokens.data, cut, end, hash_of(tokens.data, cut, end))
                if right >= 0:
                    pairs[count] = packed(left, right, i)
                    count += 1
    return pairs[:count]
