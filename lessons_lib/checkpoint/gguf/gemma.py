"""Gemma 2 and 3 in GGUF files: what llama.cpp knows of them without being told.

Source: llama.cpp, `llama-model.cpp`, where it reads the hyperparameters of `LLM_ARCH_GEMMA2` and `LLM_ARCH_GEMMA3`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from lessons_lib.checkpoint.gguf.keys import Keys

FULL, SLIDING = "full_attention", "sliding_attention"
LARGEST = {"gemma2": 46, "gemma3": 62}  # the layers of the 27B model, which scales its scores in another way


def gemma_fields(keys: Keys, architecture: str, head_dim: int) -> dict[str, Any]:
    """The fields of a config that only Gemma has.

    Every second layer of Gemma 2 and every sixth of Gemma 3 sees everything, the others a window. The sliding layers of
    Gemma 3 have a rotation of their own, whose base of 10,000 is in no file.

    Args:
        keys: of the file.
        architecture: "gemma2" or "gemma3".
        head_dim: width of a head.

    Raises:
        CheckpointError: for a value of the wrong kind.
    """
    second = architecture == "gemma2"
    layers, width, heads = (keys.whole(key) for key in ("block_count", "embedding_length", "attention.head_count"))
    window = keys.whole("attention.sliding_window", 4096 if second else 0)
    kinds = _kinds(keys, layers, 2 if second else 6) if window else (FULL,) * layers
    fields = {
        "embedding_multiplier": width**0.5,
        "query_pre_attn_scalar": width / heads if layers == LARGEST[architecture] else head_dim,
        "layer_types": kinds,
        "sliding_window": window if SLIDING in kinds else None,
        "final_logit_softcapping": _bound(keys, "final_logit_softcapping", 30.0 if second else 0.0),
    }
    if second:
        return fields | {"attn_logit_softcapping": _bound(keys, "attn_logit_softcapping", 50.0)}
    return fields | {"rope_local_base_freq": keys.number("rope.freq_base_swa", 10000.0)}


def _kinds(keys: Keys, layers: int, every: int) -> tuple[str, ...]:
    """Which layers slide: all but each so-manieth, or as a list in the file says."""
    key = "attention.sliding_window_pattern"
    listed = keys.metadata.get(keys.prefix + key)
    if isinstance(listed, np.ndarray) and listed.dtype.kind == "b":
        keys.asked.add(key)
        return tuple(SLIDING if slides else FULL for slides in listed)
    every = keys.whole(key, every)
    return tuple(FULL if every < 2 or i % every == 0 else SLIDING for i in range(1, min(layers, 10_000) + 1))


def _bound(keys: Keys, key: str, default: float) -> float | None:
    """The bound of scores; 0 for none."""
    return keys.number(key, default) or None
