"""Folders of every family through the front door: what transformers saves we load, what we save it opens."""

import json
import pkgutil
import sys
from functools import partial

import pytest
import torch
import transformers
from checkpoint.published import PUBLISHED, VERSION_4, published_code
from effort import examples
from hypothesis import given, settings
from hypothesis import strategies as st
from models import byte_tokenizer, token_ids, torchs_product
from parity.decoders import DECODERS
from parity.families import REFERENCES
from transformers import AutoModelForCausalLM, Llama4Config, Llama4ForConditionalGeneration
from transformers.activations import ACT2FN

import lessons_lib
from lessons_lib import ModelConfig
from lessons_lib.checkpoint import CheckpointError, save_pretrained, save_safetensors
from lessons_lib.checkpoint import families as library
from lessons_lib.checkpoint.mapping.family import _SAME_ACTIVATION
from lessons_lib.layers.feed_forward import ACTIVATIONS

VOCABULARY, T = 300, 41
PACKED = ("mixtral", "qwen3-moe", "deepseek v3")
WITH_EXPERTS = [name for name, family in REFERENCES.items() if family.our_config.moe_layers]
ROUNDS_ALIKE = [name for name in REFERENCES if name != "gpt-2" and name not in WITH_EXPERTS]
attention_module = sys.modules["lessons_lib.layers.attention"]  # the package holds the function of that name
SAVED_AS = {"mistral 0.3": "llama"}  # without a window there is no difference
every_family = pytest.mark.parametrize("name", REFERENCES)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """For a family: transformers' model, the folder that it saved in several files, and what we load from there."""
    made = {}

    def get(name):
        if name not in made:
            folder, reference = tmp_path_factory.mktemp("theirs"), REFERENCES[name].reference(vocab_size=VOCABULARY)
            reference.save_pretrained(folder, max_shard_size="60KB")
            byte_tokenizer().save(str(folder / "tokenizer.json"))
            made[name] = reference, folder, lessons_lib.load(folder)[0]
        return made[name]

    return get


def ids(rows=2):
    return token_ids(rows, T, vocab_size=VOCABULARY)


def values_of(folder):
    return json.loads((folder / "config.json").read_text())


def changed_copy(folder, target, change_tensors=None, drop=(), **changes):
    """A folder with other values in its config.json, `drop`ped ones left out, and changed tensors."""
    tensors = {}
    for file in folder.iterdir():
        if file.suffix != ".safetensors":
            (target / file.name).write_bytes(file.read_bytes())
        else:
            tensors |= lessons_lib.checkpoint.load_safetensors(file)
    (target / "model.safetensors.index.json").unlink()
    values = {key: value for key, value in (values_of(folder) | changes).items() if key not in drop}
    (target / "config.json").write_text(json.dumps(values))
    if change_tensors:
        change_tensors(tensors)
    save_safetensors(tensors, target / "model.safetensors")
    return target


def test_every_family_is_known_and_has_a_reference():
    modules = [getattr(library, name) for _, name, _ in pkgutil.iter_modules(library.__path__)]
    found = [value for module in modules for value in vars(module).values()]
    made = {value.model_type for value in found if isinstance(value, library.Family)}
    unknown = made - library.FAMILIES.keys()
    assert not unknown, f"lessons_lib/checkpoint/families/__init__.py: _MODULES lacks a module with {unknown}"
    known = {getattr(transformers, reference.config).model_type for reference in REFERENCES.values()}
    known |= {name.partition(",")[0] for name in DECODERS}
    pictures = {"llama4"}  # with the text model of `llama4_text` inside; it has a test of its own below
    missing = library.FAMILIES.keys() - pictures - known
    assert not missing, f"tests/parity/decoders.py: DECODERS lacks a small random model of {missing}"


@every_family
@torch.no_grad()
def test_what_transformers_saves_gives_its_scores(saved, name):
    reference, folder, model = saved(name)
    assert len(list(folder.glob("*.safetensors"))) > 1
    expected = reference(ids()).logits
    assert expected.abs().max() > 1
    torch.testing.assert_close(model(ids()), expected, atol=2e-5, rtol=0)


@pytest.mark.parametrize("name", ROUNDS_ALIKE)
@torch.no_grad()
def test_step_by_step_no_bit_differs(saved, name, monkeypatch):
    reference, _, model = saved(name)
    monkeypatch.setattr(attention_module, "attention", partial(attention_module.attention, fused=False))
    with torchs_product():
        assert torch.equal(model(ids()), reference(ids()).logits)


