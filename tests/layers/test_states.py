"""Layers with a state: token by token, chunk by chunk and in transformers' code they give the same numbers."""

import re

import pytest
import torch
import torch.nn.functional as F
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import random, random_model, token_ids
from transformers.models.mamba.modeling_mamba import mamba_selective_scan
from transformers.models.mamba2.modeling_mamba2 import mamba2_chunk_scan
from transformers.models.qwen3_next.modeling_qwen3_next import torch_chunk_gated_delta_rule

from lessons_lib import ModelConfig, Transformer
from lessons_lib.config import costs
from lessons_lib.generation import KVCache
from lessons_lib.layers.states import (
    decayed_chunks,
    decayed_steps,
    delta_chunks,
    delta_steps,
    scan_chunks,
    scan_steps,
    selective_scan,
)
from lessons_lib.layers.states.convolution import causal_convolution

SIZES = {
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 7,
    "linear_value_head_dim": 5,
    "linear_conv_kernel_dim": 3,
}
SCAN = SIZES | {"linear_num_key_heads": 1, "linear_value_head_dim": 1, "time_step_rank": 6}
KINDS = {
    "conv": {"linear_conv_kernel_dim": 4, "linear_conv_bias": True, "linear_proj_bias": True},
    "mamba": SCAN | {"linear_conv_bias": True, "linear_proj_bias": True},
    "mamba, weighted": SCAN | {"selection_norm": "weighted"},
    "mamba2": SIZES | {"linear_conv_bias": True, "linear_proj_bias": True, "gate_norm": "after"},
    "mamba2, no norm": SIZES | {"time_step_limit": [0.1, 0.7]},
    "gated_delta": SIZES,
    "lightning": {"linear_num_key_heads": 4, "linear_num_value_heads": 4}
    | {"linear_key_head_dim": 5, "linear_value_head_dim": 5, "norm_placement": "stream", "skip_multiplier": 1.7},
    "kimi_delta": SIZES | {"linear_num_key_heads": 4, "linear_key_head_dim": 5},
}
every_kind = pytest.mark.parametrize("name", KINDS)


def changes_of(name):
    kind = name.split(",")[0]
    return KINDS[name] | {"layer_types": [kind, "full_attention", kind], "mixer_only_layers": [2]}


def of_decay(t, seed, k=1):
    """Queries, keys, values and decays of one text, and a state before it, in float64."""
    b, h, d, v = 2, 3, 7, 5
    shapes = [(b, t, h, d), (b, t, h, d), (b, t, h, v), (b, t, h, k), (b, h, d, v)]
    query, key, value, decay, matrix = (
        random(*shape, seed=seed + i, dtype=torch.float64) for i, shape in enumerate(shapes)
    )
    return query, F.normalize(key, dim=-1), value, -F.softplus(decay), matrix


def of_scan(t, seed):
    b, channels, n = 2, 6, 5
    shapes = [(b, t, channels), (b, t, channels), (channels, n), (b, t, n), (b, t, n), (b, channels, n, 1)]
    x, step, rate, key, query, matrix = (
        random(*shape, seed=seed + i, dtype=torch.float64) for i, shape in enumerate(shapes)
    )
    return x, F.softplus(step), -rate.exp(), key, query, matrix


def both_ways(t, chunk, seed):
    """For each rule its numbers token by token, and chunk by chunk."""
    query, key, value, decay, matrix = of_decay(t, seed)
    strength = random(2, t, 3, seed=seed + 9, dtype=torch.float64).sigmoid()
    linear = (query, key, value, decay[..., 0], matrix)
    yield decayed_steps(*linear), decayed_chunks(*linear, chunk)
    for k in (1, 7):  # a decay for each head, or for each row of its state
        delta = (query, key, value, of_decay(t, seed, k)[3], strength, matrix)
        yield delta_steps(*delta), delta_chunks(*delta, chunk)
    scan = of_scan(t, seed)
    yield scan_steps(*scan), scan_chunks(*scan, chunk)


@settings(max_examples=examples(40), derandomize=True, deadline=None)
@given(st.integers(1, 40), st.integers(1, 20), st.integers(0, 1000))
def test_chunks_are_steps(t, chunk, seed):
    for steps, chunks in both_ways(t, chunk, seed):
        for one, other in zip(steps, chunks, strict=True):
            torch.testing.assert_close(one, other, atol=1e-11, rtol=1e-9)


