"""Norms of queries and keys, by what they have a weight for: what all heads share, each head, or all heads as one."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.norm import RMSNorm, make_norm


class HeadsNorm(nn.Module):
    """LayerNorm of each head with a weight of its own and no bias: `weight` [H, D], for [B, H, T, D].

    Source: Cohere's Command R+ and Stability AI's StableLM 2, as transformers builds them.
    """

    def __init__(self, heads: int, head_dim: int, eps: float) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(heads, head_dim))
        self.eps = eps

    def forward(self, x: Tensor) -> Tensor:
        exact = x.to(torch.promote_types(x.dtype, torch.float32))
        centred = exact - exact.mean(-1, keepdim=True)
        y = centred * torch.rsqrt(centred.square().mean(-1, keepdim=True) + self.eps)
        return (y * self.weight[:, None].to(exact.dtype)).to(x.dtype)  # [B, H, T, D]


class WidthNorm(RMSNorm):
    """RMSNorm of all heads as one vector: `weight` [H * D], for [B, H, T, D].

    Source: Team OLMo 2024, "2 OLMo 2 Furious", section 3.3.
    """

    def forward(self, x: Tensor) -> Tensor:
        wide = x.transpose(1, 2)  # [B, T, H, D]
        return super().forward(wide.flatten(2)).view(wide.shape).transpose(1, 2)  # [B, H, T, D]


def make_qk_norm(config: ModelConfig, heads: int) -> nn.Module | None:
    """The norm of queries, or of keys, of so many heads; None where they have none with a weight."""
    kind = config.qk_norm_weight or ("head" if config.qk_norm == "before" else None)
    if kind == "head":
        return make_norm(config, config.head_dim)
    if kind == "heads":
        return HeadsNorm(heads, config.head_dim, config.rms_norm_eps)
    return None if kind is None else WidthNorm(heads * config.head_dim, config.rms_norm_eps)
