"""What several exercises of lesson 01 use."""

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


def renormalised(p: Tensor) -> Tensor:
    """A row divided by its sum."""
    return p / p.sum()
