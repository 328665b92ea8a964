"""The published configs that `ModelConfig.preset` knows, as plain values."""

from __future__ import annotations

from typing import Any


def _sizes(vocabulary: int, width: int, inner: int, layers: int, heads: int, kv_heads: int, context: int, **rest: Any):
    return {
        "vocab_size": vocabulary,
        "hidden_size": width,
        "intermediate_size": inner,
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": kv_heads,
        "max_position_embeddings": context,
    } | rest


def _llama3_scaling(factor: float) -> dict[str, Any]:
    return {
        "rope_type": "llama3",
        "factor": factor,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }


def _sliding_but(full: int, layers: int) -> list[str]:
    """Every layer slides, but each `full`-th looks at everything."""
    return ["sliding_attention" if i % full else "full_attention" for i in range(1, layers + 1)]


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
_QWEN = {"rope_theta": 1e6, "rms_norm_eps": 1e-6, "tie_word_embeddings": True, "bos_token_id": 151643}
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

PRESETS: dict[str, dict[str, Any]] = {
    "gpt2": _sizes(50257, 768, 3072, 12, 12, 12, 1024, **_GPT2),
    "smollm2-135m": _sizes(49152, 576, 1536, 30, 9, 3, 8192, **_SMOLLM2, initializer_range=576**-0.5),
    "smollm2-360m": _sizes(49152, 960, 2560, 32, 15, 5, 8192, **_SMOLLM2),
    "tinyllama-1.1b": _sizes(32000, 2048, 5632, 22, 32, 4, 2048, **_LLAMA2),
    "llama-2-7b": _sizes(32000, 4096, 11008, 32, 32, 32, 4096, **_LLAMA2),
    "llama-3-8b": _sizes(128256, 4096, 14336, 32, 32, 8, 8192, **_LLAMA3),
    "llama-3.1-8b": _sizes(128256, 4096, 14336, 32, 32, 8, 131072, **_LLAMA3, rope_scaling=_llama3_scaling(8.0)),
    "llama-3.2-1b": _sizes(
        128256, 2048, 8192, 16, 32, 8, 131072, **_LLAMA3, rope_scaling=_llama3_scaling(32.0), tie_word_embeddings=True
    ),
    "llama-3.2-3b": _sizes(
        128256, 3072, 8192, 28, 24, 8, 131072, **_LLAMA3, rope_scaling=_llama3_scaling(32.0), tie_word_embeddings=True
    ),
    "mistral-7b-v0.1": _sizes(32000, 4096, 14336, 32, 32, 8, 32768, **_LLAMA2, sliding_window=4096),
    "qwen2.5-0.5b": _sizes(
        151936, 896, 4864, 24, 14, 2, 32768, **_QWEN, attention_bias=True, attention_output_bias=False,
        eos_token_id=151643,
    ),
    "qwen3-0.6b": _sizes(
        151936, 1024, 3072, 28, 16, 8, 40960, **_QWEN, head_dim=128, qk_norm="before", eos_token_id=151645
    ),
    "gemma-2-2b": _sizes(
        256000, 2304, 9216, 26, 8, 4, 8192, **_GEMMA, layer_types=_sliding_but(2, 26), sliding_window=4096,
        attn_logit_softcapping=50.0, final_logit_softcapping=30.0, embedding_multiplier=2304**0.5,
    ),
    "gemma-3-1b": _sizes(
        262144, 1152, 6912, 26, 4, 1, 32768, **_GEMMA, layer_types=_sliding_but(6, 26), sliding_window=512,
        qk_norm="before", rope_theta=1e6, rope_local_base_freq=1e4, embedding_multiplier=1152**0.5,
    ),
}  # fmt: skip
