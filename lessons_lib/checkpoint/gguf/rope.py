"""Rotary scaling in GGUF files: two kinds are keys, and Llama 3's is a tensor that divides the frequencies."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lessons_lib.checkpoint.gguf.keys import Keys
from lessons_lib.config import ModelConfig
from lessons_lib.layers import rope_frequencies

if TYPE_CHECKING:
    from lessons_lib.checkpoint.gguf.architecture import Architecture

DIVISORS = "rope_freqs.weight"
SHARPER = "rope.scaling.yarn_log_multiplier"  # a tenth of `mscale_all_dim`

# The fields of our `rope_scaling` that are keys below `<architecture>.rope.scaling.`, by type.
KEYS = {
    "linear": {"factor": "factor"},
    "yarn": {
        "factor": "factor",
        "original_max_position_embeddings": "original_context_length",
        "beta_fast": "yarn_beta_fast",
        "beta_slow": "yarn_beta_slow",
    },
}

# A tensor of divisors doesn't say where they come from. Every published model that has them has these.
_LLAMA3 = {
    "rope_type": "llama3",
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}


def scaling_from_keys(keys: Keys) -> dict[str, Any] | None:
    """The scaling that keys describe, in our words. A factor of 0 or 1 is none, as in llama.cpp.

    Raises:
        CheckpointError: for another type, or a setting that its type does not have.
    """
    below = "rope.scaling."
    kind, stated = keys.text(f"{below}type", "none"), f"{below}type" in keys
    if kind not in ("none", *KEYS):
        raise keys.error(f"{below}type", repr(kind), f"none, {', '.join(KEYS)}")
    known = {key for settings in KEYS.values() for key in settings.values()}
    if kind == "none" and stated:  # then nothing of the rest counts
        keys.asked |= {below + key for key in known}
        return None
    for key in known - set(KEYS.get(kind, {}).values()) - {"original_context_length"}:
        if below + key in keys and not (key == "factor" and keys.number(below + key) in (0, 1)):
            raise keys.error(below + key, keys.number(below + key), f"no such key with scaling of type {kind}")
    keys.asked.add(f"{below}original_context_length")
    if kind == "none" or keys.number(f"{below}factor") in (0, 1):
        return None
    scaling: dict[str, Any] = {"rope_type": kind}
    for name, key in KEYS[kind].items():
        if name == "original_max_position_embeddings":
            scaling[name] = keys.whole(below + key)
        elif name == "factor" or below + key in keys:
            scaling[name] = keys.number(below + key)
    if SHARPER in keys:
        sharper = round(10 * keys.number(SHARPER), 5)
        scaling |= {"mscale": sharper, "mscale_all_dim": sharper}
    return scaling


def scaling_from_divisors(divisors: Tensor, config: ModelConfig) -> dict[str, Any] | None:
    """Find the "llama3" scaling that divides the frequencies of a model by these numbers.

    Args:
        divisors: [D / 2].
        config: of the model, whose own scaling does not count.

    Returns:
        The scaling, or None if Llama 3's rule, with its published constants, gives other divisors.
    """
    scaling = _LLAMA3 | {"factor": round(float(divisors.max()), 4)}
    try:
        expected = llama3_divisors(dataclasses.replace(config, rope_scaling=scaling))
    except ValueError:  # no factor: it is negative, infinite or NaN
        return None
    same = divisors.shape == expected.shape and torch.allclose(divisors, expected, rtol=1e-4)
    return scaling if same else None


def llama3_divisors(config: ModelConfig) -> Tensor:
    """What "llama3" scaling divides each rotary frequency by: [D / 2], from 1 to the factor."""
    return rope_frequencies(dataclasses.replace(config, rope_scaling=None)) / rope_frequencies(config)


def scaling_to_gguf(config: ModelConfig, architecture: Architecture) -> tuple[dict[str, Any], dict[str, Tensor]]:
    """The keys and the tensors that tell llama.cpp of a model's rotary scaling.

    Raises:
        ValueError: for scaling that a GGUF file cannot hold, or not so that it could be read back.
    """
    scaling = config.rope_scaling
    if scaling is None:
        return {}, {}
    if scaling["rope_type"] == "llama3":
        divisors = llama3_divisors(config)
        if scaling_from_divisors(divisors, config) != _LLAMA3 | scaling or not architecture.divisors:
            rule = f"for llama3, in a Llama-like model, {_LLAMA3} and a factor that the slowest pair reaches"
            raise ValueError(f"ModelConfig.rope_scaling: got {scaling}, allowed {rule}")
        return {}, {DIVISORS: divisors}
    keys = KEYS[scaling["rope_type"]]
    beyond = {name for name, value in scaling.items() if value is not None} - {"rope_type", *keys}
    alike = scaling.get("mscale") == scaling.get("mscale_all_dim")
    if architecture.fixed.get("rope_pairing") == "interleaved" and alike:
        beyond -= {"mscale", "mscale_all_dim"}  # `SHARPER` says them
    if beyond:
        allowed = ", ".join(keys)
        raise ValueError(f"ModelConfig.rope_scaling: got {', '.join(sorted(beyond))}, allowed {allowed} in a GGUF file")
    prefix = f"{architecture.name}.rope.scaling."
    values = {prefix + key: _plain(scaling[name], name) for name, key in keys.items() if scaling.get(name) is not None}
    return {prefix + "type": scaling["rope_type"]} | values, {}


def _plain(value: float, name: str) -> int | float:
    """llama.cpp wants a whole number for the context and float32 for the others."""
    return int(value) if name == "original_max_position_embeddings" else float(value)
