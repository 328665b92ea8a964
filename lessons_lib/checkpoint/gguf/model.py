"""A model out of a GGUF file: llama.cpp's keys and names turned into a config and Hugging Face's parameter names."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lessons_lib.checkpoint.gguf.names import half_from_interleaved, hugging_face_name, is_rotated
from lessons_lib.checkpoint.gguf.rope import DIVISORS, KEYS, scaling_from_divisors
from lessons_lib.config import ModelConfig
from lessons_lib.errors import CheckpointError
from lessons_lib.formats.gguf import GGUF
from lessons_lib.formats.lazy import LazyTensor

ARCHITECTURES = ("llama", "qwen2", "qwen3")

# Where a tokenizer's ids that end an answer stand: the end of the text, of a turn, and of a message.
EOS_KEYS = ("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id")
BOS_KEY = "tokenizer.ggml.bos_token_id"


def config_from_gguf(gguf: GGUF, file: str) -> ModelConfig:
    """Read the shape of the model from the file's metadata.

    Raises:
        CheckpointError: for another architecture than "llama", "qwen2" or "qwen3", or a missing, impossible or unknown
            value.
    """
    architecture = gguf.metadata.get("general.architecture")
    if not isinstance(architecture, str) or architecture not in ARCHITECTURES:
        raise CheckpointError(file, "general.architecture", repr(architecture), " or ".join(map(repr, ARCHITECTURES)))
    get = _Reader(gguf.metadata, file, architecture)
    get.refuse_parts_that_are_not_ours()
    heads, width = get.whole("attention.head_count"), get.whole("embedding_length")
    head_dim = get.whole("attention.key_length", width // max(heads, 1))
    for key in ("attention.value_length", "rope.dimension_count"):
        if get.whole(key, head_dim) != head_dim:
            raise get.error(key, get.whole(key), f"{head_dim}, the width of a head")
    embedding = gguf.shapes.get("token_embd.weight") or (0,)
    try:
        config = ModelConfig(
            vocab_size=embedding[0],
            hidden_size=width,
            intermediate_size=get.whole("feed_forward_length"),
            num_hidden_layers=get.whole("block_count"),
            num_attention_heads=heads,
            num_key_value_heads=get.whole("attention.head_count_kv", heads),
            head_dim=head_dim,
            max_position_embeddings=get.whole("context_length"),
            rms_norm_eps=get.number("attention.layer_norm_rms_epsilon"),
            rope_theta=get.number("rope.freq_base", 10000.0),
            rope_scaling=get.rope_scaling(),
            attention_bias="blk.0.attn_q.bias" in gguf,
            attention_output_bias="blk.0.attn_output.bias" in gguf,
            qk_norm="before" if architecture == "qwen3" else None,
            mlp_bias="blk.0.ffn_gate.bias" in gguf,
            tie_word_embeddings="output.weight" not in gguf,
            bos_token_id=get.token(BOS_KEY),
            eos_token_id=[token for token in map(get.token, EOS_KEYS) if token is not None],
        )
    except CheckpointError:
        raise
    except ValueError as error:
        raise CheckpointError(file, "metadata", str(error), "a consistent model") from None
    if DIVISORS not in gguf:
        return config
    if architecture != "llama" or config.rope_scaling is not None:
        got = f"a tensor, architecture {architecture}, other scaling {config.rope_scaling}"
        raise CheckpointError(file, DIVISORS, got, "one for llama without other scaling")
    scaling = scaling_from_divisors(gguf[DIVISORS], config)
    if scaling is None:
        got = f"divisors of frequencies up to {float(gguf[DIVISORS].max()):.6g}"
        raise CheckpointError(file, DIVISORS, got, "those of Llama 3's rule with its published constants")
    return dataclasses.replace(config, rope_scaling=scaling)


def tensors_from_gguf(gguf: GGUF, config: ModelConfig) -> dict[str, LazyTensor]:
    """All weights, to be made in float32 one at a time, under Hugging Face's names and in its order of rows."""
    interleaved = gguf.metadata["general.architecture"] == "llama"

    def lazy(name: str) -> LazyTensor:
        def make() -> Tensor:
            tensor = gguf[name]
            return half_from_interleaved(tensor, config.head_dim) if interleaved and is_rotated(name) else tensor

        return LazyTensor(gguf.shapes[name], torch.float32, make)

    return {hugging_face_name(name): lazy(name) for name in gguf if name != DIVISORS}


class _Reader:
    """Typed look-ups in metadata, below the architecture's name, that end in a `CheckpointError`."""

    def __init__(self, metadata: Mapping[str, Any], file: str, architecture: str) -> None:
        self.metadata, self.file, self.prefix = metadata, file, f"{architecture}."

    def whole(self, key: str, default: int | None = None) -> int:
        return self._get(self.prefix + key, int, default, "a whole number")

    def number(self, key: str, default: float | None = None) -> float:
        return float(str(np.float32(self._get(self.prefix + key, float, default, "a number"))))  # 1e-05, as written

    def token(self, key: str) -> int | None:
        return self._get(key, int, None, "a token id") if key in self.metadata else None

    def rope_scaling(self) -> dict[str, Any] | None:
        """The scaling that keys describe, in our words; none of them may be unknown."""
        below = "rope.scaling."
        kind = self._get(f"{self.prefix}{below}type", str, "none", "a name")
        if kind not in ("none", *KEYS):
            raise self.error(f"{below}type", repr(kind), f"none, {', '.join(KEYS)}")
        keys = KEYS.get(kind, {})
        for key in self.metadata:
            rest = key.removeprefix(self.prefix + below)
            if rest not in (key, "type", "finetuned", *keys.values()):
                raise self.error(below + rest, self.metadata[key], f"no such key with scaling of type {kind}")
        if kind == "none":
            return None
        scaling: dict[str, Any] = {"rope_type": kind}
        for name, key in keys.items():
            if name == "original_max_position_embeddings":
                scaling[name] = self.whole(below + key)
            elif name == "factor" or f"{self.prefix}{below}{key}" in self.metadata:
                scaling[name] = self.number(below + key)
        return scaling

    def refuse_parts_that_are_not_ours(self) -> None:
        for key in ("expert_count", "attention.sliding_window", "rope.scale_linear"):
            value = self.metadata.get(self.prefix + key, 0)
            if not isinstance(value, int | float) or value != 0:
                raise self.error(key, value, "none: such models are not read from GGUF files")

    def error(self, key: str, got: object, allowed: str) -> CheckpointError:
        return CheckpointError(self.file, self.prefix + key, got, allowed)

    def _get(self, key: str, kind: type, default: Any, rule: str) -> Any:
        value = self.metadata.get(key, default)
        if not isinstance(value, kind) or isinstance(value, bool):
            got = "nothing" if value is None else f"{type(value).__name__} {value!r:.40}"
            raise CheckpointError(self.file, key, got, rule)
        return value
