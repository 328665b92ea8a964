"""Rotary positions: each pair of numbers in a query or key is turned by an angle that grows with its position.

Two turned vectors meet in a dot product that depends only on how far apart they stand.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import torch
from torch import Tensor

from lessons_lib.config import ModelConfig


class Rotation(NamedTuple):
    """The turn of every pair at every position: two tables [T, D / 2] or [B, T, D / 2], and which numbers pair up."""

    cos: Tensor
    sin: Tensor
    pairing: str


def rope_frequencies(config: ModelConfig) -> Tensor:
    """The angle that each pair turns by per token, fastest first.

    Pair `i` turns by `rope_theta ** (-2i / D)`. With `rope_scaling`, slow pairs turn slower still, so that positions
    beyond the training length stay within the angles seen in training.

    Returns:
        [D / 2] float32, in radians a token.

    Source: Su et al. 2021, "RoFormer", section 3.2.2; the "llama3" rule is that of Meta's llama-models.
    """
    exponents = torch.arange(0, config.head_dim, 2, dtype=torch.int64).float() / config.head_dim
    frequencies = 1.0 / config.rope_theta**exponents  # [D / 2]
    scaling = config.rope_scaling
    if scaling is None:
        return frequencies
    slowed = frequencies / scaling["factor"]
    if scaling["rope_type"] == "linear":
        return slowed
    context = scaling["original_max_position_embeddings"]
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    wavelengths = 2 * math.pi / frequencies  # tokens for a full turn
    if low == high:
        return torch.where(wavelengths > context / low, slowed, frequencies)
    keep = ((context / wavelengths - low) / (high - low)).clamp(0, 1)  # 1: unchanged, 0: slowed in full
    return (1 - keep) * slowed + keep * frequencies


def rotation(positions: Tensor, frequencies: Tensor, pairing: str) -> Rotation:
    """The cosines and sines for some positions.

    Args:
        positions: [T] or [B, T], whole numbers from 0.
        frequencies: [D / 2], from `rope_frequencies`.
        pairing: "half" or "interleaved", as in `ModelConfig.rope_pairing`.

    Returns:
        Tables in float32: angles in half precision would be wrong after a few hundred tokens.
    """
    angles = positions.float()[..., None] * frequencies  # [..., T, D/2]
    return Rotation(angles.cos(), angles.sin(), pairing)


def apply_rope(x: Tensor, turn: Rotation) -> Tensor:
    """Turn queries or keys: the pair (a, b) becomes (a cos - b sin, b cos + a sin).

    Args:
        x: [B, H, T, D].
        turn: tables [T, D / 2], or [B, T, D / 2] when the rows of a batch stand at different positions.

    Returns:
        [B, H, T, D]. Lengths do not change, and position 0 is not turned at all.
    """
    cos, sin = turn.cos.to(x.dtype), turn.sin.to(x.dtype)
    if cos.dim() == 3:
        cos, sin = cos[:, None], sin[:, None]  # [B, 1, T, D/2]
    halves, dim = ((2, -1), -2) if turn.pairing == "half" else ((-1, 2), -1)
    a, b = x.unflatten(-1, halves).unbind(dim)  # [B, H, T, D/2] each
    return torch.stack((a * cos - b * sin, b * cos + a * sin), dim).flatten(-2)  # [B, H, T, D]
