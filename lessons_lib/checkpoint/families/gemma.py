"""Gemma 1 and 2, and the text models of Gemma 3, 3n and 4: embeddings times the root of the width, tied ends.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from lessons_lib.checkpoint.families.llama import SIZES
from lessons_lib.checkpoint.mapping.family import Family, Values
from lessons_lib.checkpoint.mapping.heads import FULL_HEADS
from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.parts import computed, root_of_width
from lessons_lib.checkpoint.mapping.positions import rope, rope_by_layer
from lessons_lib.checkpoint.mapping.spans import layer_numbers, sliding_but_each
from lessons_lib.config import ModelConfig
from lessons_lib.formats.lazy import LazyTensor

_MULTIPLIER = root_of_width()  # in the code, and in no file

_KEYS = (
    SIZES
    | {"hidden_activation": "hidden_act", "attention_bias": "attention_bias"}
    | {"query_pre_attn_scalar": "query_pre_attn_scalar"}
    | {"final_logit_softcapping": "final_logit_softcapping"}
)
_DEFAULTS = (
    {"num_key_value_heads": 4, "head_dim": 256, "initializer_range": 0.02}
    | {"tie_word_embeddings": True, "bos_token_id": 2, "eos_token_id": 1}
    | {"hidden_activation": "gelu_pytorch_tanh", "attention_bias": False, "query_pre_attn_scalar": 256}
)
_FIXED = {"norm_placement": "sandwich", "rms_norm_offset": 1.0}
_HARMLESS = frozenset({"hidden_act"})  # the code reads `hidden_activation`

GEMMA2 = Family(
    model_type="gemma2",
    architecture="Gemma2ForCausalLM",
    keys=_KEYS | {"attn_logit_softcapping": "attn_logit_softcapping"},
    defaults=_DEFAULTS
    | {"max_position_embeddings": 8192, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
    fixed=_FIXED,
    parts=(rope(), sliding_but_each(2, default=4096), _MULTIPLIER),
    harmless=_HARMLESS,
)

GEMMA3 = Family(
    model_type="gemma3_text",
    architecture="Gemma3ForCausalLM",
    keys=_KEYS,
    defaults=_DEFAULTS | {"max_position_embeddings": 131072, "final_logit_softcapping": None},
    fixed=_FIXED | {"qk_norm": "before"},
    parts=(rope_by_layer(full_theta=1e6, sliding_theta=1e4), sliding_but_each(6, default=4096), _MULTIPLIER),
    harmless=_HARMLESS,
    only={"attn_logit_softcapping": None},  # transformers keeps a bound and never applies it
)

GEMMA = GEMMA2.like(
    "gemma",
    without=("hidden_activation", "query_pre_attn_scalar", "attn_logit_softcapping", "final_logit_softcapping"),
    keys={"hidden_act": "hidden_act"},
    defaults={"num_key_value_heads": 16, "hidden_act": "gelu_pytorch_tanh"},
    fixed={"norm_placement": "pre"},
    parts=(rope(), _MULTIPLIER),
    harmless={"hidden_activation"},  # some files have both, and say the same
    only={"use_bidirectional_attention": None},
)

VAULTGEMMA = GEMMA2.like(
    "vaultgemma",
    "VaultGemmaForCausalLM",
    fixed={"norm_placement": "pre"},
    names=Names(block={"pre_feedforward_layernorm": "post_attention_layernorm"}),
)


# Gemma 3n and 4: layers at the end share keys and values, and each layer has an embedding of its own.
_EMBEDDED = {"per_layer_input_gate": "embedding.gate", "per_layer_projection": "embedding.projection"} | {
    "post_per_layer_input_norm": "embedding.norm"
}
_SHARING = {"norm_placement": "sandwich", "qk_norm": "before", "v_norm": True, "query_pre_attn_scalar": 1.0}
_WITHOUT = ("query_pre_attn_scalar", "attn_logit_softcapping")


def _read_widths(values: Values) -> dict[str, Any]:
    widths, n = values["intermediate_size"], len(layer_numbers(values))
    widths = list(widths) if isinstance(widths, list) else [widths] * n
    sparsity = values.get("activation_sparsity_pattern")
    sparsity = [0.95 * (n > 10 and i < 10) for i in range(n)] if sparsity is None else sparsity
    return {"intermediate_size": widths[0], "mlp_widths": widths, "gate_sparsity": sparsity}


def _sparsity(config: ModelConfig) -> list[float]:
    return list(config.gate_sparsity or [0.0] * config.num_hidden_layers)


GEMMA3N = GEMMA3.like(
    "gemma3n_text",
    "Gemma3nForCausalLM",
    without=("intermediate_size", *_WITHOUT),
    keys={
        **{name: name for name in ("num_kv_shared_layers", "hidden_size_per_layer_input", "altup_num_inputs")},
        **{name: name for name in ("vocab_size_per_layer_input", "laurel_rank")},
    },
    defaults={"num_key_value_heads": 2, "max_position_embeddings": 32768, "final_logit_softcapping": 30.0}
    | {"num_kv_shared_layers": 15, "hidden_size_per_layer_input": 256, "vocab_size_per_layer_input": 262144}
    | {"altup_num_inputs": 4, "laurel_rank": 64},
    fixed=_SHARING | {"rms_norm_offset": None},
    parts=(
        rope_by_layer(full_theta=1e6, sliding_theta=1e4),
        sliding_but_each(5, default=512),
        _MULTIPLIER,
        computed(
            _read_widths,
            intermediate_size=lambda c: list(c.mlp_widths or [c.intermediate_size] * c.num_hidden_layers),
            activation_sparsity_pattern=_sparsity,
        ),
    ),
    harmless={"altup_coef_clip"},
    only={"altup_active_idx": 0, "altup_correct_scale": True},
    names=Names(block=_EMBEDDED),
)


def _read_parts(values: Values) -> dict[str, Any]:
    width, n, shared = values["intermediate_size"], len(layer_numbers(values)), values.get("num_kv_shared_layers", 0)
    double = bool(values.get("use_double_wide_mlp"))
    found: dict[str, Any] = {"mlp_widths": [width * (1 + double * (i >= n - shared)) for i in range(n)]}
    if values.get("hidden_size_per_layer_input"):
        found |= {name: values[name] for name in ("hidden_size_per_layer_input", "vocab_size_per_layer_input")}
    if values.get("enable_moe_block"):
        found |= {"num_local_experts": values["num_experts"], "num_experts_per_tok": values["top_k_experts"]}
        found |= {"moe_intermediate_size": values["moe_intermediate_size"]}
        found |= {"norm_topk_prob": True, "dense_beside_experts": True}
    return found


def _embedded_width(config: ModelConfig) -> int:
    if config.num_kv_shared_layers and config.hidden_size_per_layer_input is None:
        raise ValueError("num_kv_shared_layers: got some without embeddings, which transformers cannot run so")
    return config.hidden_size_per_layer_input or 0


_GEMMA4 = Names(block=_EMBEDDED)
_GEMMA4_EXPERTS = replace(
    _GEMMA4,
    block=_EMBEDDED
    | {"mlp": "mlp.dense", "post_feedforward_layernorm_1": "mlp.dense_norm", "router.proj": "mlp.router"}
    | {f"router.{name}": f"mlp.router.{name}" for name in ("scale", "per_expert_scale")}
    | {"experts.gate_up_proj": "mlp.experts.gate_up_proj"}
    | {"experts.down_proj": "mlp.experts.down_proj", "pre_feedforward_layernorm_2": "mlp.experts_input_norm"}
    | {"post_feedforward_layernorm_2": "mlp.experts_norm"},
    experts="packed",
)


def _names(config: ModelConfig) -> Names:
    return _GEMMA4_EXPERTS if config.dense_beside_experts else _GEMMA4


def _to_ours(name: str, tensor: Tensor, config: ModelConfig) -> dict[str, Tensor]:
    return _names(config).to_ours(name, tensor, config)


def _from_ours(tensors: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor | LazyTensor]:
    return _names(config).from_ours(tensors, config)


GEMMA4 = GEMMA3.like(
    "gemma4_text",
    "Gemma4ForCausalLM",
    without=_WITHOUT,
    keys={name: name for name in ("num_kv_shared_layers", "attention_k_eq_v")},
    defaults={"num_kv_shared_layers": 0, "attention_k_eq_v": False, "hidden_size_per_layer_input": 256}
    | {"vocab_size_per_layer_input": 262144}
    | {
        "rope_parameters": {
            "sliding_attention": {"rope_type": "default", "rope_theta": 1e4},
            "full_attention": {"rope_type": "proportional", "partial_rotary_factor": 0.25, "rope_theta": 1e6},
        }
    },
    fixed=_SHARING | {"layer_scalar": True, "rms_norm_offset": None},
    parts=(
        rope_by_layer(full_theta=1e6, sliding_theta=1e4),
        sliding_but_each(6, default=512),
        FULL_HEADS,
        _MULTIPLIER,
        computed(
            _read_parts,
            use_double_wide_mlp=lambda c: c.mlp_widths is not None,
            hidden_size_per_layer_input=_embedded_width,
            vocab_size_per_layer_input=lambda c: c.vocab_size_per_layer_input or c.vocab_size,
            enable_moe_block=lambda c: c.dense_beside_experts,
            num_experts=lambda c: c.num_local_experts,
            top_k_experts=lambda c: c.num_experts_per_tok,
            moe_intermediate_size=lambda c: c.moe_intermediate_size,
        ),
    ),
    only={"use_bidirectional_attention": None},
    to_ours=_to_ours,
    from_ours=_from_ours,
)

GEMMA4_UNIFIED = GEMMA4.like(
    "gemma4_unified_text",
    "Gemma4UnifiedForCausalLM",
    defaults={"max_position_embeddings": 262144, "hidden_size_per_layer_input": 0},
    parts=(
        rope_by_layer(full_theta=1e6, sliding_theta=1e4),
        sliding_but_each(6, default=1024),
        FULL_HEADS,
        _MULTIPLIER,
        computed(_read_parts, use_double_wide_mlp=lambda c: c.mlp_widths is not None),
    ),
    only={"use_bidirectional_attention": "vision"},  # which is about pictures
)
