"""What several parts of lesson 04b use: the sentence, the model with other positions, and plain rotation."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from lessons_lib.classroom.real_model import replaced

DOG_FIRST = "First came the dog, then the cat. The first to come was the"
CAT_FIRST = "First came the cat, then the dog. The first to come was the"


@contextmanager
def positions_as(change: Callable[[Tensor], Tensor], pairing: str = "half") -> Iterator[None]:
    """While it lasts, every model turns its queries and keys by other positions.

    Args:
        change: the positions [T], 0, 1, 2 and so on, to those that are used in their place.
        pairing: which numbers turn together, "half" or "interleaved".
    """
    from lessons_lib.layers import rotation

    def turned(positions: Tensor, frequencies: Tensor, _pairing: str, scale: float):
        return rotation(change(positions), frequencies, pairing, scale)

    import lessons_lib.model  # noqa: F401

    with replaced(sys.modules["lessons_lib.model"], "rotation", turned):
        yield


def made_up(*shape: int) -> Tensor:
    """Numbers with one decimal that look random and are always the same."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape))).round(decimals=1)


def speeds(width: int, base: float) -> Tensor:
    """The angle a place of each of the `width / 2` pairs."""
    return base ** (-torch.arange(0, width, 2) / width)


def turned(x: Tensor, angles: Tensor) -> Tensor:
    """The pairs (i, i + D/2) of the last axis, turned by their angles [..., D/2]."""
    a, b = x.chunk(2, -1)
    return torch.cat([a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()], -1)


def turned_neighbours(x: Tensor, angles: Tensor) -> Tensor:
    """The pairs (0, 1), (2, 3) and so on of the last axis, turned by their angles [..., D/2]."""
    a, b = x[..., 0::2], x[..., 1::2]
    pairs = [a * angles.cos() - b * angles.sin(), a * angles.sin() + b * angles.cos()]
    return torch.stack(pairs, -1).flatten(-2)


@contextmanager
def heads_as(spread: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """While it lasts, query heads read the heads that `spread` makes of others, [B, G, T, D] to [B, H, T, D]."""
    from lessons_lib.layers import attention

    def look(query: Tensor, key: Tensor, value: Tensor, *arguments: object, **options: object) -> Tensor:
        return attention(query, spread(key), spread(value), *arguments, **options)

    with replaced(sys.modules["lessons_lib.layers.attention"], "attention", look):
        yield
