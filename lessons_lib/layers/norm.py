"""Normalisation: bring every token's vector back to the same length before a block reads it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def rms_norm(x: Tensor, weight: Tensor, eps: float) -> Tensor:
    """Divide each vector by the root of its mean square, then scale every coordinate by its weight.

    `y = x / sqrt(mean(x**2) + eps) * weight`. The mean is taken in float32; the result is rounded to the dtype of `x`
    before the weight is applied, as Llama does.

    Args:
        x: [..., C].
        weight: [C].
        eps: keeps the root away from zero; it stands inside the root.

    Returns:
        [..., C], in the dtype of `x`.

    Source: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization", equation 4.
    """
    return weight * F.rms_norm(x.float(), x.shape[-1:], None, eps).to(x.dtype)


class RMSNorm(nn.Module):
    """`rms_norm` with its weight [C]."""

    def __init__(self, size: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        return rms_norm(x, self.weight, self.eps)
