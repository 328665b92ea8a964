"""Every decoder that the library opens beside those of `parity.families`: a small random model of transformers each.

Our config is what the library reads out of the folder that transformers saves, so a row is the settings of theirs
alone. No two sizes are equal, windows are shorter than the texts, and factors are no defaults and not exact in
bfloat16. A name is the `model_type`, and behind a comma what is special in this row.
"""

import torch
import transformers
from models import LLAMA3_SCALING
from parity.states import STATES, WRONG_STATES
from torch import nn

SIZES = {
    "vocab_size": 300,
    "hidden_size": 60,
    "intermediate_size": 52,
    "num_hidden_layers": 3,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 0,
    "tie_word_embeddings": False,
}
WINDOW = 7
MIXED = {"layer_types": ["sliding_attention", "full_attention", "sliding_attention"], "sliding_window": WINDOW}
FULL = {"rope_type": "default", "rope_theta": 5000.0}
ROPE = {"rope_parameters": FULL}
MULTIPLIERS = {"embedding_multiplier": 6.3, "residual_multiplier": 0.33, "attention_multiplier": 0.23}
MULTIPLIERS |= {"logits_scaling": 2.7}
ROUTED = {"num_experts_per_tok": 4, "moe_intermediate_size": 19}
SEVEN = {"num_local_experts": 7}
V3 = ROUTED | {"n_routed_experts": 15, "n_shared_experts": 2, "routed_scaling_factor": 1.7, "norm_topk_prob": True}
V3 |= {"n_group": 5, "topk_group": 3}
GPT = {"n_embd": 60, "n_layer": 3, "n_head": 6, "n_positions": 128, "n_inner": 52}
OWN = {"head_dim": 14}
SPARSE = {"mlp_layer_types": ["dense", "sparse", "sparse"]}


def partial(share: float) -> dict:
    return {"rope_parameters": FULL | {"partial_rotary_factor": share}}


LONG = {"rope_type": "longrope", "rope_theta": 5000.0, "original_max_position_embeddings": 64}
LONG |= {"short_factor": [1.0, 1.1, 1.3, 1.5], "long_factor": [1.2, 2.0, 3.0, 4.0], "partial_rotary_factor": 0.8}
BY_KIND = {"full_attention": LLAMA3_SCALING | {"rope_theta": 5000.0}, "sliding_attention": FULL | {"rope_theta": 90.0}}
MISTRAL3 = {"rope_type": "yarn", "rope_theta": 5000.0, "factor": 4.0, "original_max_position_embeddings": 16}
MISTRAL3 |= {"beta_fast": 32.0, "beta_slow": 1.0, "mscale": 1.0, "mscale_all_dim": 1.0, "llama_4_scaling_beta": 0.3}
DYNAMIC = {"rope_type": "dynamic", "rope_theta": 100.0, "alpha": 30.0, "factor": 1.0}

OSS = {"rope_type": "yarn", "rope_theta": 5000.0, "factor": 4.0, "original_max_position_embeddings": 16}
OSS |= {"beta_fast": 32.0, "beta_slow": 1.0, "truncate": False}
LATENT = {"kv_lora_rank": 14, "q_lora_rank": 23, "qk_rope_head_dim": 8, "qk_nope_head_dim": 12, "v_head_dim": 13}
LATENT |= {"num_key_value_heads": 6}

FIVE = ["sliding_attention", "full_attention", "sliding_attention", "sliding_attention", "full_attention"]
GEMMA5 = OWN | {"layer_types": FIVE, "num_hidden_layers": 5, "sliding_window": WINDOW, "num_kv_shared_layers": 2}
GEMMA5 |= {"hidden_size_per_layer_input": 8}
PROPORTIONAL = {"sliding_attention": FULL | {"rope_theta": 90.0}}
PROPORTIONAL |= {"full_attention": FULL | {"rope_type": "proportional", "partial_rotary_factor": 0.5}}
INDEXED = {"index_topk": 9, "index_n_heads": 11, "index_head_dim": 10}
SHARPENED = {key: value for key, value in LONG.items() if key != "partial_rotary_factor"}
SHARPENED |= {"short_factor": [1.0, 1.1, 1.3, 1.5, 1.7], "long_factor": [1.2, 2.0, 3.0, 4.0, 5.0]}
SHARPENED |= {"short_mscale": 1.23, "long_mscale": 1.23}
MROPE = FULL | {"mrope_section": [2, 1, 2]}
DENSE_ONE = {"mlp_layer_types": ["sparse", "dense", "sparse"], "prefix_dense_intermediate_size": 23}
DENSE_ONE |= {"logit_scale": 0.33, "num_experts": 7, "num_experts_per_tok": 4, "num_shared_experts": 2}