@every_family
@torch.no_grad()
def test_transformers_opens_what_we_save_and_nothing_differs(saved, name, tmp_path):
    reference, _, model = saved(name)
    save_pretrained(model, tmp_path / "ours", max_shard_size=60_000)
    again, info = AutoModelForCausalLM.from_pretrained(
        tmp_path / "ours", attn_implementation="eager", experts_implementation="eager", output_loading_info=True
    )
    assert not any(info.values()), info
    assert again.config.model_type == SAVED_AS.get(name, reference.config.model_type)
    assert torch.equal(again(ids()).logits, reference(ids()).logits)


@every_family
def test_we_open_what_we_save_and_nothing_differs(saved, name, tmp_path):
    _, folder, model = saved(name)
    save_pretrained(model, tmp_path / "ours", lessons_lib.load(folder)[1])
    again, _ = lessons_lib.load(tmp_path / "ours")
    assert again.config == model.config
    assert_same_weights(again, model)


def assert_same_weights(one, other):
    state = other.state_dict()
    assert state.keys() == one.state_dict().keys()
    assert all(torch.equal(weight, state[name]) for name, weight in one.state_dict().items())


@pytest.mark.parametrize("name", VERSION_4)
def test_the_config_of_transformers_4_says_the_same(saved, name, tmp_path):
    _, folder, model = saved(name)
    changed_copy(folder, tmp_path)
    (tmp_path / "config.json").write_text(json.dumps(VERSION_4[name]))
    again, _ = lessons_lib.load(tmp_path)
    assert again.config == model.config
    assert_same_weights(again, model)


@every_family
def test_every_setting_that_transformers_knows_is_known(saved, name):
    reference, folder, model = saved(name)
    values = json.loads(reference.config.to_json_string(use_diff=False))
    assert len(values) > len(values_of(folder))
    assert library.FAMILIES[values["model_type"]].config(values) == model.config


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_configs_are_the_presets(name):
    values = PUBLISHED[name]
    found, preset = library.FAMILIES[values["model_type"]].config(values), ModelConfig.preset(name)
    assert {k: v for k, v in found.to_dict().items() if v != preset.to_dict()[k]} == {}


def no_biases(tensors):
    for name in [name for name in tensors if name.endswith("bias")]:
        del tensors[name]


