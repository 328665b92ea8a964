"""The published configs that `ModelConfig.preset` knows, as plain values."""

from __future__ import annotations

import math
from typing import Any


def sizes(vocabulary: int, width: int, inner: int, layers: int, heads: int, kv_heads: int, context: int, **rest: Any):
    """The sizes that every model has, and what else is set."""
    return {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "max_position_embeddings": context,
    } | rest


def _llama3_scaling(factor: float, high_freq_factor: float = 4.0) -> dict[str, Any]:
    return {
        "rope_type": "llama3",
        "factor": factor,
        "low_freq_factor": 1.0,
        "high_freq_factor": high_freq_factor,
        "original_max_position_embeddings": 8192,
    }


def full_every(n: int, layers: int, others: str = "sliding_attention") -> list[str]:
    """Each `n`-th layer looks at everything."""
    return [others if i % n else "full_attention" for i in range(1, layers + 1)]


def experts(number: int, chosen: int, width: int, **rest: Any) -> dict[str, Any]:
    """So many experts, of which each token meets some, and what else is set."""
    return {"num_local_experts": number, "num_experts_per_tok": chosen, "moe_intermediate_size": width} | rest


def _deepseek(mscale: float, **rest: Any) -> dict[str, Any]:
    factor = 40.0
    sharper = 0.1 * mscale * math.log(factor) + 1  # what yarn multiplies both queries and keys by
    return {
        "rms_norm_eps": 1e-6,
        "rope_pairing": "interleaved",
        "rope_scaling": {
            "rope_type": "yarn",
            "factor": factor,
            "original_max_position_embeddings": 4096,
            "beta_fast": 32,
            "beta_slow": 1,
            "mscale": mscale,
            "mscale_all_dim": mscale,
        },
        "head_dim": 192,
        "qk_rope_head_dim": 64,
        "v_head_dim": 128,
        "kv_lora_rank": 512,
        "query_pre_attn_scalar": 192 / sharper**4,
    } | rest


_SMOLLM2 = {"rope_theta": 100000.0, "tie_word_embeddings": True, "bos_token_id": 0, "eos_token_id": 0}
_LLAMA2 = {"bos_token_id": 1, "eos_token_id": 2}
_LLAMA3 = {"rope_theta": 500000.0, "bos_token_id": 128000, "eos_token_id": 128001}
_GPT2 = {
    "position_embedding_type": "learned",
    "norm_type": "layer",
    "gated_mlp": False,
    "hidden_act": "gelu_pytorch_tanh",
    "attention_bias": True,
    "mlp_bias": True,
    "tie_word_embeddings": True,
    "bos_token_id": 50256,
    "eos_token_id": 50256,
}
_QWEN = {"rope_theta": 1e6, "rms_norm_eps": 1e-6, "bos_token_id": 151643}
_QWEN25 = _QWEN | {"attention_bias": True, "attention_output_bias": False, "eos_token_id": 151643}
_QWEN3 = _QWEN | {"head_dim": 128, "qk_norm": "before", "eos_token_id": 151645}
_GEMMA = {
    "head_dim": 256,
    "query_pre_attn_scalar": 256,
    "norm_placement": "sandwich",
    "rms_norm_eps": 1e-6,
    "rms_norm_offset": 1.0,
    "hidden_act": "gelu_pytorch_tanh",
    "tie_word_embeddings": True,
    "bos_token_id": 2,
    "eos_token_id": 1,
}

_LLAMA4 = {  # as published with instructions
    "head_dim": 128,
    "rope_theta": 500000.0,
    "rope_pairing": "interleaved",
    "layer_types": full_every(4, 48, "chunked_attention"),
    "no_rope_layers": [1, 1, 1, 0] * 12,
    "attention_chunk_size": 8192,
    "attn_temperature_tuning": True,
    "scoring_func": "sigmoid",
    "scale_expert_input": True,
    "n_shared_experts": 1,
    "bos_token_id": 200000,
    "eos_token_id": [200001, 200007, 200008],
}

