"""Mamba-2: linear attention whose state fades by a step that each token chooses, one number a head."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.states.convolution import CausalConvolution
from lessons_lib.layers.states.decayed import decayed_attention
from lessons_lib.layers.states.gated_norm import GatedNorm
from lessons_lib.layers.states.mixer import State, StateMixer


class Mamba2(StateMixer):
    """`out(norm(silu(gate) * (S^T C + D x)))` with `S <- exp(dt A) S + B (dt x)^T`.

    B is the key, C the query and `dt x` the value of linear attention with decay. Heads of values share the keys and
    queries of their group, and the norm is taken over a group. `gate_norm` says whether the gate comes before it.

    Source: Dao and Gu 2024, "Transformers are SSMs", sections 6 and 7; names as in Hugging Face transformers 5.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__(config, layer)
        heads, groups = config.linear_num_value_heads, config.linear_num_key_heads
        inner, keys = heads * config.linear_value_head_dim, groups * config.linear_key_head_dim
        bias = config.linear_proj_bias
        self.sizes = (inner, inner + 2 * keys, heads)  # gate; x, B and C; step
        self.parts = (inner, keys, keys)
        self.in_proj = Linear(config.hidden_size, sum(self.sizes), bias=bias)
        self.conv1d = CausalConvolution(self.sizes[1], config.linear_conv_kernel_dim, config.linear_conv_bias)
        self.dt_bias = nn.Parameter(torch.ones(heads))
        self.A_log = nn.Parameter(torch.arange(1, heads + 1).float().log())
        self.D = nn.Parameter(torch.ones(heads))
        if config.gate_norm is not None:
            self.norm = GatedNorm(inner, inner // groups, config.rms_norm_eps, config.gate_norm == "after")
        self.out_proj = Linear(inner, config.hidden_size, bias=bias)

    def mix(self, x: Tensor, state: State, real: Tensor | None) -> tuple[Tensor, State]:
        config, exact = self.config, state.matrix.dtype
        gate, x, step = self.in_proj(x).split(self.sizes, -1)
        x, window = self.conv1d(x, state.window, real)
        x = F.silu(x)  # [B, T, channels]
        x, key, query = x.split(self.parts, -1)
        x = x.unflatten(-1, (-1, config.linear_value_head_dim)).to(exact)  # [B, T, H, V]
        step = F.softplus(step.to(exact) + self.dt_bias.to(exact)).clamp(*config.time_step_limit)  # [B, T, H]
        repeats = config.linear_num_value_heads // config.linear_num_key_heads
        key, query = (
            y.unflatten(-1, (-1, config.linear_key_head_dim)).repeat_interleave(repeats, 2) for y in (key, query)
        )  # [B, T, H, K]
        decay = -step * self.A_log.to(exact).exp()  # [B, T, H]
        y, matrix = decayed_attention(query, key, x * step[..., None], decay, state.matrix)
        y = (y + x * self.D.to(exact)[:, None]).flatten(2)  # [B, T, inner]
        y = self.norm(y, gate) if config.gate_norm is not None else (y * F.silu(gate.to(exact))).to(gate.dtype)
        return self.out_proj(y), State(window, matrix)
