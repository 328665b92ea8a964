"""Tensors that are made when they are needed, so that no more than one such copy exists at a time."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor


class LazyTensor(NamedTuple):
    """What is known of a tensor before it exists, and a function that makes it.

    Args:
        shape: its sizes.
        dtype: its type.
        make: gives a new tensor, or a view, of that shape and type.
    """

    shape: tuple[int, ...]
    dtype: torch.dtype
    make: Callable[[], Tensor]

    @property
    def nbytes(self) -> int:
        """The bytes that it will take."""
        return math.prod(self.shape) * self.dtype.itemsize

    def dim(self) -> int:
        """How many sizes its shape has."""
        return len(self.shape)

    def numel(self) -> int:
        """How many numbers it will hold."""
        return math.prod(self.shape)


def made(tensor: Tensor | LazyTensor) -> Tensor:
    """Give a tensor itself, or make a lazy one."""
    return tensor.make() if isinstance(tensor, LazyTensor) else tensor
