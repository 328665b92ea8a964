"""Byte-pair encoding of one piece: join the adjacent pair of lowest rank, leftmost first, until no pair can be joined.

Two loops do the same work. Short pieces, nearly all there are, take the plain one. Long pieces take one with a heap,
whose time grows as n log n and not as n squared.
"""

from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush
from itertools import pairwise
from typing import Protocol

Pair = tuple[int, int]

_SHORT = 48  # bytes up to which the plain loop is the faster one
_NEVER = 1 << 62  # above every rank
_JOINED = -1  # marks a place whose token has gone into its left neighbour


class Ranks(Protocol):
    """The rank of each pair of ids that may be joined, the lowest first: a dict is one, `IdRanks` another."""

    def get(self, pair: Pair, default: int | None = None) -> int | None:
        """Give the rank of a pair, or the default if it may not be joined."""


class IdRanks:
    """Ranks as tiktoken's files have them: any two tokens may join that make up a token, and its id is their rank.

    Args:
        tokens: bytes of each id.
        ids: id of each token.

    Example:
        >>> IdRanks([b"a", b"b", b"ab"], {b"a": 0, b"b": 1, b"ab": 2}).get((0, 1))
        2
    """

    def __init__(self, tokens: Sequence[bytes], ids: Mapping[bytes, int]) -> None:
        self._tokens = tokens
        self._ids = ids

    def get(self, pair: Pair, default: int | None = None) -> int | None:
        """Give the rank of a pair, or the default if it may not be joined."""
        return self._ids.get(self._tokens[pair[0]] + self._tokens[pair[1]], default)


def merge(ids: Sequence[int], ranks: Ranks, results: Sequence[int]) -> list[int]:
    """Merge the ids of one piece as far as the ranks allow.

    Args:
        ids: the ids of the piece's bytes, in order.
        ranks: of the pairs.
        results: the joined id, by rank.

    Returns:
        The ids of the piece's tokens.

    Example:
        >>> merge([0, 1, 0, 1, 1], {(0, 1): 0, (2, 2): 1}, results=[2, 3])
        [3, 1]

    Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", section 3.2.
    """
    return (_merge_short if len(ids) <= _SHORT else _merge_long)(list(ids), ranks, results)


def _merge_short(ids: list[int], ranks: Ranks, results: Sequence[int]) -> list[int]:
    at = [ranks.get(pair, _NEVER) for pair in pairwise(ids)]  # at[i] is the rank of the pair that starts at i
    while at and (best := min(at)) != _NEVER:
        i = at.index(best)
        ids[i : i + 2] = [results[best]]
        del at[i]
        if i < len(at):
            at[i] = ranks.get((ids[i], ids[i + 1]), _NEVER)
        if i > 0:
            at[i - 1] = ranks.get((ids[i - 1], ids[i]), _NEVER)
    return ids


def _merge_long(ids: list[int], ranks: Ranks, results: Sequence[int]) -> list[int]:
    """A token keeps the place of its first byte and is linked to its neighbours. Each rank lists the places where its
    pair starts, sorted when its turn comes, and a heap for places found after that. A heap of ranks tells whose
    turn it is. A place is stale when the pair it was noted for is gone."""
    n = len(ids)
    after = list(range(1, n + 1))
    before = list(range(-1, n - 1))
    found: dict[int, list[int]] = {}  # rank to places, each list a heap
    for place, pair in enumerate(pairwise(ids)):
        if (rank := ranks.get(pair)) is not None:
            found.setdefault(rank, []).append(place)  # in rising order, which is a heap already
    opened: dict[int, list[int]] = {}  # rank to places, rightmost first
    lowest = list(found)
    heapify(lowest)

    def note(place: int, pair: Pair) -> None:
        if (rank := ranks.get(pair)) is None:
            return
        if rank in found:
            heappush(found[rank], place)
        else:
            found[rank] = [place]
            heappush(lowest, rank)

    while lowest:
        rank = lowest[0]
        if rank not in opened:
            opened[rank] = sorted(found[rank], reverse=True)
            found[rank] = []
        early = opened[rank]
        late = found[rank]
        left = early.pop() if early and not (late and late[0] < early[-1]) else heappop(late)
        if not early and not late:
            del opened[rank], found[rank]
            heappop(lowest)
        right = after[left]
        if right == n or ranks.get((ids[left], ids[right])) != rank:
            continue
        ids[left] = results[rank]
        ids[right] = _JOINED
        after[left] = after[right]
        if after[left] < n:
            before[after[left]] = left
            note(left, (ids[left], ids[after[left]]))
        if left > 0:
            note(before[left], (ids[before[left]], ids[left]))
    return [token for token in ids if token != _JOINED]


def no_token(byte: int) -> ValueError:
    """Make the error for a byte that the vocabulary lacks."""
    return ValueError(
        f"text: got byte 0x{byte:02X}, allowed the bytes that have a token; strict=False drops the others"
    )
