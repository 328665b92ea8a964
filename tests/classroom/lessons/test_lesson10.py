"""The solutions of lesson 10 against libraries that nobody here wrote, and the same mistakes in other words."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from classroom.styles import accept, refuse
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import random_model, token_ids
from torch import nn
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    DynamicCache,
    GPT2Config,
    LlamaConfig,
    LlamaForCausalLM,
    MistralConfig,
    MistralForCausalLM,
    Qwen3Config,
    Qwen3ForCausalLM,
    Starcoder2Config,
    Starcoder2ForCausalLM,
)

from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint.families import FAMILIES
from lessons_lib.classroom.exercises import feedback
from lessons_lib.classroom.lessons import lesson10
from lessons_lib.classroom.lessons.lesson10.config_difference import my_difference
from lessons_lib.classroom.lessons.lesson10.disguises import disguised
from lessons_lib.classroom.lessons.lesson10.latent_look import my_latent_look, with_a_locked_cache
from lessons_lib.classroom.lessons.lesson10.my_config import MY_CONFIG, PUBLISHED, SIZES, family_model, my_config
from lessons_lib.classroom.lessons.lesson10.numbers_kept import my_kept
from lessons_lib.classroom.lessons.lesson10.read_config import my_read
from lessons_lib.classroom.lessons.lesson10.shared import KINDS, LLAMA_2_7B, T, leave_out_the_usual, opened, read_folder
from lessons_lib.classroom.lessons.lesson10.shared import SIZES as SIZES_OF_ALL
from lessons_lib.classroom.lessons.lesson10.wrong_switch import FAULTS, my_verdict, symptoms
from lessons_lib.config import costs

EXERCISES = {exercise.id: exercise for exercise in lesson10.EXERCISES}
SEEDS = st.integers(0, 1000)
EXAMPLES = settings(max_examples=examples(30), derandomize=True, deadline=None)
CONFIGS = st.dictionaries(
    st.sampled_from("abcdef"), st.one_of(st.none(), st.integers(0, 3), st.sampled_from(["silu", "gelu"]))
)


@given(CONFIGS, CONFIGS)
@EXAMPLES
def test_keys_that_differ_are_those_of_the_symmetric_difference_of_the_items(one, other):
    found = my_difference(one, other)
    assert found.keys() == {key for key, _ in one.items() ^ other.items()}
    assert {key: pair[0] for key, pair in found.items() if pair[0] != "absent"} == dict(one.items() - other.items())
    assert {key: pair[1] for key, pair in found.items() if pair[1] != "absent"} == dict(other.items() - one.items())


@pytest.mark.parametrize(
    ("config", "model", "more"),
    [
        (LlamaConfig, LlamaForCausalLM, {}),
        (LlamaConfig, LlamaForCausalLM, {"num_key_value_heads": 2, "head_dim": None}),
        (Qwen3Config, Qwen3ForCausalLM, {"num_key_value_heads": 3, "head_dim": 10}),
        (MistralConfig, MistralForCausalLM, {"num_key_value_heads": 2, "head_dim": 8, "sliding_window": 64}),
        (MistralConfig, MistralForCausalLM, {"num_key_value_heads": 2, "head_dim": 8, "sliding_window": None}),
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


@pytest.mark.parametrize("name", ["gemma-2-2b", "gemma-3-1b", "llama-3-8b", "mistral-7b-v0.1"])
@pytest.mark.parametrize("tokens", [100, 20_000])
def test_as_much_is_kept_as_the_library_counts(name, tokens):
    config = ModelConfig.preset(name)
    assert my_kept(config.to_dict(), tokens) * 2 == costs.kv_cache_bytes(config, tokens, bits=16)


def test_a_foreign_config_is_read_as_transformers_reads_it():
    theirs = GPT2Config(n_embd=36, n_layer=3, n_head=4, bos_token_id=0, eos_token_id=0)
    names = {foreign: ours for ours, foreign in GPT2Config.attribute_map.items()}
    values = {"n_embd": 36, "n_layer": 3, "n_head": 4, "resid_pdrop": 0.1, "attn_pdrop": 0.1}
    fields, unknown = my_read(values, names, {"n_positions": GPT2Config().n_positions, "attn_pdrop": 0.1})
    assert fields == {ours: getattr(theirs, ours) for ours in GPT2Config.attribute_map}
    assert unknown == ["attn_pdrop", "resid_pdrop"]


def test_the_symptoms_are_told_apart_and_name_every_loader():
    lines = symptoms().splitlines()[1:]
    assert len(lines) == len(FAULTS) == len({line[9:] for line in lines})
    assert my_verdict() == [next(iter(fault)) for fault in FAULTS]
    first, second, third, fourth = lines
    assert "mlp" in first and "number 0 " in first
    assert "number 1 " in second and "number 0 " in third and "41 of 41" in third and "number 7 " in fourth


@pytest.mark.parametrize("case", [case for (case,) in MY_CONFIG.cases if case is not PUBLISHED])
def test_the_family_of_the_exercise_is_that_of_transformers(case):
    """Their model, from the same config.json, with our random weights under their names."""
    ours, weights, ids = family_model(json.dumps(case))
    values = {key: value for key, value in case.items() if key not in ("model_type", "rope_theta")}
    rope = {"rope_type": "default", "rope_theta": case.get("rope_theta", 10000.0)}
    config = Starcoder2Config(**values, rope_parameters=rope, bos_token_id=None, eos_token_id=None)
    theirs = Starcoder2ForCausalLM._from_config(config, attn_implementation="eager").eval()
    theirs_of = {"mlp.up_proj": "mlp.c_fc", "mlp.down_proj": "mlp.c_proj"}
    renamed = {}
    for name, weight in weights.items():
        for one, other in theirs_of.items():
            name = name.replace(one, other)
        renamed[name] = weight
    missing, unexpected = theirs.load_state_dict(renamed, strict=False)
    assert not unexpected and set(missing) <= ({"lm_head.weight"} if config.tie_word_embeddings else set())
    theirs.tie_weights()
    with torch.no_grad():
        torch.testing.assert_close(ours(ids), theirs(ids).logits, rtol=0, atol=1e-4 * float(ours(ids).abs().max()))


def test_the_published_one_has_as_many_parameters_as_its_makers_say():
    """3,030,371,328, https://huggingface.co/bigcode/starcoder2-3b."""
    assert costs.num_parameters(ModelConfig(**my_config(PUBLISHED))) == 3_030_371_328
    assert {name: PUBLISHED[name] for name in SIZES}.items() <= my_config(PUBLISHED).items()