@settings(max_examples=examples(20), derandomize=True, deadline=None)
@given(st.integers(1, 30), st.integers(1, 30), st.integers(0, 1000))
def test_a_text_may_be_cut_anywhere(first, second, seed):
    *inputs, matrix = of_decay(first + second, seed)
    inputs[3] = inputs[3][..., 0]
    whole, last = decayed_chunks(*inputs, matrix, 8)
    one, matrix = decayed_chunks(*(x[:, :first] for x in inputs), matrix, 8)
    two, matrix = decayed_chunks(*(x[:, first:] for x in inputs), matrix, 8)
    torch.testing.assert_close(torch.cat((one, two), 1), whole)
    torch.testing.assert_close(matrix, last)


def test_linear_attention_without_decay_is_attention_without_a_softmax():
    query, key, value, decay, matrix = of_decay(20, 3)
    out, _ = decayed_chunks(query, key, value, torch.zeros_like(decay[..., 0]), torch.zeros_like(matrix), 6)
    scores = torch.einsum("bihk,bjhk->bhij", query, key).tril()
    torch.testing.assert_close(out, torch.einsum("bhij,bjhv->bihv", scores, value))


def test_the_delta_rule_overwrites_what_a_key_held():
    key = F.one_hot(torch.tensor([0, 1, 0]), 3).double()[None, :, None]  # the first key comes twice
    value, ones = random(1, 3, 1, 4, dtype=torch.float64), torch.ones(1, 3, 1, dtype=torch.float64)
    matrix = torch.zeros(1, 1, 3, 4, dtype=torch.float64)
    _, state = delta_steps(key, key, value, 0 * ones[..., None], ones, matrix)
    torch.testing.assert_close(state[0, 0, :2], value[0, [2, 1], 0])


