"""A model out of a GGUF file: llama.cpp's keys and names turned into a config and Hugging Face's parameter names."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

import torch
from torch import Tensor

from lessons_lib.checkpoint.gguf.gemma import gemma_fields
from lessons_lib.checkpoint.gguf.keys import Keys
from lessons_lib.checkpoint.gguf.names import half_from_interleaved, hugging_face_name, is_rotated
from lessons_lib.checkpoint.gguf.rope import DIVISORS, scaling_from_divisors, scaling_from_keys
from lessons_lib.config import ModelConfig
from lessons_lib.errors import CheckpointError
from lessons_lib.formats.gguf import GGUF
from lessons_lib.formats.lazy import LazyTensor

_GEMMA = {"norm_placement": "sandwich", "rms_norm_offset": 1.0, "hidden_act": "gelu_pytorch_tanh"}

# What the name of an architecture says of a model.
ARCHITECTURES: dict[str, dict[str, Any]] = {
    "llama": {},
    "qwen2": {},
    "qwen3": {"qk_norm": "before"},
    "gemma2": _GEMMA,
    "gemma3": _GEMMA | {"qk_norm": "before"},
}

# Where a tokenizer's ids that end an answer stand: the end of the text, of a turn, and of a message.
EOS_KEYS = ("tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id")
BOS_KEY = "tokenizer.ggml.bos_token_id"


def config_from_gguf(gguf: GGUF, file: str) -> ModelConfig:
    """Read the shape of the model from the file's metadata.

    Raises:
        CheckpointError: for a file that holds no whole model, an architecture that is none of `ARCHITECTURES`, or a
            missing, impossible or unknown value.
    """
    architecture = _architecture(gguf, file)
    keys = Keys(gguf.metadata, file, architecture)
    gemma = architecture.startswith("gemma")
    for key in ("expert_count", "rope.scale_linear", *(() if gemma else ("attention.sliding_window",))):
        keys.refuse(key, "none: such models are not read from GGUF files")
    heads, width = keys.whole("attention.head_count"), keys.whole("embedding_length")
    head_dim = keys.whole("attention.key_length", width // max(heads, 1))
    for key in ("attention.value_length", "rope.dimension_count"):
        if keys.whole(key, head_dim) != head_dim:
            raise keys.error(key, keys.whole(key), f"{head_dim}, the width of a head")
    embedding = gguf.shapes.get("token_embd.weight") or (0,)
    try:
        fields = ARCHITECTURES[architecture] | {
            "vocab_size": embedding[0],
            "hidden_size": width,
            "intermediate_size": keys.whole("feed_forward_length"),
            "num_hidden_layers": keys.whole("block_count"),
            "num_attention_heads": heads,
            "num_key_value_heads": keys.whole("attention.head_count_kv", heads),
            "head_dim": head_dim,
            "max_position_embeddings": keys.whole("context_length"),
            "rms_norm_eps": keys.number("attention.layer_norm_rms_epsilon"),
            "rope_theta": keys.number("rope.freq_base", 10000.0),
            "rope_scaling": scaling_from_keys(keys),
            "attention_bias": "blk.0.attn_q.bias" in gguf,
            "attention_output_bias": "blk.0.attn_output.bias" in gguf,
            "mlp_bias": "blk.0.ffn_gate.bias" in gguf,
            "tie_word_embeddings": "output.weight" not in gguf,
            "bos_token_id": keys.token(BOS_KEY),
            "eos_token_id": [token for token in map(keys.token, EOS_KEYS) if token is not None],
        }
        if gemma:
            fields |= gemma_fields(keys, architecture, head_dim)
        keys.refuse_what_nobody_asked_for()
        config = ModelConfig(**fields)
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
    sandwich = config.norm_placement == "sandwich"

    def lazy(name: str) -> LazyTensor:
        def make() -> Tensor:
            tensor = gguf[name]
            if sandwich and name.endswith("norm.weight"):
                return tensor - config.rms_norm_offset  # files hold the sum
            return half_from_interleaved(tensor, config.head_dim) if interleaved and is_rotated(name) else tensor

        return LazyTensor(gguf.shapes[name], torch.float32, make)

    return {hugging_face_name(name, sandwich): lazy(name) for name in gguf if name != DIVISORS}


def _architecture(gguf: GGUF, file: str) -> str:
    """The architecture of a file that holds a whole model."""
    parts, kind = gguf.metadata.get("split.count", 1), gguf.metadata.get("general.type", "model")
    if parts != 1 or re.search(r"-\d{5}-of-\d{5}\.gguf$", file):
        rule = "the whole model in one file: llama.cpp's `llama-gguf-split --merge` makes it of the first part"
        raise CheckpointError(file, "split.count", f"one of {parts} parts", rule)
    architecture = gguf.metadata.get("general.architecture")
    if not isinstance(architecture, str) or architecture not in ARCHITECTURES:
        raise CheckpointError(file, "general.architecture", repr(architecture), " or ".join(map(repr, ARCHITECTURES)))
    if kind not in ("model", "vocab"):
        raise CheckpointError(file, "general.type", repr(kind), "'model'")
    if not len(gguf):
        rule = "those of a model; load_tokenizer reads what is in the file"
        raise CheckpointError(file, "tensors", "none: a vocabulary alone", rule)
    return architecture
