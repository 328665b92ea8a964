"""Byte-pair training compiled. The algorithm is that of `incremental`, over arrays in place of lists."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from lessons_lib.compiling import compiled

Pair = tuple[int, int]

_EDGE, _JOINED = -1, -2
_AT_ONCE = 256  # merges between two reports
_COUNT, _PAIR, _START, _END = range(4)  # columns of the heap; a pair is one number, left << 32 | right
_WEIGHT, _NUMBER, _NEXT = range(3)  # columns of `kinds`: how often a pair occurs, at how many places, the next free one


def learn_merges(
    counts: Mapping[bytes, int], most: int, progress: Callable[[int], object] = lambda merges: None
) -> list[Pair]:
    """Find the pairs to join, as `incremental.learn_merges` does.

    Args:
        counts: how often the text holds each piece.
        most: number of merges wanted. There are fewer when every piece has become one token.
        progress: called with the number of merges made since the last call.

    Returns:
        Pairs of ids in the order in which they are joined; the n-th joins into id 256 + n.

    Example:
        >>> learn_merges({b"low": 5, b"lot": 2}, most=3)
        [(108, 111), (256, 119), (256, 116)]
    """
    links = _link(counts)
    heap, places, used = _byte_pairs(links)
    size, done = len(heap), 0
    most = min(most, len(links.token))  # a merge takes one token away
    merges = np.empty(most, np.int64)
    kinds = np.zeros((2 * (256 + most), 3), np.int64)
    while size and done < most:
        before = done
        heap, size, used, done = _learn(
            merges, done, min(done + _AT_ONCE, most), links, places, used, heap, size, kinds
        )
        progress(done - before)
    return [(pair >> 32, pair & 0xFFFFFFFF) for pair in merges[:done].tolist()]


class _Links(NamedTuple):
    """All pieces in one links, an edge around each. A token has the place of its first byte."""

    token: np.ndarray
    """Id of the token at each place, int32."""
    after: np.ndarray
    """Place of the next token, int32."""
    before: np.ndarray
    """Place of the token before, int32."""
    weight: np.ndarray
    """How often the text holds the piece, int64."""


def _link(counts: Mapping[bytes, int]) -> _Links:
    lengths = np.fromiter(map(len, counts), np.int64, len(counts))
    size = int(lengths.sum()) + len(counts) + 1
    inside = np.ones(size, bool)
    inside[0], inside[np.cumsum(lengths + 1)] = False, False
    token, weight = np.full(size, _EDGE, np.int32), np.zeros(size, np.int64)
    token[inside] = np.frombuffer(b"".join(counts), np.uint8)
    weight[inside] = np.repeat(np.fromiter(counts.values(), np.int64, len(counts)), lengths)
    return _Links(token, np.arange(1, size + 1, dtype=np.int32), np.arange(-1, size - 1, dtype=np.int32), weight)


def _byte_pairs(links: _Links) -> tuple[np.ndarray, np.ndarray, int]:
    """The heap of all pairs of bytes, their places, and the number of places. Each pair has a stretch of places."""
    firsts = np.flatnonzero((links.token[:-1] != _EDGE) & (links.token[1:] != _EDGE))
    pairs = (links.token[firsts] << 8 | links.token[firsts + 1]).astype(np.uint16)
    order = np.argsort(pairs, kind="stable")
    # A merge takes one token away and starts two pairs at most, so this is room for all that will ever be.
    places = np.empty(3 * len(links.token), np.int32)
    places[: len(firsts)] = firsts[order]
    pairs, starts = np.unique(pairs[order], return_index=True)
    sums = np.append(0, np.cumsum(links.weight[firsts[order]]))
    ends = np.append(starts, len(firsts))[1:]
    heap = np.empty((len(pairs), 4), np.int64)
    heap[:, _COUNT] = sums[ends] - sums[starts]
    heap[:, _PAIR] = pairs.astype(np.int64) >> 8 << 32 | pairs & 0xFF
    heap[:, _START], heap[:, _END] = starts, ends
    return heap[np.argsort(-heap[:, _COUNT], kind="stable")], places, len(firsts)  # sorted rows are a heap


@compiled()
def _learn(merges, done, until, links, places, used, heap, size, kinds):
    while done < until and size:
        pair, start = heap[0, _PAIR], heap[0, _START]
        count, end = _count_again(links, pair, places, start, heap[0, _END])
        is_true = count == heap[0, _COUNT]
        if is_true or count == 0:
            size -= 1
            heap[0] = heap[size]
        else:
            heap[0, _COUNT], heap[0, _END] = count, end
        _sift_down(heap, size)
        if is_true:
            merges[done] = pair
            end = _join(links, places, start, end, 256 + done)
            heap, size, used = _add_pairs(links, places, start, end, 256 + done, used, heap, size, kinds)
            done += 1
    return heap, size, used, done


@compiled()
def _count_again(links, pair, places, start, end):
    """Count a pair, and leave out the places where it is gone."""
    left, right = pair >> 32, pair & 0xFFFFFFFF
    count, kept = 0, start
    for place in places[start:end]:
        if links.token[place] == left and links.token[links.after[place]] == right:
            places[kept] = place
            kept += 1
            count += links.weight[place]
    return count, kept


@compiled()
def _join(links, places, start, end, joined):
    """Join a pair at its places, and keep those where that was done."""
    kept = start
    for place in places[start:end]:
        if links.token[place] == _JOINED:  # the middle one of three equal tokens
            continue
        gone = links.after[place]
        links.token[place], links.token[gone] = joined, _JOINED
        links.after[place] = links.after[gone]
        links.before[links.after[gone]] = place
        places[kept] = place
        kept += 1
    return kept


@compiled()
def _add_pairs(links, places, start, end, joined, used, heap, size, kinds):
    """The pairs that a new token is part of: count each kind, then give it a stretch of places, then fill that."""
    fresh = np.empty(min(2 * (end - start), len(kinds)), np.int64)
    n = 0
    for at in range(start, end):
        for side in range(2):
            place, kind = _pair_beside(links, places[at], side, joined)
            if kind >= 0:
                if kinds[kind, _WEIGHT] == 0:
                    fresh[n] = kind
                    n += 1
                kinds[kind, _WEIGHT] += links.weight[place]
                kinds[kind, _NUMBER] += 1
    for kind in fresh[:n]:
        kinds[kind, _NEXT] = used
        used += kinds[kind, _NUMBER]
    for at in range(start, end):
        for side in range(2):
            place, kind = _pair_beside(links, places[at], side, joined)
            if kind >= 0:
                places[kinds[kind, _NEXT]] = place
                kinds[kind, _NEXT] += 1
    for kind in fresh[:n]:
        if size == len(heap):
            heap = np.concatenate((heap, np.empty_like(heap)))
        other = kind >> 1
        pair = joined << 32 | other if kind & 1 else other << 32 | joined
        count, length, stop = kinds[kind]
        _sift_up(heap, size, count, pair, stop - length, stop)
        size += 1
        kinds[kind] = 0
    return heap, size, used


@compiled()
def _pair_beside(links, place, side, joined):
    """Where a new token's pair with its left (0) or right (1) neighbour starts, and a number for this kind of pair."""
    start = place if side else links.before[place]
    other = links.token[links.after[place]] if side else links.token[start]
    if other == _EDGE or (other == joined and not side):  # two new tokens are the left one's pair
        return start, -1
    return start, other << 1 | side


@compiled()
def _sift_up(heap, at, count, pair, start, end):
    """Put a row at the bottom of the heap and let it rise."""
    while at:
        above = (at - 1) >> 1
        if heap[above, _COUNT] > count or (heap[above, _COUNT] == count and heap[above, _PAIR] < pair):
            break
        heap[at] = heap[above]
        at = above
    heap[at, _COUNT], heap[at, _PAIR], heap[at, _START], heap[at, _END] = count, pair, start, end


@compiled()
def _sift_down(heap, size):
    """Let the row at the top sink to where it belongs."""
    at, below = 0, 1
    while below < size:
        if below + 1 < size and _goes_first(heap, below + 1, below):
            below += 1
        if _goes_first(heap, at, below):
            break
        for column in range(4):
            heap[at, column], heap[below, column] = heap[below, column], heap[at, column]
        at, below = below, 2 * below + 1


@compiled()
def _goes_first(heap, one, other):
    if heap[one, _COUNT] != heap[other, _COUNT]:
        return heap[one, _COUNT] > heap[other, _COUNT]
    return heap[one, _PAIR] < heap[other, _PAIR]
