"""One block of the decoder: tokens look at each other, then each thinks for itself; both add to the residual stream."""

from __future__ import annotations

from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.attention import Attention, Cache
from lessons_lib.layers.feed_forward import FeedForward
from lessons_lib.layers.norm import RMSNorm
from lessons_lib.layers.position import Rotation


class Block(nn.Module):
    """`x += attention(norm(x))`, then `x += feed_forward(norm(x))`."""

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.input_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.self_attn = Attention(config, layer)
        self.post_attention_layernorm = RMSNorm(config.hidden_size, config.rms_norm_eps)
        self.mlp = FeedForward(config)

    def forward(self, x: Tensor, turn: Rotation, mask: Tensor | None, cache: Cache | None) -> Tensor:
        """Map [B, T, C] to [B, T, C]."""
        x = x + self.self_attn(self.input_layernorm(x), turn, mask, cache)
        return x + self.mlp(self.post_attention_layernorm(x))
