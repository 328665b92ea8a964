"""Keys of a config.json: what can't change a model never refuses it, and what can is obeyed or refused by name."""

import json
from functools import cache

import pytest
import torch
import transformers
from models import token_ids
from parity.families import REFERENCES

from lessons_lib.checkpoint.families import FAMILIES as OURS

every_family = pytest.mark.parametrize("name", REFERENCES)


@cache
def reference(name):
    return REFERENCES[name].reference()


def family_of(values):
    return OURS[values["model_type"]]


@cache
def written(name):
    """What transformers 5 writes for the small model of a family."""
    return json.loads(reference(name).config.to_json_string(use_diff=False))


def read(name, changes, drop=()):
    values = {key: value for key, value in written(name).items() if key not in drop} | changes
    return family_of(values).config(values)


CONVOLVED = {"layer_types": ["conv", "full_attention"] * 16}
# Defaults of transformers that no model could have, as they contradict each other.
NO_MODELS = {
    "arcee": {"bos_token_id": 1, "eos_token_id": 2},  # else above the vocabulary
    "starcoder2": {"bos_token_id": 1, "eos_token_id": 2},
    "deepseek_v2": {"num_experts_per_tok": 6},  # else none, which is no number
    "dots1": {"n_routed_experts": 128, "n_shared_experts": 2},
    "glm4_moe": {"head_dim": 128},  # else the 96 heads don't share 4,096 numbers
    "lfm2": CONVOLVED,  # else a convolution in no layer
    "lfm2_moe": CONVOLVED,
}


@pytest.mark.parametrize("family", OURS.values(), ids=OURS)
@pytest.mark.parametrize("diff", [False, True], ids=["all keys", "what differs"])
def test_the_defaults_of_transformers_load(family, diff):
    values = json.loads(transformers.CONFIG_MAPPING[family.model_type]().to_json_string(use_diff=diff))
    values |= {"model_type": family.model_type} | NO_MODELS.get(family.model_type, {})
    assert family.config(values).num_hidden_layers > 1


# What people's files carry, for any family.
HARMLESS = {
    "lengths of data": {"max_seq_length": 512, "max_seq_len": 512, "seq_length": 7, "model_max_length": 512},
    "dropout": {"dropout": 0.1, "hidden_dropout_prob": 0.1, "attention_dropout": 0.3, "classifier_dropout": 0.2},
    "nothing switched on": {"num_shared": 0, "use_mup": False, "extra": None, "lists": [], "scale": 0.0, "name": ""},
    "no ids": {"eos_token_id": -1, "bos_token_id": None, "pad_token_id": -1},
    "no id in a list": {"eos_token_id": [-1]},
    "names of tokens": {"eos_token": "</s>", "bos_token": "<s>", "pad_token": None},
    "how weights are drawn": {"initializer_range": 0.0},
    "how weights were drawn long ago": {"initializer_range": None, "initializer_factor": 1.0},
    "an empty quantisation": {"output_attentions": True, "use_cache": False, "gradient_checkpointing": True},
    "training": {"use_flash_attn": True, "unsloth_version": "2026.1", "_name_or_path": "x", "pretraining_tp": 4},
}


def without_ids(config):
    return config.to_dict() | {"bos_token_id": None, "eos_token_id": [], "initializer_range": None}


@every_family
@pytest.mark.parametrize("changes", HARMLESS.values(), ids=HARMLESS)
def test_what_changes_no_number_is_no_reason_to_refuse(name, changes):
    assert without_ids(read(name, changes)) == without_ids(read(name, {}))


DENSE = [name for name, family in REFERENCES.items() if not family.our_config.moe_layers]
NO_EXPERTS = {"num_local_experts": 0, "num_experts": 0, "num_experts_per_tok": 2, "norm_topk_prob": True}
NO_EXPERTS |= {"moe_intermediate_size": 768, "router_aux_loss_coef": 0.001, "n_routed_experts": None}


@pytest.mark.parametrize("name", DENSE)
def test_settings_of_experts_mean_nothing_where_there_are_none(name):
    assert read(name, NO_EXPERTS) == read(name, {})
    for count in ("num_local_experts", "num_experts", "n_routed_experts"):
        with pytest.raises(ValueError, match=f"{count}: got 8, allowed no such key"):
            read(name, NO_EXPERTS | {count: 8})


@every_family
def test_a_key_of_another_family_may_say_what_is_so_anyway(name):
    config = read(name, {})
    values, unknown = config.to_dict(), {"num_hidden_layers": config.num_hidden_layers + 1}
    own = {"bos_token_id", "eos_token_id", *written(name)}
    same = {key: value for key, value in values.items() if key not in own}
    same |= {"n_layer": config.num_hidden_layers, "activation_function": config.hidden_act}
    theirs = {key: value for key, value in same.items() if key not in _read_by(name)}
    assert len(theirs) > 20
    assert read(name, theirs) == config
    if "num_hidden_layers" not in own:
        with pytest.raises(ValueError, match="num_hidden_layers: got 4, allowed no such key"):
            read(name, unknown)


def _read_by(name):
    family = family_of(written(name))
    return {*family.keys, *family.only, *(key for part in family.parts for key in part.keys)}


