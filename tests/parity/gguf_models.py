"""A small config for each of llama.cpp's architectures that we write: what is special in it, over `SIZES`."""

SIZES = {
    "hidden_size": 96,
    "intermediate_size": 160,
    "num_hidden_layers": 3,
    "head_dim": 32,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
}
FULL, SLIDING = "full_attention", "sliding_attention"
FIVE = {"num_hidden_layers": 5, "sliding_window": 5, "layer_types": (SLIDING, SLIDING, SLIDING, FULL, SLIDING)}
STANDING = FIVE | {"no_rope_layers": (1, 1, 1, 0, 1)}
LAYER = {"norm_type": "layer", "gated_mlp": False}
GPT = LAYER | {"attention_bias": True, "attention_output_bias": True, "mlp_bias": True}
TANH = {"hidden_act": "gelu_pytorch_tanh"}
QKV_BIAS = {"attention_bias": True, "attention_output_bias": False}
ALL_HEADS = {"num_attention_heads": 3, "num_key_value_heads": 3}
EXPERTS = {"num_local_experts": 7, "num_experts_per_tok": 3, "moe_intermediate_size": 64, "norm_topk_prob": True}
WIDE = EXPERTS | {"moe_intermediate_size": 160}
SHARED = {"n_shared_experts": 1, "shared_expert_intermediate_size": 96}
BIASED = EXPERTS | {"scoring_func": "sigmoid", "topk_method": "noaux_tc", "routed_scaling_factor": 1.7}
BIASED |= {"n_shared_experts": 2, "moe_layers": (1, 2)}
GRANITE = {"embedding_multiplier": 6.3, "residual_multiplier": 0.33, "query_pre_attn_scalar": 18.9, "logit_scale": 0.37}
GEMMA = TANH | {"rms_norm_offset": 1.0, "embedding_multiplier": 96**0.5, "tie_word_embeddings": True}
COHERE = {"norm_type": "layer", "norm_parameters": "weight", "norm_placement": "parallel", "logit_scale": 0.33}
COHERE |= {"rope_pairing": "interleaved", "tie_word_embeddings": True}
LATENT = {"kv_lora_rank": 40, "q_lora_rank": 48, "qk_rope_head_dim": 8, "head_dim": 24, "v_head_dim": 16}
LATENT |= {"num_key_value_heads": 6, "rope_pairing": "interleaved"}
GATED = {"linear_num_key_heads": 2, "linear_num_value_heads": 6, "linear_key_head_dim": 16, "linear_value_head_dim": 16}
GATED |= {"linear_conv_kernel_dim": 4, "layer_types": ("gated_delta", FULL, "gated_delta")}
GATED |= {"qk_norm": "before", "attn_output_gate": True, "rms_norm_offset": 1.0, "rotary_dim": 8, "rms_norm_eps": 1e-6}
GATED |= {"no_rope_layers": (0, 1, 0)}
ALONE = {"num_attention_heads": 1, "num_key_value_heads": 1, "head_dim": 96, "position_embedding_type": "none"}
ALONE |= {"mixer_only_layers": (0, 1, 2), "intermediate_size": 192, "linear_conv_bias": True}
MAMBA = {"linear_num_key_heads": 1, "linear_num_value_heads": 192, "linear_key_head_dim": 16, "time_step_rank": 6}
MAMBA |= {"linear_value_head_dim": 1, "linear_conv_kernel_dim": 4}
MAMBA2 = {"linear_num_key_heads": 2, "linear_num_value_heads": 12, "linear_key_head_dim": 16, "gate_norm": "after"}
MAMBA2 |= {"linear_value_head_dim": 16, "linear_conv_kernel_dim": 4, "linear_conv_bias": True}
BESIDE2 = MAMBA2 | {"layer_types": ("mamba2", FULL, "mamba2")}
ONE_EACH = {"layer_types": ("mamba2", FULL, "none", "none"), "num_hidden_layers": 4, "mixer_only_layers": (0, 1)}
ONE_EACH |= {"hidden_act": "relu2", "gated_mlp": False, "position_embedding_type": "none"}
CHUNKED = "chunked_attention"
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 16}
YARN |= {"beta_fast": 32.0, "beta_slow": 1.0}
INDEX = {"index_topk": 9, "index_n_heads": 16, "index_head_dim": 128}
WIDE_TURN = {"qk_rope_head_dim": 64, "head_dim": 88}

