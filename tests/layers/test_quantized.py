"""Quantised layers against the definition, against ggml's own packing, and what is refused."""

import copy

import gguf
import numpy as np
import pytest
import torch
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import random, random_model, token_ids

from lessons_lib.layers import (
    Linear,
    QuantizedEmbedding,
    QuantizedLinear,
    dequantize_groups,
    quantize,
    quantize_groups,
)

SIZES = {"hidden_size": 64, "intermediate_size": 160, "head_dim": 16}


@settings(derandomize=True, max_examples=examples(60), deadline=None)
@given(
    st.sampled_from([8, 4]), st.sampled_from([32, 64, 128]), st.integers(0, 1000), st.sampled_from([1e-3, 1.0, 300.0])
)
def test_no_weight_is_off_by_more_than_half_a_step(bits, group_size, seed, size):
    weight = random(5, 256, seed=seed) * size
    q, scale, minimum = quantize_groups(weight, bits, group_size)
    assert scale.shape == (5, 256 // group_size) and q.shape == (5, 256 * bits // 8)
    assert (minimum is None) == (bits == 8)
    error = (dequantize_groups(q, scale, minimum) - weight).abs().unflatten(1, (-1, group_size))
    # Half a step, and what the largest weight loses where scale and minimum are rounded to float16.
    largest = weight.abs().unflatten(1, (-1, group_size)).amax(-1, keepdim=True)
    assert (error <= 0.501 * scale.float()[..., None] + largest * 2**-10 + 1e-6 * size).all()


def test_by_hand():
    weight = torch.zeros(1, 32)
    weight[0, :3] = torch.tensor([-2.54, 1.0, 0.019])
    q, scale, _ = quantize_groups(weight, 8, 32)
    assert q[0, :3].tolist() == [-127, 50, 1] and scale.item() == pytest.approx(0.02, rel=1e-3)
    weight = torch.arange(32.0)[None] % 16
    q, scale, minimum = quantize_groups(weight, 4, 32)
    assert scale.item() == 1 and minimum.item() == 0
    assert q[0].tolist() == [i | i << 4 for i in range(16)]


def test_blocks_are_those_of_ggml():
    weight = random(6, 128)
    q, scale, minimum = quantize_groups(weight, 4, 32)
    halves = torch.stack((scale, minimum), -1).numpy().view(np.uint8)  # [6, 4, 4]
    blocks = np.concatenate((halves, q.unflatten(1, (4, 16)).numpy()), -1).reshape(6, -1)
    theirs = gguf.quants.dequantize(blocks, gguf.GGMLQuantizationType.Q4_1)
    assert np.array_equal(theirs, dequantize_groups(q, scale, minimum).numpy())
    q, scale, _ = quantize_groups(weight, 8, 32)
    blocks = np.concatenate(
        (scale[..., None].numpy().view(np.uint8), q.unflatten(1, (4, 32)).numpy().view(np.uint8)), -1
    )
    theirs = gguf.quants.dequantize(blocks.reshape(6, -1), gguf.GGMLQuantizationType.Q8_0)
    assert np.array_equal(theirs, dequantize_groups(q, scale, None).numpy())


@pytest.mark.parametrize(("bits", "kind"), [(8, "Q8_0"), (4, "Q4_1")])
def test_errors_are_no_larger_than_those_of_ggml(bits, kind):
    weight = random(200, 256)
    kind = getattr(gguf.GGMLQuantizationType, kind)
    theirs = gguf.quants.dequantize(gguf.quants.quantize(weight.numpy(), kind), kind)
    ours = dequantize_groups(*quantize_groups(weight, bits, 32))
    assert (ours - weight).square().mean() <= 1.001 * (torch.from_numpy(theirs) - weight).square().mean()


def test_weights_that_were_on_16_levels_stay_there():
    weight = random(40, 96)
    once = dequantize_groups(*quantize_groups(weight, 4, 32))
    twice = dequantize_groups(*quantize_groups(once, 4, 32))
    step = quantize_groups(weight, 4, 32)[1].float().repeat_interleave(32, 1)
    assert ((twice - once).abs() / step).mean() < 0.02  # a group that does not use all levels may get finer ones


@pytest.mark.parametrize("tied", [False, True])
@pytest.mark.parametrize("bits", [8, 4])
@torch.no_grad()
def test_a_model_computes_with_its_rounded_weights(bits, tied):
    model = random_model(tie_word_embeddings=tied, attention_bias=True, **SIZES)
    rounded = copy.deepcopy(model)
    for name, module in rounded.named_modules():
        if isinstance(module, Linear):
            width = 8 if name == "lm_head" else bits
            module.weight.copy_(dequantize_groups(*quantize_groups(module.weight, width, 32)))
    small = quantize(model, bits)
    assert small is model and small.quantization.bits == bits
    ids = token_ids(2, 9)
    expected = rounded(ids)
    with torch.enable_grad():  # in float32
        torch.testing.assert_close(small(ids), expected, atol=1e-5, rtol=1e-5)
    # without gradients in numbers of 16 bits, as in the decode step
    torch.testing.assert_close(small(ids), expected, atol=5e-4 * float(expected.abs().max()), rtol=0)
    embedding = small.model.embed_tokens
    assert isinstance(embedding, QuantizedEmbedding) == tied
    assert not any(isinstance(module, Linear) for module in small.modules())
    assert torch.equal(embedding(ids), rounded.model.embed_tokens(ids))
    held = sum(x.nbytes for x in small.state_dict().values())
    assert held < (0.45 if tied else 0.6) * sum(x.nbytes for x in rounded.parameters())


def test_on_meta_it_has_the_places_that_a_quantised_model_fills():
    model = quantize(random_model(tie_word_embeddings=True, **SIZES), 4, head_bits=8)
    with torch.device("meta"):
        empty = quantize(type(model)(model.config), 4, head_bits=8)
    state = model.state_dict()
    assert {name: (x.shape, x.dtype) for name, x in empty.state_dict().items()} == {
        name: (x.shape, x.dtype) for name, x in state.items()
    }
    empty.load_state_dict(state, assign=True)
    assert torch.equal(empty(token_ids(1, 5)), model(token_ids(1, 5)))


def test_what_is_refused():
    for settings_, message in (
        ({"bits": 3}, "bits: got 3, allowed 4 or 8"),
        ({"head_bits": 16}, "head_bits: got 16, allowed 4 or 8"),
        ({"group_size": 48}, "group_size: got 48, allowed 32 times a power of two"),
        ({"group_size": 64}, "group_size: got 64, allowed a divisor of 96 (model.layers.0.self_attn.o_proj)"),
    ):
        model = random_model(**SIZES)
        with pytest.raises(ValueError, match="allowed") as error:
            quantize(model, **settings_)
        assert str(error.value) == message
        assert all(not isinstance(module, QuantizedLinear) for module in model.modules())
    with pytest.raises(ValueError, match="allowed one that is not quantised"):
        quantize(quantize(random_model(**SIZES)))


def test_extreme_groups():
    weight = torch.stack([torch.zeros(32), torch.full((32,), 7.5), torch.full((32,), -3e-9), torch.linspace(-1, 1, 32)])
    for bits in (8, 4):
        restored = dequantize_groups(*quantize_groups(weight, bits, 32))
        assert restored.isfinite().all()
        torch.testing.assert_close(restored[:3], weight[:3], atol=1e-3, rtol=1e-2)


def test_results_have_the_dtype_of_what_comes_in():
    small = QuantizedLinear.of(Linear(64, 5, bias=False), 8, 32)
    for dtype in (torch.float32, torch.float64, torch.bfloat16):
        assert small(torch.ones(1, 64, dtype=dtype)).dtype == dtype
