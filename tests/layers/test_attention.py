"""Attention against torch in float64, both of its paths against each other, and known mistakes against both."""

import math

import hypothesis.strategies as st
import pytest
import torch
import torch.nn.functional as F
from effort import examples
from hypothesis import given, settings
from models import our_config, random
from torch.nn.attention import SDPBackend, sdpa_kernel

from lessons_lib.generation import KVCache
from lessons_lib.layers import (
    Attention,
    apply_rope,
    attention,
    attention_scale,
    attention_weights,
    causal_mask,
    pad_mask,
    rope_frequencies,
    rotation,
    sliding_window_mask,
)

DOUBLE = torch.float64


def qkv(t=7, s=11, heads=6, kv_heads=2, d=10, dtype=DOUBLE):
    return random(3, heads, t, d, dtype=dtype), *(random(3, kv_heads, s, d, seed=i, dtype=dtype) for i in (1, 2))


def torchs(q, k, v, **settings):
    """torch's attention by the formula, not by the kernel that ours calls."""
    with sdpa_kernel(SDPBackend.MATH):
        return F.scaled_dot_product_attention(q, k, v, enable_gqa=True, **settings)


MASKS = {
    "everywhere": None,
    "causal": causal_mask(7, 11),
    "sliding": sliding_window_mask(7, 11, 3),
    "padded": pad_mask(causal_mask(7, 11), torch.arange(11) >= torch.tensor([[0], [2], [6]])),
    "by head": random(3, 6, 7, 11, seed=5) > 0,
}


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("kv_heads", [1, 2, 6])
@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS.keys())
def test_attention_equals_torch_in_float64(mask, kv_heads, fused):
    q, k, v = qkv(kv_heads=kv_heads)
    for scale in (None, 0.07):
        found = attention(q, k, v, mask, scale=scale, fused=fused)
        torch.testing.assert_close(found, torchs(q, k, v, attn_mask=mask, scale=scale), atol=1e-12, rtol=0)


@pytest.mark.parametrize("fused", [False, True])
def test_causal_attention_equals_torch_in_float64(fused):
    q, k, v = qkv(9, 9)
    found = attention(q, k, v, causal=True, fused=fused)
    torch.testing.assert_close(found, torchs(q, k, v, is_causal=True), atol=1e-12, rtol=0)
    q, k, v = qkv(1, 9)
    torch.testing.assert_close(attention(q, k, v, fused=fused), torchs(q, k, v), atol=1e-12, rtol=0)


@settings(derandomize=True, max_examples=examples(40), deadline=None)
@given(
    rows=st.integers(1, 3),
    kv_heads=st.integers(1, 3),
    group=st.integers(1, 3),
    t=st.integers(1, 9),
    more=st.integers(0, 6),
    d=st.integers(1, 9),
    causal=st.booleans(),
    seed=st.integers(0, 99),
)
def test_both_paths_agree_forward_and_gradient(rows, kv_heads, group, t, more, d, causal, seed):
    s = t if causal else t + more
    q = random(rows, kv_heads * group, t, d, seed=seed)
    k, v = (random(rows, kv_heads, s, d, seed=seed + i) for i in (1, 2))
    mask = None if causal else random(rows, 1, t, s, seed=seed + 3) > -0.5
    results = []
    for fused in (False, True):
        inputs = [x.clone().requires_grad_() for x in (q, k, v)]
        out = attention(*inputs, mask, causal, fused=fused)
        out.square().sum().backward()
        results.append([out, *(x.grad for x in inputs)])
    for plain, kernel in zip(*results, strict=True):
        torch.testing.assert_close(plain, kernel, atol=2e-5, rtol=1e-4)


@pytest.mark.parametrize("settings", [{}, {"softcap": 0.8}, {"scale": 0.3}, {"fused": False}], ids=str)
def test_gradients_are_those_of_the_formula(settings):
    q, k, v = (random(1, n, t, 2, seed=n + t, dtype=DOUBLE) for n, t in ((4, 3), (2, 5), (2, 5)))
    inputs = [x.requires_grad_() for x in (q, k, v + 1)]
    mask = causal_mask(3, 5)
    assert torch.autograd.gradcheck(lambda q, k, v: attention(q, k, v, mask, **settings), inputs)


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, DOUBLE])
def test_a_query_that_may_look_nowhere_gets_zeros_and_no_nan(dtype, fused):
    q, k, v = (x.requires_grad_() for x in qkv(dtype=dtype))
    mask = causal_mask(7, 11).clone()
    mask[[0, 4]] = False
    out = attention(q, k, v, mask, fused=fused)
    assert out[:, :, [0, 4]].eq(0).all() and out[:, :, 1].ne(0).all()
    out.float().square().sum().backward()
    assert all(x.grad.isfinite().all() for x in (q, k, v))
    assert attention_weights(q, k, mask)[:, :, 4].eq(0).all()


