"""KVCache: the keys and values of the tokens read so far, so that no token is read twice."""

from __future__ import annotations

import torch
from torch import Tensor

from lessons_lib.config import ModelConfig


class KVCache:
    """Room for the keys and values of `max_length` tokens in every layer, reserved once and filled from the left.

    Args:
        config: the model's config.
        batch_size: rows, B.
        max_length: tokens a row, S; None for the whole context.
        dtype: that of the model's weights.
        device: that of the model's weights.

    Attributes:
        keys, values: [layers, B, G, max_length, D] each; what lies behind `length` is not read.
        length: tokens held. A model raises it once all layers have stored theirs, so a failed pass changes nothing.

    Raises:
        ValueError: if `max_length` is over the context, or more tokens come than there is room for.
    """

    def __init__(
        self,
        config: ModelConfig,
        batch_size: int = 1,
        max_length: int | None = None,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        context = config.max_position_embeddings
        max_length = context if max_length is None else max_length
        if not 1 <= max_length <= context:
            raise ValueError(f"max_length: got {max_length}, allowed 1 to {context} (max_position_embeddings)")
        shape = (config.num_hidden_layers, batch_size, config.num_key_value_heads, max_length, config.head_dim)
        self.keys = torch.empty(shape, dtype=dtype, device=device)
        self.values = torch.empty(shape, dtype=dtype, device=device)
        self.length = 0

    @property
    def max_length(self) -> int:
        """How many tokens a row has room for."""
        return self.keys.shape[3]

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Store a layer's new keys and values [B, G, T, D]; return all it holds, [B, G, S, D] each."""
        rows, end = self.keys.shape[1], self.length + key.shape[2]
        if key.shape[0] != rows:
            raise ValueError(f"KVCache: got a batch of {key.shape[0]}, allowed {rows} (batch_size)")
        if end > self.max_length:
            raise ValueError(f"KVCache: got {end} tokens, allowed {self.max_length} (max_length)")
        self.keys[layer, :, :, self.length : end] = key
        self.values[layer, :, :, self.length : end] = value
        return self.keys[layer, :, :, :end], self.values[layer, :, :, :end]
