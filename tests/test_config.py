"""ModelConfig: published sizes come out, and every impossible value is named."""

import json

import pytest

from lessons_lib import ModelConfig

SMALL = {
    "vocab_size": 50,
    "hidden_size": 24,
    "intermediate_size": 40,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}

PUBLISHED = {
    "gpt2": 124_439_808,
    "smollm2-135m": 134_515_008,
    "smollm2-360m": 361_821_120,
    "tinyllama-1.1b": 1_100_048_384,
    "llama-2-7b": 6_738_415_616,
    "llama-3-8b": 8_030_261_248,
    "llama-3.1-8b": 8_030_261_248,
    "llama-3.2-1b": 1_235_814_400,
    "llama-3.2-3b": 3_212_749_824,
    "mistral-7b-v0.1": 7_241_732_096,
    "qwen2.5-0.5b": 494_032_768,
    "qwen3-0.6b": 596_049_920,
    "gemma-2-2b": 2_614_341_888,
    "gemma-3-1b": 999_885_952,
}


def test_presets_have_the_published_parameter_counts():
    assert {name: ModelConfig.preset(name).num_parameters() for name in ModelConfig.presets()} == PUBLISHED


def test_unknown_preset_is_named():
    with pytest.raises(ValueError, match=r"preset: got 'llama-9', allowed gpt2, smollm2-135m"):
        ModelConfig.preset("llama-9")


YARN = {"rope_type": "yarn", "factor": 2.0, "original_max_position_embeddings": 32}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("vocab_size", 0),
        ("hidden_size", -24),
        ("hidden_size", 24.0),
        ("hidden_size", 10**12),
        ("hidden_size", 26),
        ("num_hidden_layers", True),
        ("num_attention_heads", "4"),
        ("num_key_value_heads", 3),
        ("num_key_value_heads", 0),
        ("head_dim", 5),
        ("rms_norm_eps", 0.0),
        ("rms_norm_eps", float("nan")),
        ("rope_theta", float("inf")),
        ("rope_pairing", "neox"),
        ("hidden_act", "swish"),
        ("norm_type", "batch"),
        ("norm_placement", "sideways"),
        ("position_embedding_type", "relative"),
        ("qk_norm", True),
        ("gated_mlp", 1),
        ("attention_output_bias", "no"),
        ("attn_temperature_tuning", 4),
        ("attn_logit_softcapping", 0.0),
        ("final_logit_softcapping", float("nan")),
        ("query_pre_attn_scalar", -1),
        ("embedding_multiplier", 0),
        ("rope_local_base_freq", "10000"),
        ("rms_norm_offset", -1.0),
        ("floor_scale", 0.5),
        ("attn_scale", 0.0),
        ("sliding_window", 0),
        ("attention_chunk_size", True),
        ("attention_chunk_size", 8),
        ("layer_types", "full_attention"),
        ("layer_types", ["full_attention"]),
        ("layer_types", ["full_attention", "linear_attention"]),
        ("no_rope_layers", [1, 2]),
        ("no_rope_layers", [1]),
        ("attention_bias", 1),
        ("tie_word_embeddings", None),
        ("eos_token_id", 50),
        ("eos_token_id", [1, -1]),
        ("bos_token_id", "1"),
        ("rope_scaling", "llama3"),
        ("rope_scaling", {"rope_type": "dynamic", "factor": 2.0}),
        ("rope_scaling", {"rope_type": "yarn", "factor": 2.0}),
        ("rope_scaling", YARN | {"beta_fast": "32"}),
        ("rope_scaling", YARN | {"truncate": 1}),
        ("rope_scaling", {"rope_type": "linear"}),
        ("rope_scaling", {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0}),
    ],
)
def test_impossible_values_are_refused_by_name(field, value):
    with pytest.raises(ValueError, match=field):
        ModelConfig(**(SMALL | {field: value}))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"layer_types": ["sliding_attention"] * 2}, "sliding_window: got None, allowed a number"),
        ({"layer_types": ["full_attention"] * 2, "sliding_window": 4}, "sliding_window: got 4, allowed None"),
        ({"layer_types": ["chunked_attention"] * 2}, "attention_chunk_size: got None, allowed a number"),
        ({"norm_type": "layer", "rms_norm_offset": 1.0}, "rms_norm_offset: got 1.0"),
        ({"position_embedding_type": "learned", "no_rope_layers": [1, 0]}, "no_rope_layers: got"),
        (
            {"position_embedding_type": "sinusoidal", "hidden_size": 25, "head_dim": 7},
            "hidden_size: got 25, allowed even",
        ),
        ({"rope_theta": 1.0, "rope_scaling": YARN}, "rope_theta: got 1.0, allowed above 1 with yarn"),
    ],
)
def test_switches_that_contradict_each_other_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        ModelConfig(**(SMALL | changes))


def test_an_odd_head_is_refused_only_where_pairs_are_turned():
    assert ModelConfig(**(SMALL | {"head_dim": 5, "position_embedding_type": "learned"})).head_dim == 5


def test_layers_are_filled_in():
    assert ModelConfig(**SMALL).layer_types == ("full_attention",) * 2
    assert ModelConfig(**SMALL, sliding_window=4).layer_types == ("sliding_attention",) * 2
    assert ModelConfig(**SMALL).no_rope_layers == (1, 1)
    assert ModelConfig(**SMALL, position_embedding_type="none").no_rope_layers == (0, 0)
    assert ModelConfig(**SMALL, attention_bias=True).attention_output_bias is True


def test_published_layer_patterns():
    gemma2, gemma3 = ModelConfig.preset("gemma-2-2b"), ModelConfig.preset("gemma-3-1b")
    assert gemma2.layer_types[:4] == ("sliding_attention", "full_attention") * 2
    assert [i for i, kind in enumerate(gemma3.layer_types) if kind == "full_attention"] == [5, 11, 17, 23]


def test_derived_fields():
    config = ModelConfig(**SMALL, eos_token_id=7)
    assert (config.head_dim, config.num_key_value_heads, config.eos_token_id) == (6, 4, (7,))
    assert ModelConfig(**(SMALL | {"head_dim": 10})).head_dim == 10
    for same in (config, *map(ModelConfig.preset, ModelConfig.presets())):
        assert ModelConfig(**json.loads(json.dumps(same.to_dict()))) == same
