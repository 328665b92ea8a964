"""A model out of a Hugging Face folder: `config.json` and one or more safetensors files."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection
from mmap import mmap
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from lessons_lib.checkpoint.diagnosis import CONFIG, INDEX, WEIGHTS, no_config, no_shards, no_weights, refuse_adapter
from lessons_lib.checkpoint.families import FAMILIES, Family
from lessons_lib.config import ModelConfig
from lessons_lib.errors import CheckpointError
from lessons_lib.files import ModelFolder
from lessons_lib.formats.safetensors import map_safetensors
from lessons_lib.tokenizer.formats.generation_config import generation_ends

QUANTIZATION, OURS = "quantization_config", "lessons_lib"

_SHARD = re.compile(r"[\w.-]+\.safetensors")
_WRAPPED = re.compile(r"\b(_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.")  # inside a name


class Description(NamedTuple):
    """What `config.json` says, and `generation_config.json` of end tokens; `quantization` holds the arguments of
    `quantize`, or is None for plain weights."""

    family: Family
    config: ModelConfig
    quantization: dict[str, int] | None


def describe_folder(folder: ModelFolder) -> Description:
    """Read `config.json`, as transformers 4 or 5 or `save_pretrained` writes it.

    Where `generation_config.json` names end tokens, these are the config's; nothing else of that file is obeyed.

    Raises:
        CheckpointError: for an unknown `model_type`, code of another model in the config, or values that are missing,
            impossible or unknown.
    """
    refuse_adapter(folder)
    if CONFIG not in folder:
        raise no_config(folder)
    file, values = folder.path / CONFIG, folder.json(CONFIG)
    family = FAMILIES.get(str(values.get("model_type")))
    if family is None:
        raise CheckpointError(file, "model_type", repr(values.get("model_type")), ", ".join(map(repr, FAMILIES)))
    if "auto_map" in values and values["auto_map"] != family.only.get("auto_map"):
        raise CheckpointError(file, "auto_map", "a model that brings its own code", "no code")
    settings = values.get(QUANTIZATION)
    theirs = settings.get("quant_method") if isinstance(settings, dict) else None
    quantization = None if theirs and theirs == family.quantized else _quantization(file, settings)
    try:
        config = family.config({key: value for key, value in values.items() if key != QUANTIZATION})
        ends = generation_ends(folder, config.vocab_size)
        if ends is not None:
            config = dataclasses.replace(config, eos_token_id=ends)
    except CheckpointError:
        raise
    except ValueError as error:
        raise CheckpointError(file, "values", "some that do not fit", f"a {family.model_type} model: {error}") from None
    return Description(family, config, quantization)


def tensors_from_folder(folder: ModelFolder) -> tuple[dict[str, Tensor], list[mmap]]:
    """Map `model.safetensors`, or the files that `model.safetensors.index.json` names.

    Returns:
        All tensors under the names that they have in the files, but for what a wrapper put in front of all of them, as
        views of the mapped files; and those.

    Raises:
        CheckpointError: if there is neither, or the index and the files disagree.
    """
    if INDEX not in folder:
        if WEIGHTS not in folder:
            raise no_weights(folder)
        with folder.reading(WEIGHTS) as path:
            tensors, data = map_safetensors(path)
        return _unwrapped(tensors), [data]
    index, places = folder.path / INDEX, folder.json(INDEX).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(shard, str) for shard in places.values()):
        raise CheckpointError(index, "weight_map", type(places).__name__, "an object of file names")
    shards = sorted(set(places.values()))
    if absent := [shard for shard in shards if _SHARD.fullmatch(shard) and shard not in folder]:
        raise no_shards(folder, absent)
    tensors, maps = {}, []
    for shard in shards:
        with folder.reading(shard) as path:
            found, data = map_safetensors(path)
        for name in found:
            if places.get(name) != shard:
                raise CheckpointError(folder.path / shard, name, "a tensor", f"what {INDEX} lists for this file")
        tensors |= found
        maps.append(data)
    missing = sorted(places.keys() - tensors.keys())
    if missing:
        raise CheckpointError(index, "weight_map", f"{', '.join(missing)}, in no file", "tensors that exist")
    return _unwrapped(tensors), maps


def _unwrapped(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """Take off what `torch.compile`, data-parallel training or an adapter's wrapper put into the name of every tensor.

    Where two names would become one, all stay as they are, to be reported.
    """
    found = {_WRAPPED.sub("", name): name for name in tensors}
    while outer := _outer(found):
        found = {name.removeprefix(outer): whole for name, whole in found.items()}
    if "embed_tokens.weight" in found:  # the model without its output matrix, saved alone
        found = {f"model.{name}": whole for name, whole in found.items()}
    return {name: tensors[whole] for name, whole in found.items()} if len(found) == len(tensors) else tensors


def _outer(names: Collection[str]) -> str | None:
    """What stands in front of all names and is no part of the model, such as the first of two in `model.model.`."""
    for outer in ("module.", "base_model.model.", "model."):
        inner = ("",) if outer != "model." else ("model.model.", "model.transformer.", "model.language_model.")
        if names and all(name.startswith(outer) for name in names) and any(name.startswith(inner) for name in names):
            return outer
    return None


def _quantization(file: Path, settings: Any) -> dict[str, int] | None:
    if not settings:
        return None
    found = dict(settings) if isinstance(settings, dict) else {}
    names = {"bits", "group_size", "head_bits"}
    ours = found.pop("quant_method", None) == OURS and found.keys() == names
    if not ours or any(type(number) is not int for number in found.values()):
        rule = f"none, or quant_method {OURS!r} with whole numbers {', '.join(sorted(names))}"
        raise CheckpointError(file, QUANTIZATION, repr(settings), rule)
    return found
