"""Costs: bytes and operations by formula, against tensors that are really there and operations that torch counts."""

import pytest
import torch
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import SIZES
from torch.utils.flop_counter import FlopCounterMode
from transformers import (
    AutoModelForCausalLM,
    DeepseekV2Config,
    DeepseekV3Config,
    DynamicCache,
    LlamaConfig,
    LlamaForCausalLM,
    MixtralConfig,
    Qwen3MoeConfig,
    StaticCache,
)

from lessons_lib import ModelConfig, Transformer
from lessons_lib.config.costs import (
    cached_heads,
    flops_per_token,
    kv_cache_bytes,
    latent_attention_flops,
    num_parameters,
    prefill_flops,
    weight_bytes,
)
from lessons_lib.generation import KVCache

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
EXPERTS = {"num_local_experts": 8, "num_experts_per_tok": 3, "moe_intermediate_size": 21}
SHARED = EXPERTS | {"n_shared_experts": 2, "moe_layers": [1, 2]}
LATENTS = {"num_key_value_heads": None, "head_dim": 14, "qk_rope_head_dim": 4, "v_head_dim": 9, "kv_lora_rank": 22}
NEWER = {
    "experts": EXPERTS,
    "experts with biases": EXPERTS | {"mlp_bias": True, "attention_bias": True},
    "shared experts": SHARED,
    "experts without a gate": SHARED | {"gated_mlp": False},
    "latents": LATENTS,
    "latents of queries": LATENTS | {"q_lora_rank": 15, "attention_bias": True},
    "latents and experts": LATENTS | SHARED | {"q_lora_rank": 15, "sliding_window": 7},
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


@pytest.mark.parametrize("switches", SWITCHES | NEWER)
@pytest.mark.parametrize(("dtype", "bits"), [(torch.float32, 32), (torch.bfloat16, 16), (torch.float64, 64)])
def test_weight_bytes_are_those_of_the_tensors(switches, dtype, bits):
    with torch.device("meta"):
        model = Transformer(config(**(SWITCHES | NEWER)[switches])).to(dtype)
    assert weight_bytes(model.config, bits) == sum(p.nbytes for p in model.parameters())


def test_quantised_weights_are_rounded_up_to_whole_bytes():
    smol = ModelConfig.preset("smollm2-135m")
    assert weight_bytes(smol, 5) == 134_515_008 * 5 / 8
    odd = config(vocab_size=3, hidden_size=1, intermediate_size=1, num_attention_heads=2, num_key_value_heads=1)
    assert weight_bytes(odd, 4) == (num_parameters(odd) + 1) // 2


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


def deepseeks(kind, **changes):
    """A small DeepSeek model of transformers, and our config of the same sizes."""
    theirs = SIZES | LATENTS | {"num_key_value_heads": 6, "qk_nope_head_dim": 10} | changes
    theirs |= {"n_routed_experts": 8, "num_experts_per_tok": 3, "moe_intermediate_size": 21, "n_shared_experts": 2}
    theirs.pop("head_dim")
    made = kind(**theirs, first_k_dense_replace=1, n_group=2, topk_group=1)
    return reference_model(made), config(**LATENTS, **SHARED, **changes)


def reference_model(config):
    config._attn_implementation = config._experts_implementation = "eager"
    return AutoModelForCausalLM.from_config(config).eval()


def operations(model, tokens, cache=None):
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        ids = torch.arange(tokens)[None] % 97
        model(ids, past_key_values=cache, use_cache=cache is not None, logits_to_keep=1)
    return counter.get_total_flops()


@pytest.mark.parametrize(
    "experts",
    [
        MixtralConfig(**SIZES | {"intermediate_size": 21}, num_local_experts=8, num_experts_per_tok=3),
        Qwen3MoeConfig(**SIZES, num_experts=8, num_experts_per_tok=3, moe_intermediate_size=21),
    ],
    ids=["Mixtral", "Qwen3"],
)
@pytest.mark.parametrize("tokens", [1, 19])
def test_operations_of_experts_are_those_that_torch_counts_in_transformers(experts, tokens):
    forbidden = 4 * 6 * 10 * 3 * (tokens**2 - tokens * (tokens + 1) // 2)
    assert operations(reference_model(experts), tokens) == prefill_flops(config(**EXPERTS), tokens) + forbidden


@pytest.mark.parametrize("kind", [DeepseekV2Config, DeepseekV3Config])
@pytest.mark.parametrize("rank", [None, 15])
def test_operations_of_latent_attention_are_those_that_torch_counts_in_transformers(kind, rank):
    """Transformers expands all latents at every step. We count the absorbed way where it is cheaper."""
    model, ours = deepseeks(kind, q_lora_rank=rank)
    for tokens in (1, 19):
        forbidden = 2 * 6 * (14 + 9) * 3 * (tokens**2 - tokens * (tokens + 1) // 2)
        assert operations(model, tokens) == prefill_flops(ours, tokens) + forbidden
    cache = DynamicCache(config=model.config)
    operations(model, 19, cache)
    expanded, absorbed = latent_attention_flops(ours, queries=1, keys=20, pairs=20)
    assert absorbed < expanded
    assert operations(model, 1, cache) == flops_per_token(ours, position=19) + 3 * (expanded - absorbed)


@pytest.mark.parametrize("kind", [DeepseekV2Config, DeepseekV3Config])
def test_latents_in_the_cache_take_what_they_take_in_transformers(kind):
    model, ours = deepseeks(kind, q_lora_rank=15)
    cache = DynamicCache(config=model.config)
    operations(model, 19, cache)
    held = sum(layer.keys.nbytes + layer.values.nbytes for layer in cache.layers)
    assert kv_cache_bytes(ours, tokens=19) == held == KVCache(ours, 1, 19).nbytes
    assert cached_heads(ours) == tuple((x.shape[1], x.shape[3]) for x in (cache.layers[0].keys, cache.layers[0].values))


def test_published_models_keep_what_their_papers_say():
    """DeepSeek-V2, section 2.1.4: 4.5 heads of 128 numbers a layer, as grouped attention with 2.25 groups would."""
    assert kv_cache_bytes(ModelConfig.preset("deepseek-v2-lite"), tokens=1, bits=8) == 27 * 576 == 27 * 4.5 * 128
    assert kv_cache_bytes(ModelConfig.preset("deepseek-v3"), tokens=1, bits=16) == 61 * 576 * 2
    assert kv_cache_bytes(ModelConfig.preset("llama-4-scout"), tokens=100_000, bits=16) == (
        2 * 8 * 128 * 2 * (12 * 100_000 + 36 * 8192)
    )


def test_a_network_without_a_gate_has_two_matrices():
    gated, plain = config(), config(gated_mlp=False, mlp_bias=True)
    assert flops_per_token(gated) - flops_per_token(plain) == 2 * 3 * 36 * 52


def matrices_met(config):
    """The numbers in the matrices that one token meets, counted in a model; its experts are of one size."""
    with torch.device("meta"):
        parameters = Transformer(config).named_parameters()
    found = [(name, w.numel()) for name, w in parameters if w.dim() == 2 and "embed" not in name]
    routed = sum(n for name, n in found if ".experts." in name)
    chosen = routed * config.num_experts_per_tok // config.num_local_experts if routed else 0
    return sum(n for _, n in found) - routed + chosen


@given(st.sampled_from(sorted(SPANS)), st.sampled_from([{}, EXPERTS, SHARED]), st.integers(0, 60))
@settings(max_examples=examples(80), derandomize=True, deadline=None)
def test_a_token_costs_its_matrices_and_each_token_it_sees(spans, experts, position):
    ours = config(**SPANS[spans], **experts)
    seen = sum(seen_by(kind, position, ours) for kind in ours.layer_types)
    matrices = matrices_met(ours)
    assert flops_per_token(ours, position) == 2 * matrices + 4 * 6 * 10 * seen


@given(st.sampled_from(sorted(SPANS)), st.integers(0, 60))
@settings(max_examples=examples(60), derandomize=True, deadline=None)
def test_a_token_meets_latents_in_the_cheaper_way(spans, position):
    ours = config(**LATENTS, **SPANS[spans])
    expected = 2 * (matrices_met(ours) - 3 * 22 * 6 * (10 + 9))
    for kind in ours.layer_types:
        seen = seen_by(kind, position, ours)
        expected += 2 * 6 * min(22 * (10 + 9) * seen + (14 + 9) * seen, 22 * (10 + 9) + (2 * 22 + 4) * seen)
    assert flops_per_token(ours, position) == expected


@given(st.sampled_from(sorted(SPANS)), st.sampled_from([{}, EXPERTS, SHARED]), st.integers(1, 60))
@settings(max_examples=examples(80), derandomize=True, deadline=None)
def test_a_prompt_costs_its_tokens_but_for_the_scores_that_nobody_asks_for(spans, experts, tokens):
    ours = config(**SPANS[spans], **experts)
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
