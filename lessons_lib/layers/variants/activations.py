"""Activations of feed-forward networks that few families have."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def relu2(x: Tensor) -> Tensor:
    """The square of what is above 0. Any shape.

    Source: So et al. 2021, "Primer", section 4.
    """
    return F.relu(x).square()


def clamped_glu(gate: Tensor, up: Tensor, limit: float) -> Tensor:
    """The gate of gpt-oss: `(up + 1) * gate * sigmoid(1.702 * gate)`, the gate cut off above and the rest both ways.

    Args:
        gate, up: [..., F].
        limit: the bound; above 0.

    Source: OpenAI 2025, gpt-oss, `swiglu` in its reference code.
    """
    gate, up = gate.clamp(max=limit), up.clamp(-limit, limit)
    return (up + 1) * (gate * torch.sigmoid(1.702 * gate))


def above_share(x: Tensor, share: float) -> Tensor:
    """How far numbers [..., F] are above what the normal distribution with their mean and deviation has a share below.

    Source: Google 2025, Gemma 3n, as Hugging Face transformers 5 builds it.
    """
    bound = torch.special.ndtri(torch.tensor(share, dtype=torch.float32)).to(x.dtype)
    deviation, mean = torch.std_mean(x, -1, keepdim=True, correction=0)
    return F.relu(x - (mean + deviation * bound))


class XIELU(nn.Module):
    """A parabola above 0 and a bent exponential below, with two numbers that are learnt, `alpha_p` and `alpha_n` [1].

    `a x^2 + x / 2` above 0 and `b (exp(x) - 1 - x) + x / 2` below, with a = softplus(alpha_p) and
    b = 1/2 + softplus(alpha_n).

    Source: Huang and Schlag 2024, "Deriving Activation Functions Using Integration", equation 12.
    """

    def __init__(self) -> None:
        super().__init__()
        self.alpha_p = nn.Parameter(torch.full((1,), 0.8).expm1().log())  # softplus of it is 0.8
        self.alpha_n = nn.Parameter(torch.full((1,), 0.3).expm1().log())

    def forward(self, x: Tensor) -> Tensor:
        above = F.softplus(self.alpha_p) * x * x
        below = (0.5 + F.softplus(self.alpha_n)) * (torch.expm1(x.clamp(max=-1e-6)) - x)
        return torch.where(x > 0, above, below) + 0.5 * x
