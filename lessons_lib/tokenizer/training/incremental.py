"""Byte-pair training that touches only what a merge changes. The merges are those of `plain`.

A heap knows the most frequent pair, and each pair knows the places where it occurs. A pair comes up when the newer of
its two tokens is made, in all its places at once; later merges can only take places away. So a count in the heap may be
too high and is never too low, and it is enough to count a pair again when it comes to the top.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from heapq import heappop, heappush, heapreplace

Pair = tuple[int, int]

_EDGE = -1  # stands between two pieces
_JOINED = -2  # stands where a token has gone into its left neighbour


def learn_merges(
    counts: Mapping[bytes, int], most: int, progress: Callable[[int], object] = lambda merges: None
) -> list[Pair]:
    """Find the pairs to join, the most frequent first; of equally frequent ones the lowest pair of ids.

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
    # All pieces stand in one row. A token has the place of its first byte and is linked to its neighbours.
    token = [_EDGE]
    weight = [0]
    for piece, count in counts.items():
        token += [*piece, _EDGE]
        weight += [count] * (len(piece) + 1)
    after = list(range(1, len(token) + 1))
    before = list(range(-1, len(token) - 1))
    heap: list[tuple[int, Pair, list[int]]] = []  # minus its count, a pair, its places from left to right

    def add_pairs(places: Iterable[int]) -> None:
        found = defaultdict(list)
        for place in places:
            found[token[place], token[after[place]]].append(place)
        for pair, starts in found.items():
            if _EDGE not in pair:
                heappush(heap, (-sum([weight[place] for place in starts]), pair, starts))

    add_pairs(range(len(token) - 1))
    merges: list[Pair] = []
    while heap and len(merges) < most:
        highest, (left, right), places = heap[0]
        places = [place for place in places if token[place] == left and token[after[place]] == right]
        count = sum([weight[place] for place in places])
        if count < -highest:
            heapreplace(heap, (-count, (left, right), places)) if count else heappop(heap)
            continue
        heappop(heap)
        joined = 256 + len(merges)
        changed = []  # where a pair with the new token starts
        for place in places:
            if token[place] == _JOINED:  # the middle one of three equal tokens
                continue
            gone = after[place]
            token[place] = joined
            token[gone] = _JOINED
            after[place] = after[gone]
            before[after[gone]] = place
            if token[before[place]] != joined:
                changed.append(before[place])
            changed.append(place)
        add_pairs(changed)
        merges.append((left, right))
        progress(1)
    return merges