def test_a_lone_query_may_come_back_in_any_layout(monkeypatch):
    torch.manual_seed(0)
    query, key, value = torch.randn(3, 6, 1, 8), torch.randn(3, 2, 5, 8), torch.randn(3, 2, 5, 8)
    expected = attention(query, key, value)
    kernel = F.scaled_dot_product_attention

    def on_a_gpu(*args, **kwargs):  # where rows lie before heads in memory
        return kernel(*args, **kwargs).transpose(1, 2).contiguous().transpose(1, 2)

    monkeypatch.setattr(F, "scaled_dot_product_attention", on_a_gpu)
    assert attention(query, key, value).equal(expected)


def test_weights_are_shares_of_what_is_seen():
    q, k, v = qkv()
    mask = MASKS["padded"]
    weights = attention_weights(q, k, mask)
    assert weights.shape == (3, 6, 7, 11)
    torch.testing.assert_close(weights.sum(-1), torch.ones(3, 6, 7, dtype=DOUBLE))
    assert weights.masked_select(~mask).eq(0).all() and weights.masked_select(mask).gt(0).all()
    mixed = weights @ v.repeat_interleave(3, 1)
    torch.testing.assert_close(attention(q, k, v, mask), mixed, atol=1e-12, rtol=0)


def test_softcap_bounds_the_scores():
    q, k, v = (100 * x for x in qkv())
    logits = attention_weights(q, k, softcap=2.0).log()
    assert (logits.amax(-1) - logits.amin(-1)).max() <= 4.0 + 1e-9
    loose = attention(q / 100, k / 100, v, softcap=1e6)
    torch.testing.assert_close(loose, attention(q / 100, k / 100, v), atol=1e-8, rtol=0)


def test_known_mistakes_are_caught():
    q, k, v = qkv(9, 9)
    mask = causal_mask(9, 9)
    right = attention(q, k, v, mask)
    scores = q @ k.repeat_interleave(3, 1).transpose(-1, -2)
    values = v.repeat_interleave(3, 1)
    wrong = {
        "heads repeated in turn": attention(q, k.repeat(1, 3, 1, 1), v.repeat(1, 3, 1, 1), mask),
        "no scale": attention(q, k, v, mask, scale=1.0),
        "scaled by D": attention(q, k, v, mask, scale=1 / 10),
        "masked after the softmax": ((scores / 10**0.5).softmax(-1) * mask) @ values,
        "scores set to zero": ((scores / 10**0.5) * mask).softmax(-1) @ values,
        "softmax over the queries": (scores / 10**0.5).masked_fill(~mask, -1e9).softmax(-2) @ values,
        "the diagonal hidden": attention(q, k, v, causal_mask(9, 9) & ~torch.eye(9, dtype=torch.bool)),
    }
    by_hand = (scores / 10**0.5).masked_fill(~mask, -math.inf).softmax(-1) @ values
    torch.testing.assert_close(right, by_hand, atol=1e-12, rtol=0)
    for name, result in wrong.items():
        assert (result - right).abs().max() > 0.05, name


@pytest.mark.parametrize(
    ("t", "s", "kv_heads", "mask", "causal", "message"),
    [
        (7, 7, 4, None, False, "query: got 6 heads, allowed a multiple of the key's 4"),
        (3, 7, 2, None, True, "causal: got it with T 3 and S 7"),
        (7, 7, 2, causal_mask(7, 7), True, "causal: got it with a mask"),
    ],
)
def test_what_does_not_fit_is_named(t, s, kv_heads, mask, causal, message):
    q, k, v = qkv(t, s, kv_heads=kv_heads)
    with pytest.raises(ValueError, match=message):
        attention(q, k, v, mask, causal)


# The module


def module(layer=1, seed=0, **changes):
    torch.manual_seed(seed)
    return Attention(our_config(**changes), layer).double()


def from_torch(theirs, **changes):
    """Our module with the weights of an `nn.MultiheadAttention`."""
    ours = module(num_key_value_heads=6, head_dim=6, attention_bias=True, position_embedding_type="none", **changes)
    weights, biases = theirs.in_proj_weight.chunk(3), theirs.in_proj_bias.chunk(3)
    with torch.no_grad():
        for part, weight, bias in zip("qkv", weights, biases, strict=True):
            projection = ours.get_submodule(f"{part}_proj")
            projection.weight.copy_(weight)
            projection.bias.copy_(bias)
        ours.o_proj.load_state_dict(theirs.out_proj.state_dict())
    return ours


@pytest.fixture
def torchs_module():
    torch.manual_seed(0)
    theirs = torch.nn.MultiheadAttention(36, 6, batch_first=True, dtype=DOUBLE)
    for name, parameter in theirs.named_parameters():
        torch.nn.init.normal_(parameter, std=0.5 if "bias" in name else 0.3)
    return theirs


