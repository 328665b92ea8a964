"""Byte-pair training as one would do it on paper: count all pairs, join the most frequent one, start again.

The time is merges times length of the text. `incremental` gives the same merges and counts each pair once.
"""

from collections import Counter
from collections.abc import Mapping
from itertools import pairwise

Pair = tuple[int, int]


def learn_merges(counts: Mapping[bytes, int], most: int) -> list[Pair]:
    """Find the pairs to join, the most frequent first.

    Ids below 256 are bytes, and the n-th pair joins into id 256 + n. Of pairs that are equally frequent the lowest
    goes first: the lower left id, then the lower right one. In `aaa` the pair `aa` counts twice and is joined once.

    Args:
        counts: how often the text holds each piece.
        most: number of merges wanted. There are fewer when every piece has become one token.

    Returns:
        Pairs of ids in the order in which they are joined.

    Example:
        >>> learn_merges({b"low": 5, b"lot": 2}, most=3)
        [(108, 111), (256, 119), (256, 116)]

    Source: Sennrich et al. 2016, "Neural Machine Translation of Rare Words with Subword Units", algorithm 1.
    """
    pieces = [(list(piece), count) for piece, count in counts.items()]
    merges: list[Pair] = []
    while len(merges) < most and (pairs := count_pairs(pieces)):
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        for ids, _ in pieces:
            join(ids, best, 256 + len(merges))
        merges.append(best)
    return merges


def count_pairs(pieces: list[tuple[list[int], int]]) -> Counter[Pair]:
    """Count the adjacent pairs of ids in pieces, each given with how often it occurs.

    Example:
        >>> count_pairs([([1, 2, 1, 2], 10)])
        Counter({(1, 2): 20, (2, 1): 10})
    """
    pairs: Counter[Pair] = Counter()
    for ids, count in pieces:
        for pair in pairwise(ids):
            pairs[pair] += count
    return pairs


def join(ids: list[int], pair: Pair, joined: int) -> None:
    """Replace a pair by one id wherever it occurs, from left to right.

    Example:
        >>> join(ids := [1, 2, 2, 2, 3], (2, 2), 4)
        >>> ids
        [1, 4, 2, 3]
    """
    for i in range(len(ids) - 1):
        if tuple(ids[i : i + 2]) == pair:
            ids[i : i + 2] = [joined]
