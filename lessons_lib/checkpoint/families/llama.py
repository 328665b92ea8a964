"""Llama and the families that differ from it in a line or two: Mistral, Qwen2 and Qwen3.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

from lessons_lib.checkpoint.mapping.family import Family
from lessons_lib.checkpoint.mapping.positions import rope
from lessons_lib.checkpoint.mapping.spans import late_windows, one_window

SIZES = {
    name: name
    for name in (
        *("vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"),
        *("num_key_value_heads", "head_dim", "max_position_embeddings", "rms_norm_eps", "initializer_range"),
        *("tie_word_embeddings", "bos_token_id", "eos_token_id"),
    )
}
_KEYS = SIZES | {"hidden_act": "hidden_act"}
_DEFAULTS = {"num_key_value_heads": None, "head_dim": None, "initializer_range": 0.02} | {
    "tie_word_embeddings": False,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "hidden_act": "silu",
}
_QWEN_DEFAULTS = (
    _DEFAULTS
    | {"num_key_value_heads": 32, "max_position_embeddings": 32768, "bos_token_id": None}
    | {"eos_token_id": None}
)

# Llama 2, 3, 3.1, 3.2; SmolLM2 and TinyLlama call themselves Llama too.
LLAMA = Family(
    model_type="llama",
    architecture="LlamaForCausalLM",
    keys=_KEYS | {"attention_bias": "attention_bias", "mlp_bias": "mlp_bias"},
    defaults=_DEFAULTS | {"max_position_embeddings": 2048, "attention_bias": False, "mlp_bias": False},
    parts=(rope(),),
    harmless=frozenset({"is_llama_config"}),
)

MISTRAL = Family(
    model_type="mistral",
    architecture="MistralForCausalLM",
    keys=_KEYS,
    defaults=_DEFAULTS | {"max_position_embeddings": 131072, "num_key_value_heads": 8},
    parts=(rope(), one_window(4096)),
)

QWEN2 = Family(
    model_type="qwen2",
    architecture="Qwen2ForCausalLM",
    keys=_KEYS,
    defaults=_QWEN_DEFAULTS,
    fixed={"attention_bias": True, "attention_output_bias": False},
    parts=(rope(), late_windows(4096, first=28)),
    harmless=frozenset({"attention_bias"}),  # the code has its biases whatever the file says
)

QWEN3 = Family(
    model_type="qwen3",
    architecture="Qwen3ForCausalLM",
    keys=_KEYS | {"attention_bias": "attention_bias"},
    defaults=_QWEN_DEFAULTS | {"head_dim": 128, "attention_bias": False},
    fixed={"qk_norm": "before"},
    parts=(rope(), late_windows(4096, first=28)),
)