@given(SEEDS, st.sampled_from([(1, 2, 3, 4, 5), (3, 2, 5, 7, 4), (2, 6, 1, 3, 8)]))
@EXAMPLES
def test_a_look_at_the_latents_is_a_look_at_keys_and_values(seed, sizes):
    heads, width, rank, value, tokens = sizes
    generator = torch.Generator().manual_seed(seed)
    q, W, U, latents = (
        torch.randn(shape, generator=generator, dtype=torch.float64)
        for shape in ((heads, width), (heads, width, rank), (heads, value, rank), (tokens, rank))
    )
    keys, values = latents @ W.mT, latents @ U.mT  # [H, S, D], [H, S, V]
    expected = F.scaled_dot_product_attention(q[:, None], keys, values, scale=1.0)[:, 0]
    torch.testing.assert_close(with_a_locked_cache(my_latent_look, q, W, U, latents), expected)


def test_latents_of_another_shape_are_refused_in_words():
    def look_with_one_row(q, W, U, look):
        return look(q[0] @ W[0])

    report = feedback(EXERCISES["latent_look"], look_with_one_row)
    assert report.startswith("✗") and "look takes [H, R]" in report


# The families beside transformers: what the lesson's proof would miss


def saved_by_transformers(kind: str, place: Path) -> nn.Module:
    """A small random model of a family in a folder whose config.json leaves out what is usual."""
    config = AutoConfig.for_model(kind, **(SIZES_OF_ALL | KINDS[kind]), bos_token_id=0, eos_token_id=1)
    torch.manual_seed(0)
    theirs = AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    for parameter in theirs.parameters():
        nn.init.normal_(parameter, mean=0.7 * (parameter.dim() == 1), std=0.15)
    theirs.save_pretrained(place)
    leave_out_the_usual(place, AutoConfig.for_model(kind).to_dict())
    return theirs


