"""What llama.cpp's architectures say in keys of their own: heads, rotation, windows, experts."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from lessons_lib.checkpoint.gguf.architecture import Part
from lessons_lib.checkpoint.gguf.keys import Keys
from lessons_lib.checkpoint.gguf.rope import SHARPER
from lessons_lib.config import ModelConfig

FULL, SLIDING = "full_attention", "sliding_attention"
HEAD_COUNT = "attention.head_count"
_BASE, _SCALED = "rope.freq_base", "rope.scaling.type"


def _read_heads(keys: Keys) -> dict[str, Any]:
    heads, width = keys.whole(HEAD_COUNT), keys.whole("embedding_length")
    head_dim = keys.whole("attention.key_length", width // max(heads, 1))
    if keys.whole("attention.value_length", head_dim) != head_dim:
        raise keys.error(
            "attention.value_length", keys.whole("attention.value_length"), f"{head_dim}, the width of a head"
        )
    kv = set(keys.each(f"{HEAD_COUNT}_kv", heads)) - {0}  # layers without attention have none
    if len(kv) > 1:
        raise keys.error(f"{HEAD_COUNT}_kv", sorted(kv), "one number for all layers")
    return {"num_attention_heads": heads, "num_key_value_heads": max(kv, default=0), "head_dim": head_dim}


def _write_heads(config: ModelConfig) -> dict[str, Any]:
    return {
        HEAD_COUNT: config.num_attention_heads,
        f"{HEAD_COUNT}_kv": config.num_key_value_heads,
        "attention.key_length": config.head_dim,
        "attention.value_length": config.head_dim,
    }


HEADS = Part(_read_heads, _write_heads)


def _read_rotation(keys: Keys) -> dict[str, Any]:
    head_dim = _read_heads(keys)["head_dim"]
    turning = keys.whole("rope.dimension_count", head_dim)
    return {
        "rope_theta": keys.number("rope.freq_base", 10000.0),
        "rotary_dim": None if turning == head_dim else turning,
    }


def _write_rotation(config: ModelConfig) -> dict[str, Any]:
    return {
        "rope.dimension_count": config.rotary_dim or config.head_dim,
        "rope.freq_base": float(config.rope_theta),
    }


ROTATION = Part(_read_rotation, _write_rotation)


def _read_latent(keys: Keys) -> dict[str, Any]:
    heads, turning = keys.whole(HEAD_COUNT), keys.whole("rope.dimension_count")
    rank = keys.whole("attention.kv_lora_rank")
    for key, value in (("attention.key_length", rank + turning), ("attention.value_length", rank)):
        if keys.whole(key, value) != value:
            raise keys.error(key, keys.whole(key), f"{value}, as latent attention has it")
    keys.each(f"{HEAD_COUNT}_kv", 1)
    return {
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "head_dim": keys.whole("attention.key_length_mla"),
        "v_head_dim": keys.whole("attention.value_length_mla"),
        "qk_rope_head_dim": turning,
        "rope_theta": keys.number("rope.freq_base", 10000.0),
    } | _read_sharper(keys)


def _read_sharper(keys: Keys) -> dict[str, Any]:
    """Where yarn sharpens queries and keys, their products are divided by a smaller root."""
    factor, multiplier = keys.number("rope.scaling.factor", 1.0), keys.number(SHARPER, 0.0)
    if factor <= 1 or not multiplier:
        return {}
    return {"query_pre_attn_scalar": keys.whole("attention.key_length_mla") / (multiplier * math.log(factor) + 1) ** 4}


def _write_sharper(config: ModelConfig) -> dict[str, Any]:
    scaling = config.rope_scaling or {}
    sharper = scaling.get("mscale_all_dim")
    return {"rope.scaling.factor": float(scaling["factor"]), SHARPER: 0.1 * sharper} if sharper else {}


def _write_latent(config: ModelConfig) -> dict[str, Any]:
    rank, turning = config.kv_lora_rank or 0, config.qk_rope_head_dim or 0
    return {
        HEAD_COUNT: config.num_attention_heads,
        f"{HEAD_COUNT}_kv": 1,
        "attention.key_length": rank + turning,
        "attention.value_length": rank,
        "attention.key_length_mla": config.head_dim,
        "attention.value_length_mla": config.v_head_dim,
        "rope.dimension_count": turning,
        "rope.freq_base": float(config.rope_theta),
    } | _write_sharper(config)


LATENT_HEADS = Part(_read_latent, _write_latent)


def _sections(config: ModelConfig) -> np.ndarray:
    pairs = (config.rotary_dim or config.head_dim) // 2
    third = pairs // 3
    return np.array([pairs - 2 * third, third, third, 0], np.int32)


def only_written(key: str, make: Callable[[ModelConfig], Any]) -> Part:
    """A key that has to be there and tells us nothing."""
    return Part(lambda keys: keys.asked.add(key) or {}, lambda config: {key: make(config)})


SECTIONS = only_written("rope.dimension_sections", _sections)
"""Which pairs turn by which place in a picture; in a text all are one."""


def computed(write: dict[str, Callable[[ModelConfig], Any]], read: Callable[[Keys], dict[str, Any]]) -> Part:
    """A part by functions of the config, one for each key."""
    return Part(read, lambda config: {key: make(config) for key, make in write.items()})


def stated(**values: Any) -> Part:
    """Keys that say the same in all files; dots in them are written as two underscores."""
    values = {key.replace("__", "."): value for key, value in values.items()}

    def read(keys: Keys) -> dict[str, Any]:
        for key, value in values.items():
            if key in keys and keys.metadata[keys.prefix + key] != value:
                raise keys.error(key, keys.metadata[keys.prefix + key], repr(value))
        return {}

    return Part(read, lambda config: values)


def windows(
    every: int,
    first: int = 1,
    turning: tuple[str, ...] = (FULL, SLIDING),
    base: str | None = None,
    listed: bool = False,
    layers: int | None = None,
) -> Part:
    """Layers that slide, all but each so-manieth.

    Args:
        every: see there; the layers whose number, counted from `first`, it divides are full.
        first: the number of the first layer.
        turning: the kinds of layers that turn queries and keys.
        base: the key of the base of sliding layers' rotation; that of all where only full layers are scaled.
        listed: whether files say which layers slide.
        layers: how many layers the only model has that slides.
    """
    pattern, only = "attention.sliding_window_pattern", layers

    def read(keys: Keys) -> dict[str, Any]:
        count, window = len(keys.layers()), keys.whole("attention.sliding_window", 0)
        by_rule = [SLIDING if (i + first) % every else FULL for i in range(count)]
        stated = keys.metadata.get(keys.prefix + pattern)
        if isinstance(stated, np.ndarray) and stated.dtype.kind == "b":
            keys.asked.add(pattern)
            by_rule = [SLIDING if slides else FULL for slides in stated]
        elif pattern in keys:
            step = keys.whole(pattern)
            by_rule = [FULL if step < 2 or (i + first) % step == 0 else SLIDING for i in range(count)]
        slides = window and only in (None, keys.whole("block_count"))
        kinds = tuple(by_rule) if slides else (FULL,) * count
        found = {"layer_types": kinds, "sliding_window": window if SLIDING in kinds else None}
        if set(turning) != {FULL, SLIDING} and slides:
            found["no_rope_layers"] = tuple(int(kind in turning) for kind in kinds)
        if base and base != _BASE and SLIDING in kinds:
            found["rope_local_base_freq"] = keys.number(base, 10000.0)
        elif base and SLIDING in kinds and _SCALED in keys:
            found["rope_local_base_freq"] = keys.number(_BASE, 10000.0)
        return found

    def write(config: ModelConfig) -> dict[str, Any]:
        slides = np.array([kind == SLIDING for kind in config.layer_types])
        written: dict[str, Any] = {"attention.sliding_window": config.sliding_window}
        if listed:
            written[pattern] = slides
        if base and base != _BASE:
            written[base] = config.rope_local_base_freq
        if config.rope_scaling is not None and config.rope_scaling["rope_type"] in ("linear", "yarn"):
            written[_SCALED] = config.rope_scaling["rope_type"]
        return written

    return Part(read, write)


def every_fourth_stands(keys: Keys) -> dict[str, Any]:
    """Each fourth layer does not turn queries and keys, as in SmolLM3."""
    return {"no_rope_layers": [int(bool((i + 1) % 4)) for i in keys.layers()]}


_GATINGS = {1: "softmax", 2: "sigmoid"}
_KEYS = {"expert_count": "num_local_experts", "expert_used_count": "num_experts_per_tok"}
_GROUPS = {"expert_group_count": "n_group", "expert_group_used_count": "topk_group"}


def _first_sparse(config: ModelConfig) -> int | None:
    return config.moe_layers[0] if config.moe_layers else None


def experts(
    width: str = "expert_feed_forward_length",
    scoring: str = "softmax",
    dense: bool = False,
    optional: bool = False,
    **fixed: Any,
) -> Part:
    """A mixture of experts, in the layers from one on.

    Args:
        width: the key of the width inside an expert.
        scoring: what files mean that say nothing of it.
        dense: whether a file says how many layers without experts come first.
        optional: whether there are models without experts.
        **fixed: fields that are so in all models with experts.
    """

    def read(keys: Keys) -> dict[str, Any]:
        if optional and not keys.whole("expert_count", 0):
            return {}
        found: dict[str, Any] = {name: keys.whole(key) for key, name in _KEYS.items()}
        found |= {name: keys.whole(key, 1) or 1 for key, name in _GROUPS.items()}
        found["moe_intermediate_size"] = max(keys.each(width if width in keys else "feed_forward_length"))
        gating = keys.whole("expert_gating_func", 2 if scoring == "sigmoid" else 1)
        if gating and gating not in _GATINGS:
            raise keys.error("expert_gating_func", gating, "1 or 2")
        found["scoring_func"] = _GATINGS.get(gating, scoring)
        found["norm_topk_prob"] = keys.flag("expert_weights_norm", False)
        found["routed_scaling_factor"] = keys.number("expert_weights_scale", 1.0) or 1.0
        if dense:
            first = keys.whole("leading_dense_block_count", 0)
            found["moe_layers"] = list(range(first, len(keys.layers())))
        shared = keys.whole("expert_shared_count", 0)
        inner = keys.whole("expert_shared_feed_forward_length", 0)
        found["n_shared_experts"] = shared or int(inner > 0)
        found["shared_expert_intermediate_size"] = inner or None
        return found | fixed

    def write(config: ModelConfig) -> dict[str, Any]:
        if not config.num_local_experts:
            return {}
        number = next(number for number, name in _GATINGS.items() if name == config.scoring_func)
        shared = config.n_shared_experts
        inner = config.shared_expert_intermediate_size or shared * config.moe_intermediate_size
        return {
            **{key: getattr(config, name) for key, name in _KEYS.items()},
            **{key: getattr(config, name) if config.n_group > 1 else None for key, name in _GROUPS.items()},
            width: config.moe_intermediate_size,
            "expert_gating_func": number,
            "expert_weights_norm": config.norm_topk_prob,
            "expert_weights_scale": float(config.routed_scaling_factor),
            "expert_shared_count": shared or None,
            "expert_shared_feed_forward_length": inner or None,
            "leading_dense_block_count": _first_sparse(config) if dense else None,
        }

    return Part(read, write)


ALSO_WIDTH = only_written("expert_feed_forward_length", lambda config: config.moe_intermediate_size)
"""A key that has to be there beside the one that counts."""

MIXTURE = {
    "ffn_gate_inp": "mlp.router",
    "ffn_gate_shexp": "mlp.shared_expert.gate_proj",
    "ffn_up_shexp": "mlp.shared_expert.up_proj",
    "ffn_down_shexp": "mlp.shared_expert.down_proj",
    "exp_probs_b.bias": "mlp.router.e_score_correction_bias",
}
CORRECTED = {"exp_probs_b.bias": ({"topk_method": "noaux_tc"}, {"topk_method": "greedy"})}
