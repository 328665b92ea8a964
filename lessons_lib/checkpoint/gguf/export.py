"""A model into a GGUF file that llama.cpp runs and `lessons_lib.load` reads back."""

from __future__ import annotations

import os
from typing import Any

from torch import Tensor

from lessons_lib.checkpoint.gguf.architecture import Architecture, missing
from lessons_lib.checkpoint.gguf.architectures import ARCHITECTURES
from lessons_lib.checkpoint.gguf.model import BOS_KEY, EOS_KEYS
from lessons_lib.checkpoint.gguf.rope import scaling_to_gguf
from lessons_lib.config import ModelConfig
from lessons_lib.formats.gguf_writer import save_gguf_file
from lessons_lib.formats.lazy import LazyTensor
from lessons_lib.model import Transformer
from lessons_lib.parts import check_model, check_tokenizer, check_without_lora
from lessons_lib.tokenizer import Tokenizer
from lessons_lib.tokenizer.formats.gguf_fields import gguf_fields

# llama.cpp's number for what most tensors of a file are, in `general.file_type`.
FILE_TYPES = {"F32": 0, "F16": 1, "Q4_0": 2, "Q4_1": 3, "Q8_0": 7, "BF16": 32}


def save_gguf(model: Transformer, tokenizer: Tokenizer, path: str | os.PathLike[str], type_name: str = "F32") -> None:
    """Write a model and its tokenizer to a GGUF file, which is replaced whole or not at all.

    Args:
        model: such as one of `ARCHITECTURES` can say, with weights that are not quantised.
        tokenizer: of `vocab_size` tokens at most; the file lists unused ones for the rest.
        path: the file, usually named `.gguf`.
        type_name: how the matrices are stored: F32, F16, BF16, Q8_0, Q4_0 or Q4_1. Norms and biases stay F32, and for
            the two 4-bit types the embedding and the output matrix are Q8_0, since they lose most by rounding.

    Raises:
        ValueError: for a model with an adapter, naming the field that a GGUF file cannot hold, or a row that is no
            multiple of the type's block.
        OSError: if the file cannot be written; what was there before stays.

    Example:
        save_gguf(model, tokenizer, "model.Q8_0.gguf", "Q8_0")
        model, tokenizer = lessons_lib.load("model.Q8_0.gguf")
    """
    check_model(model)
    check_without_lora(model)
    check_tokenizer(tokenizer)
    if type_name not in FILE_TYPES:
        raise ValueError(f"type_name: got {type_name!r}, allowed {', '.join(FILE_TYPES)}")
    if model.quantization is not None:
        raise ValueError(
            f"model: got weights in {model.quantization}, allowed float weights, which type_name quantises"
        )
    config = model.config
    if tokenizer.vocab_size > config.vocab_size:
        raise ValueError(f"tokenizer: got {tokenizer.vocab_size} tokens, allowed at most {config.vocab_size}")
    architecture = ARCHITECTURES[architecture_of(config)]
    scaling, divisors = scaling_to_gguf(config, architecture)
    metadata = _metadata(config, architecture, type_name) | scaling
    metadata |= gguf_fields(tokenizer, config.vocab_size) | _token_ids(config, tokenizer)
    weights = dict(model.named_parameters())
    weights |= {name: buffer for name, buffer in model.named_buffers() if name.endswith(".e_score_correction_bias")}
    tensors = divisors | architecture.written({name: weight.detach() for name, weight in weights.items()}, config)
    types = {name: _stored_type(name, tensor, type_name) for name, tensor in tensors.items()}
    save_gguf_file(path, metadata, tensors, types)


def architecture_of(config: ModelConfig) -> str:
    """Say which of llama.cpp's architectures a config is: by its switches alone.

    Raises:
        ValueError: naming the first field that none of them can hold.

    Example:
        >>> architecture_of(ModelConfig.preset("qwen3-0.6b"))
        'qwen3'
    """
    for architecture in ARCHITECTURES.values():
        if not architecture.differing(config):
            return architecture.name
    name, allowed = missing(config, ARCHITECTURES.values())
    got = getattr(config, name)
    raise ValueError(f"ModelConfig.{name}: got {got!r:.80}, allowed {allowed!r:.80} in a GGUF file")


def _metadata(config: ModelConfig, architecture: Architecture, type_name: str) -> dict[str, Any]:
    general = {"general.architecture": architecture.name, "general.type": "model"}
    general |= {"general.file_type": FILE_TYPES[type_name], "general.quantization_version": 2}
    return general | {f"{architecture.name}.{key}": value for key, value in architecture.values(config).items()}


def _token_ids(config: ModelConfig, tokenizer: Tokenizer) -> dict[str, int]:
    """The ids that start and end a text: the config's first, then what else the tokenizer knows."""
    bos = tokenizer.bos_token_id if config.bos_token_id is None else config.bos_token_id
    eos = list(dict.fromkeys([*config.eos_token_id, *tokenizer.eos_token_ids]))
    if len(eos) > len(EOS_KEYS):
        raise ValueError(f"eos_token_id: got {eos}, allowed at most {len(EOS_KEYS)} ids in a GGUF file")
    return ({} if bos is None else {BOS_KEY: bos}) | dict(zip(EOS_KEYS, eos, strict=False))


def _stored_type(name: str, tensor: Tensor | LazyTensor, type_name: str) -> str:
    if tensor.dim() == 1:
        return "F32"
    if type_name in ("Q4_0", "Q4_1") and name in ("token_embd.weight", "output.weight"):
        return "Q8_0"
    return type_name