@pytest.mark.parametrize(
    ("kind", "silent", "faults"),
    [
        ("llama", "tie_word_embeddings", [{"rope_scaling": None}, {"rope_theta": 600.0}]),
        ("qwen2", "rope_parameters", [{"rope_theta": 9000.0}]),
        ("qwen3", "rope_parameters", [{"rope_theta": 9000.0}]),
        (
            "gemma2",
            "attn_logit_softcapping",
            [{"attn_logit_softcapping": None}, {"final_logit_softcapping": None}, {"sliding_window": 8}],
        ),
        (
            "gemma3_text",
            "layer_types",
            [{"rope_theta": 3e6}, {"rope_local_base_freq": 3e4}, {"layer_types": ["sliding_attention"] * 7}],
        ),
        ("mixtral", "rope_parameters", [{"rope_theta": 10000.0}, {"norm_topk_prob": False}]),
        (
            "deepseek_v3",
            "routed_scaling_factor",
            [{"routed_scaling_factor": 1.0}, {"rope_pairing": "half"}, {"rope_scaling": None}],
        ),
        ("qwen3_moe", "rope_parameters", [{"norm_topk_prob": False}]),
    ],
)
def test_what_a_file_leaves_out_is_felt_by_the_proof(kind, silent, faults, tmp_path):
    theirs, ids = saved_by_transformers(kind, tmp_path), token_ids(2, T)
    assert silent not in json.loads((tmp_path / "config.json").read_text())
    config, tensors = read_folder(tmp_path)
    with torch.no_grad():
        expected = theirs(ids).logits
        torch.testing.assert_close(opened(config, tensors)(ids), expected, rtol=0, atol=1e-4)
        for fault in faults:
            assert (opened(replace(config, **fault), tensors)(ids) - expected).abs().max() > 1e-3, fault


def test_every_family_of_the_lesson_is_tried():
    marks = test_what_a_file_leaves_out_is_felt_by_the_proof.pytestmark
    assert [case[0] for case in marks[0].args[1]] == list(KINDS)


@pytest.mark.parametrize(
    ("more", "passes"),
    [
        ({"embedding_multiplier": 1.0}, True),
        ({"embedding_multiplier": 2.0}, False),
        ({"unheard_of": False, "never_said": 0, "nor_this": []}, True),
        ({"unheard_of": 1}, False),
    ],
)
def test_a_key_passes_only_if_it_says_what_is_so_anyway_or_nothing(more, passes):
    """What section 7 says of a Llama's file, with Llama 2's."""
    values = json.loads(LLAMA_2_7B) | more
    if passes:
        assert FAMILIES["llama"].config(values) == FAMILIES["llama"].config(json.loads(LLAMA_2_7B))
    else:
        with pytest.raises(ValueError, match=next(iter(more))):
            FAMILIES["llama"].config(values)


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


def difference_where_get_differs(one, other):
    return {
        key: (one.get(key, "absent"), other.get(key, "absent"))
        for key in {*one, *other}
        if one.get(key) != other.get(key)
    }


def difference_by_plain_get(one, other):
    found = {}
    for key in {*one, *other}:
        if one.get(key) != other.get(key):
            found[key] = (one.get(key), other.get(key))
    return found


def kept_for_each_query_head(config, tokens):
    window = config.get("sliding_window") or tokens
    kinds = config.get("layer_types") or ["sliding_attention"] * config["num_hidden_layers"]
    if config.get("kv_lora_rank"):
        one = config["kv_lora_rank"] + config["qk_rope_head_dim"]
    else:
        width = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
        one = 2 * config["num_attention_heads"] * width
    return sum(one * (min(tokens, window) if kind == "sliding_attention" else tokens) for kind in kinds)


def read_with_or(values, names, defaults):
    fields = {}
    for theirs, ours in names.items():
        value = values.get(theirs) or defaults.get(theirs)
        if value or theirs in defaults:
            fields[ours] = value
    return fields, sorted(set(values) - set(names))


def read_and_skip_what_has_a_default(values, names, defaults):
    fields = {names[key]: value for key, value in (defaults | values).items() if key in names}
    return fields, sorted(k for k in values if k not in names and k not in defaults)


