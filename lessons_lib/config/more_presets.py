"""Published configs of families that no lesson speaks of, as plain values, beside those of `presets`.

`SOURCES` in `tests/test_config.py` says where each is published, and the count that it is held against.
"""

from __future__ import annotations

from typing import Any

from lessons_lib.config.presets import experts, full_every, sizes


def _yarn(factor: float, trained: int) -> dict[str, Any]:
    settings = {"rope_type": "yarn", "factor": factor, "original_max_position_embeddings": trained}
    return settings | {"beta_fast": 32.0, "beta_slow": 1.0}


_FULL, _SLIDING = "full_attention", "sliding_attention"
_LAYER = {"norm_type": "layer", "gated_mlp": False, "hidden_act": "gelu_pytorch_tanh"}
_BIASES = {"attention_bias": True, "attention_output_bias": True, "mlp_bias": True}
_GPT = _LAYER | _BIASES
_CORRECTED = {"scoring_func": "sigmoid", "topk_method": "noaux_tc", "norm_topk_prob": True}
_OUTPUT = {"norm_placement": "output", "qk_norm": "before", "qk_norm_weight": "width", "rms_norm_eps": 1e-6}
_OLMO2 = _OUTPUT | {"rope_theta": 500000.0, "eos_token_id": 100257}
_OSS = {"head_dim": 64, "rope_theta": 150000.0, "sliding_window": 128, "glu_limit": 7.0, "router_bias": True}
_OSS |= {"attention_bias": True, "mlp_bias": True, "bos_token_id": 199998, "eos_token_id": 200002}
_OSS["rope_scaling"] = _yarn(32.0, 4096) | {"truncate": False}
_MAMBA2 = {"linear_num_key_heads": 8, "linear_num_value_heads": 128, "linear_key_head_dim": 128}
_MAMBA2 |= {"linear_value_head_dim": 64, "linear_conv_kernel_dim": 4, "linear_conv_bias": True, "gate_norm": "after"}