def packed_turned(tensors):
    for name in [name for name in tensors if name.endswith("experts.gate_up_proj")]:
        tensors[name] = tensors[name].roll(tensors[name].shape[2] // 2, 2)


def last_for_first(tensors):
    for name in [name for name in tensors if ".experts.0." in name]:
        other = name.replace(".experts.0.", ".experts.6.")
        tensors[name], tensors[other] = tensors[other], tensors[name]


def no_correction(tensors):
    for name in [name for name in tensors if name.endswith("e_score_correction_bias")]:
        tensors[name] = torch.zeros_like(tensors[name])


def gate_for_up(tensors):
    for name in [name for name in tensors if "gate_proj" in name]:
        other = name.replace("gate_proj", "up_proj")
        tensors[name], tensors[other] = tensors[other], tensors[name]


def queries_for_keys(tensors):
    for name in [name for name in tensors if "c_attn.weight" in name]:
        q, k, v = tensors[name].chunk(3, 1)
        tensors[name] = torch.cat((k, q, v), 1)


def pack_many(tensors):
    for layer in range(3, 30):
        tensors[f"model.layers.{layer}.mlp.experts.gate_up_proj"] = torch.empty(4096, 2, 0)


def flatten(tensors, name):
    tensors[name] = tensors[name].flatten(1)


WRONG = {
    "another eps": ("qwen3", {"rms_norm_eps": 1e-3}),
    "another eps of layer norm": ("gpt-2", {"layer_norm_epsilon": 1e-3}),
    "a window one too long": ("mistral", {"sliding_window": 8}),
    "no window": ("mistral", {"sliding_window": None}),
    "gate and up in each other's place": ("llama, yarn scaling", {"change_tensors": gate_for_up}),
    "queries and keys in each other's place": ("gpt-2", {"change_tensors": queries_for_keys}),
    "the exact gelu": ("gpt-2", {"activation_function": "gelu"}),
    "scores divided by another root": ("gemma 2", {"query_pre_attn_scalar": 10}),
    "no bound for attention": ("gemma 2", {"attn_logit_softcapping": None}),
    "another bound by default": ("gemma 2", {"drop": ["final_logit_softcapping"]}),
    "layers by the pattern": ("gemma 3", {"drop": ["layer_types"], "sliding_window_pattern": 3}),
    "the default bases": ("gemma 3", {"drop": ["rope_parameters"]}),
    "no rotary scaling": ("llama 3.1", {"rope_parameters": {"rope_theta": 500000.0}}),
    "two experts a token by default": ("mixtral", {"drop": ["num_experts_per_tok"]}),
    "experts in each other's place": ("mixtral", {"change_tensors": last_for_first}),
    "weights as they are by default": ("qwen3-moe", {"drop": ["norm_topk_prob"]}),
    "all weights the same": ("deepseek v2", {"routed_scaling_factor": 1.0}),
    "other groups": ("deepseek v3", {"topk_group": 2}),
    "no correction": ("deepseek v3", {"change_tensors": no_correction}),
    "halves for pairs": ("deepseek v3", {"rope_interleave": False}),
    "no mscale": ("deepseek v2-lite", {"rope_parameters": {"rope_theta": 10000.0}}),
    "another chunk": ("llama 4, scout", {"attention_chunk_size": 9}),
    "rotation by the interval": ("llama 4, scout", {"no_rope_layers": [], "drop": ["layer_types"]}),
    "no temperature": ("llama 4, scout", {"attn_temperature_tuning": False}),
    "queries and keys as they are": ("llama 4, scout", {"use_qk_norm": False}),
    "packed gate and up in each other's place": ("llama 4, maverick", {"change_tensors": packed_turned}),
}


@pytest.mark.parametrize(("name", "changes"), WRONG.values(), ids=WRONG)
@torch.no_grad()
def test_a_wrong_reading_would_be_seen(saved, name, changes, tmp_path):
    reference, folder, _ = saved(name)
    wrong, _ = lessons_lib.load(changed_copy(folder, tmp_path, **changes))
    assert (wrong(ids()) - reference(ids()).logits).abs().max() > 2e-4


ROPE_KEYS = ["rope_type", "type", "factor", "rope_theta", "full_attention", "sliding_attention", "other"]
REFUSED = {
    "no biases": ("qwen2", {"change_tensors": no_biases}, "missing model.layers.0.self_attn.q_proj.bias"),
    "tied, but two matrices": ("qwen3", {"tie_word_embeddings": True}, "lm_head.weight: got other numbers"),
    "not tied, but one matrix": ("gemma 2", {"tie_word_embeddings": False}, "missing lm_head.weight"),
    "the head width by default": ("qwen3", {"drop": ["head_dim"]}, "q_norm.weight has shape [10] and not [128]"),
    "key heads by default": ("mistral", {"drop": ["num_key_value_heads"]}, "num_key_value_heads: got 8"),
    "an unknown family": ("qwen3", {"model_type": "bert"}, "model_type: got 'bert', allowed 'llama', 'mistral'"),
    "an unknown activation": ("qwen3", {"hidden_act": "mish"}, "hidden_act: got 'mish'"),
    "an unknown rope type": ("qwen3", {"rope_parameters": {"rope_type": "dynamic"}}, "rope_type: got 'dynamic'"),
    "a setting that no rope type has": (
        "qwen3",
        {"rope_parameters": {"rope_type": "linear", "factor": 2.0, "mrope_section": [2, 3]}},
        "rope_parameters: got mrope_section, allowed the settings of 'linear'",
    ),
    "a rotation of half the head": ("qwen3", {"partial_rotary_factor": 0.5}, "partial_rotary_factor: got 0.5"),
    "attention in both directions": ("gemma 3", {"use_bidirectional_attention": True}, "use_bidirectional_attention"),
    "scores divided by the layer": ("gpt-2", {"scale_attn_by_inverse_layer_idx": True}, "scale_attn_by_inverse"),
    "scores as they are": ("gpt-2", {"scale_attn_weights": False}, "scale_attn_weights: got False, allowed True"),
    "quantised by others": ("qwen3", {"quantization_config": {"quant_method": "awq"}}, "'quant_method': 'awq'"),
    "keys that nobody knows": ("llama, yarn scaling", {"use_mup": 2, "num_experts": 4}, "use_mup: got 2"),
    "both of them": ("llama, yarn scaling", {"use_mup": 2, "num_experts": 4}, "num_experts: got 4"),
    "sliding layers without a window": (
        "qwen2",
        {"layer_types": ["sliding_attention"] * 3, "sliding_window": 7},
        "sliding_window: got None, allowed a number",
    ),
    "scaled sliding layers": (
        "gemma 3",
        {"rope_parameters": {"sliding_attention": {"rope_type": "linear", "factor": 2.0}}},
        "rope_parameters['sliding_attention']: got {'rope_type': 'linear'",
    ),
    "no rotation": ("llama, yarn scaling", {"use_rope": False}, "use_rope: got False"),
    "attention to what comes": ("qwen2", {"is_causal": False}, "is_causal: got False"),
    "no norm of queries and keys": ("qwen3", {"use_qk_norm": False}, "use_qk_norm: got False"),
    "another norm": ("mistral", {"use_rms_norm": False}, "use_rms_norm: got False"),
    "no gate": ("mixtral", {"gated_mlp": False}, "gated_mlp: got False"),
    "no width": ("gpt-2", {"drop": ["n_embd"]}, "n_embd: got nothing"),
    "a width in words": ("gemma 3", {"hidden_size": "36"}, "sizes: got"),
    "a width without bounds": ("gemma 3", {"hidden_size": 10**400}, "sizes: got"),
    "sizes whose product overflows": (
        "qwen3",
        dict.fromkeys(("hidden_size", "num_attention_heads", "num_key_value_heads", "head_dim"), 1 << 24),
        "parameters, allowed at most 17592186044416",
    ),
    "layers without bounds": ("qwen2", {"num_hidden_layers": 10**12, "drop": ["layer_types"]}, "num_hidden_layers"),
    "four matrices in three": (
        "gpt-2",
        {"change_tensors": lambda tensors: tensors.update({"transformer.h.0.attn.c_attn.bias": torch.tensor(1.0)})},
        "q_proj.bias has shape [] and not [36]",
    ),
    "no experts": ("mixtral", {"drop": ["num_local_experts"]}, "num_local_experts: got nothing"),
    "experts without a number": (
        "qwen3-moe",
        {"drop": ["num_experts", "num_local_experts"]},
        "num_experts: got nothing",
    ),
    "more experts than there are": ("mixtral", {"num_local_experts": 8}, "missing model.layers.0.mlp.experts.7."),
    "fewer experts than there are": ("mixtral", {"num_local_experts": 6}, "unexpected model.layers.0.mlp.experts.6."),
    "millions of experts": (
        "llama 4, scout",
        {"num_hidden_layers": 1024, "num_local_experts": 4096}
        | {"drop": ["layer_types", "no_rope_layers", "moe_layers"], "interleave_moe_layer_step": 1},
        "tensors: got 96, allowed 3 for each of the 4194304 experts that config.json claims",
    ),
    "millions of packed experts": ("qwen3-moe", {"change_tensors": pack_many}, "got more than 100000 tensors"),
    "experts in every layer": ("qwen3-moe", {"mlp_only_layers": []}, "missing model.layers.1.mlp.router.weight"),
    "a step of zero": ("qwen3-moe", {"decoder_sparse_step": 0}, "sizes: got integer modulo by zero"),
    "an unknown router": ("deepseek v2", {"topk_method": "lottery"}, "topk_method: got 'lottery'"),
    "the router of v3": ("deepseek v2", {"topk_method": "noaux_tc"}, "topk_method: got 'noaux_tc'"),
    "the scores of v2": ("deepseek v3", {"scoring_func": "softmax"}, "scoring_func: got 'softmax', allowed 'sigmoid'"),
    "no shared experts": ("deepseek v3", {"n_shared_experts": 0}, "n_shared_experts: got 0, allowed 1 or more"),
    "experts in every other layer": ("deepseek v3", {"moe_layer_freq": 2}, "moe_layer_freq: got 2, allowed 1"),
    "code of another": ("deepseek v3", {"auto_map": published_code("V4")}, "auto_map: got a model that brings its own"),
    "the published quantisation": (
        "deepseek v3",
        {"quantization_config": {"quant_method": "fp8", "fmt": "e4m3", "weight_block_size": [128, 128]}},
        "quantization_config: got {'quant_method': 'fp8'",
    ),
    "key heads of their own": ("deepseek v2", {"num_key_value_heads": 3}, "num_key_value_heads: got 3, allowed"),
    "dense layers as wide as experts": (
        "llama 4, maverick",
        {"intermediate_size_mlp": 19},
        "model.layers.0.mlp.gate_proj.weight has shape [52, 36] and not [19, 36]",
    ),
    "experts as wide as dense layers": (
        "llama 4, maverick",
        {"intermediate_size": 52},
        "model.layers.1.mlp.experts.0.gate_proj.weight has shape [19, 36] and not [52, 36]",
    ),
    "experts where there are none": (
        "llama 4, maverick",
        {"drop": ["moe_layers"]},
        "tensors: got 52, allowed 3 for each of the 21 experts that config.json claims",
    ),
    "a text model that is missing": ("llama 4, scout", {"model_type": "llama4"}, "text_config: got None, allowed an"),
    "packed experts of two dimensions": (
        "llama 4, scout",
        {"change_tensors": lambda tensors: flatten(tensors, "model.layers.0.feed_forward.experts.down_proj")},
        "unexpected model.layers.0.mlp.experts.down_proj",
    ),
    "one matrix twice": (
        "gpt-2",
        {"change_tensors": lambda tensors: tensors.update({"wpe.weight": tensors["transformer.wpe.weight"].clone()})},
        "got a second model.embed_positions.weight",
    ),
}


@pytest.mark.parametrize(("name", "changes", "words"), REFUSED.values(), ids=REFUSED)
def test_what_another_model_would_need_is_refused_by_name(saved, name, changes, words, tmp_path):
    _, folder, _ = saved(name)
    with pytest.raises(CheckpointError) as caught:
        lessons_lib.load(changed_copy(folder, tmp_path, **changes))
    assert words in str(caught.value)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9) | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(ROPE_KEYS), inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=examples(400), derandomize=True, deadline=None)
