"""Each kernel against the same sum in float64, or against torch's."""

from contextlib import contextmanager

import numpy as np
import pytest
import torch
from models import random

from lessons_lib import layers
from lessons_lib.compiling.team import helped
from lessons_lib.generation.compiled.attention import KEYS_AT_ONCE, attend, attend_piece
from lessons_lib.generation.compiled.kernels import ACTIVATIONS, activate, exponential, normalise, weigh
from lessons_lib.generation.compiled.plan import Described
from lessons_lib.generation.compiled.whole_pass import Crew
from lessons_lib.layers import LayerNorm, Linear, QuantizedLinear, RMSNorm
from lessons_lib.products.matrix import look_up
from lessons_lib.products.multiply import multiply, multiply_piece


@contextmanager
def crew(threads):
    with helped(threads) as board:
        yield Crew(board, multiply_piece.address, attend_piece.address)


def described(*modules):
    """What compiled code is told of some matrices; the list keeps them alive."""
    told = Described()
    return np.array([told.matrix(module) for module in modules]), told


def layer(kind: str, columns: int, rows: int, bias: bool, seed: int = 0):
    torch.manual_seed(seed)
    made = Linear(columns, rows, bias=bias)
    if kind == "float32":
        return made, made.weight
    bits, group_size = (int(part) for part in kind.split(" in "))
    small = QuantizedLinear.of(made, bits, group_size)
    return small, small.dequantize()


KINDS = ["float32", "8 in 32", "8 in 64", "4 in 32", "4 in 128"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", [1, 2, 4, 7, 9])
@pytest.mark.parametrize("threads", [1, 2, 3])
@torch.no_grad()
def test_products(kind, n, threads):
    columns = 384
    first, weight = layer(kind, columns, 37, bias=True)
    second, other = layer(kind, columns, 11, bias=False, seed=1)
    matrices, _alive = described(first, second)
    x = random(n, columns, seed=2) * torch.logspace(-3, 3, columns)  # runs of very different sizes
    x[0, :64] = 0
    out = np.full((n, 48), np.nan, np.float32)
    with crew(threads) as all_hands:
        multiply(matrices, x.numpy(), out, all_hands.board, all_hands.multiply)
    exact = torch.cat([x.double() @ weight.double().T + first.bias, x.double() @ other.double().T], 1)
    size = torch.cat([x.abs() @ weight.abs().T, x.abs() @ other.abs().T], 1)  # rounding grows with the terms
    assert ((torch.from_numpy(out) - exact).abs() <= 2e-5 * size + 1e-6).all()


def test_zeros_and_equal_weights_are_exact():
    for bits in (8, 4):
        small = QuantizedLinear.of(Linear(64, 3, bias=False), bits, 32)
        small.scale.zero_()
        out = np.empty((1, 3), np.float32)
        with crew(2) as all_hands:
            multiply(described(small)[0], np.ones((1, 64), np.float32), out, all_hands.board, all_hands.multiply)
        expected = small.dequantize().sum(1)
        torch.testing.assert_close(torch.from_numpy(out)[0], expected, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_looked_up(kind):
    module, weight = layer(kind, 128, 9, bias=False)
    matrices, _alive = described(module)
    out = np.empty((3, 128), np.float32)
    look_up(matrices[0], np.array([8, 0, 5]), out)
    torch.testing.assert_close(torch.from_numpy(out), weight[[8, 0, 5]].detach(), atol=1e-7, rtol=1e-6)


def test_exponentials():
    x = np.concatenate([np.linspace(-87, 88, 4001), [0, -200, np.nan]]).astype(np.float32)
    ours = x.copy()
    exponential(ours)
    assert np.allclose(ours[:-2], np.exp(x[:-2].astype(np.float64)), rtol=3e-7, atol=0)
    assert ours[-2] < 1e-37 and np.isnan(ours[-1])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations(name):
    x, ours = torch.linspace(-120, 120, 4001), np.empty(4001, np.float32)
    x[7] = torch.nan
    activate(ACTIVATIONS.index(name), np.float32(1), x.numpy(), ours)
    expected = layers.feed_forward.ACTIVATIONS[name](x)
    torch.testing.assert_close(torch.from_numpy(ours), expected, atol=1e-6, rtol=1e-6, equal_nan=True)


def test_what_weighs():
    shares, x, ours = torch.linspace(-120, 120, 4001), random(4001), np.empty(4001, np.float32)
    weigh(x.numpy(), shares.numpy(), ours)
    torch.testing.assert_close(torch.from_numpy(ours), x * shares.sigmoid(), atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize(("bound", "falls", "has_sinks"), [(0, False, False), (1.3, False, False), (0, True, True)])
@pytest.mark.parametrize("length", [1, 5, KEYS_AT_ONCE, KEYS_AT_ONCE + 1, 3 * KEYS_AT_ONCE - 7])
def test_attention(length, bound, falls, has_sinks):
    n, h, g, d = 3, 6, 2, 10
    queries = random(n, h, d)
    keys, values = random(2, g, length + 9, d, seed=1), random(2, g, length + 9, d, seed=2)
    rows = np.array([1, 0, 1])
    begins, ends = np.array([0, 3, 2]), np.array([length, length + 4, length + 9])
    places = np.array([(keys[row].data_ptr(), values[row].data_ptr(), length + 9, 0) for row in range(2)])
    slopes = random(h, seed=3).abs() / 9 if falls else torch.zeros(h)
    sinks = random(h if has_sinks else 0, seed=4)
    bends = np.array([bound, *slopes.tolist()], np.float32)
    out = np.empty((n, h, d), np.float32)
    with crew(2) as hands:
        attend(queries.numpy(), g, places, rows, begins, ends, np.float32(0.3), bends, sinks.numpy(), out, hands)
    for t in range(n):
        k, v = (x[rows[t], :, begins[t] : ends[t]].repeat_interleave(h // g, 0).double() for x in (keys, values))
        scores = (k @ queries[t, :, :, None].double())[..., 0] * 0.3  # [H, S]
        scores = bound * torch.tanh(scores / bound) if bound else scores
        scores = scores - slopes[:, None] * torch.arange(k.shape[1] - 1, -1, -1)
        shares = torch.cat((scores, sinks[:, None].double()), 1) if has_sinks else scores
        expected = (shares.softmax(-1)[:, None, : k.shape[1]] @ v)[:, 0]
        torch.testing.assert_close(torch.from_numpy(out[t]), expected.float(), atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("offset", [0.0, 1.0])
@pytest.mark.parametrize("kind", [RMSNorm, LayerNorm])
@torch.no_grad()
def test_the_norm(kind, offset):
    x, out, told, norm = random(3, 37), np.empty((3, 37), np.float32), Described(), kind(37, 1e-5, offset)
    for i, parameter in enumerate(norm.parameters()):
        parameter.copy_(random(37, seed=1 + i))
    described = np.array(told.norm(norm, 1, 37))
    normalise(described, np.float32(1e-5), np.float32(offset), x.numpy(), out)
    torch.testing.assert_close(torch.from_numpy(out), norm(x), atol=2e-6, rtol=1e-5)
