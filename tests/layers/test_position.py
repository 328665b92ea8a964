"""Positions against torch, transformers and complex numbers."""

import math

import hypothesis.strategies as st
import pytest
import torch
from effort import examples
from hypothesis import given, settings
from models import LLAMA3_SCALING, our_config, random
from transformers import Gemma3TextConfig, Llama4TextConfig, LlamaConfig
from transformers.models.distilbert.modeling_distilbert import create_sinusoidal_embeddings
from transformers.models.gemma3.modeling_gemma3 import Gemma3RotaryEmbedding
from transformers.models.llama.modeling_llama import LlamaRotaryEmbedding, apply_rotary_pos_emb
from transformers.models.llama4.modeling_llama4 import Llama4TextRotaryEmbedding

from lessons_lib.layers import (
    LearnedPositions,
    apply_rope,
    rope_attention_factor,
    rope_frequencies,
    rotation,
    sinusoidal_positions,
)

FAR = torch.tensor([[0, 1, 5, 31, 32, 1000, 8191, 65_537, 100_000]])


def yarn(**changes):
    return {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 4096} | changes


SCALINGS = {
    "none": None,
    "linear": {"rope_type": "linear", "factor": 3.0},
    "llama3 of Llama 3.1": LLAMA3_SCALING | {"factor": 8.0, "original_max_position_embeddings": 8192},
    "llama3, short": LLAMA3_SCALING,
    "llama3 of Llama 4": LLAMA3_SCALING | {"factor": 16.0, "high_freq_factor": 1.0},
    "yarn": yarn(),
    "yarn, given factor": yarn(attention_factor=1.3),
    "yarn of DeepSeek": yarn(factor=40.0, beta_fast=32, beta_slow=1, mscale=0.707, mscale_all_dim=1.0),
    "yarn, not rounded": yarn(truncate=False, beta_fast=20.0, beta_slow=2.0),
    "yarn that slows nothing": yarn(factor=0.5),
    "yarn, short context": yarn(original_max_position_embeddings=5),
}


@pytest.mark.parametrize("width", [2, 10, 64])
def test_sinusoidal_positions_equal_transformers(width):
    expected = create_sinusoidal_embeddings(301, width, torch.empty(301, width))
    torch.testing.assert_close(sinusoidal_positions(301, width), expected, atol=1e-7, rtol=0)


@settings(derandomize=True, max_examples=examples(25), deadline=None)
@given(distance=st.integers(0, 300), start=st.integers(0, 300))
def test_how_alike_two_sinusoidal_positions_are_depends_on_their_distance_alone(distance, start):
    table = sinusoidal_positions(601, 16)
    assert abs(table[start] @ table[start + distance] - table[0] @ table[distance]) < 1e-4
    torch.testing.assert_close(table.norm(dim=1), torch.full((601,), math.sqrt(8)))


@pytest.mark.parametrize(("length", "width", "name"), [(3, 5, "width"), (3, 0, "width"), (-1, 4, "length")])
def test_impossible_tables_are_refused(length, width, name):
    with pytest.raises(ValueError, match=f"{name}: got"):
        sinusoidal_positions(length, width)


def test_learned_positions_equal_torchs_embedding_forward_and_gradient():
    ours, theirs = LearnedPositions(17, 6), torch.nn.Embedding(17, 6)
    theirs.load_state_dict(ours.state_dict())
    for places in (torch.tensor([0, 16, 3]), torch.tensor([[2, 2, 5], [0, 1, 16]])):
        assert torch.equal(ours(places), theirs(places))
        for table in (ours, theirs):
            table.zero_grad()
            table(places).square().sum().backward()
        assert torch.equal(ours.weight.grad, theirs.weight.grad)


@pytest.mark.parametrize("place", [-1, 17, 1000])
def test_a_place_that_was_not_learned_is_refused(place):
    with pytest.raises(ValueError, match=rf"positions: got {place}, allowed 0 to 16"):
        LearnedPositions(17, 6)(torch.tensor([0, place]))


