"""Latent attention against DeepSeek's in transformers, its two ways against each other, and the rule between them."""

import contextlib
import math
from unittest.mock import patch

import hypothesis.strategies as st
import pytest
import torch
from effort import examples
from hypothesis import given, settings
from models import random, torchs_product
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode
from transformers import DeepseekV2Config, DeepseekV3Config
from transformers.models.deepseek_v2 import modeling_deepseek_v2 as v2
from transformers.models.deepseek_v3 import modeling_deepseek_v3 as v3

from lessons_lib import ModelConfig
from lessons_lib.config.costs import latent_attention_flops
from lessons_lib.generation import KVCache
from lessons_lib.layers import (
    LatentAttention,
    causal_mask,
    pad_mask,
    quantize,
    rope_attention_factor,
    rope_frequencies,
    rotation,
)

# No two sizes are equal: H 6, C 36, R 22, q_lora_rank 15, N 10, r 4, D 14, v_head_dim 9.
SIZES = {
    "vocab_size": 97,
    "hidden_size": 36,
    "intermediate_size": 52,
    "num_hidden_layers": 1,
    "num_attention_heads": 6,
    "max_position_embeddings": 200,
    "kv_lora_rank": 22,
    "q_lora_rank": 15,
    "qk_rope_head_dim": 4,
    "v_head_dim": 9,
}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16, "mscale": 0.7}
REFERENCES = {
    "V2": (v2, {}),
    "V2 without a latent for queries": (v2, {"q_lora_rank": None}),
    "V2 with yarn": (v2, {"rope_scaling": YARN | {"mscale_all_dim": 0.7}}),
    "V3": (v3, {}),
    "V3 with biases": (v3, {"attention_bias": True}),
    "V3 in halves": (v3, {"rope_pairing": "half"}),
    "V3 with two factors of yarn": (v3, {"rope_scaling": YARN | {"mscale_all_dim": 1.0}}),
    "V3 with wide values": (v3, {"v_head_dim": 17}),
}
every_reference = pytest.mark.parametrize("name", REFERENCES)


def our_config(**changes):
    """Pairs are DeepSeek's, and no norm here may follow `rms_norm_eps`."""
    return ModelConfig(**(SIZES | {"head_dim": 14, "rope_pairing": "interleaved", "rms_norm_eps": 0.5} | changes))


def layer(seed=0, dtype=torch.float32, **changes):
    """A layer with random weights, norms included."""
    torch.manual_seed(seed)
    made = LatentAttention(our_config(**changes), 0)
    with torch.no_grad():
        for name, parameter in made.named_parameters():
            parameter.normal_(1.0, 0.3) if "norm" in name else parameter.normal_(0.0, 0.3)
    return made.to(dtype).eval()


def reference(name):
    """The attention and the rotation of transformers, and our layer with the same weights."""
    module, changes = REFERENCES[name]
    ours = dict(changes)
    factors = ours.get("rope_scaling")
    if factors:  # the part of yarn that goes into the scores, said in our way
        ours["query_pre_attn_scalar"] = 14 / (0.1 * factors["mscale_all_dim"] * math.log(factors["factor"]) + 1) ** 4
    theirs = SIZES | {name: changes[name] for name in changes if name in (*SIZES, "attention_bias")}
    theirs |= {
        "qk_nope_head_dim": 10,
        "num_key_value_heads": 6,
        "rope_parameters": (factors or {"rope_type": "default"}) | {"rope_theta": 1e4},
    }
    if module is v2:
        config, attention, rotary = DeepseekV2Config(**theirs), v2.DeepseekV2Attention, v2.DeepseekV2RotaryEmbedding
    else:
        config = DeepseekV3Config(**theirs, rope_interleave=changes.get("rope_pairing") != "half")
        attention, rotary = v3.DeepseekV3Attention, v3.DeepseekV3RotaryEmbedding
    config._attn_implementation = "eager"
    ours = layer(**ours)
    attention = attention(config, 0).eval()
    attention.load_state_dict(ours.state_dict())
    return attention, rotary(config), ours


def turn(config, positions):
    return rotation(positions, rope_frequencies(config), config.rope_pairing, rope_attention_factor(config))


def run(module, x, cache=None):
    """Our layer on the tokens that follow those in the cache."""
    past = 0 if cache is None else cache.length
    out = module(x, turn(module.config, torch.arange(past, past + x.shape[1])), cache=cache)
    if cache is not None:
        cache.length += x.shape[1]
    return out


@contextlib.contextmanager
def always(way):
    """Inside, the layer takes one of its two ways whatever it costs."""
    costs = {"expanded": (0, 1), "absorbed": (1, 0)}[way]
    with patch("lessons_lib.layers.latent_attention.latent_attention_flops", lambda *_, **__: costs):
        yield


