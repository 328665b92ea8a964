"""The solutions of lesson 10 against libraries that nobody here wrote, and the same mistakes in other words."""

import pytest
import torch
import torch.nn.functional as F
from classroom.styles import accept
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import random_model, token_ids
from transformers import (
    Cohere2Config,
    DynamicCache,
    Gemma2Config,
    Gemma3TextConfig,
    GPT2Config,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    MixtralConfig,
    Qwen3Config,
    Qwen3ForCausalLM,
)
from transformers.models.mixtral.modeling_mixtral import MixtralTopKRouter

from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson10
from lessons_lib.classroom.lessons.lesson10.config_difference import my_difference
from lessons_lib.classroom.lessons.lesson10.disguises import disguised
from lessons_lib.classroom.lessons.lesson10.latent_scores import my_latent_scores
from lessons_lib.classroom.lessons.lesson10.layer_kinds import my_layer_kinds
from lessons_lib.classroom.lessons.lesson10.numbers_kept import my_kept
from lessons_lib.classroom.lessons.lesson10.read_config import my_read
from lessons_lib.classroom.lessons.lesson10.softmax_top_k import my_shares

EXERCISES = {exercise.id: exercise for exercise in lesson10.EXERCISES}
SEEDS = st.integers(0, 1000)
EXAMPLES = settings(max_examples=examples(30), derandomize=True, deadline=None)
CONFIGS = st.dictionaries(st.sampled_from("abcdef"), st.one_of(st.integers(0, 3), st.sampled_from(["silu", "gelu"])))


@given(CONFIGS, CONFIGS)
@EXAMPLES
def test_keys_that_differ_are_those_of_the_symmetric_difference_of_the_items(one, other):
    found = my_difference(one, other)
    assert found.keys() == {key for key, _ in one.items() ^ other.items()}
    assert {key: pair[0] for key, pair in found.items() if pair[0] != "absent"} == dict(one.items() - other.items())
    assert {key: pair[1] for key, pair in found.items() if pair[1] != "absent"} == dict(other.items() - one.items())


@pytest.mark.parametrize("layers", [1, 5, 6, 13])
@pytest.mark.parametrize(("config", "pattern"), [(Gemma2Config, 2), (Cohere2Config, 4), (Gemma3TextConfig, 6)])
def test_layers_slide_where_transformers_lets_them(config, pattern, layers):
    ours = my_layer_kinds({"num_hidden_layers": layers, "sliding_window": 8, "sliding_window_pattern": pattern})
    assert ours == config(num_hidden_layers=layers, sliding_window=8).layer_types


@given(SEEDS, st.integers(1, 6), st.integers(1, 5))
@EXAMPLES
def test_shares_are_those_of_mixtrals_router(seed, k, tokens):
    router = MixtralTopKRouter(MixtralConfig(hidden_size=7, num_local_experts=6, num_experts_per_tok=k))
    torch.manual_seed(seed)
    router.weight.data.normal_()
    products, shares, experts = router(torch.randn(tokens, 7))
    expected = torch.zeros_like(products).scatter(-1, experts, shares)
    torch.testing.assert_close(my_shares(products, k), expected)


@pytest.mark.parametrize(
    ("config", "model", "more"),
    [
        (LlamaConfig, LlamaForCausalLM, {}),
        (LlamaConfig, LlamaForCausalLM, {"num_key_value_heads": 2}),
        (Qwen3Config, Qwen3ForCausalLM, {"num_key_value_heads": 3, "head_dim": 10}),
        (MistralConfig, MistralForCausalLM, {"num_key_value_heads": 2, "head_dim": 8, "sliding_window": 64}),
    ],
)
def test_as_much_is_kept_as_in_the_cache_of_transformers(config, model, more):
    sizes = {"num_hidden_layers": 3, "num_attention_heads": 6, "hidden_size": 36} | more
    theirs = config(vocab_size=97, intermediate_size=20, **sizes, bos_token_id=0, eos_token_id=1)
    cache = DynamicCache(config=theirs)
    with torch.no_grad():
        model(theirs)(token_ids(1, 11), past_key_values=cache)
    kept = sum(layer.keys.numel() + layer.values.numel() for layer in cache.layers)
    assert my_kept(sizes, 11) == kept


