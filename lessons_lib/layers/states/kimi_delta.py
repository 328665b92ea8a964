"""Kimi's delta attention: a gated delta net in which every number of a key fades at its own pace."""

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


class KimiDelta(StateMixer):
    """`out(norm(delta_rule(q, k, v)) * sigmoid(gate))`; q and k are brought to length 1.

    The state fades by `exp(A) * softplus(f(x) + dt_bias)`, a number for each row of it; `f` and the gate are two thin
    matrices each. A token writes with the strength `sigmoid(b)`.

    Source: Kimi Team 2025, "Kimi Linear", section 4; the names are those of the published files.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__(config, layer)
        width, heads, thin = config.hidden_size, config.linear_num_value_heads, config.linear_value_head_dim
        inner = heads * thin
        for name in ("q", "k", "v"):
            setattr(self, f"{name}_proj", Linear(width, inner, bias=False))
            convolution = CausalConvolution(inner, config.linear_conv_kernel_dim, config.linear_conv_bias)
            setattr(self, f"{name}_conv1d", convolution)
        self.f_a_proj = Linear(width, thin, bias=False)
        self.f_b_proj = Linear(thin, inner, bias=False)
        self.dt_bias = nn.Parameter(torch.ones(inner))
        self.A_log = nn.Parameter(torch.zeros(1, 1, heads, 1))
        self.b_proj = Linear(width, heads, bias=False)
        self.g_a_proj = Linear(width, thin, bias=False)
        self.g_b_proj = Linear(thin, inner, bias=False)
        self.o_norm = GatedNorm(thin, thin, config.rms_norm_eps, gate_first=False, activation=torch.sigmoid)
        self.o_proj = Linear(inner, width, bias=False)

    def mix(self, x: Tensor, state: State, real: Tensor | None) -> tuple[Tensor, State]:
        exact, width = state.matrix.dtype, self.config.linear_value_head_dim
        mixed, windows = [], []
        for name, window in zip(("q", "k", "v"), state.window.chunk(3, -1), strict=True):
            projected = self.get_submodule(f"{name}_proj")(x)
            y, window = self.get_submodule(f"{name}_conv1d")(projected, window, real)
            mixed.append(F.silu(y).unflatten(-1, (-1, width)).to(exact))  # [B, T, H, D]
            windows.append(window)
        query, key, value = mixed
        step = F.softplus(self.f_b_proj(self.f_a_proj(x)).to(exact) + self.dt_bias.to(exact))
        decay = -self.A_log.to(exact).exp() * step.view_as(key)  # [B, T, H, D]
        strength = self.b_proj(x).sigmoid()  # [B, T, H]
        y, matrix = delta_rule(unit(query) * width**-0.5, unit(key), value, decay, strength, state.matrix)
        y = self.o_norm(y, self.g_b_proj(self.g_a_proj(x)).view_as(y))  # [B, T, H, D]
        return self.o_proj(y.flatten(2)), State(torch.cat(windows, -1), matrix)