@given(st.data())
def test_any_values_make_a_config_or_a_value_error(data):
    values = dict(VERSION_4[data.draw(st.sampled_from(sorted(VERSION_4)))])
    family = library.FAMILIES[values["model_type"]]
    keys = sorted({*values, *family.keys, *(key for part in family.parts for key in part.keys)})
    values |= data.draw(st.dictionaries(st.sampled_from(keys), ANYTHING, min_size=1, max_size=4))
    try:
        assert isinstance(family.config(values), ModelConfig)
    except ValueError as error:
        assert len(str(error)) < 10_000  # noqa: PT017 (either outcome is right)


def test_another_name_of_an_activation_is_the_same_function():
    x, known = torch.linspace(-20, 20, 401), {*ACTIVATIONS} - {"relu2"}
    same = {
        (name, ours)
        for name in {*ACT2FN} - known
        for ours in known
        if name not in ("prelu", "xielu") and (ACT2FN[name](x) - ACTIVATIONS[ours](x)).abs().max() < 1e-6
    }
    assert same == {*_SAME_ACTIVATION.items()}


@pytest.mark.parametrize(("name", "window"), [("qwen2", 7), ("qwen3", 11)])
@torch.no_grad()
def test_late_layers_slide_where_the_switch_is_on(name, window, tmp_path):
    switches = {"use_sliding_window": True, "sliding_window": window, "max_window_layers": 1}
    reference = REFERENCES[name].reference(vocab_size=VOCABULARY, **switches)
    reference.save_pretrained(tmp_path)
    byte_tokenizer().save(str(tmp_path / "tokenizer.json"))
    values = values_of(tmp_path)
    del values["layer_types"]  # so that the switches decide, as in the files of transformers 4
    (tmp_path / "config.json").write_text(json.dumps(values))
    model, _ = lessons_lib.load(tmp_path)
    assert model.config.layer_types == ("full_attention", "sliding_attention", "sliding_attention")
    expected = reference(ids()).logits
    torch.testing.assert_close(model(ids()), expected, atol=2e-5, rtol=0)
    values["use_sliding_window"] = False
    (tmp_path / "config.json").write_text(json.dumps(values))
    assert (lessons_lib.load(tmp_path)[0](ids()) - expected).abs().max() > 1e-2


