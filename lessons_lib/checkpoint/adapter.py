"""Adapters in the files of PEFT: `adapter_config.json` and `adapter_model.safetensors`, both ways.

Which matrices have one, the names of the tensors say; how much they count, the config. What else a config can ask for
(weights of other kinds, another start of the weights that are frozen here) is refused by name.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.checkpoint.diagnosis import ADAPTER, WEIGHTS
from lessons_lib.checkpoint.save import family_of
from lessons_lib.errors import CheckpointError
from lessons_lib.files import ModelFolder, replace_folder
from lessons_lib.formats.safetensors import load_safetensors, save_safetensors
from lessons_lib.layers import LoraConfig, adapters, add_lora
from lessons_lib.layers.lora import needed_adapters, wanted
from lessons_lib.model import Transformer
from lessons_lib.parts import check_model

TENSORS = "adapter_model.safetensors"
_NAME = re.compile(r"base_model\.model\.(.+)\.lora_([AB])\.weight")
_READ = ("peft_type", "r", "lora_alpha", "use_rslora", "init_lora_weights")
# They change nothing that a model computes once its adapter is there, or only say what the tensors' names say anyway.
_HARMLESS = (
    *("auto_mapping", "base_model_name_or_path", "revision", "task_type", "inference_mode", "peft_version"),
    *("target_modules", "exclude_modules", "layers_to_transform", "layers_pattern", "lora_dropout", "runtime_config"),
    *("megatron_config", "megatron_core", "eva_config", "loftq_config", "qalora_group_size", "ensure_weight_tying"),
)
_STARTS = (True, False, None, "gaussian", "orthogonal", "eva")  # others change the weights that stay frozen


def save_lora(model: Transformer, folder: str | os.PathLike[str], base_model_name_or_path: str | None = None) -> None:
    """Write a model's adapter, and nothing else, to a folder that `load_lora` and PEFT read back.

    Args:
        model: one that `add_lora` or `load_lora` gave an adapter.
        folder: is made, or replaced whole if it holds an adapter and nothing else.
        base_model_name_or_path: of the model before tuning, which PEFT's readers look up.

    Raises:
        ValueError: for a model without an adapter, one whose tensors have other names in its family's files, or a
            folder that holds other files.
        OSError: if something cannot be written; what was there before stays.
    """
    check_model(model)
    found = needed_adapters(model)
    names = {f"{n}.weight": torch.empty(m.out_features, m.in_features, device="meta") for n, m in found.items()}
    if other := sorted(set(names) - set(family_of(model.config).from_ours(names, model.config))):
        raise ValueError(f"model: got {other[0]}, which its family's files name otherwise, allowed the same name")
    first = next(iter(found.values())).config
    values = {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": base_model_name_or_path,
        "r": first.r,
        "lora_alpha": first.lora_alpha,
        "use_rslora": first.use_rslora,
        "target_modules": list(first.target_modules),
        "layers_to_transform": None if first.layers_to_transform is None else list(first.layers_to_transform),
        "lora_dropout": 0.0,
        "bias": "none",
        "fan_in_fan_out": False,
        "inference_mode": True,
    }
    tensors = {}
    for name, module in found.items():
        tensors[f"base_model.model.{name}.lora_A.weight"] = module.lora_A.detach().contiguous()
        tensors[f"base_model.model.{name}.lora_B.weight"] = module.lora_B.detach().contiguous()
    with replace_folder(arguments.path("folder", folder)) as (unfinished, old):
        if old.exists() and (not old.is_dir() or {file.name for file in old.iterdir()} - {ADAPTER, TENSORS}):
            raise ValueError(f"folder: got {old}, which holds other files, allowed a new one or an adapter's")
        (unfinished / ADAPTER).write_text(json.dumps(values, indent=2) + "\n", encoding="utf-8")
        save_safetensors(tensors, unfinished / TENSORS, {"format": "pt"})


def load_lora(model: Transformer, folder: str | os.PathLike[str]) -> Transformer:
    """Give a model the adapter that a folder holds, ours or PEFT's, in place.

    Args:
        model: the one that the adapter was made for, without another adapter.
        folder: as `save_lora` or PEFT's `save_pretrained` writes it.

    Returns:
        The same model. `merge_lora` adds the adapter to its weights, `remove_lora` takes it off again.

    Raises:
        CheckpointError: for a folder of anything else, a setting that is unknown here, or tensors that don't fit.
        ValueError: for a model that has an adapter; nothing is changed then.
        OSError: if a file cannot be read.

    Example:
        `model, tokenizer = lessons_lib.load("smollm2-135m-instruct")`, then `load_lora(model, "my-adapter")`
    """
    check_model(model)
    place = ModelFolder(arguments.path("folder", folder))
    if ADAPTER not in place:
        wrong = "a whole model, which lessons_lib.load opens" if WEIGHTS in place else "nothing"
        raise CheckpointError(place.path, ADAPTER, wrong, "an adapter's folder, with it and the tensors")
    values = place.json(ADAPTER)
    _check_values(place, values)
    with place.reading(TENSORS) as path:
        tensors = _by_module(place, load_safetensors(path, check_finite=True))
    config = _config(place, values, model, tensors)
    _check_shapes(place, model, tensors, config.r)
    add_lora(model, config)
    with torch.no_grad():
        for name, module in adapters(model).items():
            module.lora_A.copy_(tensors[name]["A"])
            module.lora_B.copy_(tensors[name]["B"])
    return model


def _check_values(place: ModelFolder, values: Mapping[str, Any]) -> None:
    file = place.path / ADAPTER
    if values.get("peft_type") != "LORA":
        raise CheckpointError(file, "peft_type", values.get("peft_type"), "LORA")
    if values.get("init_lora_weights") not in _STARTS:
        allowed = "one that leaves the frozen weights alone, such as true"
        raise CheckpointError(file, "init_lora_weights", values["init_lora_weights"], allowed)
    for key, value in values.items():
        if key not in _READ + _HARMLESS and value not in (None, False, "none", "", 0, [], {}):
            raise CheckpointError(file, key, value, "nothing: this is not supported here")


def _by_module(place: ModelFolder, tensors: Mapping[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    """A and B by the name of the matrix that they belong to."""
    found: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        parts = _NAME.fullmatch(name)
        if parts is None:
            raise CheckpointError(place.path / TENSORS, "tensor", repr(name), "base_model.model.NAME.lora_A.weight")
        found.setdefault(parts[1], {})[parts[2]] = tensor
    for name, both in found.items():
        if len(both) != 2:
            missing = {"A", "B"} - set(both)
            raise CheckpointError(place.path / TENSORS, name, f"no lora_{missing.pop()}", "both")
    return found


def _config(
    place: ModelFolder, values: Mapping[str, Any], model: Transformer, tensors: Mapping[str, Any]
) -> LoraConfig:
    """The adapter's config: as the file says it, if that names what there is, and else with each name whole."""
    settings = {key: values[key] for key in ("r", "lora_alpha", "use_rslora") if values.get(key) is not None}
    layers, targets = values.get("layers_to_transform"), values.get("target_modules")
    layers = [layers] if isinstance(layers, int) else layers
    try:
        if isinstance(targets, list) and targets:
            config = LoraConfig(**settings, target_modules=targets, layers_to_transform=layers)
            if set(wanted(model, config)) == set(tensors):
                return config
        return LoraConfig(**settings, target_modules=sorted(tensors))
    except (ValueError, TypeError) as error:
        raise CheckpointError(place.path / ADAPTER, "settings", str(error), "those of a LoRA") from None


def _check_shapes(place: ModelFolder, model: Transformer, tensors: Mapping[str, dict[str, Tensor]], r: int) -> None:
    modules = dict(model.named_modules())
    for name, both in tensors.items():
        module, file = modules.get(name), place.path / TENSORS
        if not hasattr(module, "in_features"):
            raise CheckpointError(file, "tensor", name, "the name of a matrix of this model")
        for letter, shape in (("A", (r, module.in_features)), ("B", (module.out_features, r))):
            if tuple(both[letter].shape) != shape:
                raise CheckpointError(file, f"{name}.lora_{letter}", list(both[letter].shape), f"{list(shape)}")
