"""Dividing texts into those to learn from and those to be judged by, without a text on both sides."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence

from lessons_lib import arguments
from lessons_lib.training.hashing import hashed


def split(groups: Sequence[Hashable], shares: Mapping[str, float], seed: int = 0) -> list[str]:
    """Assign each text to a part, so that a group never lies in two.

    A hash of the group decides, nothing else: texts that are added later move none of the earlier ones.

    Args:
        groups: for each text what it belongs to: its source, its author, or the group of its near duplicates as a name
            that stays the same when texts are added.
        shares: the size of each part, such as `{"train": 0.9, "test": 0.1}`; together 1. Groups are of unequal size,
            so the parts only come near.
        seed: another seed, another division.

    Returns:
        For each text the name of its part.

    Raises:
        ValueError: if the shares are no shares, or do not make 1.

    Example:
        >>> split(["Genesis", "Exodus", "Genesis"], {"train": 0.5, "test": 0.5})
        ['train', 'train', 'train']
    """
    for name, share in shares.items():
        arguments.real(f"shares[{name!r}]", share, 0, 1, "0 to 1")
    if not math.isclose(total := sum(shares.values()), 1):
        raise ValueError(f"shares: got {total:g} together, allowed 1")
    parts = {group: _part(f"{seed}:{group!r}", shares) for group in set(groups)}
    return [parts[group] for group in groups]


def _part(key: str, shares: Mapping[str, float]) -> str:
    place = hashed(key) / 2**64
    for name, share in shares.items():
        if place < share:
            return name
        place -= share
    return name  # the last one: rounding may leave a crumb
