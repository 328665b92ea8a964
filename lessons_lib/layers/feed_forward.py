"""The feed-forward network: what a token does with what it has heard, alone."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.linear import Linear


class FeedForward(nn.Module):
    """SwiGLU: one projection opens or closes a gate on the other, and a third brings the result back.

    `down(silu(gate(x)) * up(x))`, with an inner width of F.

    Source: Shazeer 2020, "GLU Variants Improve Transformer", equation 6.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, inner, bias = config.hidden_size, config.intermediate_size, config.mlp_bias
        self.gate_proj = Linear(width, inner, bias=bias)
        self.up_proj = Linear(width, inner, bias=bias)
        self.down_proj = Linear(inner, width, bias=bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, T, C] to [B, T, C]."""
        gate, up = self.gate_proj(x), self.up_proj(x)  # [B, T, F] each
        if torch.is_grad_enabled():
            return self.down_proj(F.silu(gate) * up)
        return self.down_proj(F.silu(gate, inplace=True).mul_(up))  # without gradients nothing needs the gate again
