"""Several rankings made one: what many put near the top comes first, whatever their scores mean."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from typing import TypeVar

from lessons_lib import arguments

Name = TypeVar("Name", bound=Hashable)


def fuse(
    rankings: Sequence[Sequence[Name]], k: float = 60, weights: Sequence[float] | None = None
) -> list[tuple[Name, float]]:
    """Reciprocal rank fusion: place 1 is worth `1 / (k + 1)`, place 2 `1 / (k + 2)`, and so on; the sums decide.

    Args:
        rankings: of names, each best first and no name twice; they need not hold the same ones.
        k: how little the first places stand out, 0 or more.
        weights: one for each ranking, 0 or more; None for 1 each.

    Returns:
        Names and their sums, best first; of two with the same sum the one that was met first.

    Raises:
        ValueError: for a name that a ranking holds twice, or numbers that do not fit.

    Example:
        >>> [name for name, _ in fuse([["a", "b", "c"], ["c", "b", "d"]])]
        ['c', 'b', 'a', 'd']

    Source: Cormack, Clarke and Büttcher 2009, "Reciprocal Rank Fusion outperforms Condorcet and individual Rank
    Learning Methods".
    """
    k = arguments.real("k", k, 0, 1e9, "0 or more")
    weights = [1.0] * len(rankings) if weights is None else list(weights)
    if len(weights) != len(rankings):
        raise ValueError(f"weights: got {len(weights)}, allowed {len(rankings)}, one for each ranking")
    sums: dict[Name, float] = defaultdict(float)
    for number, (ranking, weight) in enumerate(zip(rankings, weights, strict=True)):
        weight = arguments.real(f"weights[{number}]", weight, 0, 1e9, "0 or more")
        if isinstance(ranking, str) or len(set(ranking)) < len(ranking):
            raise ValueError(f"rankings[{number}]: got {arguments.described(ranking)}, allowed names, each once")
        for place, name in enumerate(ranking, 1):
            sums[name] += weight / (k + place)
    return sorted(sums.items(), key=lambda item: -item[1])
