"""The rules of `ModelConfig`: what is not set is filled in, and what cannot be is refused by name."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lessons_lib.config.model_config import ModelConfig

MAX_SIZE = 1 << 24  # no published width, vocabulary or context comes near it; a hostile file can
MAX_LAYERS = 1024
MAX_EXPERTS = 4096


def complete(config: ModelConfig) -> None:
    """Fill in the fields of a fresh config that depend on others, and check all of them.

    Raises:
        ValueError: naming the field, the value and the rule.
    """
    _check_sizes(config)
    _check_switches(config)
    _check_latents(config)
    _check_positions(config)
    _check_layers(config)
    _check_experts(config)
    _check_rope_scaling(config)
    _check_tokens(config)


def _check_sizes(config: ModelConfig) -> None:
    _default(config, "num_key_value_heads", config.num_attention_heads)
    for name in _SIZES:
        _require(config, _is_size(getattr(config, name)), name, _SIZE_RULE)
    _require(config, config.num_hidden_layers <= MAX_LAYERS, "num_hidden_layers", f"at most {MAX_LAYERS}")
    if config.head_dim is None:
        even = config.hidden_size % config.num_attention_heads == 0
        _require(config, even, "hidden_size", f"a multiple of num_attention_heads ({config.num_attention_heads})")
        _default(config, "head_dim", config.hidden_size // config.num_attention_heads)
    _require(config, _is_size(config.head_dim), "head_dim", _SIZE_RULE)
    shared = config.num_attention_heads % config.num_key_value_heads == 0
    _require(config, shared, "num_key_value_heads", f"a divisor of num_attention_heads ({config.num_attention_heads})")
    for name in ("sliding_window", "attention_chunk_size"):
        ok = getattr(config, name) is None or _is_size(getattr(config, name))
        _require(config, ok, name, f"None or {_SIZE_RULE}")


def _check_switches(config: ModelConfig) -> None:
    _default(config, "attention_output_bias", config.attention_bias)
    for name, allowed in _CHOICES.items():
        choices = ", ".join(f'"{choice}"' if choice else "None" for choice in allowed)
        _require(config, getattr(config, name) in allowed, name, f"one of {choices}")
    for name in _SWITCHES:
        _require(config, isinstance(getattr(config, name), bool), name, "true or false")
    for name in _POSITIVE:
        _require(config, _is_positive(getattr(config, name)), name, "a finite number above 0")
    for name in _POSITIVE_OR_NONE:
        ok = getattr(config, name) is None or _is_positive(getattr(config, name))
        _require(config, ok, name, "None or a finite number above 0")
    offset = config.rms_norm_offset
    ok = offset == 0 or (_is_positive(offset) and config.norm_type == "rms")
    _require(config, ok, "rms_norm_offset", "0, or for RMSNorm a finite number above 0")


def _check_latents(config: ModelConfig) -> None:
    latent = config.kv_lora_rank is not None
    for name in ("kv_lora_rank", "q_lora_rank"):
        ok = getattr(config, name) is None or _is_size(getattr(config, name))
        _require(config, ok, name, f"None or {_SIZE_RULE}")
    _require(config, latent or config.q_lora_rank is None, "q_lora_rank", "None, for there is no kv_lora_rank")
    if not latent:
        for name in ("v_head_dim", "qk_rope_head_dim"):
            _require(config, getattr(config, name) is None, name, "None, for there is no kv_lora_rank")
        return
    _default(config, "v_head_dim", config.head_dim)
    _require(config, _is_size(config.v_head_dim), "v_head_dim", _SIZE_RULE)
    ok = _is_size(config.qk_rope_head_dim) and config.qk_rope_head_dim < config.head_dim
    _require(config, ok, "qk_rope_head_dim", f"a whole number below head_dim ({config.head_dim})")
    same = config.num_key_value_heads == config.num_attention_heads
    rule = f"num_attention_heads ({config.num_attention_heads}) with kv_lora_rank"
    _require(config, same, "num_key_value_heads", rule)
    _require(config, config.qk_norm is None, "qk_norm", "None with kv_lora_rank")


def _check_positions(config: ModelConfig) -> None:
    rotary, waves = (config.position_embedding_type == kind for kind in ("rotary", "sinusoidal"))
    odd = "head_dim" if config.qk_rope_head_dim is None else "qk_rope_head_dim"
    _require(config, not (rotary and getattr(config, odd) % 2), odd, "even: rotary positions turn numbers in pairs")
    _require(config, not (waves and config.hidden_size % 2), "hidden_size", "even: a sine and a cosine for each wave")


def _check_layers(config: ModelConfig) -> None:
    n, rotary = config.num_hidden_layers, config.position_embedding_type == "rotary"
    _default(config, "layer_types", ("sliding_attention" if config.sliding_window else "full_attention",) * n)
    _default(config, "no_rope_layers", (int(rotary),) * n)
    for name, allowed in (("layer_types", _SPANS), ("no_rope_layers", (0, 1) if rotary else (0,))):
        values = getattr(config, name)
        ok = isinstance(values, (list, tuple)) and len(values) == n and all(value in allowed for value in values)
        _require(config, ok, name, f"{n} values, each one of: {', '.join(map(str, allowed))}")
        object.__setattr__(config, name, tuple(values))
    for name, span in (("sliding_window", "sliding_attention"), ("attention_chunk_size", "chunked_attention")):
        used = span in config.layer_types
        rule = f"a number, for layer_types has {span}" if used else f"None, for no layer_types is {span}"
        _require(config, used == (getattr(config, name) is not None), name, rule)


def _check_experts(config: ModelConfig) -> None:
    experts = config.num_local_experts
    for name in ("num_local_experts", "num_experts_per_tok", "moe_intermediate_size"):
        ok = getattr(config, name) is None or _is_size(getattr(config, name))
        _require(config, ok, name, f"None or {_SIZE_RULE}")
    for name in ("n_group", "topk_group"):
        _require(config, _is_size(getattr(config, name)), name, _SIZE_RULE)
    shared = config.n_shared_experts
    ok = _is_int(shared) and 0 <= shared <= MAX_EXPERTS
    _require(config, ok, "n_shared_experts", f"a whole number from 0 to {MAX_EXPERTS}")
    if experts is None:
        for name in ("num_experts_per_tok", "moe_intermediate_size", "n_shared_experts", "moe_layers"):
            _require(config, not getattr(config, name), name, "nothing, for there is no num_local_experts")
        object.__setattr__(config, "moe_layers", ())
        return
    _require(config, experts <= MAX_EXPERTS, "num_local_experts", f"at most {MAX_EXPERTS}")
    _default(config, "num_experts_per_tok", 1)
    _default(config, "moe_intermediate_size", config.intermediate_size)
    _default(config, "moe_layers", tuple(range(config.num_hidden_layers)))
    layers = config.moe_layers
    ok = isinstance(layers, (list, tuple)) and all(_is_int(i) and 0 <= i < config.num_hidden_layers for i in layers)
    ok = ok and len(layers) > 0 and list(layers) == sorted(set(layers))
    _require(config, ok, "moe_layers", f"one or more numbers from 0 to {config.num_hidden_layers - 1}, growing")
    object.__setattr__(config, "moe_layers", tuple(layers))
    groups, chosen, method = config.n_group, config.topk_group, config.topk_method
    least = 2 if method == "noaux_tc" else 1  # whose groups are weighed by their two best
    ok = experts % groups == 0 and experts // groups >= least and (groups == 1 or method != "greedy")
    rule = f"1, or with {method} a divisor of num_local_experts ({experts}) that leaves {least} or more a group"
    _require(config, ok, "n_group", "1 with greedy" if method == "greedy" else rule)
    _require(config, chosen <= groups, "topk_group", f"at most n_group ({groups})")
    most = experts // groups * chosen
    rule = f"at most {most}, the experts to choose from"
    _require(config, config.num_experts_per_tok <= most, "num_experts_per_tok", rule)


def _check_rope_scaling(config: ModelConfig) -> None:
    scaling = config.rope_scaling
    if scaling is None:
        return
    kinds = ", ".join(_ROPE_FIELDS)
    ok = isinstance(scaling, dict) and scaling.get("rope_type") in _ROPE_FIELDS
    _require(config, ok, "rope_scaling", f"None or a dict whose rope_type is one of: {kinds}")
    for field in _ROPE_FIELDS[scaling["rope_type"]]:
        value = scaling.get(field)
        _require(config, _is_positive(value), f"rope_scaling[{field!r}]", "a finite number above 0", value)
    if scaling["rope_type"] != "yarn":
        return
    _require(config, config.rope_theta > 1, "rope_theta", "above 1 with yarn")
    for field in _YARN_OPTIONS:
        value = scaling.get(field)
        ok = value is None or _is_positive(value)
        _require(config, ok, f"rope_scaling[{field!r}]", "None or a finite number above 0", value)
    truncate = scaling.get("truncate", True)
    _require(config, isinstance(truncate, bool), "rope_scaling['truncate']", "true or false", truncate)


def _check_tokens(config: ModelConfig) -> None:
    eos = config.eos_token_id
    eos = () if eos is None else tuple(eos) if isinstance(eos, (list, tuple)) else (eos,)
    object.__setattr__(config, "eos_token_id", eos)
    for token in (*eos, *(() if config.bos_token_id is None else (config.bos_token_id,))):
        ok = _is_int(token) and 0 <= token < config.vocab_size
        _require(config, ok, "bos_token_id or eos_token_id", f"token ids below vocab_size ({config.vocab_size})", token)


def _default(config: ModelConfig, field: str, value: Any) -> None:
    if getattr(config, field) is None:
        object.__setattr__(config, field, value)


def _require(config: ModelConfig, ok: bool, field: str, rule: str, got: Any = None) -> None:
    if not ok:
        value = got if got is not None else getattr(config, field.split("[")[0], None)
        raise ValueError(f"ModelConfig.{field}: got {value!r:.80}, allowed {rule}")


_SIZES = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "max_position_embeddings",
    "floor_scale",
)
_SIZE_RULE = f"a whole number from 1 to {MAX_SIZE}"
_SPANS = ("full_attention", "sliding_attention", "chunked_attention")
_CHOICES: dict[str, tuple[str | None, ...]] = {
    "position_embedding_type": ("rotary", "learned", "sinusoidal", "none"),
    "rope_pairing": ("half", "interleaved"),
    "qk_norm": (None, "before", "after"),
    "norm_type": ("rms", "layer"),
    "norm_placement": ("pre", "post", "sandwich"),
    "scoring_func": ("softmax", "sigmoid"),
    "topk_method": ("greedy", "group_limited_greedy", "noaux_tc"),
    "hidden_act": ("silu", "gelu", "gelu_pytorch_tanh", "relu"),
}
_SWITCHES = (
    "attention_bias",
    "attention_output_bias",
    "attn_temperature_tuning",
    "gated_mlp",
    "mlp_bias",
    "tie_word_embeddings",
    "norm_topk_prob",
    "scale_expert_input",
)
_POSITIVE = (
    "rope_theta",
    "attn_scale",
    "rms_norm_eps",
    "embedding_multiplier",
    "initializer_range",
    "routed_scaling_factor",
)
_POSITIVE_OR_NONE = (
    "rope_local_base_freq",
    "query_pre_attn_scalar",
    "attn_logit_softcapping",
    "final_logit_softcapping",
)
_ROPE_FIELDS = {
    "linear": ("factor",),
    "llama3": ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
    "yarn": ("factor", "original_max_position_embeddings"),
}
_YARN_OPTIONS = ("beta_fast", "beta_slow", "attention_factor", "mscale", "mscale_all_dim")


def _is_int(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_size(value: Any) -> bool:
    return _is_int(value) and 0 < value <= MAX_SIZE


def _is_positive(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 < value < math.inf