def test_self_attention_equals_torchs_module_in_float64(torchs_module):
    ours, x = from_torch(torchs_module), random(4, 9, 36, dtype=DOUBLE)
    hidden = torch.arange(9) < torch.tensor([[0], [1], [3], [0]])  # left padding
    expected, _ = torchs_module(x, x, x, attn_mask=~causal_mask(9, 9))
    torch.testing.assert_close(ours(x), expected, atol=1e-12, rtol=0)
    everywhere, _ = torchs_module(x, x, x)
    torch.testing.assert_close(ours(x, mask=torch.ones(1, 1).bool()), everywhere, atol=1e-12, rtol=0)
    expected, _ = torchs_module(x, x, x, key_padding_mask=hidden)
    torch.testing.assert_close(ours(x, mask=~hidden[:, None, None]), expected, atol=1e-12, rtol=0)


def test_cross_attention_equals_torchs_module_in_float64(torchs_module):
    ours, x, memory = from_torch(torchs_module), random(4, 5, 36, dtype=DOUBLE), random(4, 8, 36, seed=1, dtype=DOUBLE)
    expected, _ = torchs_module(x, memory, memory)
    torch.testing.assert_close(ours(x, memory=memory), expected, atol=1e-12, rtol=0)
    hidden = torch.arange(8) >= torch.tensor([[8], [5], [1], [7]])  # right padding
    expected, _ = torchs_module(x, memory, memory, key_padding_mask=hidden)
    found = ours(x, mask=~hidden[:, None, None], memory=memory)
    torch.testing.assert_close(found, expected, atol=1e-12, rtol=0)


def test_a_memory_stands_in_no_order():
    x, memory = random(2, 3, 36, dtype=DOUBLE), random(2, 5, 36, dtype=DOUBLE)
    turn = rotation(torch.arange(3), rope_frequencies(our_config()), "half")
    with pytest.raises(ValueError, match="memory: got a rotation or a cache"):
        module()(x, turn, memory=memory)
    with pytest.raises(ValueError, match="memory: got a rotation or a cache"):
        module()(x, cache=KVCache(our_config(), 2, 9, DOUBLE), memory=memory)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"qk_norm": "before", "rms_norm_offset": 1.0},
        {"qk_norm": "after"},
        {"sliding_window": 3},
        {"layer_types": ["chunked_attention"] * 3, "attention_chunk_size": 4},
        {"attn_logit_softcapping": 0.5},
        {"attention_bias": True, "attention_output_bias": False},
    ],
    ids=str,
)
def test_a_module_alone_in_any_chunking_equals_one_pass(changes):
    """Without a mask the layer's own type decides what is seen, with a cache too."""
    layer, x = module(**changes), random(2, 11, 36, dtype=DOUBLE)
    frequencies = rope_frequencies(layer.config)

    def turn(first, last):
        return rotation(torch.arange(first, last), frequencies, "half")

    expected = layer(x, turn(0, 11))
    for chunks in ([1] * 11, [5, 6], [2, 1, 7, 1]):
        cache, parts = KVCache(layer.config, 2, 11, DOUBLE), []
        for chunk in x.split(chunks, 1):
            end = cache.length + chunk.shape[1]
            parts.append(layer(chunk, turn(cache.length, end), cache=cache))
            cache.length = end
        torch.testing.assert_close(torch.cat(parts, 1), expected, atol=1e-6, rtol=0)  # the tables are float32


def test_the_norm_of_queries_and_keys_has_its_place():
    """Without a weight, before or after the rotation is the same, because turning changes no length."""
    x, turn = random(2, 9, 36, dtype=DOUBLE), rotation(torch.arange(9), rope_frequencies(our_config()), "half")
    before, after = module(qk_norm="before"), module(qk_norm="after")
    torch.testing.assert_close(before(x, turn), after(x, turn), atol=1e-6, rtol=0)
    with torch.no_grad():
        before.q_norm.weight.copy_(random(10) + 1)
    query = before._heads(before.q_proj(x))
    right, _ = before._norm_and_rotate(query, query, turn)
    swapped = before.q_norm(apply_rope(query, turn))
    torch.testing.assert_close(right[:, :, 0], swapped[:, :, 0])  # position 0 is not turned
    assert (right - swapped)[:, :, 1:].abs().max() > 0.1


def test_temperature_grows_in_steps():
    factor = attention_scale(torch.arange(20_000), 8192, 0.1)
    assert factor.shape == (20_000, 1)
    assert factor[:8191].eq(1).all()
    torch.testing.assert_close(factor[8191, 0].item(), 1 + 0.1 * math.log(2))
    torch.testing.assert_close(factor[16383, 0].item(), 1 + 0.1 * math.log(3))
    assert attention_scale(torch.arange(6).view(2, 3), 2, 0.1).shape == (2, 1, 3, 1)