DECODERS = {
    "gemma": OWN,
    "gemma3n_text": GEMMA5
    | {"activation_sparsity_pattern": [0.7, 0.0, 0.0, 0.3, 0.0], "intermediate_size": [52, 47, 52, 52, 47]}
    | {"vocab_size_per_layer_input": 280, "altup_num_inputs": 3, "laurel_rank": 9, "final_logit_softcapping": 1.5}
    | {"rope_parameters": {"full_attention": FULL, "sliding_attention": FULL | {"rope_theta": 90.0}}},
    "gemma4_text": GEMMA5
    | {"use_double_wide_mlp": True, "vocab_size_per_layer_input": 310, "global_head_dim": 18}
    | {"rope_parameters": PROPORTIONAL},
    "gemma4_text, experts": GEMMA5
    | {"hidden_size_per_layer_input": 0, "num_kv_shared_layers": 0, "attention_k_eq_v": True, "global_head_dim": 18}
    | {"num_global_key_value_heads": 3, "enable_moe_block": True, "num_experts": 7, "top_k_experts": 4}
    | {"moe_intermediate_size": 19, "final_logit_softcapping": 9.5, "rope_parameters": PROPORTIONAL},
    "gemma4_unified_text": {key: value for key, value in GEMMA5.items() if key != "hidden_size_per_layer_input"}
    | {
        "attention_k_eq_v": True,
        "global_head_dim": 18,
        "num_global_key_value_heads": 3,
        "rope_parameters": PROPORTIONAL,
    },
    "vaultgemma": MIXED | OWN | {"query_pre_attn_scalar": 13},
    "smollm3": {"no_rope_layers": [1, 0, 1], "layer_types": ["full_attention"] * 3},
    "seed_oss": OWN | {"attention_bias": True, "attention_out_bias": False},
    "cwm": MIXED | OWN | {"rope_parameters": LLAMA3_SCALING | {"rope_theta": 5000.0}},
    "iquestcoder": OWN,
    "internlm3": OWN,
    "helium": {"head_dim": 10},
    "ernie4_5": OWN | {"use_bias": True},
    "ministral": MIXED | OWN,
    "ministral3": OWN | {"rope_parameters": MISTRAL3, "sliding_window": None},
    "arcee": OWN,
    "apertus": ROPE,
    "bitnet": {},
    "nanochat": {"head_dim": 10, "final_logit_softcapping": 1.5},
    "hunyuan_v1_dense": OWN | {"rope_parameters": DYNAMIC},
    "phi3": {},
    "phi3, longrope": {"rope_parameters": LONG, "original_max_position_embeddings": 64},
    "phi3, longrope beyond": {"rope_parameters": LONG | {"original_max_position_embeddings": 1}},
    "glm": {"head_dim": 12} | partial(0.5),
    "glm4": {"head_dim": 12} | partial(0.5),
    "olmo2": {},
    "olmo3": MIXED | {"rope_parameters": BY_KIND | {"sliding_attention": FULL}},
    "exaone4": MIXED,
    "granite": MULTIPLIERS,
    "hyperclovax": OWN | MULTIPLIERS,
    "gpt_neox": {"rope_parameters": FULL | {"partial_rotary_factor": 0.4}},
    "gpt_neox, in turn": {"use_parallel_residual": False},
    "persimmon": partial(0.4),
    "phi": partial(0.4),
    "phi, norms": partial(0.4) | {"qk_layernorm": True},
    "stablelm": partial(0.4) | {"use_qkv_bias": True},
    "stablelm, parallel": partial(0.4) | {"use_parallel_residual": True},
    "starcoder2": {"sliding_window": WINDOW},
    "nemotron": partial(0.4) | {"head_dim": 10},
    "jais2": OWN,
    "cohere": {"logit_scale": 0.33},
    "cohere, norms": {"use_qk_norm": True, "logit_scale": 0.33},
    "cohere2": MIXED | {"logit_scale": 0.33},
    "gptj": GPT | {"rotary_dim": 4},
    "codegen": GPT | {"rotary_dim": 4, "n_head": 4},
    "gpt_bigcode": GPT,
    "gpt_bigcode, all heads": GPT | {"multi_query": False},
    "gpt_neo": {
        "num_layers": 3,
        "num_heads": 6,
        "window_size": WINDOW,
        "attention_types": [[["global", "local"], 1], [["local"], 1]],
    },
    "openai-gpt": {key: value for key, value in GPT.items() if key != "n_inner"} | {"bos_token_id": None},
    "bloom": {"n_layer": 3, "n_head": 6},
    "falcon": {"num_kv_heads": 2, "new_decoder_architecture": True, "ffn_hidden_size": 52},
    "falcon, one norm": {"ffn_hidden_size": 52, "bias": True},
    "falcon, in turn": {"ffn_hidden_size": 52, "multi_query": False, "parallel_attn": False},
    "mpt": {"d_model": 60, "n_layers": 3, "n_heads": 6, "max_seq_len": 128, "attn_config": {"clip_qkv": 0.9}},
    "opt": {"ffn_dim": 52, "word_embed_proj_dim": 60},
    "biogpt": {},
    "qwen2_moe": ROUTED | {"num_experts": 7, "shared_expert_intermediate_size": 23, "mlp_only_layers": [1]},
    "olmoe": {"num_experts_per_tok": 4, "num_experts": 7, "clip_qkv": 0.7},
    "flex_olmo": {"num_experts_per_tok": 4, "num_experts": 7},
    "mellum": MIXED | OWN | ROUTED | SEVEN | {"rope_parameters": BY_KIND, "norm_topk_prob": True},
    "glm4_moe": V3 | partial(0.5) | {"head_dim": 12, "use_qk_norm": True, "first_k_dense_replace": 1},
    "solar_open": V3 | OWN,
    "dots1": V3 | MIXED | {"first_k_dense_replace": 1},
    "exaone_moe": {key: value for key, value in V3.items() if "n_" not in key[:2]}
    | MIXED
    | SPARSE
    | {"num_experts": 15, "n_group": 5, "topk_group": 3},
    "hy_v3": OWN | ROUTED | SPARSE | {"num_experts": 7, "router_scaling_factor": 1.7},
    "minimax_m2": {"head_dim": 12, "num_experts_per_tok": 4} | SEVEN | partial(0.5),
    "ernie4_5_moe": {"moe_k": 4, "moe_num_experts": 7, "moe_intermediate_size": 19, "moe_layer_end_index": 2},
    "hunyuan_v1_moe": OWN | {"num_experts": 7, "moe_topk": 4, "rope_parameters": DYNAMIC},
    "granitemoe": MULTIPLIERS | SEVEN | {"num_experts_per_tok": 4},
    "olmo": {"clip_qkv": 0.7},
    "granite_swa": MULTIPLIERS | MIXED | {"layer_rope_theta": [90.0, 5000.0, 0]},
    "granitemoe_swa": MULTIPLIERS | SEVEN | MIXED | {"num_experts_per_tok": 4, "shared_intermediate_size": 23},
    "glm4_moe_lite": V3 | LATENT | SPARSE,
    "youtu": LATENT,
    "deepseek_v32": V3 | LATENT | SPARSE | INDEXED,
    "glm_moe_dsa": V3 | LATENT | SPARSE | INDEXED | {"indexer_types": ["full", "shared", "full"]},
    "minicpm3": LATENT | {"scale_emb": 6.3, "scale_depth": 1.3, "dim_model_base": 23},
    "aria_text": {"moe_num_experts": 7, "moe_topk": 4, "moe_num_shared_experts": 2},
    "flint": MIXED | OWN | ROUTED | {"num_experts": 7, "shared_expert_intermediate_size": 23, "mlp_only_layers": [1]},
    "gpt_oss, mxfp4": MIXED | OWN | SEVEN | {"hidden_size": 64, "intermediate_size": 96, "num_experts_per_tok": 4},
    "gpt_oss": MIXED | OWN | SEVEN | {"num_experts_per_tok": 4, "swiglu_limit": 1.3, "rope_parameters": OSS},
    "kolibri1": MIXED | OWN | ROUTED | {"num_experts": 7, "shared_expert_intermediate_size": 23},
    "afmoe": MIXED | OWN | ROUTED | {"num_experts": 7, "route_scale": 1.7, "mup_enabled": True},
    "phimoe": ROPE | SEVEN | {"attention_bias": True, "lm_head_bias": True, "router_jitter_noise": 0.13},
    "phimoe, longrope": SEVEN | {"rope_parameters": SHARPENED, "original_max_position_embeddings": 64},
    "cohere2_moe": MIXED | OWN | DENSE_ONE,
    "cohere2_moe, sigmoid": MIXED
    | DENSE_ONE
    | {"rms_norm_eps": 1e-3, "head_dim": 10}
    | {"expert_selection_fn": "sigmoid", "shared_expert_combination_strategy": "sum", "norm_topk_prob": False}
    | {"prefix_dense_sliding_window_pattern": 3},
    "cohere_compass_text": MIXED
    | {"logit_scale": 0.33, "rope_parameters": {"full_attention": None, "sliding_attention": MROPE}},
    "dbrx": {"d_model": 60, "n_layers": 3, "n_heads": 6, "max_seq_len": 128, "rope_parameters": FULL}
    | {"attn_config": {"clip_qkv": 0.9, "kv_n_heads": 2, "rope_theta": 5000.0}}
    | {"ffn_config": {"ffn_hidden_size": 19, "moe_num_experts": 7, "moe_top_k": 4}},
    "xglm": {"d_model": 60, "ffn_dim": 52, "num_layers": 3, "attention_heads": 6},
    "granitemoeshared": MULTIPLIERS | SEVEN | {"num_experts_per_tok": 4, "shared_intermediate_size": 23},
}

