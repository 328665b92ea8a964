"""A saved run: `run.json` and `state.safetensors`, the weights and what the optimisers remember of them.

Several processes write `shard-*.safetensors` instead, each what it holds. Any number of them reads either.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor, nn

from lessons_lib import arguments
from lessons_lib.config import ModelConfig
from lessons_lib.errors import CheckpointError
from lessons_lib.files import read_json, replace_folder, sha256_of, stepped_aside
from lessons_lib.formats.safetensors import load_safetensors, save_safetensors
from lessons_lib.layers import adapters
from lessons_lib.training import distributed
from lessons_lib.training.recipe import Recipe

if TYPE_CHECKING:
    from lessons_lib.training.run import Run

RUN, STATE = "run.json", "state.safetensors"
FORMAT = 3
_TENSORS = re.compile(r"state\.safetensors|shard-[\w-]+\.safetensors")


class Saved(NamedTuple):
    """What a folder holds.

    Attributes:
        folder: where.
        step: steps done.
        recipe: of the run.
        config: the model's, as a dict; None of a model that has none.
        data: the fingerprint of what it reads.
        objective: of the run, as text.
        frozen: sha256 of the weights that did not learn and are not in the folder; None if all did.
    """

    folder: Path
    step: int
    recipe: Recipe
    config: dict[str, Any] | None
    data: str
    objective: str
    frozen: str | None


def save(run: Run, folder: str | os.PathLike[str]) -> None:
    """Write a run to a folder; see `Run.save`."""
    shared = run.world > 1
    first = run.rank == 0
    with _replaced(folder) if first else nullcontext() as unfinished:
        if shared:
            distributed.save_parts(_tensors(run), Path(distributed.first_says(str(unfinished))))
        else:
            save_safetensors(_tensors(run), unfinished / STATE)
        if first:
            _describe(run, unfinished)
    if shared:
        distributed.wait()  # nobody looks for the folder before it is there


@contextmanager
def _replaced(folder: str | os.PathLike[str]) -> Iterator[Path]:
    """A folder to write to, which takes the place of another if that holds a saved run or nothing."""
    with replace_folder(arguments.path("folder", folder)) as (unfinished, old):
        if old.exists() and (not old.is_dir() or not all(_is_ours(file.name) for file in old.iterdir())):
            raise ValueError(f"folder: got {old}, which holds other files, allowed a new one or a saved run's")
        yield unfinished


def _describe(run: Run, folder: Path) -> None:
    config = getattr(run.model, "config", None)
    values = {
        "format": FORMAT,
        "step": run.step,
        "recipe": dataclasses.asdict(run.recipe),
        "config": config.to_dict() if isinstance(config, ModelConfig) else None,
        "data": run.data.fingerprint,
        "objective": repr(run.objective),
        "frozen": run.frozen,
        "sha256": {file.name: sha256_of(file) for file in sorted(folder.iterdir())},
        "torch": torch.__version__,
    }
    (folder / RUN).write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


def read(folder: str | os.PathLike[str]) -> Saved:
    """Read a folder that `save` wrote, and check that nothing of it was changed.

    Raises:
        CheckpointError: if anything in it is not what `save` writes.
        OSError: if a file cannot be read.
    """
    place = arguments.path("folder", folder)
    place = stepped_aside(place) or place  # a save was killed at the moment when nothing was there
    file = place / RUN
    values = read_json(file)
    if values.get("format") != FORMAT:
        raise CheckpointError(file, "format", values.get("format"), f"{FORMAT}")
    _check_files(place, values.get("sha256"))
    try:
        recipe = Recipe(**values["recipe"])
        step = arguments.whole("step", values["step"], 0, recipe.steps)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(file, "recipe and step", str(error), "those of a run") from None
    told = (str(values.get("data")), str(values.get("objective")), values.get("frozen"))
    return Saved(place, step, recipe, values.get("config"), *told)


def _check_files(folder: Path, digests: object) -> None:
    """Compare each file with what `run.json` says of it. Processes share the work: if one objects, the run ends."""
    found = sorted(file.name for file in folder.iterdir() if file.suffix == ".safetensors")
    if not isinstance(digests, dict) or sorted(digests) != found or not all(_is_ours(name) for name in found):
        raise CheckpointError(folder / RUN, "sha256", digests, f"the files that are there: {', '.join(found)}")
    rank, world = distributed.place()
    for name in found[rank::world]:
        if (digest := sha256_of(folder / name)) != digests[name]:
            raise CheckpointError(folder / name, "sha256", digest, f"{digests[name]}, as {RUN} says")


def _is_ours(name: str) -> bool:
    return name == RUN or _TENSORS.fullmatch(name) is not None


def config_of(saved: Saved) -> ModelConfig:
    """The config of the model that was saved.

    Raises:
        CheckpointError: if there is none, or it is no config.
    """
    if saved.config is None:
        raise CheckpointError(saved.folder / RUN, "config", None, "a config, or give the model")
    if saved.frozen is not None:
        raise CheckpointError(saved.folder / RUN, "frozen", "weights that are not here", "none, or give the model")
    return _config(saved)


def check_config(saved: Saved, model: nn.Module) -> None:
    """Refuse a model of another config than the saved one's, even where its weights have the same shapes.

    Raises:
        CheckpointError: naming the fields that differ.
    """
    config = getattr(model, "config", None)
    if saved.config is None or not isinstance(config, ModelConfig):
        return
    given, kept = config.to_dict(), _config(saved).to_dict()
    if names := [name for name in given if given[name] != kept[name]]:
        raise CheckpointError(saved.folder / RUN, "config", f"another {', '.join(names)}", "that of the model given")


def _config(saved: Saved) -> ModelConfig:
    try:
        return ModelConfig(**saved.config)
    except (TypeError, ValueError) as error:
        raise CheckpointError(saved.folder / RUN, "config", str(error), "fields of ModelConfig") from None


@torch.no_grad()
def restore(run: Run, saved: Saved) -> None:
    """Put the saved weights, memories and step into a fresh run.

    Raises:
        CheckpointError: if a tensor is missing, too many, or of another shape, or the weights that don't learn differ.
    """
    if run.frozen != saved.frozen:
        raise CheckpointError(saved.folder / RUN, "frozen", saved.frozen, f"that of the model given, {run.frozen}")
    alone = run.world == 1 and (saved.folder / STATE).exists()
    tensors = load_safetensors(saved.folder / STATE) if alone else {}
    shapes = {name: tensor.shape for name, tensor in tensors.items()} or distributed.shapes_in(saved.folder)
    places = _places(run, shapes)
    _check_shapes(saved.folder, shapes, places)
    if alone:
        for name, tensor in places.items():
            tensor.copy_(tensors[name])
    else:
        distributed.load_parts(places, saved.folder)
    for optimizer in run.optimizers:
        for memory in optimizer.state.values():
            memory.update({field: value.item() for field, value in memory.items() if not value.ndim})
    run.step = saved.step


def _places(run: Run, shapes: Mapping[str, torch.Size]) -> dict[str, Tensor]:
    """The tensors to be filled, by name; optimisers remember nothing yet, and get what the saved ones have."""
    for k, optimizer in enumerate(run.optimizers):
        moved = {id(p) for group in optimizer.param_groups for p in group["params"]}
        by_name = {name: p for name, p in run.model.named_parameters() if id(p) in moved}
        for key, shape in shapes.items():
            prefix, _, name = key.partition("/")
            if prefix.startswith(f"optimizer.{k}.") and name in by_name:
                memory = torch.zeros_like(by_name[name]) if shape else torch.zeros((), dtype=torch.int64)
                optimizer.state[by_name[name]][prefix.split(".", 2)[2]] = memory
    return _tensors(run)


def _check_shapes(folder: Path, shapes: Mapping[str, torch.Size], places: Mapping[str, Tensor]) -> None:
    for name, tensor in places.items():
        if shapes.get(name) != tensor.shape:
            got = list(shapes[name]) if name in shapes else "nothing"
            raise CheckpointError(folder, f"tensor {name!r}", got, f"{list(tensor.shape)}")
    if left := sorted(set(shapes) - set(places)):
        raise CheckpointError(folder, "tensors", ", ".join(left[:3]), "those of this run")


def _tensors(run: Run) -> dict[str, Tensor]:
    """`model.NAME`, and `optimizer.K.FIELD/NAME` for what optimiser number K remembers of a parameter."""
    tensors = {f"model.{name}": tensor.detach() for name, tensor in _unique(run).items()}
    names = {id(parameter): name for name, parameter in run.model.named_parameters()}
    for k, optimizer in enumerate(run.optimizers):
        for parameter, memory in optimizer.state.items():
            for field, value in memory.items():
                tensors[f"optimizer.{k}.{field}/{names[id(parameter)]}"] = torch.as_tensor(value)
    return tensors


def _unique(run: Run) -> dict[str, Tensor]:
    """The model's tensors by name, but for weights that don't learn; of a tied one the first name alone."""
    first: dict[int, str] = {}
    named = run.model.state_dict(keep_vars=True).items()
    return {name: t for name, t in named if not _is_frozen(t) and first.setdefault(id(t), name) == name}


def digest_of_frozen(model: nn.Module) -> str | None:
    """The sha256 of a model's weights that don't learn, with their names, and of how much an adapter's count that do;
    None if all weights do."""
    frozen = {name: t for name, t in model.state_dict(keep_vars=True).items() if _is_frozen(t)}
    if not frozen:
        return None
    scales = "".join(f"{name} {module.config.scale}" for name, module in adapters(model).items())
    return digest_of(frozen, scales)


def digest_of(tensors: Mapping[str, Tensor], text: str = "") -> str:
    """The sha256 of tensors with their names, and of a text."""
    digest = hashlib.sha256()
    for name, tensor in tensors.items():
        digest.update(f"{name} {tensor.dtype} {list(tensor.shape)}".encode())
        digest.update(tensor.detach().cpu().contiguous().view(-1).view(torch.uint8).numpy())
    digest.update(text.encode())
    return digest.hexdigest()


def _is_frozen(tensor: Tensor) -> bool:
    return isinstance(tensor, nn.Parameter) and not tensor.requires_grad
