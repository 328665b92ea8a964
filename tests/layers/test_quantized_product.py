"""Prompts of quantised models: many vectors meet the small weights in whole numbers, as in the decode step."""

import pytest
import torch
from models import random, random_model, token_ids

from lessons_lib.layers import Linear, QuantizedLinear, linear, quantize


@pytest.mark.parametrize("bits", [8, 4])
@pytest.mark.parametrize("group_size", [32, 128])
@pytest.mark.parametrize(("rows", "n"), [(37, 1), (37, 5), (32, 9), (83, 41), (160, 12), (49, 131)])
@torch.no_grad()
def test_products(bits, group_size, rows, n):
    torch.manual_seed(0)
    small = QuantizedLinear.of(Linear(384, rows, bias=True), bits, group_size)
    x = random(n, 384, seed=2) * torch.logspace(-3, 3, 384)
    x[0, :64] = 0
    weight = small.dequantize()
    exact = x.double() @ weight.double().T + small.bias
    half_steps = (x.abs().unflatten(1, (-1, 32)).amax(-1) / 65534).repeat_interleave(32, 1)  # of 16 bits
    bound = (half_steps + 1e-6 * x.abs()) @ weight.abs().T + 1e-6
    assert ((small(x) - exact).abs() <= bound).all()
    assert not ((small(x) * 1.0003 - exact).abs() <= bound).all()
    assert torch.equal(small(x[None]), small(x)[None])


@pytest.mark.parametrize("bits", [8, 4])
@pytest.mark.parametrize("broken", [torch.nan, torch.inf])
@torch.no_grad()
def test_a_number_that_broke_down_stays_visible(bits, broken):
    small, x = QuantizedLinear.of(Linear(64, 40, bias=False), bits, 32), random(20, 64)
    x[13, 50] = broken
    finite = small(x).isfinite()
    assert not finite[13].any() and finite[:13].all() and finite[14:].all()


@pytest.mark.parametrize("bits", [8, 4])
def test_gradients_still_flow(bits):
    small, x = QuantizedLinear.of(Linear(64, 40, bias=True), bits, 32), random(20, 64).requires_grad_()
    small(x).square().sum().backward()
    twin = random(20, 64).requires_grad_()
    linear(twin, small.dequantize(), small.bias).square().sum().backward()
    torch.testing.assert_close(x.grad, twin.grad, atol=1e-4, rtol=1e-4)
    assert small.bias.grad is not None


@pytest.mark.parametrize("bits", [8, 4])
@torch.no_grad()
def test_no_copy_of_the_weights_is_made(bits, monkeypatch):
    model = quantize(random_model(hidden_size=64, intermediate_size=160, head_dim=16), bits)
    expected = model(token_ids(1, 30))

    def never(*arguments):
        raise AssertionError("the weights were turned back")

    monkeypatch.setattr(QuantizedLinear, "dequantize", never)
    assert torch.equal(model(token_ids(1, 30)), expected)