def _oss(layers: int, count: int) -> dict[str, Any]:
    spans = [_SLIDING, _FULL] * (layers // 2)
    chosen = experts(count, 4, 2880, norm_topk_prob=True)
    return sizes(
        201088, 2880, 2880, layers, 64, 8, 131072, **_OSS, **chosen, layer_types=spans, sink_layers=[*range(layers)]
    )


_NEMOTRON = "M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M*-M-M-M-M-M-"  # as its file writes which layer is what
_GLM_ENDS = [151329, 151336, 151338]
_LFM_FULL = (2, 5, 8, 10, 12, 14)

MORE_PRESETS: dict[str, dict[str, Any]] = {
    "gpt-neox-20b": sizes(
        50432, 6144, 24576, 44, 64, 64, 2048, **_GPT, norm_placement="parallel_two", rotary_dim=24, bos_token_id=0,
        eos_token_id=0,
    ),
    "bloom": sizes(
        250880, 14336, 57344, 70, 112, 112, 2048, **_GPT, position_embedding_type="alibi", embedding_norm=True,
        tie_word_embeddings=True, bos_token_id=1, eos_token_id=2,
    ),
    "opt-6.7b": sizes(
        50272, 4096, 16384, 32, 32, 32, 2048, **(_GPT | {"hidden_act": "relu"}), position_embedding_type="learned",
        tie_word_embeddings=True, bos_token_id=2, eos_token_id=2,
    ),
    "falcon-7b": sizes(
        65024, 4544, 18176, 32, 71, 1, 2048, **(_LAYER | {"hidden_act": "gelu"}), norm_placement="parallel",
        tie_word_embeddings=True, bos_token_id=11, eos_token_id=11,
    ),
    "phi-2": sizes(
        51200, 2560, 10240, 32, 32, 32, 2048, **_GPT, norm_placement="parallel", rotary_dim=32, lm_head_bias=True,
        bos_token_id=50256, eos_token_id=50256,
    ),
    "phi-3-mini-4k": sizes(
        32064, 3072, 8192, 32, 32, 32, 4096, bos_token_id=1, eos_token_id=32000, sliding_window=2047
    ),
    "stablelm-3b-4e1t": sizes(
        50304, 2560, 6912, 32, 32, 32, 4096, norm_type="layer", rotary_dim=20, bos_token_id=0, eos_token_id=0,
    ),
    "starcoder": sizes(
        49152, 6144, 24576, 40, 48, 1, 8192, **_GPT, position_embedding_type="learned", tie_word_embeddings=True,
        bos_token_id=0, eos_token_id=0,
    ),
    "gemma-2b": sizes(
        256000, 2048, 16384, 18, 8, 1, 8192, head_dim=256, rms_norm_eps=1e-6, rms_norm_offset=1.0,
        hidden_act="gelu_pytorch_tanh", embedding_multiplier=2048**0.5, tie_word_embeddings=True, bos_token_id=2,
        eos_token_id=1,
    ),
    "command-r": sizes(
        256000, 8192, 22528, 40, 64, 64, 131072, norm_type="layer", norm_parameters="weight", norm_placement="parallel",
        rope_theta=8e6, rope_pairing="interleaved", logit_scale=0.0625, tie_word_embeddings=True, bos_token_id=5,
        eos_token_id=255001,
    ),
    "olmo-2-7b": sizes(100352, 4096, 11008, 32, 32, 32, 4096, **_OLMO2),
    "olmo-3-7b": sizes(
        100278, 4096, 11008, 32, 32, 32, 65536, **_OLMO2, layer_types=full_every(4, 32), sliding_window=4096,
        rope_local_base_freq=500000.0, rope_scaling=_yarn(8.0, 8192),
    ),
    "smollm3-3b": sizes(
        128256, 2048, 11008, 36, 16, 4, 65536, rms_norm_eps=1e-6, rope_theta=5e6, no_rope_layers=[1, 1, 1, 0] * 9,
        tie_word_embeddings=True, bos_token_id=128000, eos_token_id=128012,
    ),
    "glm-4-9b-0414": sizes(
        151552, 4096, 13696, 40, 32, 2, 32768, head_dim=128, rotary_dim=64, rope_pairing="interleaved",
        norm_placement="sandwich", attention_bias=True, attention_output_bias=False, eos_token_id=_GLM_ENDS,
    ),
    "qwen1.5-moe-a2.7b": sizes(
        151936, 2048, 5632, 24, 16, 16, 8192, rms_norm_eps=1e-6, rope_theta=1e6, attention_bias=True,
        attention_output_bias=False, **experts(60, 4, 1408, n_shared_experts=1), shared_expert_gate=True,
        shared_expert_intermediate_size=5632, bos_token_id=151643, eos_token_id=151643,
    ),
    "olmoe-1b-7b": sizes(
        50304, 2048, 1024, 16, 16, 16, 4096, **experts(64, 8, 1024), qk_norm="before", qk_norm_weight="width",
        eos_token_id=50279,
    ),
    "dbrx": sizes(
        100352, 6144, 10752, 40, 48, 8, 32768, **experts(16, 4, 10752, norm_topk_prob=True), clip_qkv=8.0,
        norm_type="layer", norm_parameters="weight", rope_theta=500000.0, eos_token_id=[100257, 100279],
    ),
    "glm-4.5-air": sizes(
        151552, 4096, 10944, 46, 96, 8, 131072, head_dim=128, rotary_dim=64, rope_theta=1e6, attention_bias=True,
        attention_output_bias=False, **experts(128, 8, 1408, n_shared_experts=1, moe_layers=[*range(1, 46)]),
        **_CORRECTED, eos_token_id=_GLM_ENDS,
    ),
    "minimax-m2": sizes(
        200064, 3072, 1536, 62, 48, 8, 196608, head_dim=128, rotary_dim=64, rope_theta=5e6, rms_norm_eps=1e-6,
        qk_norm="before", qk_norm_weight="width", **experts(256, 8, 1536), **_CORRECTED, eos_token_id=200020,
    ),
    "gpt-oss-20b": _oss(24, 32),
    "gpt-oss-120b": _oss(36, 128),
    "mamba-2.8b": sizes(
        50280, 2560, 5120, 64, 1, 1, 1048576, position_embedding_type="none", layer_types=["mamba"] * 64,
        mixer_only_layers=[*range(64)], linear_num_key_heads=1, linear_num_value_heads=5120, linear_key_head_dim=16,
        linear_value_head_dim=1, linear_conv_kernel_dim=4, linear_conv_bias=True, time_step_rank=160,
        tie_word_embeddings=True, bos_token_id=0, eos_token_id=0,
    ),
    "lfm2-1.2b": sizes(
        65536, 2048, 8192, 16, 32, 8, 128000, rope_theta=1e6, qk_norm="before", linear_conv_kernel_dim=3,
        layer_types=[_FULL if i in _LFM_FULL else "conv" for i in range(16)], tie_word_embeddings=True,
        bos_token_id=1, eos_token_id=7,
    ),
    "nemotron-h-8b": sizes(
        131072, 4096, 21504, 52, 32, 8, 8192, head_dim=128, position_embedding_type="none", hidden_act="relu2",
        gated_mlp=False, **_MAMBA2, layer_types=[{"M": "mamba2", "*": _FULL, "-": "none"}[kind] for kind in _NEMOTRON],
        mixer_only_layers=[i for i, kind in enumerate(_NEMOTRON) if kind != "-"], bos_token_id=1, eos_token_id=2,
    ),
    "jamba-v0.1": sizes(
        65536, 4096, 14336, 32, 32, 8, 262144, rms_norm_eps=1e-6, position_embedding_type="none",
        layer_types=[_FULL if i % 8 == 4 else "mamba" for i in range(32)], linear_num_key_heads=1,
        linear_num_value_heads=8192, linear_key_head_dim=16, linear_value_head_dim=1, linear_conv_kernel_dim=4,
        linear_conv_bias=True, time_step_rank=256, selection_norm="weighted",
        **experts(16, 2, 14336, moe_layers=[*range(1, 32, 2)]), bos_token_id=1, eos_token_id=2,
    ),
    "qwen3-next-80b-a3b": sizes(
        151936, 2048, 5120, 48, 16, 2, 262144, head_dim=256, rotary_dim=64, rope_theta=1e7, rms_norm_eps=1e-6,
        rms_norm_offset=1.0, qk_norm="before", attn_output_gate=True,
        layer_types=full_every(4, 48, "gated_delta"), linear_num_key_heads=16, linear_num_value_heads=32,
        linear_key_head_dim=128, linear_value_head_dim=128, linear_conv_kernel_dim=4,
        **experts(512, 10, 512, n_shared_experts=1, norm_topk_prob=True), shared_expert_gate=True,
        bos_token_id=151643, eos_token_id=151645,
    ),
}  # fmt: skip