SQUARE = {"head_dim": 16}
MHA = {"num_key_value_heads": 6}

ARCHITECTURES = {
    "llama": WIDE,
    "qwen2": SQUARE | QKV_BIAS,
    "qwen3": {"qk_norm": "before"},
    "seed_oss": QKV_BIAS,
    "bitnet": SQUARE | {"sub_norms": True, "tie_word_embeddings": True},
    "hunyuan-dense": {"qk_norm": "after", "qk_norm_weight": "head", "tie_word_embeddings": True},
    "mistral3": {"query_temperature": 0.3, "floor_scale": 16},
    "arcee": {"hidden_act": "relu2", "gated_mlp": False},
    "smollm3": {"num_hidden_layers": 5, "no_rope_layers": (1, 1, 1, 0, 1)},
    "granite": GRANITE,
    "granitemoe": GRANITE | WIDE | SHARED,
    "olmo2": SQUARE
    | FIVE
    | {"rope_local_base_freq": 10000.0, "rope_scaling": YARN}
    | {"qk_norm": "before", "qk_norm_weight": "width", "norm_placement": "output"},
    "exaone4": SQUARE
    | {"qk_norm": "before", "norm_placement": "output", "num_hidden_layers": 64, "sliding_window": 5}
    | {"layer_types": (SLIDING, SLIDING, SLIDING, FULL) * 16, "no_rope_layers": (1, 1, 1, 0) * 16},
    "glm4": QKV_BIAS | {"rope_pairing": "interleaved", "norm_placement": "sandwich", "rotary_dim": 16},
    "phi3": SQUARE | {"rotary_dim": 12},
    "gemma": GEMMA,
    "gemma2": GEMMA
    | {"norm_placement": "sandwich", "query_pre_attn_scalar": 32, "layer_types": (SLIDING, FULL, SLIDING)}
    | {"sliding_window": 5, "attn_logit_softcapping": 4.0, "final_logit_softcapping": 1.0},
    "gemma3": GEMMA
    | {"norm_placement": "sandwich", "query_pre_attn_scalar": 32, "qk_norm": "before", "num_hidden_layers": 7}
    | {"layer_types": (SLIDING,) * 5 + (FULL, SLIDING), "sliding_window": 5, "rope_theta": 1e6}
    | {"rope_local_base_freq": 10000.0},
    "starcoder2": SQUARE | GPT | TANH,
    "gpt2": GPT | TANH | ALL_HEADS | {"position_embedding_type": "learned"},
    "starcoder": GPT
    | TANH
    | {"position_embedding_type": "learned", "num_attention_heads": 3, "num_key_value_heads": 1},
    "bloom": GPT | TANH | ALL_HEADS | {"position_embedding_type": "alibi", "embedding_norm": True},
    "gptneox": GPT | ALL_HEADS | {"hidden_act": "gelu", "norm_placement": "parallel_two", "rotary_dim": 8},
    "falcon": LAYER
    | {"hidden_act": "gelu", "norm_placement": "parallel_two", "num_attention_heads": 3, "num_key_value_heads": 1},
    "mpt": LAYER
    | ALL_HEADS
    | {"position_embedding_type": "alibi", "hidden_act": "gelu", "norm_parameters": "weight", "clip_qkv": 0.9},
    "phi2": SQUARE | GPT | TANH | {"norm_placement": "parallel", "lm_head_bias": True, "rotary_dim": 8},
    "stablelm": SQUARE | QKV_BIAS | {"norm_type": "layer", "rotary_dim": 8},
    "nemotron": SQUARE | LAYER | {"hidden_act": "relu2", "rms_norm_offset": 1.0, "rotary_dim": 16},
    "jais2": GPT | {"hidden_act": "relu2"},
    "olmo": SQUARE | {"norm_type": "layer", "norm_parameters": "none", "clip_qkv": 0.7},
    "command-r": SQUARE | COHERE,
    "cohere2": SQUARE | COHERE | STANDING,
    "qwen2moe": SQUARE | QKV_BIAS | EXPERTS | SHARED | {"norm_topk_prob": False, "shared_expert_gate": True},
    "qwen3moe": EXPERTS | {"qk_norm": "before"},
    "olmoe": SQUARE | MHA | WIDE | {"qk_norm": "before", "qk_norm_weight": "width", "norm_topk_prob": False},
    "hunyuan-moe": WIDE | {"qk_norm": "after", "qk_norm_weight": "head", "n_shared_experts": 1},
    "dots1": BIASED | MHA | {"qk_norm": "before"},
    "glm4moe": BIASED | {"qk_norm": "before", "rotary_dim": 16},
    "exaone-moe": BIASED | STANDING | {"qk_norm": "before", "moe_layers": (1, 2, 3, 4)},
    "hy_v3": BIASED | {"qk_norm": "before"},
    "minimax-m2": WIDE
    | {"scoring_func": "sigmoid", "topk_method": "noaux_tc", "qk_norm": "before", "qk_norm_weight": "width"}
    | {"rotary_dim": 16},
    "gpt-oss": EXPERTS
    | {"attention_bias": True, "mlp_bias": True, "router_bias": True, "sink_layers": (0, 1, 2), "glu_limit": 7.0}
    | {"layer_types": (SLIDING, FULL, SLIDING), "sliding_window": 5},
    "ernie4_5-moe": EXPERTS
    | {"topk_method": "noaux_tc", "rope_pairing": "interleaved", "n_shared_experts": 2, "moe_layers": (1, 2)},
    "dbrx": SQUARE | WIDE | {"norm_type": "layer", "norm_parameters": "weight", "clip_qkv": 0.9},
    "afmoe": BIASED
    | STANDING
    | {"qk_norm": "before", "attn_output_gate": True, "norm_placement": "sandwich", "embedding_multiplier": 96**0.5}
    | {"moe_layers": (1, 2, 3, 4)},
    "deepseek2": BIASED
    | LATENT
    | {"query_pre_attn_scalar": 24 / 1.0980110113311763**4}
    | {"rope_scaling": YARN | {"mscale": 0.707, "mscale_all_dim": 0.707}},
    "deepseek32": BIASED | LATENT | WIDE_TURN | INDEX,
    "glm-dsa": BIASED | LATENT | WIDE_TURN | INDEX | {"index_pairing": "interleaved"},
    "mamba": ALONE | MAMBA | {"layer_types": ("mamba",) * 3},
    "mamba2": ALONE | MAMBA2 | {"layer_types": ("mamba2",) * 3},
    "lfm2": SQUARE | {"layer_types": ("conv", FULL, "conv"), "linear_conv_kernel_dim": 3, "qk_norm": "before"},
    "lfm2moe": SQUARE
    | EXPERTS
    | {"layer_types": ("conv", FULL, "conv"), "linear_conv_kernel_dim": 3, "qk_norm": "before"}
    | {"scoring_func": "sigmoid", "topk_method": "noaux_tc", "moe_layers": (1, 2)},
    "jamba": SQUARE
    | WIDE
    | MAMBA
    | {"layer_types": ("mamba", FULL, "mamba"), "position_embedding_type": "none", "selection_norm": "weighted"}
    | {"linear_conv_bias": True, "norm_topk_prob": False, "moe_layers": (1,)},
    "nemotron_h": MAMBA2 | ONE_EACH,
    "nemotron_h_moe": MAMBA2
    | ONE_EACH
    | BIASED
    | {"n_shared_experts": 1, "shared_expert_intermediate_size": 96, "moe_layers": (2, 3)},
    "kimi-linear": BIASED
    | {"kv_lora_rank": 40, "qk_rope_head_dim": 8, "head_dim": 24, "v_head_dim": 16, "num_key_value_heads": 6}
    | {"linear_num_key_heads": 6, "linear_num_value_heads": 6, "linear_key_head_dim": 16, "linear_value_head_dim": 16}
    | {"layer_types": ("kimi_delta", FULL, "kimi_delta"), "linear_conv_kernel_dim": 4}
    | {"position_embedding_type": "none"},
    "llama4": EXPERTS
    | {"num_hidden_layers": 5, "layer_types": (CHUNKED, CHUNKED, CHUNKED, FULL, CHUNKED), "qk_norm": "after"}
    | {"no_rope_layers": (1, 1, 1, 0, 1), "attention_chunk_size": 8192, "attn_temperature_tuning": True}
    | {"scoring_func": "sigmoid", "scale_expert_input": True, "n_shared_experts": 1, "rope_pairing": "interleaved"}
    | {"norm_topk_prob": False, "moe_layers": (1, 3), "num_experts_per_tok": 1},
    "mellum": EXPERTS | FIVE | {"qk_norm": "before"},
    "ernie4_5": {"rope_pairing": "interleaved"},
    "chatglm": SQUARE | QKV_BIAS | {"rope_pairing": "interleaved", "rotary_dim": 8},
    "granitehybrid": GRANITE | WIDE | SHARED | BESIDE2 | {"position_embedding_type": "none"},
    "qwen35": GATED,
    "qwen35moe": GATED | EXPERTS | SHARED | {"shared_expert_gate": True},
    "qwen3next": GATED | EXPERTS | SHARED | {"shared_expert_gate": True},
}


