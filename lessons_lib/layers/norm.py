"""Normalisation: bring every token's vector back to the same length before a block reads it."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.linear import trains_here


def rms_norm(x: Tensor, weight: Tensor | None, eps: float, offset: float = 0.0) -> Tensor:
    """Divide each vector by the root of its mean square, then scale every coordinate by its weight.

    `y = x / sqrt(mean(x**2) + eps) * (offset + weight)`. The mean is taken in float32 or better. Llama, without an
    offset, rounds to the dtype of `x` before the weight is applied; Gemma, whose offset is 1, after it. In float32
    that is the same, in bfloat16 it is not.

    Args:
        x: [..., C].
        weight: [C]; None for no scaling.
        eps: keeps the root away from zero; it stands inside the root.
        offset: added to the weight, so that a weight of zero can mean "as it is".

    Returns:
        [..., C], in the dtype of `x`.

    Example:
        >>> rms_norm(torch.tensor([3.0, 4.0]), torch.ones(2), eps=1e-9).square().mean().round(decimals=4)
        tensor(1.)

    Source: Zhang and Sennrich 2019, "Root Mean Square Layer Normalization", equation 4.
    """
    exact = x if x.dtype == torch.float64 else x.float()
    if weight is not None and offset:
        return F.rms_norm(exact, x.shape[-1:], weight.to(exact.dtype) + offset, eps).to(x.dtype)
    y = F.rms_norm(exact, x.shape[-1:], None, eps).to(x.dtype)
    return y if weight is None else weight * y


def layer_norm(x: Tensor, weight: Tensor | None, bias: Tensor | None, eps: float) -> Tensor:
    """Take each vector's mean away, divide by its standard deviation, then scale and shift every coordinate.

    `y = (x - mean(x)) / sqrt(var(x) + eps) * weight + bias`, with the variance over C and not over C - 1.

    Args:
        x: [..., C].
        weight: [C]; None for no scaling.
        bias: [C]; None for no shift.
        eps: keeps the root away from zero; it stands inside the root.

    Returns:
        [..., C], in the dtype of `x`.

    Example:
        >>> layer_norm(torch.tensor([3.0, 5.0]), torch.ones(2), torch.zeros(2), eps=1e-9)
        tensor([-1.,  1.])

    Source: Ba, Kiros and Hinton 2016, "Layer Normalization", equation 4.
    """
    return F.layer_norm(x, x.shape[-1:], weight, bias, eps)


class RMSNorm(nn.Module):
    """`rms_norm` with its weight [C], if it has one, which starts so that nothing is scaled."""

    def __init__(self, size: int, eps: float, offset: float = 0.0, has_weight: bool = True) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((size,), 1.0 - offset)) if has_weight else None
        self.eps = eps
        self.offset = offset

    def forward(self, x: Tensor) -> Tensor:
        if x.dtype == torch.float32 and self.weight is not None and trains_here(x, self.weight):
            from lessons_lib.layers import fused  # numba takes a while to load, and not everybody trains

            return fused.rms_norm(x, self.offset + self.weight if self.offset else self.weight, self.eps)
        return rms_norm(x, self.weight, self.eps, self.offset)


class LayerNorm(nn.Module):
    """`layer_norm` with a weight [C] and a bias [C], as far as it has them, which start so that nothing changes."""

    def __init__(self, size: int, eps: float, offset: float = 0.0, parameters: str = "all") -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.full((size,), 1.0 - offset)) if parameters != "none" else None
        self.bias = nn.Parameter(torch.zeros(size)) if parameters == "all" else None
        self.eps = eps
        self.offset = offset

    def forward(self, x: Tensor) -> Tensor:
        return layer_norm(x, self.weight + self.offset if self.offset else self.weight, self.bias, self.eps)


def make_norm(config: ModelConfig, size: int | None = None) -> nn.Module:
    """The norm that a config asks for, of the residual stream or of vectors of another size."""
    size, eps, offset = size or config.hidden_size, config.rms_norm_eps, config.rms_norm_offset
    if config.norm_type == "layer":
        return LayerNorm(size, eps, offset, config.norm_parameters)
    return RMSNorm(size, eps, offset, config.norm_parameters != "none")