def test_the_delta_rule_is_that_of_transformers():
    query, key, value, decay, matrix = (x.float() for x in of_decay(70, 1))
    strength = random(2, 70, 3, seed=8).sigmoid()
    expected, state = torch_chunk_gated_delta_rule(
        query, key, value, decay[..., 0], strength, initial_state=matrix, output_final_state=True
    )
    out, last = delta_chunks(query * query.shape[-1] ** -0.5, key, value, decay, strength, matrix)
    torch.testing.assert_close(out, expected, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(last, state.to(last), atol=1e-5, rtol=1e-5)


def test_decayed_attention_is_mamba_2_of_transformers():
    x, b, c = random(2, 70, 4, 5), random(2, 70, 4, 7, seed=1), random(2, 70, 4, 7, seed=2)
    step, rate = F.softplus(random(2, 70, 4, seed=3)), -random(4, seed=4).exp()
    expected = mamba2_chunk_scan(x, step, rate, b, c, chunk_size=16, D=torch.zeros(4))
    out, _ = decayed_chunks(c, b, x * step[..., None], step * rate, torch.zeros(2, 4, 7, 5))
    torch.testing.assert_close(out, expected, atol=2e-5, rtol=1e-5)


def test_the_scan_is_that_of_transformers():
    x, step, rate, key, query, matrix = (y.float() for y in of_scan(70, 1))
    expected = mamba_selective_scan(x.mT, step.mT, rate, key.mT, query.mT)
    out, _ = selective_scan(x, step, rate, key, query, torch.zeros_like(matrix))
    torch.testing.assert_close(out, expected.mT, atol=1e-5, rtol=1e-5)


def test_the_convolution_is_torchs_and_looks_back_only():
    x, weight, bias = random(2, 9, 5), random(5, 1, 4, seed=1), random(5, seed=2)
    expected = F.conv1d(F.pad(x.mT, (3, 0)), weight, bias, groups=5).mT
    out, window = causal_convolution(x[:, :2], torch.zeros(2, 3, 5), weight, bias)
    rest, window = causal_convolution(x[:, 2:], window, weight, bias)
    torch.testing.assert_close(torch.cat((out, rest), 1), expected)
    assert torch.equal(window, x[:, -3:])


@every_kind
@torch.no_grad()
def test_scores_are_the_same_in_any_chunking_and_beside_padding(name):
    model, ids = random_model(**changes_of(name)).double(), token_ids(2, 90)
    whole, mask = model(ids), torch.ones(2, 90, dtype=torch.long)
    mask[0, :13] = 0
    alone = model(ids[:1, 13:])[0]
    for chunks in ([1] * 90, [70, 1, 1, 18], [2, 88]):
        cache, beside = KVCache.of(model, 2), KVCache.of(model, 2)
        parts = [model(chunk, cache) for chunk in ids.split(chunks, 1)]
        torch.testing.assert_close(torch.cat(parts, 1), whole, atol=1e-10, rtol=0)
        parts = [model(c, beside, mask[:, : beside.length + c.shape[1]]) for c in ids.split(chunks, 1)]
        torch.testing.assert_close(torch.cat(parts, 1)[0, 13:], alone, atol=1e-10, rtol=0)
    assert cache.nbytes < 1.01 * (
        costs.kv_cache_bytes(model.config, cache.max_length, 2, 64) + costs.state_bytes(model.config, 2, 64)
    )


@every_kind
def test_parameters_are_counted(name):
    for gate in (False, True):
        changes = changes_of(name) | {"attn_output_gate": gate, "attention_bias": gate}
        model = random_model(**changes)
        assert costs.num_parameters(model.config) == model.num_parameters()


@every_kind
def test_every_parameter_learns(name):
    model = random_model(**changes_of(name))
    model(token_ids(2, 20)).logsumexp(-1).sum().backward()
    assert all(parameter.grad.abs().max() > 0 for parameter in model.parameters())


def test_a_layer_may_be_only_a_feed_forward_network():
    model = random_model(layer_types=["none", "full_attention", "none"], mixer_only_layers=[1])
    assert {"mixer", "self_attn"} & {name for name, _ in model.model.layers[0].named_children()} == set()
    assert model.model.layers[1].mlp is None
    assert costs.num_parameters(model.config) == model.num_parameters()


REFUSED = {
    "no size": ({"layer_types": ["conv"] * 3}, "linear_conv_kernel_dim: got None, allowed a number"),
    "a size for nothing": ({"linear_conv_kernel_dim": 3}, "linear_conv_kernel_dim: got 3, allowed None"),
    "heads that do not share": (
        SIZES | {"layer_types": ["mamba2"] * 3, "linear_num_key_heads": 3},
        "linear_num_value_heads: got 4, allowed a multiple of linear_num_key_heads (3)",
    ),
    "an empty layer": (
        {"layer_types": ["none", "full_attention", "full_attention"], "mixer_only_layers": [0]},
        "mixer_only_layers: got (0,)",
    ),
    "a layer that is not there": ({"mixer_only_layers": [3]}, "mixer_only_layers: got (3,), allowed numbers from 0"),
    "experts in a layer that has no network": (
        {"mixer_only_layers": [1], "num_local_experts": 2, "moe_layers": [1]},
        "moe_layers: got (1,), allowed none of mixer_only_layers (1,)",
    ),
    "norms in another place": (changes_of("gated_delta") | {"norm_placement": "sandwich"}, "norm_placement"),
    "keys unlike values": (
        SIZES | {"layer_types": ["kimi_delta"] * 3},
        "linear_num_key_heads: got 2, allowed linear_num_value_heads (4) with kimi_delta",
    ),
    "steps in the wrong order": (
        changes_of("mamba2") | {"time_step_limit": [2.0, 1.0]},
        "time_step_limit: got [2.0, 1.0], allowed a smallest number from 0 on",
    ),
}


@pytest.mark.parametrize(("changes", "words"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_by_name(changes, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        random_model(**changes)


def test_a_mask_of_tokens_is_refused_where_a_layer_has_a_state():
    model = random_model(**changes_of("gated_delta"))
    with pytest.raises(ValueError, match=r"\[B, T, S\] for layers of gated_delta"):
        model(token_ids(1, 4), attention_mask=torch.ones(1, 4, 4), positions=torch.arange(4))


def test_a_fresh_model_starts_finite():
    for name in KINDS:
        config = random_model(**changes_of(name)).config
        assert isinstance(config, ModelConfig)
        assert Transformer(config)(token_ids(2, 200 % config.max_position_embeddings)).isfinite().all()
