"""Norms against torch and transformers, and how they round in half precision."""

import pytest
import torch
from models import our_config, random
from transformers.models.gemma3.modeling_gemma3 import Gemma3RMSNorm
from transformers.models.llama.modeling_llama import LlamaRMSNorm
from transformers.models.llama4.modeling_llama4 import Llama4TextL2Norm

from lessons_lib.layers import LayerNorm, RMSNorm, layer_norm, make_norm, rms_norm

DTYPES = [torch.float32, torch.bfloat16, torch.float16]
EPS = 1e-2


def close(found, expected):
    """Equal to the last bit in half precision, where rounding in another place would show; nearly so in float32."""
    tolerance = {"atol": 1e-6, "rtol": 1e-6} if found.dtype == torch.float32 else {"atol": 0, "rtol": 0}
    torch.testing.assert_close(found, expected, **tolerance)


def reference(kind, dtype):
    norm = kind(37, eps=EPS).to(dtype)
    norm.weight.data = random(37, seed=3).to(dtype)
    return norm, (random(40, 5, 37) * 3).to(dtype)


@pytest.mark.parametrize("dtype", DTYPES)
def test_rms_norm_rounds_as_llama(dtype):
    norm, x = reference(LlamaRMSNorm, dtype)
    close(rms_norm(x, norm.weight, EPS), norm(x))
    assert (rms_norm(x, norm.weight, EPS) - rms_norm(x, norm.weight, 1e-5)).abs().max() > 1e-3


@pytest.mark.parametrize("dtype", DTYPES)
def test_rms_norm_with_an_offset_rounds_as_gemma(dtype):
    norm, x = reference(Gemma3RMSNorm, dtype)
    close(rms_norm(x, norm.weight, EPS, offset=1.0), norm(x))


@pytest.mark.parametrize("dtype", DTYPES)
def test_rms_norm_without_a_weight_equals_llama_4(dtype):
    x = (random(4, 5, 37) * 3).to(dtype)
    close(rms_norm(x, None, EPS), Llama4TextL2Norm(EPS)(x))


def test_in_bfloat16_the_place_of_the_rounding_shows():
    """The weight before the rounding, torch's own order, changes a fifth or more of Llama's numbers."""
    norm, x = reference(LlamaRMSNorm, torch.bfloat16)
    early = torch.nn.functional.rms_norm(x, (37,), norm.weight, EPS)
    assert (early != rms_norm(x, norm.weight, EPS)).float().mean() > 0.15
    gemma, x = reference(Gemma3RMSNorm, torch.bfloat16)
    late = rms_norm(x, gemma.weight + 1, EPS)  # rounds 1 + weight, and the product twice
    assert (late != rms_norm(x, gemma.weight, EPS, offset=1.0)).float().mean() > 0.15


def test_rms_norm_equals_torch_in_float64():
    x, weight = random(3, 5, 11, dtype=torch.float64), random(11, seed=1, dtype=torch.float64)
    expected = torch.nn.functional.rms_norm(x, (11,), weight, 1e-6)
    torch.testing.assert_close(rms_norm(x, weight, 1e-6), expected, atol=1e-14, rtol=0)


@pytest.mark.parametrize("dtype", [*DTYPES, torch.float64])
def test_layer_norm_equals_torch(dtype):
    ours, theirs = LayerNorm(13, EPS).to(dtype), torch.nn.LayerNorm(13, EPS).to(dtype)
    for name, parameter in theirs.named_parameters():
        parameter.data = random(13, seed=len(name)).to(dtype)
    ours.load_state_dict(theirs.state_dict())
    x = (random(4, 5, 13) * 3 + 1).to(dtype)
    assert torch.equal(ours(x), theirs(x))
    assert torch.equal(layer_norm(x, ours.weight, ours.bias, EPS), ours(x))


def test_fresh_norms_scale_nothing():
    x = random(7, 30)
    for norm in (RMSNorm(30, 1e-6), RMSNorm(30, 1e-6, offset=1.0)):
        torch.testing.assert_close(norm(x).square().mean(-1), torch.ones(7))
    y = LayerNorm(30, 1e-6)(x)
    torch.testing.assert_close((y.mean(-1), y.var(-1, correction=0)), (torch.zeros(7), torch.ones(7)))


@pytest.mark.parametrize("offset", [0.0, 1.0])
def test_gradients_are_those_of_the_formula(offset):
    x = random(3, 5, dtype=torch.float64).requires_grad_()
    weight, bias = (random(5, seed=seed, dtype=torch.float64).requires_grad_() for seed in (1, 2))
    assert torch.autograd.gradcheck(lambda x, w: rms_norm(x, w, EPS, offset), (x, weight))
    assert torch.autograd.gradcheck(lambda x, w, b: layer_norm(x, w, b, EPS), (x, weight, bias))


def test_a_config_chooses_the_norm():
    gemma = make_norm(our_config(rms_norm_offset=1.0, rms_norm_eps=0.1))
    assert isinstance(gemma, RMSNorm) and (gemma.offset, gemma.eps) == (1.0, 0.1)
    gpt2 = make_norm(our_config(norm_type="layer", rms_norm_eps=0.2))
    assert isinstance(gpt2, LayerNorm) and gpt2.eps == 0.2
