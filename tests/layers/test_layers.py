"""The functions of `lessons_lib.layers` against torch and transformers, and known-wrong variants against them."""

import pytest
import torch
import torch.nn.functional as F
from models import LLAMA3_SCALING, our_config
from transformers import LlamaConfig
from transformers.models.llama.modeling_llama import LlamaRMSNorm, LlamaRotaryEmbedding, apply_rotary_pos_emb

from lessons_lib.layers import (
    apply_rope,
    attention,
    causal_mask,
    linear,
    padded_causal_mask,
    rms_norm,
    rope_frequencies,
    rotation,
)


def random(*shape, seed=0, dtype=torch.float32):
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


@pytest.mark.parametrize("rows", [(1,), (7,), (2, 5), (3, 1, 4)])
@pytest.mark.parametrize("bias", [False, True])
def test_linear_equals_torch_with_and_without_gradients(rows, bias):
    x, weight, b = random(*rows, 11), random(13, 11, seed=1), random(13, seed=2) if bias else None
    expected = F.linear(x.double(), weight.double(), None if b is None else b.double()).float()
    torch.testing.assert_close(linear(x, weight, b), expected)
    with torch.no_grad():
        torch.testing.assert_close(linear(x, weight, b), expected)
        torch.testing.assert_close(linear(x.bfloat16(), weight.bfloat16()), F.linear(x.bfloat16(), weight.bfloat16()))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float16])
def test_rms_norm_equals_transformers_bit_for_bit(dtype):
    norm = LlamaRMSNorm(37, eps=1e-2).to(dtype)
    norm.weight.data = random(37, seed=3).to(dtype)
    x = (random(4, 5, 37) * 3).to(dtype)
    ours = rms_norm(x, norm.weight, 1e-2)
    tolerance = {"atol": 1e-6, "rtol": 1e-6} if dtype == torch.float32 else {"atol": 0, "rtol": 0}
    torch.testing.assert_close(ours, norm(x), **tolerance)
    assert (ours - rms_norm(x, norm.weight, 1e-5)).abs().max() > 1e-3


@pytest.mark.parametrize("scaling", [None, {"rope_type": "linear", "factor": 3.0}, LLAMA3_SCALING])
def test_rotation_equals_transformers_far_out(scaling):
    config = our_config(max_position_embeddings=200_000, rope_theta=500.0, rope_scaling=scaling)
    theirs = LlamaConfig(
        hidden_size=60,
        num_attention_heads=6,
        head_dim=10,
        rope_parameters=(scaling or {"rope_type": "default"}) | {"rope_theta": 500.0},
    )
    positions = torch.tensor([[0, 1, 5, 31, 32, 1000, 99_999]])
    cos, sin = LlamaRotaryEmbedding(theirs)(random(1, 1), positions)
    turn = rotation(positions, rope_frequencies(config), "half")
    torch.testing.assert_close(turn.cos, cos[..., :5], atol=1e-6, rtol=0)
    q, k = random(1, 6, 7, 10), random(1, 2, 7, 10, seed=1)
    expected = apply_rotary_pos_emb(q, k, cos, sin)
    torch.testing.assert_close(apply_rope(q, turn), expected[0], atol=1e-5, rtol=0)
    torch.testing.assert_close(apply_rope(k, turn), expected[1], atol=1e-5, rtol=0)


def test_interleaved_rotation_is_multiplication_of_complex_numbers():
    frequencies = rope_frequencies(our_config())
    positions = torch.arange(23)
    x = random(2, 3, 23, 10)
    turns = torch.polar(torch.ones(23, 5), positions[:, None] * frequencies)
    expected = torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (5, 2))) * turns).flatten(-2)
    torch.testing.assert_close(apply_rope(x, rotation(positions, frequencies, "interleaved")), expected)
    other = apply_rope(x, rotation(positions, frequencies, "half"))
    torch.testing.assert_close(other[:, :, 0], expected[:, :, 0])
    assert (other[:, :, 1:] - expected[:, :, 1:]).abs().max() > 0.1


@pytest.mark.parametrize("pairing", ["half", "interleaved"])
def test_scores_depend_on_distance_alone(pairing):
    frequencies = rope_frequencies(our_config())
    q, k = random(1, 1, 1, 10), random(1, 1, 1, 10, seed=1)

    def score(i, j):
        at = [rotation(torch.tensor([p]), frequencies, pairing) for p in (i, j)]
        return (apply_rope(q, at[0]) * apply_rope(k, at[1])).sum()

    torch.testing.assert_close(score(3, 11), score(503, 511), atol=1e-4, rtol=0)
    assert (score(3, 11) - score(3, 12)).abs() > 1e-3


def test_masks():
    assert torch.equal(causal_mask(5, 5), torch.ones(5, 5, dtype=torch.bool).tril())
    assert torch.equal(causal_mask(2, 5), torch.ones(5, 5, dtype=torch.bool).tril()[3:])
    mask = padded_causal_mask(torch.tensor([[0, 0, 1, 1], [1, 1, 1, 1]]), 4)
    assert mask[0, 0].int().tolist() == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1]]
    assert torch.equal(mask[1, 0], causal_mask(4, 4))


@pytest.mark.parametrize(("t", "s"), [(1, 9), (4, 9), (9, 9)])
def test_grouped_attention_equals_the_formula_written_out(t, s):
    q, k, v = random(2, 6, t, 10), random(2, 3, s, 10, seed=1), random(2, 3, s, 10, seed=2)
    keys, values = k.repeat_interleave(2, 1), v.repeat_interleave(2, 1)
    scores = q.double() @ keys.double().transpose(-1, -2) / 10**0.5
    mask = causal_mask(t, s)
    expected = (scores.masked_fill(~mask, -torch.inf).softmax(-1) @ values.double()).float()
    torch.testing.assert_close(attention(q, k, v, mask), expected)
    if t == s:
        torch.testing.assert_close(attention(q, k, v, causal=True), expected)
    if t == 1:
        torch.testing.assert_close(attention(q, k, v), expected)
    wrong = (scores.masked_fill(~mask, -torch.inf).softmax(-1) @ v.double().repeat(1, 2, 1, 1)).float()
    assert (wrong - expected).abs().max() > 0.1
