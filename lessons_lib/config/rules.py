"""The rules of `ModelConfig` that hold between fields: what is not set is filled in, what does not fit is refused.

What a field may be by itself, it says itself (`fields`).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from lessons_lib.config.fields import POSITIVE, SIZE, require
from lessons_lib.config.states import KEYS, STATES, VALUES

SPANS = ("full_attention", "sliding_attention", "chunked_attention")
MIXERS = (*SPANS, *STATES, "none")
PLACEMENTS = ("pre", "post", "sandwich", "output", "parallel", "parallel_two", "stream")
_ROPE_FIELDS = {
    "linear": ("factor",),
    "llama3": ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
    "yarn": ("factor", "original_max_position_embeddings"),
    "longrope": ("original_max_position_embeddings",),
    "proportional": ("partial_rotary_factor",),
}
_ROPE_OPTIONS = {
    "yarn": ("beta_fast", "beta_slow", "attention_factor", "mscale", "mscale_all_dim"),
    "longrope": ("attention_factor",),
}


def complete(fields: Mapping[str, Any]) -> dict[str, Any]:
    """All fields of a config, with those filled in that depend on others.

    Args:
        fields: each by its name, and allowed by its own rule.

    Raises:
        ValueError: naming the field, the value and the rule, for values that do not fit together.
    """
    c = SimpleNamespace(**fields)
    _complete_heads(c)
    _check_latents(c)
    _check_index(c)
    _check_positions(c)
    _complete_layers(c)
    _check_states(c)
    _check_shared(c)
    _complete_experts(c)
    _check_rope_scaling(c)
    _complete_tokens(c)
    return vars(c)


def _complete_heads(c: SimpleNamespace) -> None:
    heads = c.num_attention_heads
    _default(c, "num_key_value_heads", heads)
    if c.head_dim is None:
        require(
            c.hidden_size % heads == 0, "hidden_size", c.hidden_size, f"a multiple of num_attention_heads ({heads})"
        )
        c.head_dim = c.hidden_size // heads
    shared = heads % c.num_key_value_heads == 0
    require(shared, "num_key_value_heads", c.num_key_value_heads, f"a divisor of num_attention_heads ({heads})")
    _default(c, "attention_output_bias", c.attention_bias)
    fits = c.rms_norm_offset == 0 or c.norm_parameters != "none"
    require(fits, "rms_norm_offset", c.rms_norm_offset, "0 where norms have no weight")
    require(c.qk_norm_weight is None or c.qk_norm, "qk_norm_weight", c.qk_norm_weight, "None, for there is no qk_norm")
    if c.norm_type == "rms" and c.norm_parameters == "weight":
        c.norm_parameters = "all"  # RMSNorm has no more


def _check_latents(c: SimpleNamespace) -> None:
    if c.kv_lora_rank is None:
        for name in ("q_lora_rank", "v_head_dim", "qk_rope_head_dim"):
            require(getattr(c, name) is None, name, getattr(c, name), "None, for there is no kv_lora_rank")
        return
    _default(c, "v_head_dim", c.head_dim)
    ok = c.qk_rope_head_dim is not None and c.qk_rope_head_dim < c.head_dim
    require(ok, "qk_rope_head_dim", c.qk_rope_head_dim, f"a whole number below head_dim ({c.head_dim})")
    same = c.num_key_value_heads == c.num_attention_heads
    rule = f"num_attention_heads ({c.num_attention_heads}) with kv_lora_rank"
    require(same, "num_key_value_heads", c.num_key_value_heads, rule)
    for name in ("qk_norm", "clip_qkv", "rotary_dim"):
        require(getattr(c, name) is None, name, getattr(c, name), "None with kv_lora_rank")
    for name in ("sub_norms", "v_norm", "attn_output_gate"):
        require(not getattr(c, name), name, getattr(c, name), "false with kv_lora_rank")
    require(not c.sink_layers, "sink_layers", c.sink_layers, "None with kv_lora_rank")


def _check_index(c: SimpleNamespace) -> None:
    if c.index_topk is None:
        for name in ("index_n_heads", "index_head_dim", "index_layers"):
            require(not getattr(c, name), name, getattr(c, name), "nothing, for there is no index_topk")
        c.index_layers = ()
        return
    require(c.q_lora_rank is not None, "q_lora_rank", None, "a number, for there is an index_topk")
    for name, least in (("index_n_heads", 1), ("index_head_dim", c.qk_rope_head_dim)):
        rule = f"a number from {least}, for there is an index_topk"
        require((getattr(c, name) or 0) >= least, name, getattr(c, name), rule)
    c.index_layers = _layer_numbers(c, "index_layers", ()) or tuple(range(c.num_hidden_layers))
    require(c.index_layers[:1] == (0,), "index_layers", c.index_layers, "0 first: no layer is before it")


def _check_positions(c: SimpleNamespace) -> None:
    if c.position_embedding_type == "rotary":
        name = next(name for name in ("qk_rope_head_dim", "rotary_dim", "head_dim") if getattr(c, name) is not None)
        require(getattr(c, name) % 2 == 0, name, getattr(c, name), "even: rotary positions turn numbers in pairs")
    if c.rotary_dim is not None:
        ok = c.position_embedding_type == "rotary" and c.rotary_dim <= c.head_dim
        require(ok, "rotary_dim", c.rotary_dim, f"at most head_dim ({c.head_dim}), and None without rotary positions")
        c.rotary_dim = None if c.rotary_dim == c.head_dim else c.rotary_dim
    if c.position_embedding_type.startswith("sinusoidal"):
        require(c.hidden_size % 2 == 0, "hidden_size", c.hidden_size, "even: a sine and a cosine for each wave")


def _complete_layers(c: SimpleNamespace) -> None:
    n, rotary = c.num_hidden_layers, c.position_embedding_type == "rotary"
    _default(c, "layer_types", ("sliding_attention" if c.sliding_window else "full_attention",) * n)
    _default(c, "no_rope_layers", tuple(int(rotary and kind in SPANS) for kind in c.layer_types))
    for name in ("layer_types", "no_rope_layers"):
        values = getattr(c, name)
        require(len(values) == n, name, values, f"{n} values, one for each layer")
        setattr(c, name, tuple(values))
    require(
        rotary or not any(c.no_rope_layers), "no_rope_layers", c.no_rope_layers, "0s where positions are not rotary"
    )
    for name, span in (("sliding_window", "sliding_attention"), ("attention_chunk_size", "chunked_attention")):
        used = span in c.layer_types
        rule = f"a number, for layer_types has {span}" if used else f"None, for no layer_types is {span}"
        require(used == (getattr(c, name) is not None), name, getattr(c, name), rule)


def _check_shared(c: SimpleNamespace) -> None:
    """What layers have of their own, or take from others."""
    full, heads, n = "full_attention" in c.layer_types, c.num_attention_heads, c.num_hidden_layers
    for name in ("full_head_dim", "full_num_key_value_heads", "attention_k_eq_v"):
        value, usual = getattr(c, name), getattr(c, name.removeprefix("full_"))
        require(not value or (full and c.kv_lora_rank is None), name, value, "nothing, where no layer is full")
        if name.startswith("full_") and value == usual:
            setattr(c, name, None)
    shared = c.full_num_key_value_heads
    ok = shared is None or heads % shared == 0
    require(ok, "full_num_key_value_heads", shared, f"a divisor of num_attention_heads ({heads})")
    require((c.full_head_dim or 0) % 2 == 0, "full_head_dim", c.full_head_dim, "even: numbers turn in pairs")
    own = c.layer_types[: n - c.num_kv_shared_layers]
    ok = c.num_kv_shared_layers == 0 or (set(own) == set(c.layer_types) <= set(SPANS) and c.kv_lora_rank is None)
    rule = "fewer, so that each type of layer has one that others can share with"
    require(ok, "num_kv_shared_layers", c.num_kv_shared_layers, rule)
    for name in ("mlp_widths", "gate_sparsity"):
        values = getattr(c, name)
        ok = values is None or len(values) == n
        require(ok, name, values, f"{n} values, one for each layer")
    if c.mlp_widths is not None:
        require(all(map(SIZE.allows, c.mlp_widths)), "mlp_widths", c.mlp_widths, f"{n} numbers, each {SIZE.words}")
        c.mlp_widths = None if set(c.mlp_widths) == {c.intermediate_size} else tuple(c.mlp_widths)
    if c.gate_sparsity is not None:
        require(c.gated_mlp, "gate_sparsity", c.gate_sparsity, "None without gated_mlp")
        c.gate_sparsity = tuple(c.gate_sparsity) if any(c.gate_sparsity) else None
    if c.hidden_size_per_layer_input is None:
        rows = c.vocab_size_per_layer_input
        require(rows is None, "vocab_size_per_layer_input", rows, "None, for there is no hidden_size_per_layer_input")
    else:
        _default(c, "vocab_size_per_layer_input", c.vocab_size)
    several = c.altup_num_inputs > 1
    for name in ("laurel_rank", "hidden_size_per_layer_input") if several else ("laurel_rank",):
        require((getattr(c, name) is not None) == several, name, getattr(c, name), "a number with altup_num_inputs")
    special = several or c.layer_scalar or c.dense_beside_experts or c.hidden_size_per_layer_input
    ok = not special or c.norm_placement == "sandwich"
    require(ok, "norm_placement", c.norm_placement, "sandwich, with embeddings for each layer or experts beside")
    for name, value in (("residual_multiplier", 1), ("layer_scalar", False), ("dense_beside_experts", False)):
        ok = getattr(c, name) == value or not (several or (special and value))
        require(ok, name, getattr(c, name), f"{value} in such a block")


def _check_states(c: SimpleNamespace) -> None:
    """Sizes where a layer has such a state, and nowhere else; nothing is between the norms but one of the two parts."""
    used = [kind for kind in STATES if kind in c.layer_types]
    needed = {name: kind for kind in used for name in STATES[kind]}
    for name in dict.fromkeys(name for names in STATES.values() for name in names):
        rule = f"a number, for layer_types has {needed[name]}" if name in needed else "None, for no layer needs it"
        require((name in needed) == (getattr(c, name) is not None), name, getattr(c, name), rule)
    if "linear_num_key_heads" in needed:
        heads, keys = c.linear_num_value_heads, c.linear_num_key_heads
        require(heads % keys == 0, "linear_num_value_heads", heads, f"a multiple of linear_num_key_heads ({keys})")
    for kind in {"kimi_delta", "lightning"} & set(used):  # whose keys are like its values
        for key, value in zip(KEYS, VALUES, strict=True):
            same = getattr(c, value)
            require(getattr(c, key) == same, key, getattr(c, key), f"{value} ({same}) with {kind}")
    c.time_step_limit = tuple(c.time_step_limit)
    alone, n = tuple(c.mixer_only_layers), c.num_hidden_layers
    ok = list(alone) == sorted(set(alone)) and all(0 <= layer < n for layer in alone)
    require(ok, "mixer_only_layers", alone, f"numbers from 0 to {n - 1}, growing")
    c.mixer_only_layers = alone
    empty = [layer for layer in alone if c.layer_types[layer] == "none"]
    require(not empty, "mixer_only_layers", alone, "no layer whose layer_types is none: it would be empty")
    plain = not used and not alone and "none" not in c.layer_types
    ok = c.norm_placement in (PLACEMENTS if plain else ("pre", "stream"))
    require(ok, "norm_placement", c.norm_placement, "pre or stream, where a layer lacks attention or a network")
    ok = c.skip_multiplier == 1 or c.norm_placement == "stream"
    require(ok, "skip_multiplier", c.skip_multiplier, "1 where norm_placement is not stream")


def _complete_experts(c: SimpleNamespace) -> None:
    c.sink_layers = _layer_numbers(c, "sink_layers", ())
    shared = ("shared_expert_intermediate_size", "shared_expert_gate", "shared_expert_mean")
    for name in shared if not c.n_shared_experts else ():
        require(not getattr(c, name), name, getattr(c, name), "nothing, for there are no n_shared_experts")
    if c.num_local_experts is None:
        names = ("num_experts_per_tok", "moe_intermediate_size", "n_shared_experts", "router_bias", "moe_layers")
        names += ("dense_beside_experts",)
        for name in names:
            require(not getattr(c, name), name, getattr(c, name), "nothing, for there is no num_local_experts")
        c.moe_layers = ()
        return
    _default(c, "num_experts_per_tok", 1)
    _default(c, "moe_intermediate_size", c.intermediate_size)
    if c.n_shared_experts and c.shared_expert_intermediate_size == c.n_shared_experts * c.moe_intermediate_size:
        c.shared_expert_intermediate_size = None  # as it is anyway
    thinking = tuple(i for i in range(c.num_hidden_layers) if i not in c.mixer_only_layers)
    c.moe_layers = _layer_numbers(c, "moe_layers", thinking)
    last = c.num_hidden_layers - 1
    require(len(c.moe_layers) > 0, "moe_layers", c.moe_layers, f"one or more numbers from 0 to {last}, growing")
    both = set(c.moe_layers) & set(c.mixer_only_layers)
    require(not both, "moe_layers", c.moe_layers, f"none of mixer_only_layers {c.mixer_only_layers}")
    _check_groups(c)


def _layer_numbers(c: SimpleNamespace, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
    """Some layers of the model, by number; the default for None."""
    layers, last = list(default if getattr(c, name) is None else getattr(c, name)), c.num_hidden_layers - 1
    ok = layers == sorted(set(layers)) and (not layers or 0 <= layers[0] <= layers[-1] <= last)
    require(ok, name, getattr(c, name), f"one or more numbers from 0 to {last}, growing")
    return tuple(layers)


def _check_groups(c: SimpleNamespace) -> None:
    """Experts are chosen from the best `topk_group` of `n_group` groups of equal size."""
    experts, groups, method = c.num_local_experts, c.n_group, c.topk_method
    whole = method in ("greedy", "biased_products", "sparse_mixer")
    least = 2 if method == "noaux_tc" else 1  # whose groups are weighed by their two best
    ok = experts % groups == 0 and experts // groups >= least and (groups == 1 or not whole)
    rule = f"1, or with {method} a divisor of num_local_experts ({experts}) that leaves {least} or more a group"
    require(ok, "n_group", groups, f"1 with {method}" if whole else rule)
    require(c.topk_group <= groups, "topk_group", c.topk_group, f"at most n_group ({groups})")
    most = experts // groups * c.topk_group
    rule = f"at most {most}, the experts to choose from"
    require(c.num_experts_per_tok <= most, "num_experts_per_tok", c.num_experts_per_tok, rule)
    ok = method != "sparse_mixer" or c.num_experts_per_tok == 2
    require(ok, "num_experts_per_tok", c.num_experts_per_tok, "2 with sparse_mixer")
    fixed = (("scoring_func", "softmax"), ("norm_topk_prob", False), ("routed_scaling_factor", 1))
    for name, value in fixed if method == "sparse_mixer" else ():
        require(getattr(c, name) == value, name, getattr(c, name), f"{value} with sparse_mixer")
    ok = not (c.dense_beside_experts and c.n_shared_experts)
    require(ok, "n_shared_experts", c.n_shared_experts, "0 with dense_beside_experts")


def _check_rope_scaling(c: SimpleNamespace) -> None:
    scaling = c.rope_scaling
    if scaling is None:
        return
    kind = scaling.get("rope_type")
    ok = isinstance(kind, str) and kind in _ROPE_FIELDS
    require(ok, "rope_scaling", scaling, f"None or a dict whose rope_type is one of: {', '.join(_ROPE_FIELDS)}")
    options = _ROPE_OPTIONS.get(kind, ())
    for name in (*_ROPE_FIELDS[kind], *options):
        value = scaling.get(name)
        ok = POSITIVE.allows(value) or (value is None and name in options)
        require(ok, f"rope_scaling[{name!r}]", value, ("None or " if name in options else "") + POSITIVE.words)
    for name in ("short_factor", "long_factor") if kind == "longrope" else ():
        factors, pairs = scaling.get(name), (c.qk_rope_head_dim or c.rotary_dim or c.head_dim) // 2
        ok = isinstance(factors, list | tuple) and len(factors) == pairs and all(map(POSITIVE.allows, factors))
        require(ok, f"rope_scaling[{name!r}]", factors, f"a list of {pairs} numbers above 0, one for each pair")
    if kind == "yarn":
        require(c.rope_theta > 1, "rope_theta", c.rope_theta, "above 1 with yarn")
        truncate = scaling.get("truncate", True)
        require(isinstance(truncate, bool), "rope_scaling['truncate']", truncate, "true or false")


def _complete_tokens(c: SimpleNamespace) -> None:
    eos = c.eos_token_id
    c.eos_token_id = () if eos is None else (eos,) if isinstance(eos, int) else tuple(eos)
    for name, tokens in (("bos_token_id", (c.bos_token_id,)), ("eos_token_id", c.eos_token_id)):
        for token in tokens:
            ok = token is None or 0 <= token < c.vocab_size
            require(ok, name, token, f"a token id below vocab_size ({c.vocab_size})")


def _default(c: SimpleNamespace, field: str, value: Any) -> None:
    if getattr(c, field) is None:
        setattr(c, field, value)
