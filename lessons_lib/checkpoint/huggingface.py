"""A model out of a Hugging Face directory: `config.json` and one or more safetensors files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from torch import Tensor

from lessons_lib.config import ModelConfig
from lessons_lib.errors import CheckpointError
from lessons_lib.files import inside, read_json
from lessons_lib.formats.safetensors import load_safetensors

_REQUIRED = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "rms_norm_eps",
)
_OPTIONAL = (
    "num_key_value_heads",
    "head_dim",
    "max_position_embeddings",
    "hidden_act",
    "attention_bias",
    "mlp_bias",
    "tie_word_embeddings",
    "initializer_range",
    "bos_token_id",
    "eos_token_id",
)


def config_from_folder(folder: Path) -> ModelConfig:
    """Read `config.json`, as transformers 4 (`rope_theta`) or 5 (`rope_parameters`) writes it.

    Raises:
        CheckpointError: for another `model_type` than "llama", code in the config, or a missing or impossible value.
    """
    file = inside(folder, "config.json")
    values = read_json(file)
    if values.get("model_type") != "llama":
        raise CheckpointError(file, "model_type", repr(values.get("model_type")), "'llama'")
    if "auto_map" in values:
        raise CheckpointError(file, "auto_map", "a model that brings its own code", "no code")
    missing = [name for name in _REQUIRED if values.get(name) is None]
    if missing:
        raise CheckpointError(file, ", ".join(missing), "nothing", "a value")
    fields = {name: values[name] for name in (*_REQUIRED, *_OPTIONAL) if values.get(name) is not None}
    try:
        return ModelConfig(**fields, **_rope_fields(values))
    except (ValueError, TypeError) as error:
        raise CheckpointError(file, "values", str(error), "a consistent model") from None


def tensors_from_folder(folder: Path) -> dict[str, Tensor]:
    """All tensors of `model.safetensors`, or of the files that `model.safetensors.index.json` names.

    Raises:
        CheckpointError: if there is neither, or the index and the files disagree.
    """
    index = folder / "model.safetensors.index.json"
    if not index.exists():
        if not (folder / "model.safetensors").exists():
            raise CheckpointError(folder, "weights", _what_is_there(folder), "a model.safetensors")
        return load_safetensors(inside(folder, "model.safetensors"))
    places = read_json(inside(folder, index.name)).get("weight_map")
    if not isinstance(places, dict) or not all(isinstance(shard, str) for shard in places.values()):
        raise CheckpointError(index, "weight_map", type(places).__name__, "an object of file names")
    tensors: dict[str, Tensor] = {}
    for shard in sorted(set(places.values())):
        found = load_safetensors(inside(folder, shard))
        for name in found:
            if places.get(name) != shard:
                raise CheckpointError(folder / shard, name, "a tensor", f"what {index.name} lists for this file")
        tensors |= found
    missing = sorted(places.keys() - tensors.keys())
    if missing:
        raise CheckpointError(index, "weight_map", f"{', '.join(missing)}, in no file", "tensors that exist")
    return tensors


def _rope_fields(values: dict[str, Any]) -> dict[str, Any]:
    new, old = values.get("rope_parameters"), values.get("rope_scaling")
    rope = {} if new is None and old is None else dict(old if new is None else new)
    theta = rope.pop("rope_theta", values.get("rope_theta", 10000.0))
    kind = rope.pop("rope_type", None) or rope.pop("type", None) or "default"
    rope.pop("type", None)
    scaling = None if kind == "default" else {"rope_type": kind, **rope}
    return {"rope_theta": theta, "rope_scaling": scaling}


def _what_is_there(folder: Path) -> str:
    unsafe = [path.name for path in folder.iterdir() if path.suffix in (".bin", ".pt", ".pth", ".pkl", ".ckpt")]
    return f"only {unsafe[0]}, a format that can run code" if unsafe else "nothing"