# The wrong value of a switch that a family is about, in our config.
WRONG = {
    "smollm3": {"no_rope_layers": (1, 1, 1)},
    "gemma": {"rms_norm_offset": 0.0},
    "helium": {"rope_pairing": "half"},
    "ministral3": {"query_temperature": 0.0},
    "arcee": {"hidden_act": "relu"},
    "bitnet": {"sub_norms": False},
    "nanochat": {"embedding_norm": False},
    "hunyuan_v1_dense": {"qk_norm": "before"},
    "phi3, longrope": {"rope_scaling": None},
    "glm": {"rotary_dim": None},
    "olmo2": {"qk_norm_weight": None},
    "exaone4": {"no_rope_layers": (1, 1, 1)},
    "granite": {"residual_multiplier": 1.0},
    "granitemoe": {"logit_scale": 1.0},
    "gpt_neox": {"norm_placement": "pre"},
    "phi": {"lm_head_bias": False},
    "nemotron": {"rms_norm_offset": 0.0},
    "cohere": {"logit_scale": 1.0},
    "gpt_neo": {"query_pre_attn_scalar": None},
    "bloom": {"position_embedding_type": "none"},
    "qwen2_moe": {"shared_expert_gate": False},
    "olmoe": {"clip_qkv": None},
    "ernie4_5_moe": {"topk_method": "greedy"},
    "deepseek_v32": {"index_pairing": "interleaved"},
    "glm_moe_dsa": {"index_topk": 41},
    "gemma3n_text": {"gate_sparsity": None},
    "gemma4_text": {"v_norm": False},
    "kolibri1": {"topk_method": "noaux_tc"},
    "afmoe": {"attn_output_gate": False},
    "phimoe": {"router_tolerance": 0.01},
    "cohere2_moe": {"shared_expert_mean": False},
    "xglm": {"position_embedding_type": "sinusoidal"},
}

