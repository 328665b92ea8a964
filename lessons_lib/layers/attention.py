"""Attention: every token asks, looks at the tokens it may see, and takes a weighted mean of their answers."""

from __future__ import annotations

from typing import Protocol

import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.position import Rotation, apply_rope


class Cache(Protocol):
    """What attention asks of a key/value cache."""

    length: int

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Store [B, G, T, D] behind what is there; return all keys and values, [B, G, S, D] each."""


def attention(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None, causal: bool = False) -> Tensor:
    """Scaled dot-product attention with shared key/value heads.

    `softmax(q k^T / sqrt(D)) v`, where query head `h` reads key/value head `h // (H / G)`.

    Args:
        query: [B, H, T, D].
        key: [B, G, S, D].
        value: [B, G, S, D].
        mask: bool, True where a query may look, broadcastable to [B, H, T, S]; None for everywhere.
        causal: query `i` sees keys up to `i` only. Needs T == S and no mask.

    Returns:
        [B, H, T, D].

    Source: Vaswani et al. 2017, equation 1; Ainslie et al. 2023, "GQA", section 2.
    """
    b, h, t, d = query.shape
    if t == 1 and mask is None:  # one query a head: the H/G heads that share a key become the rows of one query
        shared = query.view(b, key.shape[1], -1, d)  # [B, G, H/G, D]
        return F.scaled_dot_product_attention(shared, key, value).view(b, h, 1, d)
    return F.scaled_dot_product_attention(
        query, key, value, mask, is_causal=causal, enable_gqa=key.shape[1] != h
    )  # [B, H, T, D]


class Attention(nn.Module):
    """Causal self-attention with rotary positions and grouped key/value heads, for block number `layer`."""

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.layer, self.head_dim = layer, config.head_dim
        wide, narrow = config.num_attention_heads * self.head_dim, config.num_key_value_heads * self.head_dim
        bias = config.attention_bias
        self.q_proj = Linear(config.hidden_size, wide, bias=bias)
        self.k_proj = Linear(config.hidden_size, narrow, bias=bias)
        self.v_proj = Linear(config.hidden_size, narrow, bias=bias)
        self.o_proj = Linear(wide, config.hidden_size, bias=bias)

    def forward(self, x: Tensor, turn: Rotation, mask: Tensor | None, cache: Cache | None) -> Tensor:
        """Map [B, T, C] to [B, T, C]; `mask` None means causal."""
        query = self._heads(self.q_proj(x))  # [B, H, T, D]
        key = self._heads(self.k_proj(x))  # [B, G, T, D]
        value = self._heads(self.v_proj(x))  # [B, G, T, D]
        query, key = apply_rope(query, turn), apply_rope(key, turn)
        if cache is not None:
            key, value = cache.append(self.layer, key, value)  # [B, G, S, D]
        out = attention(query, key, value, mask, causal=mask is None and query.shape[2] > 1)
        return self.o_proj(out.transpose(1, 2).flatten(2))  # [B, T, C]

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)  # [B, H, T, D]
