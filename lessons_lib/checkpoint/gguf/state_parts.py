"""What llama.cpp's architectures say of layers with a state, and which layers those are."""

from __future__ import annotations

from typing import Any

import numpy as np

from lessons_lib.checkpoint.gguf.architecture import Part
from lessons_lib.checkpoint.gguf.keys import Keys
from lessons_lib.checkpoint.gguf.parts import FULL, HEAD_COUNT, computed
from lessons_lib.config import ModelConfig

_SSM = {"ssm.conv_kernel": "linear_conv_kernel_dim", "ssm.state_size": "linear_key_head_dim"}


def _ssm(keys: Keys) -> dict[str, Any]:
    return {name: keys.whole(key) for key, name in _SSM.items()}


def _read_mamba(keys: Keys) -> dict[str, Any]:
    return _ssm(keys) | {
        "linear_num_key_heads": 1,
        "linear_value_head_dim": 1,
        "linear_num_value_heads": keys.whole("ssm.inner_size"),
        "time_step_rank": keys.whole("ssm.time_step_rank"),
    }


def _write_mamba(config: ModelConfig) -> dict[str, Any]:
    return {key: getattr(config, name) for key, name in _SSM.items()} | {
        "ssm.inner_size": config.linear_num_value_heads,
        "ssm.time_step_rank": config.time_step_rank,
    }


