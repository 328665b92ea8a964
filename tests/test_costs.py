"""Costs: bytes and operations by formula, against tensors that are really there and operations that torch counts."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from models import SIZES
from torch.utils.flop_counter import FlopCounterMode
from transformers import LlamaConfig, LlamaForCausalLM, StaticCache

from lessons_lib import ModelConfig, Transformer
from lessons_lib.config.costs import flops_per_token, kv_cache_bytes, prefill_flops, weight_bytes

SPANS = {
    "full": {},
    "sliding": {"sliding_window": 7},
    "chunked": {"attention_chunk_size": 5, "layer_types": ["chunked_attention"] * 3},
    "mixed": {
        "sliding_window": 4,
        "attention_chunk_size": 5,
        "layer_types": ["sliding_attention", "chunked_attention", "full_attention"],
    },
}
SWITCHES = {
    "plain": {},
    "tied": {"tie_word_embeddings": True},
    "without a gate": {"gated_mlp": False, "mlp_bias": True, "attention_bias": True},
    "all heads": {"num_key_value_heads": 6},
}


def config(**changes):
    return ModelConfig(**(SIZES | changes))


def seen_by(layer_type, position, config):
    """How many tokens one token sees, counted one by one."""
    window, chunk = config.sliding_window, config.attention_chunk_size
    return sum(
        layer_type == "full_attention"
        or (layer_type == "sliding_attention" and position - key < window)
        or (layer_type == "chunked_attention" and position // chunk == key // chunk)
        for key in range(position + 1)
    )


@pytest.mark.parametrize("switches", SWITCHES)
@pytest.mark.parametrize(("dtype", "bits"), [(torch.float32, 32), (torch.bfloat16, 16), (torch.float64, 64)])
def test_weight_bytes_are_those_of_the_tensors(switches, dtype, bits):
    with torch.device("meta"):
        model = Transformer(config(**SWITCHES[switches])).to(dtype)
    assert weight_bytes(model.config, bits) == sum(p.nbytes for p in model.parameters())


def test_quantised_weights_are_rounded_up_to_whole_bytes():
    smol = ModelConfig.preset("smollm2-135m")
    assert weight_bytes(smol, 5) == 134_515_008 * 5 / 8
    odd = config(vocab_size=3, hidden_size=1, intermediate_size=1, num_attention_heads=2, num_key_value_heads=1)
    assert weight_bytes(odd, 4) == (odd.num_parameters() + 1) // 2


@pytest.mark.parametrize("switches", SWITCHES)
def test_kv_cache_bytes_are_those_of_the_cache_of_transformers(switches):
    changes = {name: value for name, value in SWITCHES[switches].items() if name == "num_key_value_heads"}
    reference = LlamaConfig(**(SIZES | changes))
    cache = StaticCache(config=reference, max_cache_len=23)
    cache.early_initialization(batch_size=4, num_heads=reference.num_key_value_heads, head_dim=10, dtype=torch.float16,
                               device="meta")  # fmt: skip
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert kv_cache_bytes(config(**SWITCHES[switches]), tokens=23, batch_size=4, bits=16) == held


def test_sliding_and_chunked_layers_keep_what_they_can_see():
    one_layer = kv_cache_bytes(config(), tokens=1) // 3
    assert kv_cache_bytes(config(**SPANS["sliding"]), tokens=100) == 3 * 7 * one_layer
    assert kv_cache_bytes(config(**SPANS["chunked"]), tokens=100) == 3 * 5 * one_layer
    assert kv_cache_bytes(config(**SPANS["mixed"]), tokens=100) == (4 + 5 + 100) * one_layer
    assert kv_cache_bytes(config(**SPANS["mixed"]), tokens=3) == 9 * one_layer
    assert kv_cache_bytes(config(), tokens=0) == 0


@pytest.mark.parametrize("switches", ["plain", "tied", "all heads"])
@pytest.mark.parametrize("tokens", [1, 19])
def test_operations_are_those_that_torch_counts_in_transformers(switches, tokens):
    """Its attention computes the forbidden half of the scores too: tokens² pairs in place of half of them."""
    ours = config(**SWITCHES[switches])
    sizes = SIZES | {"num_key_value_heads": ours.num_key_value_heads}
    reference = LlamaForCausalLM(LlamaConfig(**sizes, attn_implementation="eager"))
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        reference(torch.zeros(1, tokens, dtype=torch.long), logits_to_keep=1)
    forbidden = 4 * 6 * 10 * 3 * (tokens**2 - tokens * (tokens + 1) // 2)
    assert counter.get_total_flops() == prefill_flops(ours, tokens) + forbidden


def test_a_network_without_a_gate_has_two_matrices():
    gated, plain = config(), config(gated_mlp=False, mlp_bias=True)
    assert flops_per_token(gated) - flops_per_token(plain) == 2 * 3 * 36 * 52


@given(st.sampled_from(sorted(SPANS)), st.integers(0, 60))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_a_token_costs_its_matrices_and_each_token_it_sees(spans, position):
    ours = config(**SPANS[spans])
    seen = sum(seen_by(kind, position, ours) for kind in ours.layer_types)
    matrices = sum(
        w.numel() for name, w in Transformer(ours).named_parameters() if w.dim() == 2 and "embed" not in name
    )
    assert flops_per_token(ours, position) == 2 * matrices + 4 * 6 * 10 * seen


@given(st.sampled_from(sorted(SPANS)), st.integers(1, 60))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_a_prompt_costs_its_tokens_but_for_the_scores_that_nobody_asks_for(spans, tokens):
    ours = config(**SPANS[spans])
    unasked = 2 * 97 * 36 * (tokens - 1)
    assert prefill_flops(ours, tokens) == sum(flops_per_token(ours, p) for p in range(tokens)) - unasked


def test_a_long_context_takes_no_loop():
    assert prefill_flops(ModelConfig.preset("gemma-3-1b"), 1 << 40) > 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda c: weight_bytes(c, 0), "bits: got 0, allowed a number above 0"),
        (lambda c: kv_cache_bytes(c, -1), "tokens: got -1, allowed 0 or more"),
        (lambda c: kv_cache_bytes(c, 1, 0), "batch_size: got 0, allowed 1 or more"),
        (lambda c: kv_cache_bytes(c, 1, 1, -4), "bits: got -4"),
        (lambda c: flops_per_token(c, -1), "position: got -1, allowed 0 or more"),
        (lambda c: prefill_flops(c, 0), "tokens: got 0, allowed 1 or more"),
    ],
)
def test_impossible_values_are_refused_by_name(call, message):
    with pytest.raises(ValueError, match=message):
        call(config())