def expected(name, x):
    """What transformers says of a text, and our layer."""
    attention, rotary, ours = reference(name)
    t = x.shape[1]
    hidden = torch.full((t, t), torch.finfo(x.dtype).min).triu(1)
    position = rotary(x, torch.arange(t)[None])
    return attention(x, position_embeddings=position, attention_mask=hidden[None, None])[0], ours


@every_reference
@torch.no_grad()
def test_a_text_read_at_once_is_that_of_transformers(name):
    theirs, ours = expected(name, random(3, 37, 36))
    for way in ("expanded", "absorbed"):
        with always(way):
            torch.testing.assert_close(run(ours, random(3, 37, 36)), theirs, atol=2e-5, rtol=0)


@every_reference
@torch.no_grad()
def test_a_text_read_in_pieces_is_that_of_transformers(name):
    x = random(3, 37, 36)
    theirs, ours = expected(name, x)
    cache = KVCache(ours.config, 3)
    found = torch.cat([run(ours, piece, cache) for piece in x.split([9, 1, 1, 5, 1, 20], 1)], 1)
    torch.testing.assert_close(found, theirs, atol=2e-5, rtol=0)


WRONG = {
    "pairs in halves": {"rope_pairing": "half"},
    "the scale of the part that does not turn": {"query_pre_attn_scalar": 10},
    "the scale without the factor of yarn": {"query_pre_attn_scalar": None},
    "frequencies without yarn": {"rope_scaling": None},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=WRONG.keys())
@torch.no_grad()
def test_the_comparison_can_tell_wrong_settings(changes):
    x = random(3, 37, 36)
    theirs, ours = expected("V2 with yarn", x)
    right = {name: getattr(ours.config, name) for name in ("rope_scaling", "query_pre_attn_scalar")}
    for difference, wrong in ((2e-5, {}), (1e-2, changes)):
        other = layer(**(right | wrong))
        other.load_state_dict(ours.state_dict())
        assert ((run(other, x) - theirs).abs().max() > difference) == bool(wrong)


@torch.no_grad()
def test_the_comparison_can_tell_wrong_layers():
    x = random(3, 37, 36)
    theirs, ours = expected("V3", x)

    def difference():
        return (run(ours, x) - theirs).abs().max()

    assert difference() < 2e-5
    with patch.object(ours.kv_a_layernorm, "eps", 0.5):
        assert difference() > 1e-2
    with patch.object(ours.q_a_layernorm, "eps", 0.5):
        assert difference() > 1e-2
    ours.kv_a_layernorm.weight.fill_(1)
    assert difference() > 1e-2


