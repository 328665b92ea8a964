"""IVF, an index that looks at a part: vectors are sorted into lists around centres, and a question opens the nearest
ones."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from lessons_lib import arguments
from lessons_lib.apps.retrieval.index import as_matrix
from lessons_lib.vectors.similarity import highest

ROUNDS = 10  # of k-means; the lists need not be the best there are
PER_CENTRE = 64  # vectors that teach one centre its place: more change little


class IVF:
    """Vectors in lists, "inverted files": a search that opens few is fast and may miss, one that opens all is exact.

    Args:
        vectors: [N, C], one or more, of any lengths but 0.
        lists: how many, 1 to N; None for the root of N.
        seed: of the vectors that the centres start from.

    Raises:
        ValueError: naming what does not fit.

    Example:
        >>> vectors = np.random.default_rng(0).normal(size=(1000, 8))
        >>> rows, cosines = IVF(vectors).search(vectors[7], count=1)
        >>> int(rows[0]), round(float(cosines[0]), 4)
        (7, 1.0)

    Source: Sivic and Zisserman 2003, "Video Google"; Jégou, Douze and Schmid 2011, "Product Quantization for Nearest
    Neighbor Search", section 4.
    """

    def __init__(self, vectors: ArrayLike, lists: int | None = None, seed: int = 0) -> None:
        found = as_matrix(vectors, len(np.asarray(vectors)), None)
        if not len(found):
            raise ValueError("vectors: got none, allowed one or more")
        lists = round(len(found) ** 0.5) if lists is None else lists
        lists = arguments.whole("lists", lists, least=1, most=len(found))
        self.centres = _k_means(found, lists, np.random.default_rng(seed))  # [L, C]
        nearest = _nearest(found, self.centres)  # [N]
        self._rows = np.argsort(nearest, kind="stable")  # the rows of list 0, then those of list 1, ...
        self._starts = np.searchsorted(nearest[self._rows], np.arange(lists + 1))  # [L + 1]
        self._vectors = found[self._rows]  # each list in one piece

    def search(self, vector: ArrayLike, count: int = 10, probes: int = 8) -> tuple[np.ndarray, np.ndarray]:
        """The nearest vectors in the lists whose centres are nearest.

        Args:
            vector: [C].
            count: vectors at most, 1 or more.
            probes: lists that are opened, 1 or more.

        Returns:
            Rows of `vectors` and cosines, [K] each, best first; fewer than `count` where the lists hold fewer.

        Raises:
            ValueError: for a vector of another size, or without a direction.
        """
        count = arguments.whole("count", count, least=1)
        probes = min(arguments.whole("probes", probes, least=1), len(self.centres))
        asked = as_matrix(np.asarray(vector)[None], 1, self.centres.shape[1], "vector")  # [1, C]
        opened = highest(asked @ self.centres.T, probes)[0]  # [P]
        rows = np.concatenate([np.arange(self._starts[i], self._starts[i + 1]) for i in opened])  # [M]
        # Each list is one piece of memory, so it is multiplied where it lies.
        scores = np.concatenate([asked @ self._vectors[self._starts[i] : self._starts[i + 1]].T for i in opened], 1)
        best = highest(scores, min(count, len(rows)))[0] if len(rows) else np.empty(0, np.intp)
        return self._rows[rows[best]], scores[0, best]


def _k_means(vectors: np.ndarray, lists: int, generator: np.random.Generator) -> np.ndarray:
    """Centres of length 1: each the mean direction of the vectors that are nearer to it than to any other."""
    taught = vectors[generator.permutation(len(vectors))[: lists * PER_CENTRE]]
    centres = taught[:lists].copy()  # they are in random order
    for _ in range(ROUNDS):
        nearest = _nearest(taught, centres)  # [M]
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, taught)
        lengths = np.linalg.norm(sums, axis=1, keepdims=True)
        # A centre without vectors, or whose vectors cancel out, stays where it was.
        np.divide(sums, lengths, out=centres, where=lengths > 1e-6)
    return centres


def _nearest(vectors: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """The number of the centre that each vector is nearest to, [N]; never more than a block of scores is held."""
    step = max(1, (1 << 22) // len(centres))
    return np.concatenate([(vectors[i : i + step] @ centres.T).argmax(1) for i in range(0, len(vectors), step)])
