"""Small tensors with whole and half numbers, for cases."""

import torch
from torch import Tensor


def grid(*rows: object) -> Tensor:
    """Rows of numbers as a tensor in float64."""
    return torch.tensor(rows, dtype=torch.float64)


def random(seed: int, *shape: int) -> Tensor:
    """Random numbers in float64."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
