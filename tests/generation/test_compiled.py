"""The compiled step is taken for Llama's parts only, whatever switch is set."""

import dataclasses

import pytest
import torch
from models import our_config, random_model, token_ids

from lessons_lib import ModelConfig, Transformer
from lessons_lib.generation import KVCache
from lessons_lib.generation.compiled import _FREE, DecodeStep, applies

SWITCHES = {
    "position_embedding_type": {"position_embedding_type": "none"},
    "rope_local_base_freq": {"rope_local_base_freq": 100.0},
    "no_rope_layers": {"no_rope_layers": [1, 0, 1]},
    "layer_types": {"layer_types": ["full_attention", "sliding_attention", "full_attention"], "sliding_window": 5},
    "sliding_window": {"sliding_window": 5},
    "attention_chunk_size": {"layer_types": ["chunked_attention"] * 3, "attention_chunk_size": 4},
    "attention_bias": {"attention_bias": True, "attention_output_bias": False},
    "attention_output_bias": {"attention_output_bias": True},
    "qk_norm": {"qk_norm": "after"},
    "query_pre_attn_scalar": {"query_pre_attn_scalar": 7.0},
    "attn_logit_softcapping": {"attn_logit_softcapping": 3.0},
    "attn_temperature_tuning": {"attn_temperature_tuning": True},
    "floor_scale": {"floor_scale": 3},
    "attn_scale": {"attn_scale": 0.3},
    "norm_type": {"norm_type": "layer"},
    "norm_placement": {"norm_placement": "sandwich"},
    "rms_norm_offset": {"rms_norm_offset": 1.0},
    "hidden_act": {"hidden_act": "relu"},
    "gated_mlp": {"gated_mlp": False},
    "mlp_bias": {"mlp_bias": True},
    "embedding_multiplier": {"embedding_multiplier": 6.0},
    "final_logit_softcapping": {"final_logit_softcapping": 3.0},
}


def test_every_field_is_free_or_a_switch():
    assert set(_FREE) | SWITCHES.keys() == {field.name for field in dataclasses.fields(ModelConfig)}
    assert not set(_FREE) & SWITCHES.keys()


@pytest.mark.parametrize("changes", SWITCHES.values(), ids=SWITCHES.keys())
def test_no_switch_reaches_the_compiled_step(changes):
    with torch.device("meta"):
        model = Transformer(our_config(**changes))
    model = model.to_empty(device="cpu")
    assert not applies(model)
    with pytest.raises(ValueError, match="allowed float32 on a CPU and the parts of Llama"):
        DecodeStep(model)


@pytest.mark.parametrize("pairing", ["half", "interleaved"])
@torch.no_grad()
def test_scaled_rotations_are_those_of_the_plain_pass(pairing):
    scaling = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32, "beta_fast": 4.0}
    model = random_model(rope_scaling=scaling, rope_pairing=pairing)
    assert applies(model)
    step, plain, compiled = DecodeStep(model), KVCache(model.config), KVCache(model.config)
    for token in token_ids(1, 20)[0]:
        torch.testing.assert_close(
            step(int(token), compiled), model(token[None, None], plain)[:, -1], atol=1e-4, rtol=0
        )
