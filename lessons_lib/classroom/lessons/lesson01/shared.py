"""What several exercises of lesson 01 use."""

from collections.abc import Callable

import torch
from torch import Tensor


def row(*values: float) -> Tensor:
    """A row of scores or probabilities."""
    return torch.tensor(values)


def only(p: Tensor, positions: Tensor) -> Tensor:
    """The row at some positions, 0 elsewhere. Solutions spell this out; mistakes use it."""
    kept = torch.zeros_like(p)
    kept[positions] = p[positions]
    return kept


def like(mistake: Callable, other: Callable) -> Callable:
    """A wrong function that comes of the same mistake as another, so its words are the same."""
    other.__doc__, other.__name__ = mistake.__doc__, f"{mistake.__name__}_otherwise"
    return other


def renormalised(p: Tensor) -> Tensor:
    """A row divided by its sum."""
    return p / p.sum()