@torch.no_grad()
def test_the_oldest_gpt2_files_have_no_prefix_and_carry_masks(saved, tmp_path):
    reference, folder, _ = saved("gpt-2")

    def as_of_old(tensors):
        for name in list(tensors):
            tensors[name.removeprefix("transformer.")] = tensors.pop(name)
        for layer in range(3):
            tensors[f"h.{layer}.attn.bias"] = torch.ones(1, 1, 128, 128).tril()
            tensors[f"h.{layer}.attn.masked_bias"] = torch.tensor(-1e4)

    model, _ = lessons_lib.load(changed_copy(folder, tmp_path, as_of_old))
    torch.testing.assert_close(model(ids()), reference(ids()).logits, atol=2e-5, rtol=0)


@pytest.mark.parametrize("name", PACKED)
def test_experts_packed_as_transformers_holds_them_in_memory(saved, name, tmp_path):
    reference, folder, model = saved(name)
    reference.save_pretrained(tmp_path, save_original_format=False)
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    names = lessons_lib.checkpoint.load_safetensors(tmp_path / "model.safetensors")
    assert "model.layers.2.mlp.experts.gate_up_proj" in names
    assert_same_weights(lessons_lib.load(tmp_path)[0], model)


def test_more_packed_experts_than_any_model_has_are_not_cut():
    for family in ("qwen3_moe", "llama4_text"):
        name, hostile = "model.layers.0.mlp.experts.down_proj", torch.empty(10**12, 0, 1)
        assert library.FAMILIES[family].to_ours(name, hostile, REFERENCES["mixtral"].our_config).keys() == {name}


