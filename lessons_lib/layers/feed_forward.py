"""The feed-forward network: what a token does with what it has heard, alone."""

from __future__ import annotations

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.norm import make_norm
from lessons_lib.layers.variants.activations import XIELU, above_share, clamped_glu, relu2


def silu(x: Tensor) -> Tensor:
    """The activation of Llama: each number times its own sigmoid, `x / (1 + exp(-x))`. Any shape.

    Example:
        >>> silu(torch.tensor([-1.0, 0.0, 1.0])).round(decimals=2)
        tensor([-0.2700,  0.0000,  0.7300])

    Source: Hendrycks and Gimpel 2016, "Gaussian Error Linear Units", section 2.
    """
    return F.silu(x)


ACTIVATIONS = {
    "silu": silu,
    "gelu": F.gelu,
    "gelu_pytorch_tanh": partial(F.gelu, approximate="tanh"),
    "relu": F.relu,
    "relu2": relu2,
}
_IN_PLACE = {
    "silu": partial(F.silu, inplace=True),
    "gelu": torch.ops.aten.gelu_,
    "gelu_pytorch_tanh": partial(torch.ops.aten.gelu_, approximate="tanh"),
    "relu": F.relu_,
}


class FeedForward(nn.Module):
    """Widen each vector to F numbers, bend them, and bring them back to C.

    With `gated_mlp`, one projection opens or closes a gate on the other: `down(act(gate(x)) * up(x))`. That is SwiGLU
    with "silu" and GeGLU with "gelu_pytorch_tanh". Without, it is the plain network of 2017: `down(act(up(x)))`. With
    `sub_norms`, what `down` reads is normalised.

    Args:
        config: the shape and the switches.
        intermediate_size: F, where it is not that of the config, as in an expert.
        gate_sparsity: which share of the gates stays shut.

    Source: Shazeer 2020, "GLU Variants Improve Transformer", equations 5 and 6; Vaswani et al. 2017, equation 2.
    """

    def __init__(self, config: ModelConfig, intermediate_size: int | None = None, gate_sparsity: float = 0.0) -> None:
        super().__init__()
        width = config.hidden_size
        inner = intermediate_size or config.intermediate_size
        bias = config.mlp_bias
        self.gated = config.gated_mlp
        self.limit = config.glu_limit
        self.sparsity = gate_sparsity
        self.activation = XIELU() if config.hidden_act == "xielu" else ACTIVATIONS[config.hidden_act]
        self.activation_in_place = _IN_PLACE.get(config.hidden_act)
        if self.gated:
            self.gate_proj = Linear(width, inner, bias=bias)
        self.up_proj = Linear(width, inner, bias=bias)
        self.down_proj = Linear(inner, width, bias=bias)
        self.sub_norm = make_norm(config, inner) if config.sub_norms else None

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, T, C] to [B, T, C]."""
        inner = self._gated(x) if self.gated else self.activation(self.up_proj(x))  # [B, T, F]
        return self.down_proj(inner if self.sub_norm is None else self.sub_norm(inner))

    def _gated(self, x: Tensor) -> Tensor:
        gate = self.gate_proj(x)  # [B, T, F]
        up = self.up_proj(x)  # [B, T, F]
        if self.sparsity:
            gate = above_share(gate, self.sparsity)
        if self.limit is not None:
            return clamped_glu(gate, up, self.limit)
        if torch.is_grad_enabled() or self.activation_in_place is None:
            return self.activation(gate) * up
        return self.activation_in_place(gate).mul_(up)  # without gradients nothing needs the gate again