PRESETS: dict[str, dict[str, Any]] = {
    "gpt2": sizes(50257, 768, 3072, 12, 12, 12, 1024, **_GPT2),
    "smollm2-135m": sizes(49152, 576, 1536, 30, 9, 3, 8192, **_SMOLLM2, initializer_range=576**-0.5),
    "smollm2-360m": sizes(49152, 960, 2560, 32, 15, 5, 8192, **_SMOLLM2),
    "tinyllama-1.1b": sizes(32000, 2048, 5632, 22, 32, 4, 2048, **_LLAMA2),
    "llama-2-7b": sizes(32000, 4096, 11008, 32, 32, 32, 4096, **_LLAMA2),
    "llama-3-8b": sizes(128256, 4096, 14336, 32, 32, 8, 8192, **_LLAMA3),
    "llama-3.1-8b": sizes(128256, 4096, 14336, 32, 32, 8, 131072, **_LLAMA3, rope_scaling=_llama3_scaling(8.0)),
    "llama-3.2-1b": sizes(
        128256, 2048, 8192, 16, 32, 8, 131072, **_LLAMA3, rope_scaling=_llama3_scaling(32.0), tie_word_embeddings=True
    ),
    "llama-3.2-3b": sizes(
        128256, 3072, 8192, 28, 24, 8, 131072, **_LLAMA3, rope_scaling=_llama3_scaling(32.0), tie_word_embeddings=True
    ),
    "mistral-7b-v0.1": sizes(32000, 4096, 14336, 32, 32, 8, 32768, **_LLAMA2, sliding_window=4096),
    "mistral-7b-v0.3": sizes(32768, 4096, 14336, 32, 32, 8, 32768, **_LLAMA2, rope_theta=1e6),
    "mixtral-8x7b": sizes(
        32000, 4096, 14336, 32, 32, 8, 32768, **_LLAMA2, rope_theta=1e6, **experts(8, 2, 14336, norm_topk_prob=True)
    ),
    "qwen2.5-0.5b": sizes(151936, 896, 4864, 24, 14, 2, 32768, **_QWEN25, tie_word_embeddings=True),
    "qwen2.5-7b": sizes(152064, 3584, 18944, 28, 28, 4, 131072, **_QWEN25),
    "qwen3-0.6b": sizes(151936, 1024, 3072, 28, 16, 8, 40960, **_QWEN3, tie_word_embeddings=True),
    "qwen3-30b-a3b": sizes(
        151936, 2048, 6144, 48, 32, 4, 40960, **_QWEN3, **experts(128, 8, 768, norm_topk_prob=True)
    ),
    "gemma-2-2b": sizes(
        256000, 2304, 9216, 26, 8, 4, 8192, **_GEMMA, layer_types=full_every(2, 26), sliding_window=4096,
        attn_logit_softcapping=50.0, final_logit_softcapping=30.0, embedding_multiplier=2304**0.5,
    ),
    "gemma-3-1b": sizes(
        262144, 1152, 6912, 26, 4, 1, 32768, **_GEMMA, layer_types=full_every(6, 26), sliding_window=512,
        qk_norm="before", rope_theta=1e6, rope_local_base_freq=1e4, embedding_multiplier=1152**0.5,
    ),
    "deepseek-v2-lite": sizes(
        102400, 2048, 10944, 27, 16, 16, 163840, **_deepseek(0.707, bos_token_id=100000, eos_token_id=100001),
        **experts(64, 6, 1408, n_shared_experts=2, moe_layers=[*range(1, 27)]),
    ),
    "deepseek-v3": sizes(
        129280, 7168, 18432, 61, 128, 128, 163840, **_deepseek(1.0, q_lora_rank=1536, bos_token_id=0, eos_token_id=1),
        **experts(256, 8, 2048, n_shared_experts=1, moe_layers=[*range(3, 61)]),
        scoring_func="sigmoid", topk_method="noaux_tc", n_group=8, topk_group=4, norm_topk_prob=True,
        routed_scaling_factor=2.5,
    ),
    "llama-4-scout": sizes(
        202048, 5120, 16384, 48, 40, 8, 10485760, **_LLAMA4, **experts(16, 1, 8192), qk_norm="after",
        rope_scaling=_llama3_scaling(16.0, high_freq_factor=1.0),
    ),
    "llama-4-maverick": sizes(
        202048, 5120, 16384, 48, 40, 8, 1048576, **_LLAMA4, **experts(128, 1, 8192, moe_layers=[*range(1, 48, 2)])
    ),
}  # fmt: skip