DECODERS |= STATES
WRONG |= WRONG_STATES


def reference(name: str, seed: int = 0) -> nn.Module:
    """Their model with random weights; norms, biases and what corrects a router included."""
    torch.manual_seed(seed)
    kind = name.partition(",")[0]
    known = transformers.CONFIG_MAPPING[kind]
    fields = set(getattr(known, "__dataclass_fields__", {})) - set(getattr(known, "attribute_map", {}) or {})
    sizes = {key: value for key, value in SIZES.items() if key in fields or key == "tie_word_embeddings"}
    config = known(**(sizes | DECODERS[name]))
    config._experts_implementation = "eager"
    model = transformers.AutoModelForCausalLM.from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for path, parameter in model.named_parameters():
            path = path.replace("norm_attn_norm.", "")  # in which DBRX keeps its attention
            is_norm = "norm" in path or ".ln_" in path or "layernorm" in path
            plus = kind in ("gemma", "vaultgemma") or kind.startswith(("nemotron", "qwen3_5", "qwen3_next"))
            centre = 0.0 if plus or path.endswith("bias") else 1.0
            parameter.normal_(centre, 0.3) if is_norm else parameter.normal_(0.0, 0.15)
        for path, buffer in model.named_buffers():
            if path.endswith(("e_score_correction_bias", "expert_bias")):
                buffer.normal_(0.0, 0.2)
            if path.endswith("layer_scalar"):
                buffer.uniform_(0.7, 1.3)
    return model
