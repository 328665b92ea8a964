"""Save a model as a Hugging Face folder, which transformers, and whatever builds on it, can open."""

from __future__ import annotations

import dataclasses
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.checkpoint.families import FAMILIES, Family
from lessons_lib.checkpoint.huggingface import CONFIG, INDEX, OURS, QUANTIZATION, WEIGHTS
from lessons_lib.config import ModelConfig
from lessons_lib.files import replace_folder
from lessons_lib.formats.lazy import LazyTensor
from lessons_lib.formats.safetensors import save_safetensors
from lessons_lib.model import Transformer
from lessons_lib.parts import check_model, check_tokenizer, check_without_lora
from lessons_lib.tokenizer import Tokenizer, save_tokenizer
from lessons_lib.tokenizer.formats.folder import JSON, SETTINGS, TEMPLATE
from lessons_lib.tokenizer.formats.generation_config import NAME as GENERATION

_TOKENIZER = (JSON, SETTINGS, TEMPLATE)
# What may lie in a folder that is saved into: other files would be lost.
_MODEL = (CONFIG, GENERATION, WEIGHTS, INDEX, "model-?????-of-?????.safetensors")


def save_pretrained(
    model: Transformer,
    folder: str | os.PathLike[str],
    tokenizer: Tokenizer | None = None,
    max_shard_size: int = 5_000_000_000,
) -> None:
    """Write a model, and its tokenizer, to a folder that `lessons_lib.load` and transformers 5 read back.

    The folder is replaced whole or not at all: everything is written beside it first. Who kills the process in between
    finds the old model, or the new one; what is left beside it is cleared away by the next save. Quantised weights are
    written as they are; only `lessons_lib.load` reads those.

    Args:
        model: of a config that some family of `load` can express.
        folder: is made, or replaced if it holds a saved model and nothing else; it keeps its mode. A tokenizer that
            lies there stays unless another one is given. Of a link, what it points to is replaced.
        tokenizer: None to write none.
        max_shard_size: bytes; more than that of weights are cut into several files.

    Raises:
        ValueError: for a model with an adapter; if no family can express the config, the folder holds other files or is
            the one that this process works in, or the tokenizer is of a kind that has no `tokenizer.json`.
        OSError: if something cannot be written; what was there before stays. On Windows that includes files that a
            loaded model still reads: save to another folder.

    Example:
        `save_pretrained(model, "my-model", tokenizer)`, then `lessons_lib.load("my-model")`
    """
    check_model(model)
    check_without_lora(model)
    if tokenizer is not None:
        check_tokenizer(tokenizer)
    max_shard_size = arguments.whole("max_shard_size", max_shard_size, 1)
    family = family_of(model.config)
    with replace_folder(arguments.path("folder", folder)) as (unfinished, old):
        _check_folder(old)
        _write_json(unfinished / CONFIG, _config_values(model, family))
        _write_weights(unfinished, _tensors(model, family), max_shard_size)
        _write_tokenizer(unfinished, old, tokenizer)
        if ends := list(model.config.eos_token_id) or (tokenizer and tokenizer.eos_token_ids):
            begin = model.config.bos_token_id
            _write_json(unfinished / GENERATION, {"bos_token_id": begin, "eos_token_id": ends})


def family_of(config: ModelConfig) -> Family:
    """Find the first family whose `config.json` says all that a config says.

    Raises:
        ValueError: naming what the nearest family cannot say.
    """
    lost: dict[str, list[str]] = {}
    for family in FAMILIES.values():
        try:
            read = family.config(family.values(config))
        except (ValueError, TypeError, IndexError):  # it cannot even write it down: what it needs may not be there
            continue
        ours, theirs = config.to_dict(), read.to_dict()
        lost[family.model_type] = [name for name in ours if ours[name] != theirs[name]]
        if not lost[family.model_type]:
            return family
    nearest = min(lost, key=lambda name: len(lost[name]))
    got = ", ".join(f"{name}={getattr(config, name)!r:.60}" for name in lost[nearest])
    raise ValueError(
        f"ModelConfig: got {got}, allowed what a family can express; the nearest of {', '.join(lost)} is {nearest}"
    )


