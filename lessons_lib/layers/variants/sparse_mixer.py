"""SparseMixer's way to two experts: each is weighed among those that come near it, and the second without the first."""

from __future__ import annotations

import math

import torch
from torch import Tensor


def two_in_turn(logits: Tensor, tolerance: float) -> tuple[Tensor, Tensor]:
    """The two best experts of each token, and what their answers count; the two weights do not add up to 1.

    An expert takes part in a softmax if what its product lacks to the best is at most `2 * tolerance` of the larger of
    the two sizes.

    Args:
        logits: [N, E].
        tolerance: above 0.

    Returns:
        Experts [N, 2] and weights [N, 2].

    Source: Microsoft 2024, "GRIN: GRadient-INformed MoE", section 3, as Phi-3.5-MoE has it; training draws at random.
    """
    left, experts, weights = logits, [], []
    for _ in range(2):
        best, expert = left.max(-1, keepdim=True)  # [N, 1]
        far = (best - logits) / torch.maximum(logits.abs(), best) > 2 * tolerance  # [N, E]
        weights.append(left.masked_fill(far, -math.inf).softmax(-1).gather(-1, expert))
        experts.append(expert)
        left = left.scatter(-1, expert, -math.inf)
    return torch.cat(experts, -1), torch.cat(weights, -1)