def config_like_llama_but_for_the_head(values):
    return my_config(values) | {"tie_word_embeddings": bool(values.get("tie_word_embeddings"))}


def difference_of_what_is_printed(one, other):
    found = {}
    for key in {*one, *other}:
        a, b = one.get(key, "absent"), other.get(key, "absent")
        if f"{a}" != f"{b}":
            found[key] = [a, b]
    return found


def difference_by_kind_too(one, other):
    pairs = {key: (one.get(key, "absent"), other.get(key, "absent")) for key in one | other}
    return {key: (a, b) for key, (a, b) in pairs.items() if a != b or type(a) is not type(b)}


def difference_of_sorted_lists(one, other):
    def plain(value):
        return sorted(value) if isinstance(value, list) else value

    pairs = {key: (one.get(key, "absent"), other.get(key, "absent")) for key in one | other}
    return {key: (a, b) for key, (a, b) in pairs.items() if plain(a) != plain(b)}


def difference_by_truth_first(one, other):
    found = {}
    for key in one | other:
        a, b = one.get(key, "absent"), other.get(key, "absent")
        if bool(a) != bool(b) or (a != b and a and b):
            found[key] = (a, b)
    return found


def kept_with_latents_first(config, tokens, less=0, slides="sliding_attention"):
    layers, heads = config["num_hidden_layers"], config["num_attention_heads"]
    if config.get("kv_lora_rank"):
        return layers * tokens * (config["kv_lora_rank"] + config["qk_rope_head_dim"])
    each = 2 * (config.get("num_key_value_heads") or heads)
    each *= config.get("head_dim") or config["hidden_size"] // heads
    sliding = (config.get("layer_types") or [slides] * layers).count(slides)
    window = (config.get("sliding_window") or tokens + less) - less
    return each * (sliding * min(tokens, window) + (layers - sliding) * tokens)


