"""ModelConfig: published sizes come out, and every impossible value is named."""

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
    "smollm2-135m": 134_515_008,
    "smollm2-360m": 361_821_120,
    "tinyllama-1.1b": 1_100_048_384,
    "llama-2-7b": 6_738_415_616,
    "llama-3-8b": 8_030_261_248,
    "llama-3.1-8b": 8_030_261_248,
    "llama-3.2-1b": 1_235_814_400,
    "llama-3.2-3b": 3_212_749_824,
}


def test_presets_have_the_published_parameter_counts():
    assert {name: ModelConfig.preset(name).num_parameters() for name in ModelConfig.presets()} == PUBLISHED


def test_unknown_preset_is_named():
    with pytest.raises(ValueError, match=r"preset: got 'llama-9', allowed smollm2-135m"):
        ModelConfig.preset("llama-9")


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
        ("hidden_act", "gelu"),
        ("attention_bias", 1),
        ("tie_word_embeddings", None),
        ("eos_token_id", 50),
        ("eos_token_id", [1, -1]),
        ("bos_token_id", "1"),
        ("rope_scaling", "llama3"),
        ("rope_scaling", {"rope_type": "yarn", "factor": 2.0}),
        ("rope_scaling", {"rope_type": "linear"}),
        ("rope_scaling", {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0}),
    ],
)
def test_impossible_values_are_refused_by_name(field, value):
    with pytest.raises(ValueError, match=field):
        ModelConfig(**(SMALL | {field: value}))


def test_derived_fields():
    config = ModelConfig(**SMALL, eos_token_id=7)
    assert (config.head_dim, config.num_key_value_heads, config.eos_token_id) == (6, 4, (7,))
    assert ModelConfig(**(SMALL | {"head_dim": 10})).head_dim == 10
    assert ModelConfig(**config.to_dict()) == config