@settings(derandomize=True, max_examples=examples(60), deadline=None)
@given(
    rows=st.integers(1, 3),
    heads=st.integers(1, 4),
    rank=st.integers(1, 30),
    plain=st.integers(1, 9),
    pairs=st.integers(1, 4),
    value=st.integers(1, 20),
    t=st.integers(1, 8),
    past=st.integers(0, 9),
    softcap=st.sampled_from([None, 2.0]),
    padded=st.booleans(),
    seed=st.integers(0, 99),
)
def test_both_ways_agree_forward_and_gradient(rows, heads, rank, plain, pairs, value, t, past, softcap, padded, seed):
    made = layer(
        seed,
        torch.float64,
        num_attention_heads=heads,
        kv_lora_rank=rank,
        head_dim=plain + 2 * pairs,
        qk_rope_head_dim=2 * pairs,
        v_head_dim=value,
        attn_logit_softcapping=softcap,
    )
    before, new = random(rows, past + t, 36, seed=seed, dtype=torch.float64).split((past, t), 1)
    mask = None
    if padded:
        real = torch.arange(past + t) >= torch.arange(rows)[:, None]
        mask = pad_mask(causal_mask(t, past + t), real)
    results = []
    for way in ("expanded", "absorbed"):
        cache, x = KVCache(made.config, rows, dtype=torch.float64), new.clone().requires_grad_()
        if past:
            with torch.no_grad():
                run(made, before, cache)
        made.zero_grad()
        with always(way):
            out = made(x, turn(made.config, torch.arange(past, past + t)), mask, cache)
        out.square().sum().backward()
        results.append([out, x.grad, *(parameter.grad for parameter in made.parameters())])
    for expanded, absorbed in zip(*results, strict=True):
        torch.testing.assert_close(expanded, absorbed, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("t", [1, 7])
@pytest.mark.parametrize("past", [0, 11, 60])
@pytest.mark.parametrize("changes", [{}, {"kv_lora_rank": 5}], ids=["wide latents", "narrow latents"])
@torch.no_grad()
def test_the_way_that_is_taken_has_the_fewer_operations_as_torch_counts_them(t, past, changes):
    """Values are padded to the width of keys for the kernel's sake; that part is not counted by the rule."""
    made, x = layer(**changes), random(1, past + t, 36)
    mask = causal_mask(t, past + t)

    def count(way=None):
        cache = KVCache(made.config)
        if past:
            run(made, x[:, :past], cache)
        with contextlib.ExitStack() as stack:
            if way:
                stack.enter_context(always(way))
            stack.enter_context(sdpa_kernel(SDPBackend.MATH))
            stack.enter_context(torchs_product())
            counter = stack.enter_context(FlopCounterMode(display=False))
            made(x[:, past:], turn(made.config, torch.arange(past, past + t)), mask, cache)
        return counter.get_total_flops()

    projections = sum(m.weight.numel() for m in made.children() if hasattr(m, "bias")) - made.kv_b_proj.weight.numel()
    pairs, padding = t * (past + t), [14 - 9, 4]  # numbers by which a value is widened: in the one way, in the other
    rule = latent_attention_flops(made.config, t, past + t, pairs)
    counted = [count(way) - 2 * 6 * pairs * more for way, more in zip(("expanded", "absorbed"), padding, strict=True)]
    assert counted == [2 * t * projections + cost for cost in rule]
    assert count() == count("absorbed" if rule[1] < rule[0] else "expanded")
    if "kv_lora_rank" not in changes:
        assert (rule[1] < rule[0]) == (past > 0)  # a text that is read at once is expanded


@torch.no_grad()
def test_the_cache_holds_the_latents_and_the_turned_keys():
    made, x = layer(), random(2, 12, 36)
    cache = KVCache(made.config, 2, 12)
    run(made, x[:, :8], cache)
    run(made, x[:, 8:], cache)
    assert (cache.keys[0].shape, cache.values[0].shape) == ((2, 1, 12, 22), (2, 1, 12, 4))
    latent, key = made.kv_a_proj_with_mqa(x).split((22, 4), -1)
    latent = latent * (latent.square().mean(-1, keepdim=True) + 1e-6).rsqrt() * made.kv_a_layernorm.weight
    torch.testing.assert_close(cache.keys[0][:, 0], latent, atol=1e-5, rtol=0)
    turned = torch.view_as_complex(key.unflatten(-1, (2, 2)).contiguous())
    turned = turned * torch.polar(torch.ones(12, 2), torch.arange(12.0)[:, None] / torch.tensor([1.0, 100.0]))
    torch.testing.assert_close(cache.values[0][:, 0], torch.view_as_real(turned).flatten(2), atol=1e-5, rtol=0)


@torch.no_grad()
def test_neither_way_holds_all_scores():
    """The kernel that does without them is refused here to whatever does not fit it."""
    made, x = layer(), random(2, 40, 36)
    for way in ("expanded", "absorbed"):
        with always(way):
            plain = run(made, x)
            with sdpa_kernel(SDPBackend.FLASH_ATTENTION):
                torch.testing.assert_close(run(made, x), plain)


@pytest.mark.parametrize("gradients", [True, False])  # without them the products of a prompt round what goes in
@pytest.mark.parametrize("bits", [4, 8])
def test_quantised_matrices_are_absorbed_too(bits, gradients):
    made = layer(hidden_size=64, kv_lora_rank=96, q_lora_rank=32, num_attention_heads=8, v_head_dim=12)
    quantize(made, bits)
    x, cache = random(2, 20, 64), KVCache(made.config, 2)
    with torch.set_grad_enabled(gradients):
        found = torch.cat([run(made, piece, cache) for piece in x.split([17, 1, 1, 1], 1)], 1)
        expected = run(made, x)
    close = 5e-5 if gradients else 5e-4 * expected.abs().max().item()
    torch.testing.assert_close(found, expected, atol=close, rtol=0)


@torch.no_grad()
def test_a_temperature_sharpens_all_of_a_query():
    made, x = layer(), random(2, 9, 36)
    sharper = layer(query_pre_attn_scalar=14 / 1.7**2)
    for way in ("expanded", "absorbed"):
        with always(way):
            found = made(x, None, attention_scale=torch.tensor(1.7))
            torch.testing.assert_close(found, sharper(x, None), atol=1e-5, rtol=0)


@torch.no_grad()
def test_without_a_rotation_order_does_not_matter_to_the_last_token():
    made, x = layer(), random(1, 9, 36)
    shuffled = x[:, [3, 1, 7, 0, 2, 6, 5, 4, 8]]
    torch.testing.assert_close(made(x)[:, -1], made(shuffled)[:, -1], atol=1e-5, rtol=0)
    assert (run(made, x) - run(made, shuffled))[:, -1].abs().max() > 1e-2


@torch.no_grad()
def test_in_half_precision_both_ways_stay_near_float32():
    exact, half, x = layer(), layer().bfloat16(), random(2, 30, 36)
    for way in ("expanded", "absorbed"):
        with always(way):
            found = run(half, x.bfloat16())
        assert found.dtype == torch.bfloat16
        assert (found - run(exact, x)).abs().mean() < 0.02 * run(exact, x).abs().mean()


def test_another_text_is_refused():
    with pytest.raises(ValueError, match=r"memory: got one of shape \[2, 5, 36\], allowed None in latent attention"):
        layer()(random(2, 3, 36), memory=random(2, 5, 36))