def kept_where_only_some_may_be_none(config, tokens):
    layers, heads = config["num_hidden_layers"], config["num_attention_heads"]
    each = 2 * config.get("num_key_value_heads", heads) * (config.get("head_dim") or config["hidden_size"] // heads)
    if config.get("kv_lora_rank"):
        each = config["kv_lora_rank"] + config["qk_rope_head_dim"]
    window = config.get("sliding_window") or tokens
    if "layer_types" in config:
        return sum(each * (min(tokens, window) if kind[0] == "s" else tokens) for kind in config["layer_types"])
    return layers * each * min(tokens, window)


def read_with_the_last_first(values, names, defaults):
    unknown = [key for key in values if key not in names]
    unknown.reverse()
    return {names[key]: value for key, value in (defaults | values).items() if key in names}, unknown


def read_without_a_default_of_none(values, names, defaults):
    fields = {}
    for key, ours in names.items():
        value = values[key] if key in values else defaults.get(key)
        if key in values or value is not None:
            fields[ours] = value
    return fields, sorted(set(values) - set(names))


def read_without_a_false_default(values, names, defaults):
    fields = {names[key]: values.get(key, defaults.get(key)) for key in names if key in values or defaults.get(key)}
    return fields, sorted(set(values) - set(names))


def read_with_both_names(values, names, defaults):
    fields = {names[key]: value for key, value in (defaults | values).items() if key in names}
    return fields, sorted(key for key in values if key not in names and key not in names.values())


def read_with_names_the_wrong_way(values, names, defaults):
    fields = {names[key]: value for key, value in (defaults | values).items() if key in names}
    return fields, sorted(set(values) - set(names.values()))


def read_without_a_list(values, names, defaults):
    return {names[key]: value for key, value in (defaults | values).items() if key in names}


def kept_by_get_with_a_default(config, tokens):
    if "kv_lora_rank" in config:
        one = config["kv_lora_rank"] + config["qk_rope_head_dim"]
    else:
        width = config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"]
        one = 2 * width * (config.get("num_key_value_heads") or config["num_attention_heads"])
    window, layers = config.get("sliding_window") or tokens, config["num_hidden_layers"]
    kinds = config.get("layer_types") or ["sliding_attention"] * layers
    return sum(one * (min(tokens, window) if kind == "sliding_attention" else tokens) for kind in kinds)


def kept_with_a_turned_key_a_head(config, tokens):
    if config.get("kv_lora_rank") is None:
        return kept_by_cases(config, tokens)
    turned = config["qk_rope_head_dim"] * config["num_attention_heads"]
    return kept_by_cases(config | {"qk_rope_head_dim": turned}, tokens)


def kept_a_layer(config, tokens):
    config = {key: value for key, value in config.items() if key != "layer_types"}
    return kept_by_cases(config, tokens) // config["num_hidden_layers"]


def config_with_a_window_of_the_lesson(values):
    return my_config(values) | {"sliding_window": values.get("sliding_window") or 4096}


def config_with_all_that_the_file_says(values):
    told = dict(values)
    told.pop("model_type")
    bias, epsilon = told.pop("use_bias", True), told.pop("norm_epsilon", 1e-5)
    return told | my_config(values) | {"mlp_bias": bias, "rms_norm_eps": epsilon}


def config_that_empties_the_file(values):
    values.pop("model_type")
    return my_config(values)


def look_with_w_as_it_stands(q, W, U, look):
    mean = look(torch.stack([W[h] @ q[h] for h in range(len(q))]))
    return torch.stack([U[h] @ mean[h] for h in range(len(q))])


def look_with_w_by_product(q, W, U, look):
    return torch.einsum("hvr,hr->hv", U, look((W @ q[..., None])[..., 0]))


def look_with_q(q, W, U, look):
    return torch.einsum("hvr,hr->hv", U, look(q))


def look_with_one_w(q, W, U, look):
    return torch.einsum("hvr,hr->hv", U, look(q @ W[0]))


def look_with_the_first_matrices(q, W, U, look):
    return look(q @ W[0]) @ U[0].T


@pytest.mark.parametrize(
    ("name", "answer", "words"),
    [
        ("config_difference", difference_by_loop_over_one, "only the keys of the first"),
        ("config_difference", difference_where_get_differs, "None and absent are taken for the same"),
        ("config_difference", difference_by_plain_get, "None stands where a config lacks a key"),
        ("config_difference", difference_of_what_is_printed, "compared as text"),
        ("config_difference", difference_by_kind_too, "or by their kind too"),
        ("config_difference", difference_of_sorted_lists, "order of a list"),
        ("config_difference", difference_by_truth_first, "None beside 0 is a difference"),
        ("numbers_kept", kept_with_latents_first, "where latents are kept"),
        ("numbers_kept", kept_where_only_some_may_be_none, "None can't be counted with"),
        ("numbers_kept", kept_by_get_with_a_default, "as if the key were absent"),
        ("numbers_kept", kept_with_a_turned_key_a_head, "every head keeps a turned key"),
        ("numbers_kept", kept_a_layer, "one layer is counted"),
        ("read_config", read_with_the_last_first, "backwards"),
        ("read_config", read_without_a_default_of_none, "a default of None gives no field"),
        ("read_config", read_without_a_false_default, "a default of None, False or 0"),
        ("read_config", read_with_both_names, "called as a field of ours"),
        ("read_config", read_with_names_the_wrong_way, "sought among the names of our fields"),
        ("read_config", read_without_a_list, "only the fields are returned"),
        ("my_config", config_with_a_window_of_the_lesson, "a window where the file has none"),
        ("my_config", config_with_all_that_the_file_says, "use_cache"),
        ("my_config", config_that_empties_the_file, "changed its input"),
        ("latent_look", look_with_w_as_it_stands, "W is not transposed"),
        ("latent_look", look_with_w_by_product, "W is not transposed"),
        ("latent_look", look_with_q, "query was not brought down"),
        ("latent_look", look_with_one_w, "matrix W of head 0"),
        ("numbers_kept", kept_for_each_query_head, "every query head keeps keys of its own"),
        ("read_config", read_with_or, "zero or false is replaced"),
        ("read_config", read_and_skip_what_has_a_default, "passes in silence"),
        ("my_config", config_like_llama_but_for_the_head, "being absent means tied"),
        ("latent_look", look_with_the_first_matrices, "matrices of head 0"),
        ("wrong_switch", lambda: "norm_topk_prob sliding_window final_logit_softcapping rope_theta", "other way round"),
    ],
)
def test_the_same_mistake_in_other_words_is_recognised(name, answer, words):
    refuse(EXERCISES[name], answer, words)


@pytest.mark.parametrize("fields", [{"rms_norm_eps": 2e-5}, {"hidden_act": "gelu"}, {"rope_theta": 1e5}])
def test_a_small_fault_of_a_config_is_shown_as_small_as_it_is(fields):
    """The scores are compared at the same tokens, so an error of a ten-thousandth is not shown as a large one."""
    right, weights, ids = family_model(json.dumps(MY_CONFIG.cases[0][0]))
    with torch.no_grad():
        wrong = Transformer(ModelConfig(**my_config(MY_CONFIG.cases[0][0]) | fields)).eval()
        wrong.load_state_dict(weights, strict=False)
        gap = float((wrong(ids) - right(ids)).abs().max())
    report = feedback(MY_CONFIG, lambda values: my_config(values) | fields)
    assert report.startswith("✗") and f"{float(f'{gap:.1e}'):.4g}" in report


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("my_config", lambda values: {"hidden_sise": 4}),
        ("my_config", lambda values: [1, 2]),
        ("wrong_switch", lambda: ["qk_norm"] * 4),
        ("wrong_switch", lambda: {"rope_theta", "sliding_window"}),
    ],
)
def test_an_answer_of_another_kind_is_refused_in_words(name, answer):
    report = feedback(EXERCISES[name], answer)
    assert report.startswith("✗") and ("ModelConfig" in report or "four names" in report)


