"""Rows of `parity.decoders` for models whose layers keep a state: their settings, and the wrong value of a switch."""

GATED = {
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 6,
    "linear_key_head_dim": 11,
    "linear_value_head_dim": 9,
    "linear_conv_kernel_dim": 3,
    "head_dim": 16,
    "layer_types": ["linear_attention", "full_attention", "linear_attention"],
}
MROPE = {"rope_type": "default", "rope_theta": 5000.0, "partial_rotary_factor": 0.25}
SHARED = {
    "num_experts": 7,
    "num_experts_per_tok": 4,
    "moe_intermediate_size": 19,
    "shared_expert_intermediate_size": 23,
}
MAMBA = {"state_size": 7, "conv_kernel": 3, "time_step_rank": 5}
HYBRID = {"mamba_n_heads": 12, "mamba_d_head": 10, "mamba_n_groups": 3, "mamba_d_state": 7, "mamba_d_conv": 3}
GRANITE = {
    "embedding_multiplier": 6.3,
    "residual_multiplier": 0.33,
    "attention_multiplier": 0.23,
    "logits_scaling": 2.7,
}
GRANITE |= {"shared_intermediate_size": 23, "layer_types": ["linear_attention", "full_attention", "linear_attention"]}
NEMOTRON = {"mamba_num_heads": 12, "mamba_head_dim": 10, "n_groups": 3, "ssm_state_size": 7, "conv_kernel": 3}
NEMOTRON |= {"head_dim": 10, "use_mamba_kernels": False, "n_routed_experts": 7, "num_experts_per_tok": 4}
NEMOTRON |= {"moe_intermediate_size": 19, "moe_shared_expert_intermediate_size": 23, "routed_scaling_factor": 1.7}

# Buffers that transformers writes and computes where a file has none.
COMPUTED = (".slope_rate", ".query_decay", ".key_decay", ".diagonal_decay")

STATES = {
    "lfm2": {"layer_types": ["conv", "full_attention", "conv"], "conv_L_cache": 4, "conv_bias": True},
    "lfm2, adjusted": {"layer_types": ["conv", "conv", "full_attention"], "block_multiple_of": 8},
    "lfm2_moe": {"layer_types": ["conv", "full_attention", "conv"], "num_dense_layers": 1}
    | {"num_experts": 7, "moe_intermediate_size": 19, "routed_scaling_factor": 1.7},
    "mamba": MAMBA | {"use_bias": True},
    "mamba, narrow": MAMBA | {"expand": 1, "use_conv_bias": False},
    "falcon_mamba": MAMBA,
    "mamba2": {"num_heads": 12, "head_dim": 10, "n_groups": 3, "state_size": 7, "conv_kernel": 3, "use_bias": True},
    "mamba2, bounded": {"num_heads": 12, "head_dim": 10, "n_groups": 3, "state_size": 7, "time_step_limit": (0.3, 0.9)},
    "bamba": HYBRID | {"attn_layer_indices": [1], "num_attention_heads": 5, "num_key_value_heads": 1},
    "granitemoehybrid": GRANITE | HYBRID | {"num_local_experts": 7, "num_experts_per_tok": 4},
    "granitemoehybrid, dense": GRANITE | HYBRID | {"num_local_experts": 0, "position_embedding_type": "rope"},
    "nemotron_h": NEMOTRON | {"layers_block_type": ["mamba", "attention", "mlp"]},
    "nemotron_h, experts": NEMOTRON | {"layers_block_type": ["moe", "mamba", "attention", "mlp"]},
    "jamba": {"attn_layer_period": 2, "attn_layer_offset": 1, "expert_layer_period": 3, "expert_layer_offset": 1}
    | {"mamba_d_state": 7, "mamba_d_conv": 3, "mamba_dt_rank": 5, "num_experts": 7, "num_experts_per_tok": 4},
    "kimi_linear": {"layer_types": ["linear_attention", "full_attention", "linear_attention"], "linear_num_heads": 4}
    | {"linear_head_dim": 9, "linear_conv_kernel_dim": 3, "kv_lora_rank": 14, "q_lora_rank": 23, "qk_rope_head_dim": 8}
    | {"qk_nope_head_dim": 12, "v_head_dim": 13, "num_key_value_heads": 6, "num_local_experts": 15, "n_group": 5}
    | {"topk_group": 3, "num_experts_per_tok": 4, "moe_intermediate_size": 19, "n_shared_experts": 2},
    "minimax": {"layer_types": ["linear_attention", "full_attention", "linear_attention"], "num_local_experts": 7}
    | {"num_experts_per_tok": 4, "block_size": 8}
    | dict.fromkeys(("full_attn_alpha_factor", "linear_attn_alpha_factor", "mlp_alpha_factor"), 1.7)
    | dict.fromkeys(("full_attn_beta_factor", "linear_attn_beta_factor", "mlp_beta_factor"), 0.7),
    "qwen3_5_text": GATED | {"rope_parameters": MROPE},
    "qwen3_5_moe_text": GATED | SHARED | {"rope_parameters": MROPE},
    "qwen3_next": GATED | SHARED | {"rope_parameters": MROPE, "mlp_only_layers": [1]},
}

WRONG_STATES = {
    "lfm2": {"qk_norm": None},
    "falcon_mamba": {"selection_norm": None},
    "mamba2": {"gate_norm": "before"},
    "mamba2, bounded": {"time_step_limit": (0.0, None)},
    "bamba": {"rotary_dim": None},
    "granitemoehybrid": {"residual_multiplier": 1.0},
    "nemotron_h": {"hidden_act": "relu"},
    "jamba": {"selection_norm": None},
    "minimax": {"norm_placement": "pre", "skip_multiplier": 1.0},
    "qwen3_5_text": {"rms_norm_offset": 0.0},
    "qwen3_next": {"shared_expert_gate": False},
}
