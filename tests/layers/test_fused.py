"""Norms and rotations in one trip, with their gradients, against torch's own autograd in float64."""

import pytest
import torch
import torch.nn.functional as F
from models import random

from lessons_lib import ModelConfig, Transformer
from lessons_lib.layers import RMSNorm, apply_rope, fused, rotation
from lessons_lib.layers import norm as norm_module
from lessons_lib.layers import position as position_module
from lessons_lib.layers.linear import trains_here
from lessons_lib.layers.position import Rotation

MANY = (5, 301, 64)  # 96,320 numbers: several pieces of unequal size


def leaf(*shape, seed=0):
    return random(*shape, seed=seed).requires_grad_()


def backwards(y, *leaves):
    """The gradients for a fixed, uneven wish."""
    wish = random(*y.shape, seed=9).to(y)
    return [y.detach(), *torch.autograd.grad(y, leaves, wish)]


def close(found, expected, tolerance=2e-6):
    for one, other in zip(found, expected, strict=True):
        bound = tolerance * max(1, other.abs().max().item())
        torch.testing.assert_close(one.double(), other.double(), atol=bound, rtol=0)


def norm(x, weight, offset=0.0):
    module = RMSNorm(len(weight), 1e-5, offset)
    return torch.func.functional_call(module, {"weight": weight}, x)


@pytest.mark.parametrize("shape", [(1, 1), (7,), (3, 5), (2, 3, 4, 33), MANY])
@pytest.mark.parametrize("offset", [0.0, 1.0])
def test_rms_norm_and_its_gradients(shape, offset):
    x, weight = leaf(*shape), leaf(shape[-1], seed=1)
    exact_x, exact_weight = (t.detach().double().requires_grad_() for t in (x, weight))
    expected = F.rms_norm(exact_x, shape[-1:], exact_weight + offset, 1e-5)
    y = norm(x, weight, offset)
    assert type(y.grad_fn).__name__ == "_RMSNormBackward"
    close(backwards(y, x, weight), backwards(expected, exact_x, exact_weight))


def turned(x, table):
    """Each pair as a complex number, turned; nothing of the library's."""
    d = x.shape[-1]
    halves = table.pairing == "half"
    pairs = x.unflatten(-1, (2, d // 2)).transpose(-1, -2) if halves else x.unflatten(-1, (d // 2, 2))
    turn = torch.complex(table.cos.double(), table.sin.double())
    turn = turn if turn.dim() == 2 else turn[:, None]
    out = torch.view_as_real(torch.view_as_complex(pairs.contiguous()) * turn)
    return (out.transpose(-1, -2) if halves else out).flatten(-2)


@pytest.mark.parametrize("pairing", ["half", "interleaved"])
@pytest.mark.parametrize("rows", [False, True])
@pytest.mark.parametrize("shape", [(1, 1, 1, 2), (2, 3, 5, 8), (3, 4, 131, 32)])
@pytest.mark.parametrize("laid", ["by heads", "by places"])
def test_rotation_and_its_gradient(pairing, rows, shape, laid):
    b, h, t, d = shape
    x = leaf(*shape) if laid == "by heads" else leaf(b, t, h, d)
    whole = x if laid == "by heads" else x.transpose(1, 2)
    positions = torch.randint(1000, (b, t) if rows else (t,), generator=torch.Generator().manual_seed(2))
    table = rotation(positions, random(d // 2, seed=3).abs(), pairing, scale=1.3)
    exact = x.detach().double().requires_grad_()
    exact_whole = exact if laid == "by heads" else exact.transpose(1, 2)
    y = apply_rope(whole, table)
    assert type(y.grad_fn).__name__ == "_RotateBackward"
    close(backwards(y, x), backwards(turned(exact_whole, table), exact))


def test_a_table_for_all_rows_alike_may_have_one_row():
    x, one = leaf(3, 2, 5, 8), rotation(torch.arange(5)[None], torch.ones(4), "half")
    each = Rotation(one.cos.repeat(3, 1, 1).double(), one.sin.repeat(3, 1, 1).double(), "half")
    assert apply_rope(x, one).equal(apply_rope(x, each))


def test_threads_change_no_digit(monkeypatch):
    """Sums over pieces have an order of their own."""
    monkeypatch.setattr(fused, "WORTH_HELP", 0)
    x, weight = leaf(*MANY), leaf(64, seed=1)
    before = torch.get_num_threads()
    results = []
    try:
        for threads in (1, 3):
            torch.set_num_threads(threads)
            results.append(backwards(norm(x, weight), x, weight))
    finally:
        torch.set_num_threads(before)
    assert all(one.equal(other) for one, other in zip(*results, strict=True))


def test_bfloat16_is_rounded_to_the_nearest():
    x = random(2, 50, 4, 16).bfloat16().transpose(1, 2).requires_grad_()
    table = rotation(torch.arange(50), torch.ones(8), "half")
    near = apply_rope(x.detach().float(), table)
    y = apply_rope(x, table)
    assert y.dtype == torch.bfloat16
    assert (y != near.bfloat16()).float().mean() < 0.01  # float32 itself errs at the borders
    specials = torch.tensor([float("nan"), float("inf"), -float("inf"), 0.0]).bfloat16()
    row = specials.reshape(1, 1, 1, 4).requires_grad_()
    still = rotation(torch.zeros(1), torch.ones(2), "interleaved")
    torch.testing.assert_close(apply_rope(row, still), apply_rope(row.detach(), still), equal_nan=True)


def test_autocast_gets_the_precision_that_its_products_read():
    x, weight = leaf(6, 40), leaf(40, seed=1)
    with torch.autocast("cpu", torch.bfloat16):
        y = norm(x, weight)
    expected = norm(x, weight)
    assert y.dtype == torch.bfloat16 and y.equal(expected.bfloat16())
    close(backwards(y, x, weight), backwards(expected, x, weight), tolerance=1e-2)


def test_a_number_that_is_none_stays_one():
    x, weight = leaf(4, 8).detach(), leaf(8)
    x[2, 3] = float("nan")
    y = norm(x, weight)
    assert y.isnan().any(1).tolist() == [False, False, True, False]


def test_only_where_gradients_are_wanted_on_a_cpu():
    x, plain = leaf(2, 3), random(2, 3)
    assert trains_here(x, plain) and not trains_here(plain)
    assert not trains_here(x.double()) and not trains_here(x, plain.bfloat16()) and not trains_here(x.to("meta"))
    with torch.no_grad():
        assert not trains_here(x)


def test_a_model_learns_the_same_without_it(monkeypatch):
    config = ModelConfig(
        vocab_size=53,
        hidden_size=48,
        intermediate_size=80,
        num_hidden_layers=2,
        num_attention_heads=6,
        num_key_value_heads=2,
        qk_norm="before",
    )
    torch.manual_seed(0)
    model, ids = Transformer(config), torch.randint(53, (3, 17))

    def gradients():
        model.zero_grad()
        F.cross_entropy(model(ids[:, :-1]).flatten(0, 1), ids[:, 1:].flatten()).backward()
        return [p.grad for p in model.parameters()]

    used = []
    monkeypatch.setattr(fused, "spread", lambda *a, spread=fused.spread: (used.append(a), spread(*a)))
    ours = gradients()
    assert len(used) == 2 * (4 * 2 + 1 + 2 * 2)  # forwards and backwards: norms of the stream and the heads, turns
    for module in (norm_module, position_module):
        monkeypatch.setattr(module, "trains_here", lambda *_: False)
    close(ours, gradients(), tolerance=1e-5)