def difference_in_two_steps(one, other):
    found = {key: [value, other.get(key, "absent")] for key, value in one.items()}
    found |= {key: ["absent", value] for key, value in other.items() if key not in one}
    return {key: pair for key, pair in found.items() if pair[0] != pair[1]}


def kept_by_cases(config, tokens):
    total = 0
    for layer in range(config["num_hidden_layers"]):
        if config.get("kv_lora_rank") is not None:
            one = config["kv_lora_rank"] + config["qk_rope_head_dim"]
        else:
            width = config.get("head_dim") or config["hidden_size"] / config["num_attention_heads"]
            one = 2 * width * (config.get("num_key_value_heads") or config["num_attention_heads"])
        kinds, window = config.get("layer_types"), config.get("sliding_window")
        slides = window is not None and (kinds is None or kinds[layer].startswith("sliding"))
        total += one * (min(window, tokens) if slides else tokens)
    return torch.tensor(total)


def read_in_two_loops(values, names, defaults):
    fields = {}
    for key, ours in names.items():
        if key in values:
            fields[ours] = values[key]
        elif key in defaults:
            fields[ours] = defaults[key]
    return [fields, sorted(values.keys() - names.keys())]


def verdict_in_a_dict():
    return {4: "sliding_window", 3: "final_logit_softcapping", 2: "rope_theta ", 1: " Norm_topk_prob"}


def config_as_a_model_config(values):
    told = {"use_bias": True, "norm_epsilon": 1e-5, "rope_theta": 10000.0, "tie_word_embeddings": True} | values
    return ModelConfig(
        **{name: told[name] for name in SIZES},
        norm_type="layer",
        gated_mlp=False,
        hidden_act="gelu_pytorch_tanh",
        attention_bias=told["use_bias"],
        mlp_bias=told["use_bias"],
        rms_norm_eps=told["norm_epsilon"],
        rope_theta=told["rope_theta"],
        sliding_window=told.get("sliding_window"),
        tie_word_embeddings=told["tie_word_embeddings"],
    )


def look_by_numpy(q, W, U, look):
    down = (q.numpy()[:, None] @ W.numpy())[:, 0]
    mean = look(down.tolist()).numpy()
    return [list(U[h].numpy() @ mean[h]) for h in range(len(q))]


RIGHT = {
    "config_difference": difference_in_two_steps,
    "numbers_kept": kept_by_cases,
    "read_config": read_in_two_loops,
    "wrong_switch": verdict_in_a_dict,
    "my_config": config_as_a_model_config,
    "latent_look": look_by_numpy,
}


@pytest.mark.parametrize("name", EXERCISES)
def test_a_right_answer_in_another_style_passes(name):
    accept(EXERCISES[name], RIGHT, __file__)