@pytest.mark.parametrize(
    ("thousands", "config"),
    [
        (34.6, {"num_hidden_layers": 60, "kv_lora_rank": 512, "qk_rope_head_dim": 64}),
        (15.6, {"num_hidden_layers": 27, "kv_lora_rank": 512, "qk_rope_head_dim": 64}),
        (110.6, {"num_hidden_layers": 27, "num_key_value_heads": 16, "head_dim": 128}),
    ],
)
def test_a_token_leaves_as_much_as_the_paper_of_deepseek_v2_says(thousands, config):
    """Table 9 of https://arxiv.org/abs/2405.04434."""
    kept = my_kept({"num_attention_heads": 16, "hidden_size": 2048} | config, tokens=1)
    assert round(kept / 1000, 1) == thousands


def test_a_foreign_config_is_read_as_transformers_reads_it():
    theirs = GPT2Config(n_embd=36, n_layer=3, n_head=4, bos_token_id=0, eos_token_id=0)
    names = {foreign: ours for ours, foreign in GPT2Config.attribute_map.items()}
    values = {"n_embd": 36, "n_layer": 3, "n_head": 4, "resid_pdrop": 0.1, "attn_pdrop": 0.1}
    fields, unknown = my_read(values, names, {"n_positions": GPT2Config().n_positions})
    assert fields == {ours: getattr(theirs, ours) for ours in GPT2Config.attribute_map}
    assert unknown == ["attn_pdrop", "resid_pdrop"]


@given(SEEDS, st.sampled_from([(1, 2, 3, 4), (3, 2, 5, 7), (2, 6, 1, 3)]))
@EXAMPLES
def test_scores_at_the_latents_are_those_of_the_keys(seed, sizes):
    heads, width, rank, tokens = sizes
    generator = torch.Generator().manual_seed(seed)
    q, W, latents = (
        torch.randn(shape, generator=generator, dtype=torch.float64)
        for shape in ((heads, width), (heads * width, rank), (tokens, rank))
    )
    keys = F.linear(latents, W).view(tokens, heads, width)
    expected = torch.stack([F.linear(q[h], keys[:, h]) for h in range(heads)])
    torch.testing.assert_close(my_latent_scores(q, W, latents), expected)


# The disguises


@pytest.mark.parametrize(
    "changes",
    [
        {"sliding_window": 64},
        {"attention_bias": True, "attention_output_bias": False},
        {"num_local_experts": 5, "num_experts_per_tok": 2, "norm_topk_prob": True},
    ],
)
def test_a_disguised_model_scores_as_before_and_shares_the_weights(changes):
    model, ids = random_model(), token_ids(2, 41)
    other = disguised(model, **changes)
    assert other.config != model.config
    assert other.model.norm.weight.data_ptr() == model.model.norm.weight.data_ptr()
    with torch.no_grad():
        torch.testing.assert_close(other(ids), model(ids), rtol=0, atol=1e-5)


# The learner writes the same mistakes differently; the words must be the same.


def difference_by_loop_over_one(one, other):
    found = {}
    for key in one:
        if key not in other:
            found[key] = (one[key], "absent")
        elif one[key] != other[key]:
            found[key] = (one[key], other[key])
    return found


def kinds_by_remainder_zero(config):
    n = config["num_hidden_layers"]
    if "layer_types" in config:
        return config["layer_types"]
    if "sliding_window" not in config:
        return ["full_attention" for _ in range(n)]
    every = config.get("sliding_window_pattern", 10**9)
    return [
        "full_attention" if i % every == 0 and "sliding_window_pattern" in config else "sliding_attention"
        for i in range(n)
    ]


