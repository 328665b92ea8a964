"""The gated delta net: a state that fades and corrects itself, three layers of four in Qwen3-Next and Qwen3.5."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.states.convolution import CausalConvolution
from lessons_lib.layers.states.delta_rule import delta_rule, unit
from lessons_lib.layers.states.gated_norm import GatedNorm
from lessons_lib.layers.states.mixer import State, StateMixer


class GatedDelta(StateMixer):
    """`out(norm(delta_rule(q, k, v)) * silu(gate))`; q and k are brought to length 1, and heads of values share them.

    A head's state fades by `exp(A) * softplus(a + dt_bias)`, and a token writes with the strength `sigmoid(b)`.

    Source: Yang, Kautz and Hatamizadeh 2024, "Gated Delta Networks", section 3 and figure 1; the names are those of
    Qwen3.5 in Hugging Face transformers 5.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__(config, layer)
        width, heads = config.hidden_size, config.linear_num_value_heads
        inner = heads * config.linear_value_head_dim
        keys = config.linear_num_key_heads * config.linear_key_head_dim
        self.sizes = (keys, keys, inner)
        self.in_proj_qkv = Linear(width, sum(self.sizes), bias=False)
        self.in_proj_z = Linear(width, inner, bias=False)
        self.in_proj_b = Linear(width, heads, bias=False)
        self.in_proj_a = Linear(width, heads, bias=False)
        self.conv1d = CausalConvolution(sum(self.sizes), config.linear_conv_kernel_dim, config.linear_conv_bias)
        self.dt_bias = nn.Parameter(torch.ones(heads))
        self.A_log = nn.Parameter(torch.empty(heads))
        if not self.A_log.is_meta:
            self.A_log.data.uniform_(1, 16).log_()
        self.norm = GatedNorm(config.linear_value_head_dim, config.linear_value_head_dim, config.rms_norm_eps, False)
        self.out_proj = Linear(inner, width, bias=False)

    def mix(self, x: Tensor, state: State, real: Tensor | None) -> tuple[Tensor, State]:
        config, exact = self.config, state.matrix.dtype
        mixed, window = self.conv1d(self.in_proj_qkv(x), state.window, real)
        query, key, value = F.silu(mixed).split(self.sizes, -1)
        repeats = config.linear_num_value_heads // config.linear_num_key_heads
        query, key = (
            unit(y.unflatten(-1, (-1, config.linear_key_head_dim)).to(exact)).repeat_interleave(repeats, 2)
            for y in (query, key)
        )  # [B, T, H, K]
        value = value.unflatten(-1, (-1, config.linear_value_head_dim))  # [B, T, H, V]
        step = F.softplus(self.in_proj_a(x).to(exact) + self.dt_bias.to(exact))  # [B, T, H]
        decay = -self.A_log.to(exact).exp() * step  # [B, T, H]
        strength = self.in_proj_b(x).sigmoid()  # [B, T, H]
        query = query * config.linear_key_head_dim**-0.5
        y, matrix = delta_rule(query, key, value, decay[..., None], strength, state.matrix)
        y = self.norm(y, self.in_proj_z(x).view_as(value))  # [B, T, H, V]
        return self.out_proj(y.flatten(2)), State(window, matrix)