def _config_values(model: Transformer, family: Family) -> dict[str, Any]:
    kept = (parameter.dtype for parameter in model.parameters())  # what `quantize` leaves alone, such as norms
    dtype = str(next(kept, torch.float32)).removeprefix("torch.")
    values = family.values(model.config) | {"dtype": dtype}
    if model.quantization is not None:
        values[QUANTIZATION] = {"quant_method": OURS} | dataclasses.asdict(model.quantization)
    return values


def _tensors(model: Transformer, family: Family) -> dict[str, Tensor | LazyTensor]:
    """All tensors by their names in the files; of a tied matrix only the first."""
    names: dict[int, str] = {}
    state = model.state_dict(keep_vars=True)
    unique = {name: tensor.detach() for name, tensor in state.items() if names.setdefault(id(tensor), name) == name}
    return family.from_ours(unique, model.config) if model.quantization is None else unique


def _write_weights(folder: Path, tensors: Mapping[str, Tensor | LazyTensor], max_shard_size: int) -> None:
    shards = list(_shards(tensors, max_shard_size))
    if len(shards) == 1:
        save_safetensors(shards[0], folder / WEIGHTS, {"format": "pt"})
        return
    places = {}
    for number, shard in enumerate(shards, 1):
        name = f"model-{number:05d}-of-{len(shards):05d}.safetensors"
        save_safetensors(shard, folder / name, {"format": "pt"})
        places |= dict.fromkeys(shard, name)
    total = sum(tensor.nbytes for tensor in tensors.values())
    _write_json(folder / INDEX, {"metadata": {"total_size": total}, "weight_map": places})


def _shards(
    tensors: Mapping[str, Tensor | LazyTensor], max_shard_size: int
) -> Iterator[dict[str, Tensor | LazyTensor]]:
    """Cut the tensors, in their order, into runs of at most so many bytes; a larger tensor is a run of its own."""
    shard, size = {}, 0
    for name, tensor in tensors.items():
        if shard and size + tensor.nbytes > max_shard_size:
            yield shard
            shard, size = {}, 0
        shard[name] = tensor
        size += tensor.nbytes
    yield shard


def _write_tokenizer(folder: Path, old: Path, tokenizer: Tokenizer | None) -> None:
    if tokenizer is None:
        for path in (old / name for name in _TOKENIZER):
            if path.exists():
                shutil.copy2(path, folder)
        return
    save_tokenizer(tokenizer, folder / JSON)
    names = {i: name for name, i in tokenizer.special_tokens.items()}
    tokens = {"bos_token": tokenizer.bos_token_id, "eos_token": tokenizer.eos_token_id}
    tokens["pad_token"] = tokenizer.pad_token_id
    settings = {field: names[i] for field, i in tokens.items() if i in names}
    settings |= {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False}
    template = tokenizer.chat_template
    if template is not None and template.tool_use is not None:  # two of them have their place in the settings
        named = {"default": template.source, "tool_use": template.tool_use}
        settings["chat_template"] = [{"name": name, "template": source} for name, source in named.items()]
    elif template is not None:
        (folder / TEMPLATE).write_bytes(template.source.encode())
    _write_json(folder / SETTINGS, settings)


def _write_json(path: Path, values: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")


def _check_folder(folder: Path) -> None:
    if not folder.exists():
        return
    if not folder.is_dir():
        raise ValueError(f"folder: got the file {folder}, allowed a folder")
    with suppress(FileNotFoundError):  # where the folder of this process is gone already
        if any(folder.samefile(here) for here in (Path.cwd(), *Path.cwd().parents)):
            raise ValueError(f"folder: got {folder}, in which this process works, allowed another")
    known = (*_MODEL, *_TOKENIZER)
    others = [path.name for path in folder.iterdir() if path.is_dir() or not any(map(path.match, known))]
    if others:
        raise ValueError(f"folder: got {folder} with {min(others)} in it, allowed a new one or one with a saved model")