def shares_left_as_they_are(products, k):
    out = torch.zeros_like(products)
    for row, kept in zip(products, out, strict=True):
        e = row.exp() / row.exp().sum()
        for i in row.argsort(descending=True)[:k]:
            kept[i] = e[i]
    return out


def kept_for_each_query_head(config, tokens):
    tokens = min(tokens, config.get("sliding_window", tokens))
    if config.get("kv_lora_rank"):
        one = config["kv_lora_rank"] + config["qk_rope_head_dim"]
    else:
        width = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
        one = 2 * config["num_attention_heads"] * width
    return tokens * one * config["num_hidden_layers"]


def read_with_or(values, names, defaults):
    fields = {}
    for theirs, ours in names.items():
        value = values.get(theirs) or defaults.get(theirs)
        if value or theirs in defaults:
            fields[ours] = value
    return fields, sorted(set(values) - set(names))


def scores_of_interleaved_heads(q, W, latents):
    keys = latents @ W.T  # [S, H * D]
    return torch.stack([keys[:, h :: len(q)] @ q[h] for h in range(len(q))])


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("config_difference", difference_by_loop_over_one, "only the keys of the first"),
        ("layer_kinds", kinds_by_remainder_zero, "the first of each n is full"),
        ("softmax_top_k", shares_left_as_they_are, "do not add up to 1"),
        ("numbers_kept", kept_for_each_query_head, "every query head keeps keys of its own"),
        ("read_config", read_with_or, "zero or false is replaced"),
        ("latent_scores", scores_of_interleaved_heads, "rows of the heads are interleaved"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and words in report


def difference_in_two_steps(one, other):
    found = {key: [value, other.get(key, "absent")] for key, value in one.items()}
    found |= {key: ["absent", value] for key, value in other.items() if key not in one}
    return {key: pair for key, pair in found.items() if pair[0] != pair[1]}


def kinds_one_by_one(config):
    kinds = config.get("layer_types", ())
    for layer in range(1, config["num_hidden_layers"] + 1 if not kinds else 0):
        slides = "sliding_window" in config and layer % config.get("sliding_window_pattern", layer + 1) != 0
        kinds = (*kinds, "sliding_attention" if slides else "full_attention")
    return kinds


def shares_by_minus_infinity(products, k):
    bar = products.sort(-1, descending=True).values[:, k - 1 : k]
    return products.masked_fill(products < bar, -torch.inf).softmax(-1).numpy()


def kept_by_cases(config, tokens):
    match config:
        case {"kv_lora_rank": rank, "qk_rope_head_dim": turned}:
            width = rank + turned
        case {"head_dim": D}:
            width = 2 * D * config.get("num_key_value_heads", config["num_attention_heads"])
        case {"num_key_value_heads": G, "hidden_size": C, "num_attention_heads": H}:
            width = 2 * G * C / H
        case _:
            width = 2 * config["hidden_size"]
    return config["num_hidden_layers"] * width * min(tokens, config.get("sliding_window", tokens))


def read_in_two_loops(values, names, defaults):
    fields = {}
    for key, ours in names.items():
        if key in values:
            fields[ours] = values[key]
        elif key in defaults:
            fields[ours] = defaults[key]
    return [fields, sorted(values.keys() - names.keys())]


def scores_head_by_head(q, W, latents):
    heads, width = q.shape
    rows = [(W[h * width : (h + 1) * width].T @ q[h]) @ latents.T for h in range(heads)]
    return [row.tolist() for row in rows]


RIGHT = {
    "config_difference": difference_in_two_steps,
    "layer_kinds": kinds_one_by_one,
    "softmax_top_k": shares_by_minus_infinity,
    "numbers_kept": kept_by_cases,
    "read_config": read_in_two_loops,
    "latent_scores": scores_head_by_head,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
