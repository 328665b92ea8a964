"""What separates the families of models: the switches of a config in plain words.

A size says how much there is of a part, a switch says which part it is. Two models with equal switches are the same
program with other sizes.
"""

from __future__ import annotations

from dataclasses import fields

from lessons_lib.config import ModelConfig

# The fields that each line of `switches` speaks of.
SPOKEN = {
    "norm": ("norm_type", "norm_parameters", "rms_norm_offset"),
    "norm place": ("norm_placement",),
    "positions": ("position_embedding_type", "no_rope_layers", "rope_local_base_freq"),
    "rope scaling": ("rope_scaling",),
    "keys": ("kv_lora_rank", "q_lora_rank"),
    "biases": ("attention_bias", "attention_output_bias", "mlp_bias"),
    "q/k norm": ("qk_norm",),
    "score cap": ("attn_logit_softcapping",),
    "sight": ("layer_types",),
    "temperature": ("attn_temperature_tuning",),
    "feed-forward": ("hidden_act", "gated_mlp"),
    "experts": ("moe_layers", "n_shared_experts"),
    "router": (
        "scoring_func",
        "norm_topk_prob",
        "routed_scaling_factor",
        "scale_expert_input",
        "topk_method",
        "n_group",
    ),
    "embedding": ("embedding_multiplier",),
    "final cap": ("final_logit_softcapping",),
    "head": ("tie_word_embeddings",),
}
# Switches that no line has words for: where they are set, they stand under their own names.
SILENT = {
    field.name: field.default
    for field in fields(ModelConfig)
    if field.metadata["kind"] in ("switch", "layers") and not any(field.name in names for names in SPOKEN.values())
}


def switches(config: ModelConfig) -> dict[str, str]:
    """How a config sets each switch, whatever its sizes are. Switches without a line of their own come last, if they
    are set.

    Example:
        >>> switches(ModelConfig.preset("mistral-7b-v0.1"))["sight"]
        'window'
    """
    c = config
    said = {
        "norm": _norm(c),
        "norm place": c.norm_placement,
        "positions": _positions(c),
        "rope scaling": c.rope_scaling["rope_type"] if c.rope_scaling else "none",
        "keys": _keys(c),
        "head width": "C / H" if c.num_attention_heads * c.head_dim == c.hidden_size else "its own",
        "biases": _biases(c),
        "q/k norm": f"{c.qk_norm} turning" if c.qk_norm else "none",
        "score cap": "yes" if c.attn_logit_softcapping else "none",
        "sight": _sight(c),
        "temperature": "yes" if c.attn_temperature_tuning else "none",
        "feed-forward": _feed_forward(c),
        "experts": _experts(c),
        "router": _router(c),
        "embedding": _embedding(c),
        "final cap": "yes" if c.final_logit_softcapping else "none",
        "head": "tied" if c.tie_word_embeddings else "its own",
    }
    return said | {name: str(getattr(c, name)) for name, default in SILENT.items() if getattr(c, name) != default}


def differing(one: ModelConfig, other: ModelConfig) -> dict[str, tuple[str, str]]:
    """The switches that two configs set in different ways: what the one says and what the other says."""
    ours, theirs = switches(one), switches(other)
    both = {name: str(default) for name, default in SILENT.items() if name in {*ours, *theirs}}
    ours, theirs = both | ours, both | theirs
    return {name: (ours[name], theirs[name]) for name in ours if ours[name] != theirs[name]}


def _norm(config: ModelConfig) -> str:
    name = "LayerNorm" if config.norm_type == "layer" else "RMSNorm"
    less = {"weight": ", no bias", "none": ", no weight"}.get(config.norm_parameters, "")
    return name + (f", {config.rms_norm_offset:g} + w" if config.rms_norm_offset else "") + less


def _positions(config: ModelConfig) -> str:
    words = config.position_embedding_type
    if words == "rotary" and not all(config.no_rope_layers):
        words += " in some layers" if any(config.no_rope_layers) else " in no layer"
    return words + (", two bases" if config.rope_local_base_freq else "")


def _keys(config: ModelConfig) -> str:
    if config.kv_lora_rank:
        return "latent, queries too" if config.q_lora_rank else "latent"
    heads = config.num_key_value_heads
    return "a head each" if heads == config.num_attention_heads else "shared" if heads > 1 else "one for all"


def _biases(config: ModelConfig) -> str:
    have = {"q k v": config.attention_bias, "o": config.attention_output_bias, "feed-forward": config.mlp_bias}
    return "all" if all(have.values()) else ", ".join(name for name, has in have.items() if has) or "none"


def _sight(config: ModelConfig) -> str:
    words = {"full_attention": "full", "sliding_attention": "window", "chunked_attention": "chunks"}
    new = {kind: kind for kind in config.layer_types if kind not in words}
    return " and ".join(word for kind, word in (words | new).items() if kind in config.layer_types)


def _feed_forward(config: ModelConfig) -> str:
    names = {"silu": "SiLU", "relu": "ReLU", "gelu_pytorch_tanh": "GELU", "gelu": "exact GELU"}
    bend = names.get(config.hidden_act, config.hidden_act)
    return f"gated {bend}" if config.gated_mlp else bend


def _experts(config: ModelConfig) -> str:
    if not config.moe_layers:
        return "none"
    return "routed and shared" if config.n_shared_experts else "routed"


def _router(config: ModelConfig) -> str:
    c = config
    if not c.moe_layers:
        return "none"
    choice = {"greedy": "", "group_limited_greedy": "best of groups", "noaux_tc": "best with bias"}
    parts = {
        "sum 1": c.norm_topk_prob,
        f"times {c.routed_scaling_factor:g}": c.routed_scaling_factor != 1,
        choice.get(c.topk_method, c.topk_method): c.topk_method != "greedy",
        "in groups": c.n_group > 1,
        "on the input": c.scale_expert_input,
    }
    return ", ".join([c.scoring_func, *(words for words, said in parts.items() if said)])


def _embedding(config: ModelConfig) -> str:
    factor = config.embedding_multiplier
    if factor == 1:
        return "as it is"
    return "times √C" if factor == config.hidden_size**0.5 else f"times {factor:g}"
