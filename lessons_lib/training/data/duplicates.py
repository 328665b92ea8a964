"""Texts that are nearly the same: shingles, MinHash, bands, and then the exact comparison.

Two texts are as alike as their sets of shingles, runs of a few words. To compare all pairs would take for ever. MinHash
makes a short signature of each set, in which two sets agree at a place with a chance equal to their likeness. Cut into
bands, signatures that agree in one whole band are candidates. Candidates are only candidates: each pair is compared
exactly before anything is called a duplicate.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Iterator, Sequence

import numpy as np

from lessons_lib import arguments
from lessons_lib.training.hashing import hashed

_WORD = re.compile(r"\w+")
_number = functools.lru_cache(maxsize=1_000_000)(hashed)  # of a word; most come again and again


def shingles(text: str, length: int = 3) -> np.ndarray:
    """The runs of `length` words that stand in a text, each as a number; capitals and punctuation do not count.

    Args:
        text: of fewer words than `length`, all of them together are one run.
        length: words of a run.

    Returns:
        uint64 [S], sorted, each once; the same in every process.

    Example:
        >>> len(shingles("the cat sat, the cat sat", 2)), len(shingles("The cat"))
        (3, 1)
    """
    words = _WORD.findall(text.lower())
    numbers = np.array([_number(word) for word in words] or [0], np.uint64)
    runs = np.lib.stride_tricks.sliding_window_view(numbers, min(length, len(numbers)))  # [S, length]
    # A polynomial in an odd number: the same words in another order are another run.
    powers = np.cumprod(np.full(runs.shape[1], 0x9E3779B97F4A7C15, np.uint64))
    return np.unique((runs * powers).sum(1, dtype=np.uint64))


def jaccard(a: np.ndarray, b: np.ndarray) -> float:
    """How alike two sets are: what they share, as a part of what they hold together.

    Args:
        a, b: sorted numbers, each once, as `shingles` gives them.

    Returns:
        0 to 1.

    Source: Jaccard 1912.
    """
    shared = len(np.intersect1d(a, b, assume_unique=True))
    return shared / (len(a) + len(b) - shared)


class MinHash:
    """Signatures: for each of `count` random orders of all numbers, how early the first number of a set comes in it.

    In one random order the first of two sets together is equally likely to be any of their numbers. It is the first of
    both if it is shared: so the chance to agree at a place is the Jaccard likeness.

    Args:
        count: places of a signature, K.
        seed: of the orders.

    Source: Broder 1997; the orders are multiply-shift hashes (Dietzfelbinger et al. 1997).
    """

    def __init__(self, count: int = 128, seed: int = 0) -> None:
        self.count = arguments.whole("count", count, 1)
        chance = np.random.default_rng(seed)
        self._factors = chance.integers(0, 1 << 63, count, dtype=np.uint64) * np.uint64(2) + np.uint64(1)
        self._shifts = chance.integers(0, 1 << 63, count, dtype=np.uint64)

    def signature(self, numbers: np.ndarray) -> np.ndarray:
        """The signature of a set.

        Args:
            numbers: uint64 [S], at least one, random as those of `shingles` are.

        Returns:
            uint32 [K].
        """
        hashes = (numbers[:, None] * self._factors + self._shifts) >> np.uint64(32)  # wraps around on purpose
        return hashes.min(0).astype(np.uint32)


def candidate_chance(likeness: float, bands: int, rows: int) -> float:
    """The chance that two texts become candidates: an S of a curve, steep near `(1 / bands) ** (1 / rows)`.

    Args:
        likeness: their Jaccard likeness.
        bands: of a signature.
        rows: places of a band.

    Example:
        >>> [round(candidate_chance(likeness, 32, 4), 2) for likeness in (0.2, 0.4, 0.7)]
        [0.05, 0.56, 1.0]
    """
    return 1 - (1 - likeness**rows) ** bands


def near_duplicates(
    texts: Sequence[str],
    threshold: float = 0.7,
    *,
    length: int = 3,
    bands: int = 32,
    rows: int = 4,
    seed: int = 0,
) -> list[int]:
    """Put texts that are nearly the same into groups.

    Each pair that is grouped for its own sake is at least `threshold` alike, by the exact comparison; a chain of such
    pairs is one group. A pair as alike as that is missed with the chance `1 - candidate_chance(...)`.

    Args:
        texts: the texts.
        threshold: the least Jaccard likeness of a duplicate.
        length: words of a shingle.
        bands, rows: how a signature of `bands * rows` places is cut.
        seed: of the signatures.

    Returns:
        For each text the place of the first of its group: its own where it is alone. Keep those.

    Raises:
        ValueError: for a threshold outside 0 to 1.

    Example:
        >>> near_duplicates(["A cat sat on the mat.", "a cat sat on the mat", "Dogs bark."])
        [0, 0, 2]

    Source: Broder 1997; bands as in Leskovec, Rajaraman and Ullman, "Mining of Massive Datasets", section 3.4.
    """
    arguments.real("threshold", threshold, 0, 1, "0 to 1")
    groups = _Groups(len(texts))
    sets = [shingles(text, length) for text in texts]
    first: dict[bytes, int] = {}
    for place, numbers in enumerate(sets):
        groups.join(first.setdefault(numbers.tobytes(), place), place)
    different = [place for place in range(len(texts)) if groups.root(place) == place]
    minhash = MinHash(bands * rows, seed)
    signatures = np.array([minhash.signature(sets[place]) for place in different]).reshape(-1, bands, rows)
    for alike in _alike_in_a_band(signatures):
        candidates = [different[place] for place in alike]
        if len({groups.root(place) for place in candidates}) == 1:
            continue  # an earlier band has brought them together
        for one, other in itertools.combinations(candidates, 2):
            if groups.root(one) != groups.root(other) and jaccard(sets[one], sets[other]) >= threshold:
                groups.join(one, other)
    return [groups.root(place) for place in range(len(texts))]


def _alike_in_a_band(signatures: np.ndarray) -> Iterator[list[int]]:
    """Places of signatures [N, bands, rows] that agree in a whole band, two or more at a time."""
    for band in np.moveaxis(signatures, 1, 0):
        keys = np.ascontiguousarray(band).view(np.dtype((np.void, band.shape[1] * band.itemsize))).ravel()
        order = np.argsort(keys, kind="stable")
        changes = np.flatnonzero(keys[order[1:]] != keys[order[:-1]]) + 1
        borders = np.concatenate(([0], changes, [len(order)]))
        for place in np.flatnonzero(np.diff(borders) > 1):
            yield order[borders[place] : borders[place + 1]].tolist()


class _Groups:
    """Numbers that are joined pair by pair; the root of a group is its least number.

    Source: Galler and Fischer 1964, with the paths halved.
    """

    def __init__(self, count: int) -> None:
        self._parents = list(range(count))

    def root(self, number: int) -> int:
        parents = self._parents
        while parents[number] != number:
            parents[number] = parents[parents[number]]
            number = parents[number]
        return number

    def join(self, a: int, b: int) -> None:
        low, high = sorted((self.root(a), self.root(b)))
        self._parents[high] = low