FULL_LAYERS = [name for name in DENSE if set(REFERENCES[name].our_config.layer_types) == {"full_attention"}]


@pytest.mark.parametrize("name", FULL_LAYERS)
def test_windows_that_are_switched_off_mean_nothing(name):
    off = {"use_sliding_window": False, "sliding_window": None, "max_window_layers": 28}
    full = {"layer_types": ["full_attention"] * 3}
    for changes in (off, full, off | full):
        assert read(name, changes) == read(name, {})
    if name.startswith(("llama", "qwen", "gpt")):  # for Mistral the switch means nothing, and the window does
        assert read(name, off | {"sliding_window": 4096}) == read(name, {})
    with pytest.raises(ValueError, match=r"layer_types|sliding_window"):
        read(name, {"layer_types": ["full_attention", "sliding_attention", "full_attention"]})


@pytest.mark.parametrize("name", [name for name in REFERENCES if name.startswith(("llama", "qwen", "mi", "deep"))])
def test_settings_of_rotation_that_its_type_never_reads_mean_nothing(name):
    old = {"drop": ["rope_parameters"]}
    plain = {"rope_theta": 77.0, "rope_scaling": None}
    default = {"rope_type": "default", "factor": 8.0, "original_max_position_embeddings": 4, "beta_fast": 3.0}
    expected = read(name, plain, **old)
    for scaling in (default, {"type": "default", "finetuned": True}, {"rope_type": "default", "factor": None}, {}):
        assert read(name, plain | {"rope_scaling": scaling}, **old) == expected
    linear = {"rope_type": "linear", "factor": 2.0}
    wordy = linear | {"original_max_position_embeddings": 9, "high_freq_factor": 4.0, "partial_rotary_factor": 1.0}
    scaled = read(name, plain | {"rope_scaling": wordy}, **old)
    assert scaled == read(name, plain | {"rope_scaling": linear}, **old) != expected
    for wrong in ({"mrope_section": [1]}, {"partial_rotary_factor": 0.5}, {"attention_scale": 2.0}):
        with pytest.raises(ValueError, match=next(iter(wrong))):
            read(name, plain | {"rope_scaling": linear | wrong}, **old)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rope_theta": 2**70}, "rope_theta: got 1180591620717411303424"),
        ({"rope_theta": 10**400}, "rope_theta: got 1000"),
        ({"rope_scaling": {"rope_type": "linear", "factor": 10**400}}, "factor"),
        ({"rope_scaling": {"rope_type": "linear", "factor": 2**70}}, "factor"),
        ({"rms_norm_eps": 10**400}, "rms_norm_eps: got 1000"),
        ({"max_position_embeddings": 2**70}, "max_position_embeddings: got 118"),
        ({"eos_token_id": 2**70}, "eos_token_id"),
    ],
)
def test_numbers_without_bounds_are_refused_by_name(changes, words):
    with pytest.raises(ValueError, match=words) as caught:
        read("llama, yarn scaling", changes, drop=["rope_parameters"])
    assert len(str(caught.value)) < 400


def test_a_bound_that_transformers_never_applies_is_refused():
    with pytest.raises(ValueError, match=r"attn_logit_softcapping: got 50\.0, allowed None"):
        read("gemma 3", {"attn_logit_softcapping": 50.0})
    assert read("gemma 3", {"attn_logit_softcapping": None}) == read("gemma 3", {})


# Keys that a loader obeys with another part of it than the forward pass.
NOT_OF_THE_PASS = {"architectures", "model_type", "tie_word_embeddings", "dtype", "torch_dtype", "transformers_version"}


def other_values(value):
    """Values unlike one of a config."""
    match value:
        case bool():
            return [not value]
        case int() | float():
            return [value * 2, 0]
        case str():
            return ["relu" if value != "relu" else "silu"]
        case list():
            return [value[::-1], value[1:] + value[:1]]
        case None:
            return [1, 0.5, True]
    return []


@torch.no_grad()
def scores(config, changes, state, ids):
    """Transformers' scores with other settings and the same weights; None where it cannot run so."""
    try:
        config = type(config)(**(config.to_dict() | changes))
        config._experts_implementation = "eager"
        model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
        model.load_state_dict(state)
        return model(ids).logits
    except Exception:  # whatever it is: so it can't be loaded
        return None


# One of each type of model; the others differ in settings that are tried here.
KINDS = {REFERENCES[name].config: name for name in REFERENCES}.values()


@pytest.mark.parametrize("name", KINDS)
def test_each_key_is_obeyed_refused_or_changes_nothing(name):
    """Every key that transformers writes is given other values. Where we notice no difference, there must be none."""
    model, ids = reference(name), token_ids(1, 41)
    base, state, expected = read(name, {}), model.state_dict(), model(ids).logits
    silent = []
    for key, value in written(name).items():
        if key in NOT_OF_THE_PASS:
            continue
        for other in other_values(value):
            try:
                if read(name, {key: other}) != base:
                    continue
            except ValueError:
                continue
            silent.append(key)
            found = scores(model.config, {key: other}, state, ids)
            assert found is None or torch.allclose(found, expected, atol=1e-5), f"{key}: {value!r} -> {other!r}"
    assert "use_cache" in silent
