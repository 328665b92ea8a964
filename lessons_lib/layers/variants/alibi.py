"""ALiBi: scores fall with the distance between query and key, at another rate in each head; nothing is turned."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def alibi_slopes(heads: int) -> Tensor:
    """How fast the scores of each head fall, per token.

    For a power of two `2 ** (-8 i / heads)`, i from 1; for other numbers the slopes of the power of two below, and then
    every other one of the power above.

    Returns:
        [H] float32.

    Example:
        >>> alibi_slopes(4).tolist()
        [0.25, 0.0625, 0.015625, 0.00390625]

    Source: Press et al. 2022, "Train Short, Test Long", section 3.
    """
    below = 2 ** math.floor(math.log2(heads))
    slopes = [2 ** (-8 * i / below) for i in range(1, below + 1)]
    slopes += [2 ** (-4 * i / below) for i in range(1, 2 * (heads - below), 2)]
    return torch.tensor(slopes)  # [H]


def with_alibi(mask: Tensor, heads: int) -> Tensor:
    """What is added to scores: `-slope * distance`, and minus infinity where a query may not look.

    Args:
        mask: [T, S] or [B, 1, T, S] bool; the queries are the last T of the S tokens.

    Returns:
        [H, T, S] or [B, H, T, S] float32.
    """
    t, s = mask.shape[-2:]
    places = torch.arange(s, device=mask.device)
    distance = places[s - t :, None] - places  # [T, S]
    bias = -alibi_slopes(heads).to(mask.device)[:, None, None] * distance  # [H, T, S]
    return bias.masked_fill(~mask, -math.inf)
