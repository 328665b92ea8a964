"""Masks: which keys a query may look at."""

from __future__ import annotations

import torch
from torch import Tensor


def causal_mask(queries: int, keys: int, device: torch.device | str = "cpu") -> Tensor:
    """The last `queries` of `keys` tokens each see themselves and everything before them.

    Returns:
        [T, S] bool, True where a query may look: `j <= i`.

    Example:
        >>> causal_mask(2, 3).int().tolist()
        [[1, 1, 0], [1, 1, 1]]
    """
    i = torch.arange(keys - queries, keys, device=device)[:, None]  # [T, 1]
    return torch.arange(keys, device=device) <= i  # [T, S]


def padded_causal_mask(attention_mask: Tensor, queries: int) -> Tensor:
    """The causal mask of a batch in which some keys are padding.

    A padding token sees itself and nothing else: a query with nothing to look at would get 0/0 from the softmax.

    Args:
        attention_mask: [B, S], nonzero at real tokens.
        queries: T, how many of the last tokens ask.

    Returns:
        [B, 1, T, S] bool.
    """
    keys = attention_mask.shape[1]
    real = attention_mask.bool()
    itself = torch.eye(keys, dtype=torch.bool, device=real.device)[keys - queries :]  # [T, S]
    seen = causal_mask(queries, keys, real.device) & real[:, None, :]  # [B, T, S]
    return (seen | itself)[:, None]  # [B, 1, T, S]
