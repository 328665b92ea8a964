"""How alike vectors are, and which of many are nearest to one: all questions of a batch in one matrix product."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

BLOCK = 1 << 24  # scores held at once: 64 MB of float32


class Neighbours(NamedTuple):
    """Rows of a matrix, most alike first, and their cosine similarities: [K] for one query, [Q, K] for several."""

    rows: np.ndarray
    scores: np.ndarray


def cosine_similarity(x: ArrayLike, y: ArrayLike) -> np.ndarray:
    """The cosine of the angle between vectors: 1 for the same direction, 0 at right angles, -1 for opposite ones.

    Args:
        x: [C] or [A, C], computed with as float32.
        y: [C] or [B, C].

    Returns:
        float32, each `x` with each `y`: [A, B], without the axis of an argument that is a single vector.

    Raises:
        ValueError: for other shapes, and for a vector that is all zeros or not finite: it has no direction.

    Example:
        >>> float(cosine_similarity([3, 4], [6, 8]))
        1.0
        >>> cosine_similarity([[1, 0], [0, 2]], [[5, 0], [-1, 0], [0, 1]]).tolist()
        [[1.0, -1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    x = _checked("x", x)
    y = _checked("y", y)
    if x.shape[-1] != y.shape[-1]:
        raise ValueError(f"y: got vectors of {y.shape[-1]} numbers, allowed {x.shape[-1]}, as in x")
    return np.clip(unit("x", x) @ unit("y", y).T, -1, 1)  # [A, B]


def nearest(queries: ArrayLike, vectors: ArrayLike, count: int = 10, excluded: ArrayLike | None = None) -> Neighbours:
    """The rows of a matrix whose direction is most like that of each query.

    Args:
        queries: [C] or [Q, C].
        vectors: [N, C], such as the embedding matrix of a model.
        count: how many neighbours, K.
        excluded: rows that may not be an answer, [E], or [Q, E] with a list for each query.

    Returns:
        Most alike first; of two that are equally alike, the earlier row first.

    Raises:
        ValueError: for other shapes, vectors without a direction, rows that are not there, or fewer than K rows left.

    Example:
        >>> nearest([1, 0], [[0, 1], [2, 1], [1, 0]], count=2).rows.tolist()
        [2, 1]
    """
    queries = _checked("queries", queries)
    vectors = _checked("vectors", vectors)
    if vectors.ndim != 2 or queries.shape[-1] != vectors.shape[-1]:
        raise ValueError(
            f"vectors: got shape {list(vectors.shape)}, allowed [N, {queries.shape[-1]}] to go with the queries"
        )
    batch = np.atleast_2d(unit("queries", queries))  # [Q, C]
    hidden = _excluded(excluded, len(batch), len(vectors))  # [Q, E]
    if not 1 <= count <= len(vectors) - hidden.shape[1]:
        raise ValueError(f"count: got {count}, allowed 1 to {len(vectors) - hidden.shape[1]} (the rows to choose from)")
    lengths = _lengths("vectors", vectors)  # [N]
    step = max(1, BLOCK // len(vectors))
    parts = [
        _best(batch[start : start + step] @ vectors.T / lengths, hidden[start : start + step], count)
        for start in range(0, len(batch), step)
    ]
    rows, scores = (np.concatenate(part) for part in zip(*parts, strict=True))  # [Q, K] each
    return Neighbours(rows[0], scores[0]) if queries.ndim == 1 else Neighbours(rows, scores)


def analogy(
    vectors: ArrayLike, a: ArrayLike, b: ArrayLike, c: ArrayLike, count: int = 1, exclude: bool = True
) -> Neighbours:
    """Answer "a is to b as c is to ...": the rows nearest to b - a + c, all three scaled to length 1 first.

    Args:
        vectors: [N, C].
        a, b, c: rows of `vectors`: a number each, or [Q] for several questions.
        count: how many answers, K.
        exclude: whether a, b and c themselves may not be an answer. Without it the answer is mostly c.

    Raises:
        ValueError: as `nearest`.

    Source: Mikolov et al. 2013, "Linguistic Regularities in Continuous Space Word Representations".

    Example:
        >>> man, woman, king, queen = [1, 0, 0], [0, 1, 0], [1, 0, 3], [0, 1, 3]
        >>> analogy([man, woman, king, queen], 0, 1, 2).rows.tolist()
        [3]
    """
    vectors = _checked("vectors", vectors)
    asked = _rows("a, b, c", np.stack(np.broadcast_arrays(a, b, c), -1), len(vectors))  # [3] or [Q, 3]
    first, second, third = np.moveaxis(unit("vectors", vectors[asked]), -2, 0)  # [C] or [Q, C] each
    return nearest(second - first + third, vectors, count, asked if exclude else None)


def highest(scores: np.ndarray, count: int) -> np.ndarray:
    """Where the `count` highest of each row of scores [Q, N] stand, without sorting the rest: [Q, K].

    Highest first; of two that are equal, the earlier first. `count` is from 1 to N.
    """
    bars = np.partition(scores, -count, axis=1)[:, -count]  # [Q]: what the last one must reach
    rows = np.empty((len(scores), count), np.intp)
    for row, bar in enumerate(bars):
        reached = np.flatnonzero(scores[row] >= bar)
        rows[row] = reached[np.argsort(-scores[row, reached], kind="stable")][:count]
    return rows


def unit(name: str, vectors: np.ndarray) -> np.ndarray:
    """Vectors [..., C] scaled to length 1; `name` is what an error calls them."""
    return vectors / _lengths(name, vectors)[..., None]


def _lengths(name: str, vectors: np.ndarray) -> np.ndarray:
    lengths = np.sqrt(np.einsum("...c,...c->...", vectors, vectors))  # [...]
    wrong = ~(np.isfinite(lengths) & (lengths > 0))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise ValueError(f"{name}: got length {lengths.flat[row]} in row {row}, allowed finite numbers, not all zero")
    return lengths


def _checked(name: str, vectors: ArrayLike) -> np.ndarray:
    array = np.asarray(vectors, dtype=np.float32)
    if array.ndim not in (1, 2) or 0 in array.shape:
        raise ValueError(f"{name}: got shape {list(array.shape)}, allowed a vector or a matrix that is not empty")
    return array


def _rows(name: str, rows: ArrayLike, total: int) -> np.ndarray:
    array = np.asarray(rows)
    if array.dtype.kind not in "iu":
        raise ValueError(f"{name}: got {array.dtype}, allowed whole numbers")
    if array.size and not 0 <= array.min() <= array.max() < total:
        wrong = array[(array < 0) | (array >= total)][0]
        raise ValueError(f"{name}: got row {wrong}, allowed 0 to {total - 1}")
    return array


def _excluded(excluded: ArrayLike | None, queries: int, total: int) -> np.ndarray:
    if excluded is None:
        return np.empty((queries, 0), np.intp)
    rows = np.atleast_2d(_rows("excluded", excluded, total))  # [1, E] or [Q, E]
    if rows.ndim > 2 or len(rows) not in (1, queries):
        raise ValueError(f"excluded: got shape {list(rows.shape)}, allowed [E] or [{queries}, E]")
    return np.broadcast_to(rows, (queries, rows.shape[1]))


def _best(scores: np.ndarray, hidden: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` highest of each row of scores [Q, N] that are not hidden, and the scores themselves."""
    np.put_along_axis(scores, hidden, -np.inf, axis=1)
    rows = highest(scores, count)
    return rows, np.take_along_axis(scores, rows, axis=1)
