"""The matrix product and its gradients against torch's own."""

import pytest
import torch
import torch.nn.functional as F
from models import random

from lessons_lib.layers import Linear, linear

ROWS = [(), (1,), (7,), (2, 5), (3, 1, 4), (2, 0)]


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("bias", [False, True])
def test_linear_equals_torch_with_and_without_gradients(rows, bias):
    x, weight, b = random(*rows, 11), random(13, 11, seed=1), random(13, seed=2) if bias else None
    expected = F.linear(x.double(), weight.double(), None if b is None else b.double()).float()
    torch.testing.assert_close(linear(x, weight, b), expected)
    with torch.no_grad():
        torch.testing.assert_close(linear(x, weight, b), expected)
        torch.testing.assert_close(linear(x.bfloat16(), weight.bfloat16()), F.linear(x.bfloat16(), weight.bfloat16()))


@pytest.mark.parametrize("rows", ROWS)
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("upstream", ["random", "the same number everywhere", "transposed"])
def test_gradients_equal_torchs(rows, bias, upstream):
    grads = []
    for product, dtype in ((linear, torch.float32), (F.linear, torch.float64)):
        x, weight, b = (random(*shape, seed=i).to(dtype) for i, shape in enumerate(((*rows, 11), (13, 11), (13,))))
        inputs = [tensor.requires_grad_() for tensor in ((x, weight, b) if bias else (x, weight))]
        out = product(*inputs)
        factor = random(*out.shape, seed=5).to(dtype)
        if upstream == "random":
            (out * factor).sum().backward()
        elif upstream == "transposed":
            (out.movedim(-1, 0) * factor.movedim(-1, 0).clone()).sum().backward()
        else:
            out.sum().backward()
        grads.append([tensor.grad.float() for tensor in inputs])
    for ours, theirs in zip(*grads, strict=True):
        torch.testing.assert_close(ours, theirs, atol=1e-5, rtol=1e-5)


def test_only_the_gradients_that_are_needed_are_made():
    layer, x = Linear(11, 13), random(3, 11).requires_grad_()
    layer.weight.requires_grad_(False)
    layer(x).sum().backward()
    assert layer.weight.grad is None and layer.bias.grad.eq(3).all()
    torch.testing.assert_close(x.grad, layer.weight.sum(0).expand(3, 11))


def test_autocast_is_obeyed():
    with torch.autocast("cpu", torch.bfloat16):
        assert Linear(11, 13)(random(3, 11)).dtype == torch.bfloat16
