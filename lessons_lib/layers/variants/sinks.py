"""Sinks: in each head one more score, learned and the same for all queries, that takes its share and has no value.

A head that finds nothing need not look anywhere: its shares of the keys add up to less than 1.
"""

from __future__ import annotations

import math

import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.layers.masks import causal_mask


def with_sinks(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, sinks: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Put a key of zeros and a value of zeros in front, whose score is the sink.

    Args:
        query: [B, H, T, D]; the last T of the S tokens whose keys are there.
        key, value: [B, G, S, D].
        mask: bool, broadcastable to [B, H, T, S], True where a query may look; None for all up to itself. Or float,
            what is added to scores.
        sinks: [H].

    Returns:
        Keys and values, [B, G, 1 + S, D] each, and what is added to scores, [..., H, T, 1 + S].

    Source: Xiao et al. 2023, "Efficient Streaming Language Models with Attention Sinks"; OpenAI 2025, gpt-oss.
    """
    h, t, s = query.shape[1], query.shape[2], key.shape[2]
    if mask is None:
        mask = causal_mask(t, s, query.device)  # [T, S]
    if mask.dtype == torch.bool:
        mask = torch.zeros_like(mask, dtype=query.dtype).masked_fill(~mask, -math.inf)
    mask = mask.expand(*mask.shape[:-3], h, t, s)  # [..., H, T, S]
    first = sinks.to(mask.dtype)[:, None, None].expand(*mask.shape[:-1], 1)  # [..., H, T, 1]
    return F.pad(key, (0, 0, 1, 0)), F.pad(value, (0, 0, 1, 0)), torch.cat((first, mask), -1)
