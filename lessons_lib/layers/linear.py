"""Linear: multiply by a weight matrix, the operation in which a language model spends almost all of its time."""

from __future__ import annotations

import os
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

_ONEDNN = torch.backends.mkldnn.is_available()

if hasattr(os, "register_at_fork"):  # torch's threads stay behind, and a forked process would wait for them for ever
    os.register_at_fork(after_in_child=partial(torch.set_num_threads, 1))


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return `x @ weight.T + bias`.

    Float32 on a CPU goes to the oneDNN kernel that torch ships. Torch's own choice, MKL, is as fast on Intel processors
    and up to half as slow again on others. A weight with gaps, cut out of a wider one, stays with torch: oneDNN would
    take a hundred times as long.

    Args:
        x: [..., C_in].
        weight: [C_out, C_in].
        bias: [C_out] or None.

    Returns:
        [..., C_out].
    """
    plain = x.is_cpu and x.dtype == weight.dtype == torch.float32 and weight.is_contiguous()
    plain = plain and not torch.is_autocast_enabled("cpu")
    if torch.compiler.is_compiling() or not (_ONEDNN and plain):  # torch's compiler chooses for itself
        return F.linear(x, weight, bias)
    return _Product.apply(x, weight, bias) if torch.is_grad_enabled() else _onednn(x, weight, bias)


def trains_here(*tensors: Tensor) -> bool:
    """Whether gradients are wanted and these are all float32 or all bfloat16, on a CPU: where `fused` steps do well."""
    if torch.compiler.is_compiling() or not torch.is_grad_enabled():
        return False
    kinds = {(tensor.device.type, tensor.dtype) for tensor in tensors}
    plain = kinds in ({("cpu", torch.float32)}, {("cpu", torch.bfloat16)})
    return plain and any(tensor.requires_grad for tensor in tensors)


class Linear(nn.Linear):
    """A weight matrix [out_features, in_features] and, where asked for, a bias [out_features]."""

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight, self.bias)


class _Product(torch.autograd.Function):
    """oneDNN's product with its gradients, for torch knows none. The weight's is as fast from MKL."""

    @staticmethod
    def forward(ctx, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return _onednn(x, weight, bias)

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
        x, weight = ctx.saved_tensors
        for_x, for_weight, for_bias = ctx.needs_input_grad
        rows = grad.reshape(-1, grad.shape[-1])  # [N, C_out]
        return (
            _onednn(grad, weight.T) if for_x else None,  # [..., C_in]
            rows.T @ x.reshape(-1, x.shape[-1]) if for_weight else None,  # [C_out, C_in]
            rows.sum(0) if for_bias else None,  # [C_out]
        )


def _onednn(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    return torch.ops.mkldnn._linear_pointwise(x, weight, bias, "none", [], "")
