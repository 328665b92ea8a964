"""A value of each field of `ModelConfig` that is not its default, found by the field's own rule."""

from dataclasses import MISSING, Field, fields
from typing import Any

from lessons_lib import ModelConfig

FIELDS = {field.name: field for field in fields(ModelConfig)}
_LATENT = {"kv_lora_rank": 24, "num_key_value_heads": 6, "qk_rope_head_dim": 4}
_FULL = {"layer_types": ["full_attention"] * 3, "head_dim": 10}
_SANDWICH = {"norm_placement": "sandwich"}
_EMBEDDED = _SANDWICH | {"hidden_size_per_layer_input": 9}
_INDEX = _LATENT | {"q_lora_rank": 30, "index_topk": 7, "index_n_heads": 5, "index_head_dim": 6}
_EXPERTS = {"num_local_experts": 6, "num_experts_per_tok": 2, "moe_intermediate_size": 44}
_GROUPS = _EXPERTS | {"topk_method": "group_limited_greedy", "n_group": 3, "topk_group": 2}
_DELTA = {"layer_types": ["gated_delta", "full_attention", "gated_delta"], "linear_num_key_heads": 2}
_DELTA |= {
    "linear_num_value_heads": 4,
    "linear_key_head_dim": 7,
    "linear_value_head_dim": 5,
    "linear_conv_kernel_dim": 3,
}
_MAMBA2 = _DELTA | {"layer_types": ["mamba2", "full_attention", "mamba2"]}
_MAMBA = _DELTA | {"layer_types": ["mamba", "full_attention", "mamba"], "time_step_rank": 3}
_MAMBA |= {"linear_num_key_heads": 1, "linear_value_head_dim": 1}
_CHUNKS = {"layer_types": ["chunked_attention", "full_attention", "chunked_attention"], "attention_chunk_size": 6}

# What has to be set along with a field, for three layers with six heads; most fields stand alone and are not here.
COMPANIONS: dict[str, dict[str, Any]] = {
    "no_rope_layers": {"no_rope_layers": [1, 0, 1]},
    "layer_types": _CHUNKS,
    "attention_chunk_size": _CHUNKS,
    "kv_lora_rank": _LATENT,
    "v_head_dim": _LATENT | {"v_head_dim": 8},
    "qk_rope_head_dim": _LATENT,
    "q_lora_rank": _LATENT | {"q_lora_rank": 30},
    **dict.fromkeys(("index_topk", "index_n_heads", "index_head_dim"), _INDEX),
    "full_head_dim": _FULL | {"full_head_dim": 16},
    "full_num_key_value_heads": _FULL | {"full_num_key_value_heads": 1},
    "attention_k_eq_v": _FULL | {"attention_k_eq_v": True},
    "num_kv_shared_layers": _FULL | {"num_kv_shared_layers": 1},
    "mlp_widths": {"mlp_widths": [50, 44, 50]},
    "gate_sparsity": {"gate_sparsity": [0.0, 0.5, 0.0]},
    "dense_beside_experts": _EXPERTS | _SANDWICH | {"dense_beside_experts": True},
    "hidden_size_per_layer_input": _EMBEDDED,
    "vocab_size_per_layer_input": _EMBEDDED | {"vocab_size_per_layer_input": 90},
    "layer_scalar": _SANDWICH | {"layer_scalar": True},
    **dict.fromkeys(("altup_num_inputs", "laurel_rank"), _EMBEDDED | {"altup_num_inputs": 3, "laurel_rank": 5}),
    "index_layers": _INDEX | {"index_layers": [0, 2]},
    "rope_scaling": {"rope_scaling": {"rope_type": "linear", "factor": 2.0}},
    "moe_layers": _EXPERTS | {"moe_layers": [1]},
    "num_experts_per_tok": _EXPERTS,
    "moe_intermediate_size": _EXPERTS,
    "n_shared_experts": _EXPERTS | {"n_shared_experts": 1},
    "shared_expert_intermediate_size": _EXPERTS | {"n_shared_experts": 1, "shared_expert_intermediate_size": 7},
    "shared_expert_gate": _EXPERTS | {"n_shared_experts": 1, "shared_expert_gate": True},
    "shared_expert_mean": _EXPERTS | {"n_shared_experts": 1, "shared_expert_mean": True},
    "router_bias": _EXPERTS | {"router_bias": True},
    "rotary_dim": {"rotary_dim": 4},
    "qk_norm_weight": {"qk_norm": "before", "qk_norm_weight": "width"},
    "scoring_func": _EXPERTS | {"scoring_func": "sigmoid"},
    "norm_topk_prob": _EXPERTS | {"norm_topk_prob": True},
    "routed_scaling_factor": _EXPERTS | {"routed_scaling_factor": 2.5},
    "scale_expert_input": _EXPERTS | {"scale_expert_input": True},
    "topk_method": _EXPERTS | {"topk_method": "noaux_tc"},
    "n_group": _GROUPS | {"topk_group": 1},
    "topk_group": _GROUPS,
    "skip_multiplier": {"norm_placement": "stream", "skip_multiplier": 1.7},
    "mixer_only_layers": {"mixer_only_layers": [0, 2]},
    **dict.fromkeys(("linear_num_key_heads", "linear_num_value_heads", "linear_key_head_dim"), _DELTA),
    **dict.fromkeys(("linear_value_head_dim", "linear_conv_kernel_dim"), _DELTA),
    "linear_conv_bias": _DELTA | {"linear_conv_bias": True},
    "linear_proj_bias": _MAMBA2 | {"linear_proj_bias": True},
    "time_step_limit": {"time_step_limit": [0.2, 0.7]},
    "gate_norm": _MAMBA2 | {"gate_norm": "after"},
    "time_step_rank": _MAMBA,
    "selection_norm": _MAMBA | {"selection_norm": "weighted"},
}


def changes_of(name: str) -> dict[str, Any]:
    """What to give `ModelConfig` so that this field has another value than its default."""
    return COMPANIONS.get(name) or {name: other_value(FIELDS[name])}


def other_value(field: Field) -> Any:
    """A value that the field's rule allows, and that is not its default."""
    rule = field.metadata["rule"]
    for value in (*reversed(rule.choices), 7, 0.5, "a", [1], {"rope_type": "linear", "factor": 2.0}):
        if rule.allows(value) and value not in (field.default, MISSING, None):
            return value
    raise LookupError(f"{field.name}: no value found; add one to COMPANIONS in tests/configs.py")
