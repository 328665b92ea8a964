"""Linear: multiply by a weight matrix, the operation in which a language model spends almost all of its time."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_ONEDNN = torch.backends.mkldnn.is_available()


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return `x @ weight.T + bias`.

    Without gradients, float32 on a CPU goes to the oneDNN kernel that torch ships. Torch's own choice, MKL, is as fast
    on Intel processors and up to half as slow again on others.

    Args:
        x: [..., C_in].
        weight: [C_out, C_in].
        bias: [C_out] or None.

    Returns:
        [..., C_out].
    """
    plain = x.is_cpu and x.dtype == weight.dtype == torch.float32
    if _ONEDNN and plain and not torch.is_grad_enabled():
        return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
    return F.linear(x, weight, bias)


class Linear(nn.Linear):
    """A weight matrix [out_features, in_features] and, where asked for, a bias [out_features]."""

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias)
