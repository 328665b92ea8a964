"""What several exercises of lesson 04 use."""

import torch
from torch import Tensor


def table(*rows: list[float]) -> Tensor:
    """A table of numbers, row by row."""
    return torch.tensor(rows, dtype=torch.float32)


def made_up(*shape: int) -> Tensor:
    """Numbers with one decimal that look random and are always the same."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape))).round(decimals=1)


def lower_triangle(size: int) -> Tensor:
    """True where a token may look: at itself and before. Solutions spell this out; mistakes use it."""
    return torch.ones(size, size, dtype=torch.bool).tril()  # [T, T]
