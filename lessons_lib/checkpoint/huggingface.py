"""A model out of a Hugging Face folder: `config.json` and one or more safetensors files."""

from __future__ import annotations

from mmap import mmap
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from lessons_lib.checkpoint.families import FAMILIES, Family
from lessons_lib.config import ModelConfig
from lessons_lib.errors import CheckpointError
from lessons_lib.files import inside, read_json
from lessons_lib.formats.safetensors import map_safetensors

CONFIG, WEIGHTS, INDEX = "config.json", "model.safetensors", "model.safetensors.index.json"
QUANTIZATION, OURS = "quantization_config", "lessons_lib"


class Description(NamedTuple):
    """What `config.json` says; `quantization` holds the arguments of `quantize`, or is None for plain weights."""

    family: Family
    config: ModelConfig
    quantization: dict[str, int] | None


def describe_folder(folder: Path) -> Description:
    """Read `config.json`, as transformers 4 or 5 or `save_pretrained` writes it.

    Raises:
        CheckpointError: for an unknown `model_type`, code of another model in the config, or values that are missing,
            impossible or unknown.
    """
    file = inside(folder, CONFIG)
    values = read_json(file)
    family = FAMILIES.get(str(values.get("model_type")))
    if family is None:
        raise CheckpointError(file, "model_type", repr(values.get("model_type")), ", ".join(map(repr, FAMILIES)))
    if "auto_map" in values and values["auto_map"] != family.only.get("auto_map"):
        raise CheckpointError(file, "auto_map", "a model that brings its own code", "no code")
    quantization = _quantization(file, values.pop(QUANTIZATION, None))
    try:
        config = family.config(values)
    except ValueError as error:
        raise CheckpointError(file, "values", "some that do not fit", f"a {family.model_type} model: {error}") from None
    return Description(family, config, quantization)


def tensors_from_folder(folder: Path) -> tuple[dict[str, Tensor], list[mmap]]:
    """Map `model.safetensors`, or the files that `model.safetensors.index.json` names.

    Returns:
        All tensors under the names that they have in the files, as views of the mapped files; and those.

    Raises:
        CheckpointError: if there is neither, or the index and the files disagree.
    """
    index = folder / INDEX
    if not index.exists():
        if not (folder / WEIGHTS).exists():
            raise CheckpointError(folder, "weights", what_is_there(folder), f"a {WEIGHTS}")
        tensors, data = map_safetensors(inside(folder, WEIGHTS))
        return tensors, [data]
    places = read_json(inside(folder, INDEX)).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(shard, str) for shard in places.values()):
        raise CheckpointError(index, "weight_map", type(places).__name__, "an object of file names")
    tensors, maps = {}, []
    for shard in sorted(set(places.values())):
        found, data = map_safetensors(inside(folder, shard))
        for name in found:
            if places.get(name) != shard:
                raise CheckpointError(folder / shard, name, "a tensor", f"what {INDEX} lists for this file")
        tensors |= found
        maps.append(data)
    missing = sorted(places.keys() - tensors.keys())
    if missing:
        raise CheckpointError(index, "weight_map", f"{', '.join(missing)}, in no file", "tensors that exist")
    return tensors, maps


def what_is_there(folder: Path) -> str:
    """Say what a folder without usable weights holds instead, for an error."""
    unsafe = [path.name for path in folder.iterdir() if path.suffix in (".bin", ".pt", ".pth", ".pkl", ".ckpt")]
    return f"only {unsafe[0]}, a format that can run code" if unsafe else "nothing"


def _quantization(file: Path, settings: Any) -> dict[str, int] | None:
    if settings is None:
        return None
    found = dict(settings) if isinstance(settings, dict) else {}
    names = {"bits", "group_size", "head_bits"}
    ours = found.pop("quant_method", None) == OURS and found.keys() == names
    if not ours or any(type(number) is not int for number in found.values()):
        rule = f"none, or quant_method {OURS!r} with whole numbers {', '.join(sorted(names))}"
        raise CheckpointError(file, QUANTIZATION, repr(settings), rule)
    return found