@pytest.mark.parametrize("theta", [500.0, 10_000.0, 1e6])
@pytest.mark.parametrize("head_dim", [10, 64])
@pytest.mark.parametrize("scaling", SCALINGS.values(), ids=SCALINGS.keys())
def test_rotation_equals_transformers_up_to_position_100_000(scaling, theta, head_dim):
    config = our_config(max_position_embeddings=200_000, rope_theta=theta, rope_scaling=scaling, head_dim=head_dim)
    theirs = LlamaConfig(
        hidden_size=6 * head_dim,
        num_attention_heads=6,
        head_dim=head_dim,
        rope_parameters=(scaling or {"rope_type": "default"}) | {"rope_theta": theta},
    )
    cos, sin = LlamaRotaryEmbedding(theirs)(random(1, 1), FAR)  # [1, T, D] each: both halves the same
    turn = rotation(FAR, rope_frequencies(config), "half", rope_attention_factor(config))
    torch.testing.assert_close(turn.cos, cos[..., : head_dim // 2], atol=1e-6, rtol=0)
    torch.testing.assert_close(turn.sin, sin[..., : head_dim // 2], atol=1e-6, rtol=0)
    q, k = random(1, 6, 9, head_dim), random(1, 2, 9, head_dim, seed=1)
    expected = apply_rotary_pos_emb(q, k, cos, sin)
    torch.testing.assert_close(apply_rope(q, turn), expected[0], atol=1e-5, rtol=0)
    torch.testing.assert_close(apply_rope(k, turn), expected[1], atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", ["full_attention", "sliding_attention"])
def test_two_bases_equal_gemma_3(kind):
    config = our_config(rope_theta=1e6, rope_local_base_freq=1e4, rope_scaling={"rope_type": "linear", "factor": 8.0})
    theirs = Gemma3TextConfig(
        hidden_size=60,
        num_attention_heads=6,
        head_dim=10,
        rope_parameters={
            "full_attention": {"rope_type": "linear", "factor": 8.0, "rope_theta": 1e6},
            "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
        },
    )
    cos, sin = Gemma3RotaryEmbedding(theirs)(random(1, 1), FAR, kind)
    turn = rotation(FAR, rope_frequencies(config, kind), "half", rope_attention_factor(config, kind))
    torch.testing.assert_close(turn.cos, cos[..., :5], atol=1e-6, rtol=0)
    torch.testing.assert_close(turn.sin, sin[..., :5], atol=1e-6, rtol=0)


@pytest.mark.parametrize("scaling", [None, SCALINGS["llama3 of Llama 4"]], ids=["Maverick", "Scout"])
def test_interleaved_rotation_equals_llama_4(scaling):
    config = our_config(rope_theta=5e5, rope_scaling=scaling)
    rope = (scaling or {"rope_type": "default"}) | {"rope_theta": 5e5}
    theirs = Llama4TextConfig(hidden_size=60, num_attention_heads=6, head_dim=10, rope_parameters=rope)
    turns = Llama4TextRotaryEmbedding(theirs)(random(1, 1), FAR)  # [1, T, D/2] complex
    turn = rotation(FAR, rope_frequencies(config), "interleaved")
    torch.testing.assert_close(torch.complex(turn.cos, turn.sin), turns, atol=1e-6, rtol=0)
    x = random(1, 6, 9, 10)
    expected = torch.view_as_real(torch.view_as_complex(x.unflatten(-1, (5, 2))) * turns[:, None]).flatten(-2)
    torch.testing.assert_close(apply_rope(x, turn), expected, atol=1e-5, rtol=0)


def test_the_other_pairing_is_right_at_position_0_only():
    frequencies, x = rope_frequencies(our_config()), random(2, 3, 23, 10)
    half, interleaved = (apply_rope(x, rotation(torch.arange(23), frequencies, p)) for p in ("half", "interleaved"))
    torch.testing.assert_close(half[:, :, 0], interleaved[:, :, 0])
    assert (half - interleaved)[:, :, 1:].abs().amax((0, 1, 3)).min() > 0.1


@settings(derandomize=True, max_examples=examples(30), deadline=None)
@given(i=st.integers(0, 2000), distance=st.integers(0, 50), pairing=st.sampled_from(["half", "interleaved"]))
def test_scores_depend_on_distance_alone(i, distance, pairing):
    frequencies = rope_frequencies(our_config()).double()
    q, k = random(1, 1, 1, 10, dtype=torch.float64), random(1, 1, 1, 10, seed=1, dtype=torch.float64)

    def score(at_query, at_key):
        places = torch.tensor([at_query]), torch.tensor([at_key])
        turned = [apply_rope(x, rotation(at, frequencies, pairing)) for x, at in zip((q, k), places, strict=True)]
        return (turned[0] * turned[1]).sum()

    torch.testing.assert_close(score(i + distance, i), score(distance, 0), atol=1e-9, rtol=0)
    assert (score(i + distance + 1, i) - score(i + distance, i)).abs() > 1e-6


def test_rows_may_stand_at_different_positions():
    x, frequencies = random(2, 3, 4, 10), rope_frequencies(our_config())
    places = torch.tensor([[0, 1, 2, 3], [7, 8, 9, 10]])
    together = apply_rope(x, rotation(places, frequencies, "half"))
    for row in range(2):
        alone = apply_rope(x[row : row + 1], rotation(places[row], frequencies, "half"))
        assert torch.equal(together[row], alone[0])


def test_turning_changes_no_length():
    x = random(2, 3, 9, 10)
    turned = apply_rope(x, rotation(FAR[0], rope_frequencies(our_config()), "interleaved"))
    torch.testing.assert_close(turned.norm(dim=-1), x.norm(dim=-1))
