"""What several parts of lesson 07 use: made-up numbers."""

import torch
from torch import Tensor


def made_up(*shape: int, seed: int = 0) -> Tensor:
    """Numbers with one decimal that look random and are always the same."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape) + seed)).round(decimals=1)