@torch.no_grad()
def test_of_the_llama_4_that_sees_the_text_model_loads(saved, tmp_path):
    reference, folder, model = saved("llama 4, maverick")
    pictures = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    pictures |= {"vision_output_dim": 32, "projector_input_dim": 32, "projector_output_dim": 32}
    pictures |= {"image_size": 28, "patch_size": 14}
    whole = Llama4ForConditionalGeneration(Llama4Config(text_config=reference.config, vision_config=pictures))
    whole.language_model.load_state_dict(reference.state_dict())
    whole.save_pretrained(tmp_path)
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    again, _ = lessons_lib.load(tmp_path)
    assert again.config == model.config
    assert_same_weights(again, model)


def test_the_layer_of_deepseek_that_predicts_further_is_left_out(saved, tmp_path):
    _, folder, model = saved("deepseek v3")

    def add(tensors, names):
        last = {name: tensor for name, tensor in tensors.items() if name.startswith("model.layers.2.")}
        tensors |= {name.replace(".2.", ".3.", 1): tensor.clone() for name, tensor in last.items()}
        tensors |= {f"model.layers.3.{name}.weight": torch.ones(36, 72) for name in names}

    names = ["embed_tokens", "enorm", "hnorm", "eh_proj", "shared_head.norm", "shared_head.head"]
    further = changed_copy(folder, tmp_path, lambda tensors: add(tensors, names))
    assert_same_weights(lessons_lib.load(further)[0], model)


def test_a_layer_too_many_is_refused(saved, tmp_path):
    _, folder, _ = saved("deepseek v3")

    def add(tensors):
        tensors["model.layers.3.input_layernorm.weight"] = torch.ones(36)

    with pytest.raises(CheckpointError, match=r"unexpected model\.layers\.3\.input_layernorm\.weight"):
        lessons_lib.load(changed_copy(folder, tmp_path, add))


def test_what_corrects_a_router_is_float32_whatever_the_file_has(saved, tmp_path):
    _, folder, model = saved("deepseek v3")
    name = "mlp.router.e_score_correction_bias"

    def rounded(tensors):
        for theirs in [theirs for theirs in tensors if theirs.endswith("e_score_correction_bias")]:
            tensors[theirs] = tensors[theirs].bfloat16()

    again, _ = lessons_lib.load(changed_copy(folder, tmp_path, rounded), dtype=torch.bfloat16)
    for block, other in zip(again.model["layers"][1:], model.model["layers"][1:], strict=True):
        correction = block.get_buffer(name)
        assert correction.dtype == torch.float32
        assert torch.equal(correction, other.get_buffer(name).bfloat16().float())


def test_old_llama_files_carry_frequencies(saved, tmp_path):
    _, folder, model = saved("llama, yarn scaling")

    def add(tensors):
        tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = torch.ones(5)

    assert_same_weights(lessons_lib.load(changed_copy(folder, tmp_path, add))[0], model)


def test_a_config_that_no_family_can_express_is_not_saved(tmp_path):
    config = ModelConfig.preset("qwen3-0.6b").to_dict() | {"vocab_size": 50, "bos_token_id": 1, "eos_token_id": 2}
    small = {"hidden_size": 12, "intermediate_size": 20, "num_hidden_layers": 1, "num_attention_heads": 2}
    config |= small | {"num_key_value_heads": 1, "head_dim": 6, "layer_types": None, "no_rope_layers": None}
    model = lessons_lib.Transformer(ModelConfig(**(config | {"norm_placement": "post"})))
    with pytest.raises(ValueError, match=r"got norm_placement='post', allowed .* nearest of llama, .* is qwen3$"):
        save_pretrained(model, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []
