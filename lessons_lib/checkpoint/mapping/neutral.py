"""Values of `config.json` that can't change a model: empty ones, those that say what is so anyway, those of no part."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from lessons_lib.config import ModelConfig

# What other families call a field of ours.
_FIELDS = {
    "num_experts": "num_local_experts",
    "n_routed_experts": "num_local_experts",
    "n_embd": "hidden_size",
    "n_layer": "num_hidden_layers",
    "n_head": "num_attention_heads",
    "n_positions": "max_position_embeddings",
    "n_inner": "intermediate_size",
    "activation_function": "hidden_act",
    "hidden_activation": "hidden_act",
    "layer_norm_eps": "rms_norm_eps",
    "layer_norm_epsilon": "rms_norm_eps",
}
_OF_EXPERTS = frozenset(
    (
        *("num_experts_per_tok", "moe_intermediate_size", "norm_topk_prob", "decoder_sparse_step", "mlp_only_layers"),
        *("router_aux_loss_coef", "output_router_logits", "router_jitter_noise", "first_k_dense_replace"),
        *("routed_scaling_factor", "scoring_func", "topk_method", "n_group", "topk_group", "moe_layer_freq"),
    )
)
_OF_WINDOWS = frozenset({"sliding_window", "max_window_layers"})  # where `use_sliding_window` is false
_FLAGS = frozenset({"attention_bias", "mlp_bias", "tie_word_embeddings", "norm_topk_prob"})


# Switches of parts that a model has unless its file says no: there `false` is an answer, and no empty value.
_IS_THERE: dict[str, Callable[[ModelConfig], bool]] = {
    **dict.fromkeys(("is_causal", "causal", "causal_attention", "use_causal_mask"), lambda config: True),
    **dict.fromkeys(("use_rope", "rope", "use_rotary", "rotary"), lambda c: c.position_embedding_type == "rotary"),
    **dict.fromkeys(("use_qk_norm", "qk_norm", "qk_layernorm"), lambda config: config.qk_norm is not None),
    **dict.fromkeys(("use_rms_norm", "use_rmsnorm", "rms_norm"), lambda config: config.norm_type == "rms"),
    **dict.fromkeys(("use_glu", "use_swiglu", "gated_mlp"), lambda config: config.gated_mlp),
}


def is_empty(key: str, value: Any, config: ModelConfig | None) -> bool:
    """Whether a value switches nothing on, and nothing off that the model has."""
    if value is None or value in ("", [], {}):
        return True
    is_there = _IS_THERE.get(key)
    return value in (False, 0) and not (is_there and config and is_there(config))


def is_neutral(key: str, values: Mapping[str, Any], config: ModelConfig | None) -> bool:
    """Whether a key that a family does not know changes nothing in the model that the others have given.

    Args:
        key: of `values`.
        values: of the whole file.
        config: that of the model; None if it could not be made, and then a key gets the benefit of the doubt.
    """
    if config is None:
        return key in _OF_EXPERTS | _OF_WINDOWS | _FIELDS.keys() or key in ModelConfig.__dataclass_fields__
    if key in _OF_EXPERTS and not config.moe_layers:
        return True
    if key in _OF_WINDOWS and values.get("use_sliding_window") is False:
        return True
    ours = getattr(config, _FIELDS.get(key, key), None)
    return values[key] == (list(ours) if isinstance(ours, tuple) else ours)


def cleaned(field: str, value: Any, default: Any) -> Any:
    """The value of a field of ours, where files have other ways to say the same.

    A negative token id stands for none, and so does null for a switch that is off. What fresh weights would be drawn
    with matters to no trained model.
    """
    if field in ("bos_token_id", "eos_token_id"):
        return _token(value) if field == "bos_token_id" else _tokens(value)
    if field in _FLAGS and value is None:
        return False
    drawn = isinstance(value, int | float) and value > 0
    if (field == "initializer_range" and not drawn) or (field == "max_position_embeddings" and value is None):
        return default
    return value


def _token(value: Any) -> Any:
    value = value[0] if isinstance(value, list) and len(value) == 1 else value
    return None if isinstance(value, int) and value < 0 else value


def _tokens(value: Any) -> Any:
    return [token for token in value if _token(token) is not None] if isinstance(value, list) else _token(value)
