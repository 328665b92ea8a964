"""A model out of a GGUF file: llama.cpp's keys and names turned into a config and Hugging Face's parameter names."""

from __future__ import annotations

import dataclasses
import re

from lessons_lib.checkpoint.gguf.architecture import Architecture
from lessons_lib.checkpoint.gguf.architectures import ARCHITECTURES
from lessons_lib.checkpoint.gguf.keys import Keys
from lessons_lib.checkpoint.gguf.rope import DIVISORS, scaling_from_divisors, scaling_from_keys
from lessons_lib.config import ModelConfig
from lessons_lib.errors import CheckpointError
from lessons_lib.formats.gguf import GGUF
from lessons_lib.formats.lazy import LazyTensor

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
    keys = Keys(gguf.metadata, file, architecture.name)
    keys.refuse("rope.scale_linear", "none: such models are not read from GGUF files")
    ends = {re.sub(r"blk\.\d+\.", "", name) for name in gguf}
    ends |= {f"attn_q.{kind}" for kind in ("weight", "bias") if f"attn_qkv.{kind}" in ends}
    sparse = sorted(
        int(found[1]) for name in gguf if (found := re.fullmatch(r"blk\.(\d+)\.ffn_gate_inp\.weight", name))
    )
    embedding = gguf.shapes.get("token_embd.weight") or (0,)
    try:
        config = architecture.config(keys, {end: end in ends for end in architecture.shown}, embedding[0], sparse)
        stops = [token for token in map(keys.token, EOS_KEYS) if token is not None]
        ids = {"bos_token_id": keys.token(BOS_KEY), "eos_token_id": stops}
        scaling = scaling_from_keys(keys)
        keys.refuse_what_nobody_asked_for()
        config = dataclasses.replace(config, rope_scaling=scaling, **ids)
        for name, limit in architecture.limits.items():
            if getattr(config, name) != limit(config):
                raise CheckpointError(file, name, getattr(config, name), f"{limit(config)}, as llama.cpp has it")
    except CheckpointError:
        raise
    except ValueError as error:
        raise CheckpointError(file, "metadata", str(error), "a consistent model") from None
    if DIVISORS not in gguf:
        return config
    if not architecture.divisors or config.rope_scaling is not None:
        got = f"a tensor, architecture {architecture.name}, other scaling {config.rope_scaling}"
        raise CheckpointError(file, DIVISORS, got, "one for a Llama-like model without other scaling")
    scaling = scaling_from_divisors(gguf[DIVISORS], config)
    if scaling is None:
        got = f"divisors of frequencies up to {float(gguf[DIVISORS].max()):.6g}"
        raise CheckpointError(file, DIVISORS, got, "those of Llama 3's rule with its published constants")
    return dataclasses.replace(config, rope_scaling=scaling)


def tensors_from_gguf(gguf: GGUF, config: ModelConfig) -> dict[str, LazyTensor]:
    """All weights, to be made in float32 one at a time, under Hugging Face's names and in its order of rows."""
    architecture = ARCHITECTURES[gguf.metadata["general.architecture"]]
    shapes = {name: shape for name, shape in gguf.shapes.items() if name != DIVISORS}
    return architecture.read(gguf, shapes, config)


def _architecture(gguf: GGUF, file: str) -> Architecture:
    """The architecture of a file that holds a whole model."""
    parts, kind = gguf.metadata.get("split.count", 1), gguf.metadata.get("general.type", "model")
    if parts != 1 or re.search(r"-\d{5}-of-\d{5}\.gguf$", file):
        rule = "the whole model in one file: llama.cpp's `llama-gguf-split --merge` makes it of the first part"
        raise CheckpointError(file, "split.count", f"one of {parts} parts", rule)
    architecture = gguf.metadata.get("general.architecture")
    if not isinstance(architecture, str) or architecture not in ARCHITECTURES:
        raise CheckpointError(file, "general.architecture", repr(architecture), f"one of {', '.join(ARCHITECTURES)}")
    if kind not in ("model", "vocab"):
        raise CheckpointError(file, "general.type", repr(kind), "'model'")
    if not len(gguf):
        rule = "those of a model; load_tokenizer reads what is in the file"
        raise CheckpointError(file, "tensors", "none: a vocabulary alone", rule)
    return ARCHITECTURES[architecture]