def _read_grouped(keys: Keys) -> dict[str, Any]:
    heads = keys.whole("ssm.time_step_rank")
    inner = {"linear_value_head_dim": keys.whole("ssm.inner_size") // max(heads, 1)}
    return _ssm(keys) | inner | {"linear_num_value_heads": heads, "linear_num_key_heads": keys.whole("ssm.group_count")}


def _write_grouped(config: ModelConfig) -> dict[str, Any]:
    return {key: getattr(config, name) for key, name in _SSM.items()} | {
        "ssm.inner_size": config.linear_num_value_heads * config.linear_value_head_dim,
        "ssm.time_step_rank": config.linear_num_value_heads,
        "ssm.group_count": config.linear_num_key_heads,
    }


MAMBA = Part(_read_mamba, _write_mamba)
GROUPED = Part(_read_grouped, _write_grouped)  # Mamba-2 and the gated delta net


def _alone(kind: str) -> Part:
    """Layers with a state of one kind and nothing else."""

    def read(keys: Keys) -> dict[str, Any]:
        layers = keys.layers()
        for key in (HEAD_COUNT, "feed_forward_length"):
            if keys.whole(key, 0):
                raise keys.error(key, keys.whole(key), "0: such layers have neither attention nor a network")
        one = {"num_attention_heads": 1, "intermediate_size": keys.whole("ssm.inner_size")}
        return one | {"layer_types": [kind for _ in layers], "mixer_only_layers": [*layers]}

    return Part(read, lambda config: {HEAD_COUNT: 0, "feed_forward_length": 0})


ALONE, ALONE2 = _alone("mamba"), _alone("mamba2")


def beside(kind: str) -> Part:
    """Layers with a state, which have no heads of keys, beside layers with attention."""

    def read(keys: Keys) -> dict[str, Any]:
        counts = keys.each(f"{HEAD_COUNT}_kv", 1)
        found = [FULL if heads else kind for heads in counts]
        turning = {"no_rope_layers": [int(each == FULL) for each in found]}
        return {"layer_types": found, "num_key_value_heads": max(counts)} | turning

    def write(config: ModelConfig) -> dict[str, Any]:
        heads = config.num_key_value_heads if config.kv_lora_rank is None else 1
        counts = [heads if each == FULL else 0 for each in config.layer_types]
        return {f"{HEAD_COUNT}_kv": np.array(counts, np.int32)}

    return Part(read, write)


def _read_interval(keys: Keys) -> dict[str, Any]:
    every = keys.whole("full_attention_interval", 4)
    kinds = [FULL if (i + 1) % max(every, 1) == 0 else "gated_delta" for i in keys.layers()]
    return {"layer_types": kinds, "no_rope_layers": [int(kind == FULL) for kind in kinds]}


def _write_interval(config: ModelConfig) -> dict[str, Any]:
    full = [i for i, kind in enumerate(config.layer_types) if kind == FULL]
    return {"full_attention_interval": full[0] + 1 if full else config.num_hidden_layers + 1}


INTERVAL = Part(_read_interval, _write_interval)


TURNS_OR_NOT = computed(
    {"rope.scaling.finetuned": lambda config: config.position_embedding_type == "rotary"},
    lambda keys: {"position_embedding_type": "rotary" if keys.flag("rope.scaling.finetuned", True) else "none"},
)


def _read_one_each(keys: Keys) -> dict[str, Any]:
    counts, widths = keys.each(f"{HEAD_COUNT}_kv"), keys.each("feed_forward_length")
    if len(counts) != len(widths):
        raise keys.error("feed_forward_length", f"{len(widths)} numbers", f"{len(counts)}, one for each layer")
    kinds = ["none" if width else FULL if heads else "mamba2" for heads, width in zip(counts, widths, strict=True)]
    return {
        "layer_types": kinds,
        "num_key_value_heads": max(counts),
        "intermediate_size": max(widths),
        "mixer_only_layers": [i for i, kind in enumerate(kinds) if kind != "none"],
    }


def _write_one_each(config: ModelConfig) -> dict[str, Any]:
    sizes = {FULL: (config.num_key_value_heads, 0), "none": (0, config.intermediate_size)}
    both = [sizes.get(kind, (0, 0)) for kind in config.layer_types]
    heads, widths = (np.array(each, np.int32) for each in zip(*both, strict=True))
    return {f"{HEAD_COUNT}_kv": heads, "feed_forward_length": widths}


ONE_EACH = Part(_read_one_each, _write_one_each)
"""A layer has attention, Mamba-2 or a network, and nothing else."""


BOTH_EPS = Part(lambda keys: {}, lambda config: {"attention.layer_norm_epsilon": float(config.rms_norm_eps)})
"""A key that has to be there beside the one that counts."""


def thinking(keys: Keys) -> dict[str, Any]:
    """Experts wherever there is a network."""
    return {"moe_layers": [i for i, width in enumerate(keys.each("feed_forward_length")) if width]}


def _read_kda(keys: Keys) -> dict[str, Any]:
    heads, width = keys.whole(HEAD_COUNT), keys.whole("kda.head_dim")
    names = ("linear_num_key_heads", "linear_num_value_heads")
    return (
        dict.fromkeys(names, heads)
        | dict.fromkeys(("linear_key_head_dim", "linear_value_head_dim"), width)
        | {
            "num_key_value_heads": heads,
            "no_rope_layers": None,
        }
    )


KDA = Part(_read_kda, lambda config: {"kda.head_dim": config.linear_value_head_dim})


def _read_chunks(keys: Keys) -> dict[str, Any]:
    step, layers = keys.whole("interleave_moe_layer_step", 1), [i + 1 for i in keys.layers()]
    return {
        "layer_types": ["chunked_attention" if i % 4 else FULL for i in layers],
        "no_rope_layers": [int(bool(i % 4)) for i in layers],
        "attention_chunk_size": keys.whole("attention.chunk_size", 8192) if len(layers) > 0 else None,
        "attn_temperature_tuning": True,
        "qk_norm": None if keys.whole("expert_count", 0) == 128 else "after",
        "moe_layers": [i - 1 for i in layers if step and i % step == 0],
    }


def _write_chunks(config: ModelConfig) -> dict[str, Any]:
    sparse = config.moe_layers
    return {"interleave_moe_layer_step": sparse[0] + 1 if sparse else None}


CHUNKS = Part(_read_chunks, _write_chunks)  # Llama 4