def _each(said: str, names: str) -> dict[str, str]:
    return dict.fromkeys(names.split(), said)


_NO_GRAPH = "llama.cpp has no such model"
_WINDOWS = "the architecture that llama.cpp reads such models as has no windows"
# For each family what its models are in GGUF files, or why they are not written.
FAMILY_FILES = {
    **_each("llama", "llama mistral mixtral iquestcoder internlm3"),
    **{
        name: name
        for name in [
            "qwen2",
            "qwen3",
            "gemma",
            "gemma2",
            "olmo",
            "olmo2",
            "olmoe",
            "granite",
            "granitemoe",
            "bloom",
            "falcon",
        ]
    },
    **{
        name: name
        for name in [
            "mpt",
            "stablelm",
            "starcoder2",
            "nemotron",
            "arcee",
            "smollm3",
            "exaone4",
            "seed_oss",
            "glm4",
        ]
    },
    **{
        name: name
        for name in [
            "gpt2",
            "phi3",
            "jais2",
            "cohere2",
            "dots1",
            "dbrx",
            "mamba",
            "mamba2",
            "jamba",
            "lfm2",
            "llama4",
            "hy_v3",
        ]
    },
    **{name: name for name in ["mellum", "afmoe", "ernie4_5"]},
    **_each("deepseek2", "deepseek_v2 deepseek_v3 glm4_moe_lite"),
    "youtu": "latent attention without experts is not mapped",
    **_each("granitehybrid", "granitemoehybrid bamba"),
    **_each("qwen3next", "qwen3_next"),
    "gemma3_text": "gemma3",
    "olmo3": "olmo2",
    "cohere": "command-r",
    "phi": "phi2",
    "gpt_neox": "gptneox",
    "gpt_bigcode": "starcoder",
    "glm": "chatglm",
    "helium": "ernie4_5",
    "hunyuan_v1_dense": "hunyuan-dense",
    "hunyuan_v1_moe": "hunyuan-moe",
    "ministral3": "mistral3",
    "granitemoeshared": "granitemoe",
    "qwen2_moe": "qwen2moe",
    "qwen3_moe": "qwen3moe",
    "qwen3_5_text": "qwen35",
    "qwen3_5_moe_text": "qwen35moe",
    "lfm2_moe": "lfm2moe",
    "llama4_text": "llama4",
    "glm4_moe": "glm4moe",
    "solar_open": "glm4moe",
    "exaone_moe": "exaone-moe",
    "minimax_m2": "minimax-m2",
    "ernie4_5_moe": "ernie4_5-moe",
    "gpt_oss": "gpt-oss",  # without the yarn of its published files, whose bounds llama.cpp makes whole
    "deepseek_v32": "deepseek32",
    "glm_moe_dsa": "glm-dsa",
    "nemotron_h": "nemotron_h",
    "kimi_linear": "kimi-linear",
    **_each(_NO_GRAPH, "opt biogpt gpt_neo gptj codegen openai-gpt persimmon xglm nanochat hyperclovax"),
    **_each(_NO_GRAPH, "flex_olmo aria_text flint kolibri1 cohere_compass_text granitemoe_swa"),
    **_each(_WINDOWS, "cwm ministral"),
    "falcon_mamba": "llama.cpp takes the model's epsilon in the norms of its mixer, which has another",
    "phimoe": "llama.cpp takes the two best experts, and not one after the other",
    "apertus": "the numbers that its activations learn are keys and no tensors",
    "bitnet": "its activation is the square of relu, and llama.cpp builds silu in",
    "vaultgemma": "llama.cpp knows Gemma 2 with norms on both sides alone",
    **_each("embeddings for each layer and shared keys are not mapped", "gemma3n_text gemma4_text gemma4_unified_text"),
    "granite_swa": "a base of rotation for each layer is not mapped",
    "cohere2_moe": "dense layers before those with experts are not mapped",
    "minicpm3": "llama.cpp builds three of its factors in, those of one size",
    "minimax": "its linear attention is not mapped",
}
