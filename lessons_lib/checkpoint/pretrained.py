"""Load a trained model and its tokenizer, by name or from files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from mmap import mmap
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Tensor

from lessons_lib import arguments, assets
from lessons_lib.checkpoint.gguf.model import config_from_gguf, tensors_from_gguf
from lessons_lib.checkpoint.huggingface import CONFIG, QUANTIZATION, describe_folder, tensors_from_folder
from lessons_lib.checkpoint.meta import PARAMS, config_from_meta, map_meta, tensors_from_meta, tokenizer_from_meta
from lessons_lib.checkpoint.weights import fill
from lessons_lib.config import ModelConfig, costs
from lessons_lib.errors import CheckpointError
from lessons_lib.files import ModelFolder, stepped_aside
from lessons_lib.formats.gguf import load_gguf
from lessons_lib.formats.lazy import LazyTensor
from lessons_lib.layers import quantize
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer, load_tokenizer, tokenizer_from_gguf
from lessons_lib.tokenizer.formats.folder import read_folder

MOST_PARAMETERS = 1 << 44  # sixteen times as many as the largest model has


def load(
    source: str | os.PathLike[str],
    dtype: torch.dtype = torch.float32,
    progress: bool = True,
    *,
    tokenizer: Tokenizer | str | os.PathLike[str] | None = None,
    device: torch.device | str = "cpu",
) -> tuple[Transformer, Tokenizer]:
    """Load a model with its trained weights, and the tokenizer that belongs to it.

    Weights that are stored in `dtype` stay in their file: the system reads them when they are needed. The file must not
    change while the model is in use. Whoever cuts it short in place ends the process, for the system can't hand out
    bytes that are gone; to put another file in its place, as `save_pretrained` does, is safe. Others are converted one
    at a time.

    Args:
        source: the name of a model in the course's list, such as "smollm2-135m-instruct"; a GGUF file; a folder in
            Hugging Face's format or in Meta's, or a safetensors file in one; also a folder of the Hugging Face Hub's
            cache, or that of a whole repository in it, `models--OWNER--NAME`. Of a Llama 4 that reads pictures too, the
            text model is loaded and the rest is left out.
        dtype: that of the weights in memory. Quantised weights keep theirs.
        progress: whether to draw a bar on stderr for a model of more than 1 GB that takes more than 2 seconds.
        tokenizer: for a model whose files have none, such as a trainer's checkpoint, or in the place of theirs: a
            `Tokenizer`, or what `load_tokenizer` takes.
        device: where the weights go, such as "cuda" or "mps". The compiled decode step runs on a CPU alone.

    Returns:
        The model, in evaluation mode, and the tokenizer.

    Raises:
        CheckpointError: if a file is missing or breaks its format, or its tensors are not exactly those of the model.
        AssetError: if a named model cannot be fetched.
        ValueError: for a dtype that is not floating-point, a device that is not there, or a source that is no path.
        FileNotFoundError: if `source` is neither a name nor a path.

    Example:
        `model, tokenizer = lessons_lib.load("smollm2-135m-instruct")`
    """
    if not isinstance(dtype, torch.dtype) or not dtype.is_floating_point:
        raise ValueError(f"dtype: got {dtype!r:.80}, allowed a floating-point type, such as torch.bfloat16")
    place, path = _device(device, dtype), _locate(source)
    given = tokenizer if isinstance(tokenizer, Tokenizer | None) else load_tokenizer(tokenizer)
    found = _from_gguf(path, given) if path.is_file() else _from_folder(ModelFolder(path), given)
    if found.tokenizer.vocab_size > found.config.vocab_size:
        got, allowed = f"{found.tokenizer.vocab_size} tokens", f"at most {found.config.vocab_size}"
        raise CheckpointError(path, "tokenizer", got, allowed)
    _check_claims(found, path)
    with torch.device("meta"):
        model = Transformer(found.config)
        if found.quantization is not None:
            _prepare(model, found.quantization, path)
    fill(model, found.tensors, path, dtype, found.maps, progress)
    return model.to(place).eval(), found.tokenizer


class _Found(NamedTuple):
    """What the files of a model hold: tensors under our names, and the mapped files that they are views of."""

    config: ModelConfig
    tokenizer: Tokenizer
    tensors: Mapping[str, Tensor | LazyTensor]
    maps: list[mmap]
    quantization: dict[str, int] | None = None


def _from_gguf(path: Path, given: Tokenizer | None) -> _Found:
    gguf = load_gguf(path)
    config = config_from_gguf(gguf, path.name)
    tokenizer = given or tokenizer_from_gguf(gguf.metadata, path.name)
    return _Found(config, tokenizer, tensors_from_gguf(gguf, config), [])


def _from_folder(folder: ModelFolder, given: Tokenizer | None) -> _Found:
    read = _from_meta if PARAMS in folder and CONFIG not in folder else _from_hugging_face
    return read(folder, given)


def _from_meta(folder: ModelFolder, given: Tokenizer | None) -> _Found:
    shards, maps = map_meta(folder)
    tokenizer = given or tokenizer_from_meta(folder)
    config = config_from_meta(folder, shards, tokenizer)
    return _Found(config, tokenizer, tensors_from_meta(folder, config, shards), maps)


def _from_hugging_face(folder: ModelFolder, given: Tokenizer | None) -> _Found:
    family, config, quantization = describe_folder(folder)
    tensors, maps = tensors_from_folder(folder)
    if quantization is None:  # quantised weights are saved under our names
        try:
            tensors = family.parameters(tensors, config)
        except ValueError as error:
            raise CheckpointError(folder.path, "tensors", "some that do not fit", str(error)) from None
    return _Found(config, given or read_folder(folder, strict=True), tensors, maps, quantization)


def _check_claims(found: _Found, path: Path) -> None:
    """Refuse what could not even be laid out: sizes whose product overflows, or millions of experts."""
    config, total = found.config, costs.num_parameters(found.config)
    if total > MOST_PARAMETERS:
        raise CheckpointError(path, "sizes", f"{total} parameters", f"at most {MOST_PARAMETERS}")
    experts = len(config.moe_layers) * (config.num_local_experts or 0)
    if 3 * experts > len(found.tensors):
        rule = f"3 for each of the {experts} experts that {CONFIG} claims"
        raise CheckpointError(path, "tensors", len(found.tensors), rule)


def _prepare(model: Transformer, quantization: Mapping[str, int], path: Path) -> None:
    try:
        quantize(model, **quantization)
    except ValueError as error:
        raise CheckpointError(path, QUANTIZATION, dict(quantization), f"one that fits: {error}") from None


def _device(device: torch.device | str, dtype: torch.dtype) -> torch.device:
    """A device on which this machine can hold such weights."""
    try:
        place = torch.device(device) if isinstance(device, torch.device | str) else torch.device("meta")
        torch.empty(1, dtype=dtype, device=place)
    except Exception as error:  # torch has an error of its own for each device
        reason = str(error).strip().split("\n")[0]
        raise ValueError(f"device: got {device!r:.80}, allowed cpu, or one that torch finds here: {reason}") from None
    if place.type == "meta":
        raise ValueError(f"device: got {device!r:.80}, allowed a torch.device or its name, such as cpu or cuda")
    return place


def _locate(source: str | os.PathLike[str]) -> Path:
    names = [asset.name for asset in assets.available() if asset.files[0].name.endswith(".gguf")]
    if isinstance(source, str) and source in names:
        return assets.fetch(source)
    path = arguments.path("source", source)
    if aside := stepped_aside(path):
        raise FileNotFoundError(
            f"{path}: a save was cut off; the model that was there lies whole in {aside}: rename it"
        )
    if not path.exists():
        raise FileNotFoundError(f"{source}: got neither a file nor a name, allowed a path or {', '.join(names)}")
    if path.suffix == ".safetensors":
        return path.parent
    if path.is_file() and path.suffix != ".gguf":
        raise CheckpointError(path, "format", path.suffix or "no ending", ".gguf, .safetensors or a directory")
    return path
