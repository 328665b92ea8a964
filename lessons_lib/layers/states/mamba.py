"""The first Mamba: a selective scan between two gates, with a convolution in front."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.norm import RMSNorm, rms_norm
from lessons_lib.layers.states.convolution import CausalConvolution
from lessons_lib.layers.states.mixer import State, StateMixer
from lessons_lib.layers.states.scan import selective_scan


class Mamba(StateMixer):
    """`out(silu(gate) * (scan(x) + D x))`, where each token says what it writes, what it asks, and how big a step is.

    Falcon-Mamba ("plain") and Jamba ("weighted") also normalise those three: see `selection_norm`.

    Source: Gu and Dao 2023, "Mamba", figure 3; the names are those of Hugging Face transformers 5.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__(config, layer)
        inner, n, rank = config.linear_num_value_heads, config.linear_key_head_dim, config.time_step_rank
        bias = config.linear_proj_bias
        self.in_proj = Linear(config.hidden_size, 2 * inner, bias=bias)
        self.conv1d = CausalConvolution(inner, config.linear_conv_kernel_dim, config.linear_conv_bias)
        self.x_proj = Linear(inner, rank + 2 * n, bias=False)
        self.dt_proj = Linear(rank, inner, bias=True)
        self.A_log = nn.Parameter(torch.arange(1, n + 1).float().log().repeat(inner, 1))
        self.D = nn.Parameter(torch.ones(inner))
        self.out_proj = Linear(inner, config.hidden_size, bias=bias)
        self.eps = config.selection_norm_eps or config.rms_norm_eps
        if config.selection_norm == "weighted":
            self.dt_layernorm = RMSNorm(rank, self.eps)
            self.b_layernorm = RMSNorm(n, self.eps)
            self.c_layernorm = RMSNorm(n, self.eps)

    def mix(self, x: Tensor, state: State, real: Tensor | None) -> tuple[Tensor, State]:
        x, gate = self.in_proj(x).chunk(2, -1)  # [B, T, inner] each
        x, window = self.conv1d(x, state.window, real)
        x = F.silu(x)  # [B, T, inner]
        step, key, query = self._selected(x)  # [B, T, rank], [B, T, N] each
        exact = state.matrix.dtype
        step = F.softplus((step @ self.dt_proj.weight.T).to(exact) + self.dt_proj.bias.to(exact))  # [B, T, inner]
        y, matrix = selective_scan(x, step, -self.A_log.to(exact).exp(), key, query, state.matrix)
        y = (y + x * self.D.to(exact)) * F.silu(gate.to(exact))  # [B, T, inner]
        return self.out_proj(y.to(x.dtype)), State(window, matrix)

    def _selected(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        n = self.config.linear_key_head_dim
        step, key, query = self.x_proj(x).split([self.config.time_step_rank, n, n], -1)
        if self.config.selection_norm == "weighted":
            return self.dt_layernorm(step), self.b_layernorm(key), self.c_layernorm(query)
        if self.config.selection_norm == "plain":
            step, key, query = (rms_norm(y, None, self.eps) for y in (step, key, query))
        return step, key, query
