"""RMSNorm of what a state gives, beside a gate that opens or closes it."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.layers.norm import rms_norm


class GatedNorm(nn.Module):
    """`norm(x * silu(gate))`, or with `gate_first` false `norm(x) * silu(gate)`; silu, or another `activation`.

    Args:
        size: numbers of the weight, the last axis of what it meets.
        width: so many numbers side by side have a norm of their own; divides `size`.
        eps: keeps the root away from zero.
        gate_first: which comes first.
        activation: of the gate.

    Source: Dao and Gu 2024, "Transformers are SSMs", section 7; the code of Hugging Face transformers 5.
    """

    def __init__(
        self,
        size: int,
        width: int,
        eps: float,
        gate_first: bool,
        activation: Callable[[Tensor], Tensor] = F.silu,
    ) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(size))
        self.width = width
        self.eps = eps
        self.gate_first = gate_first
        self.activation = activation

    def forward(self, x: Tensor, gate: Tensor) -> Tensor:
        """Map [..., size] and its gate [..., size] to [..., size], in the dtype of the gate."""
        gate, dtype = self.activation(gate.to(x.dtype)), gate.dtype
        if self.gate_first:
            x = x * gate
        x = rms_norm(x.unflatten(-1, (-1, self.width)), None, self.eps).flatten(-2).to(dtype)
        x = self.weight * x
        return x if self.gate_first else (x * gate).to(dtype)
