"""Lightning attention: linear attention whose heads fade at fixed paces, the later the layer the slower."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lessons_lib.config import ModelConfig
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.norm import RMSNorm
from lessons_lib.layers.states.decayed import decayed_attention
from lessons_lib.layers.states.mixer import State, StateMixer


def lightning_slopes(heads: int, layer: int, layers: int) -> Tensor:
    """How fast each head's state fades, [heads]: `2^(-8 (h + 1) / heads)`, less in later layers and little in the last.

    Example:
        >>> lightning_slopes(heads=2, layer=0, layers=3).round(decimals=4)
        tensor([0.0625, 0.0039])

    Source: MiniMax 2025, "MiniMax-01", section 2.2.1; the code of Hugging Face transformers 5.
    """
    slower = 1 - layer / (layers - 1 + 1e-5) + 1e-5
    return (1 / 2 ** (8 / heads)) ** torch.arange(1, heads + 1) * slower


class Lightning(StateMixer):
    """`out(sigmoid(gate) * norm(decayed_attention(q, k, v)))`, with silu on all three and nothing turned.

    Source: Qin et al. 2024, "Lightning Attention-2", algorithm 1; MiniMax 2025, "MiniMax-01", section 2.2.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__(config, layer)
        width, inner = config.hidden_size, config.linear_num_value_heads * config.linear_value_head_dim
        self.qkv_proj = Linear(width, 3 * inner, bias=False)
        self.output_gate = Linear(width, inner, bias=False)
        self.norm = RMSNorm(inner, 1e-6)
        self.out_proj = Linear(inner, width, bias=False)

    def mix(self, x: Tensor, state: State, real: Tensor | None) -> tuple[Tensor, State]:
        heads, exact = self.config.linear_num_value_heads, state.matrix.dtype
        mixed = F.silu(self.qkv_proj(x))
        mixed = mixed if real is None else mixed * real
        query, key, value = mixed.unflatten(-1, (heads, -1)).chunk(3, -1)  # [B, T, H, D] each
        slopes = lightning_slopes(heads, self.layer, self.config.num_hidden_layers).to(x.device, exact)
        decay = -slopes.expand(*x.shape[:2], heads)  # [B, T, H]
        y, matrix = decayed_attention(query, key, value, decay, state.matrix)
        y = self.norm(y.flatten(2).to(x.dtype))  # [B, T, inner]
        return self.out_proj(self.output_gate(x).sigmoid() * y), State(state.window, matrix)
