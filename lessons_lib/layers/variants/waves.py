"""Waves of positions in another order than those of 2017: all sines, then all cosines."""

from __future__ import annotations

import math

import torch
from torch import Tensor

_OFFSET = 2  # the places of the first two rows are those of padding


def halved_waves(positions: Tensor, width: int) -> Tensor:
    """The sine and the cosine of `(position + 2) / 10000 ** (i / (width / 2 - 1))`, in columns i and width / 2 + i.

    Args:
        positions: [T] or [B, T], whole numbers from 0.
        width: columns, C; even.

    Returns:
        [T, C] or [B, T, C], float32.

    Source: Lin et al. 2021, "Few-shot Learning with Multilingual Language Models" (XGLM), as transformers builds it.
    """
    half = width // 2
    steps = torch.arange(half, device=positions.device).float() * -(math.log(10000) / max(half - 1, 1))  # [C/2]
    angles = (positions + _OFFSET).float()[..., None] * steps.exp()  # [..., T, C/2]
    return torch.cat((angles.sin(), angles.cos()), -1)
