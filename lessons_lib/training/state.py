"""A saved run: `run.json` and `state.safetensors`, the weights and what the optimisers remember of them."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.config import ModelConfig
from lessons_lib.errors import CheckpointError
from lessons_lib.files import read_json, replace_folder, sha256_of, stepped_aside
from lessons_lib.formats.safetensors import load_safetensors, save_safetensors
from lessons_lib.training.recipe import Recipe

if TYPE_CHECKING:
    from lessons_lib.training.run import Run

RUN, STATE = "run.json", "state.safetensors"
FORMAT = 1


class Saved(NamedTuple):
    """What a folder holds.

    Attributes:
        folder: where.
        step: steps done.
        recipe: of the run.
        config: the model's, as a dict; None of a model that has none.
        data: the fingerprint of what it reads.
        tensors: `model.NAME`, and `optimizer.K.FIELD.NAME` for what optimiser number K remembers of a parameter.
    """

    folder: Path
    step: int
    recipe: Recipe
    config: dict[str, Any] | None
    data: str
    tensors: dict[str, Tensor]


def save(run: Run, folder: str | os.PathLike[str]) -> None:
    """Write a run to a folder; see `Run.save`."""
    with replace_folder(arguments.path("folder", folder)) as (unfinished, old):
        if old.exists() and (not old.is_dir() or {file.name for file in old.iterdir()} - {RUN, STATE}):
            raise ValueError(f"folder: got {old}, which holds other files, allowed a new one or a saved run's")
        save_safetensors(_tensors(run), unfinished / STATE)
        config = getattr(run.model, "config", None)
        values = {
            "format": FORMAT,
            "step": run.step,
            "recipe": dataclasses.asdict(run.recipe),
            "config": config.to_dict() if isinstance(config, ModelConfig) else None,
            "data": run.data.fingerprint,
            "sha256": sha256_of(unfinished / STATE),
            "torch": torch.__version__,
        }
        (unfinished / RUN).write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")


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
    if (found := sha256_of(place / STATE)) != values.get("sha256"):
        raise CheckpointError(place / STATE, "sha256", found, f"{values.get('sha256')}, as {RUN} says")
    try:
        recipe = Recipe(**values["recipe"])
        step = arguments.whole("step", values["step"], 0, recipe.steps)
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(file, "recipe and step", str(error), "those of a run") from None
    return Saved(place, step, recipe, values.get("config"), str(values.get("data")), load_safetensors(place / STATE))


def config_of(saved: Saved) -> ModelConfig:
    """The config of the model that was saved.

    Raises:
        CheckpointError: if there is none, or it is no config.
    """
    if saved.config is None:
        raise CheckpointError(saved.folder / RUN, "config", None, "a config, or give the model")
    try:
        return ModelConfig(**saved.config)
    except (TypeError, ValueError) as error:
        raise CheckpointError(saved.folder / RUN, "config", str(error), "fields of ModelConfig") from None


@torch.no_grad()
def restore(run: Run, saved: Saved) -> None:
    """Put the saved weights, memories and step into a fresh run.

    Raises:
        CheckpointError: if a tensor is missing, too many, or of another shape.
    """
    left = dict(saved.tensors)

    def take(name: str, shape: torch.Size) -> Tensor:
        found = left.pop(name, None)
        if found is None or found.shape != shape:
            got = "nothing" if found is None else list(found.shape)
            raise CheckpointError(saved.folder / STATE, f"tensor {name!r}", got, f"{list(shape)}")
        return found

    for name, tensor in _unique(run).items():
        tensor.copy_(take(f"model.{name}", tensor.shape))
    names = {id(parameter): name for name, parameter in run.model.named_parameters()}
    for k, optimizer in enumerate(run.optimizers):
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                prefix = f"optimizer.{k}."
                fields = [key for key in left if key.startswith(prefix) and key.endswith(f"/{names[id(parameter)]}")]
                for key in fields:
                    field = key.removeprefix(prefix).partition("/")[0]
                    value = left[key]
                    shape = parameter.shape if value.ndim else torch.Size()
                    value = take(key, shape)
                    memory = value.to(parameter.device, copy=True) if value.ndim else value.item()
                    optimizer.state[parameter][field] = memory
    if left:
        raise CheckpointError(saved.folder / STATE, "tensors", ", ".join(sorted(left)[:3]), "those of this run")
    run.step = saved.step


def _tensors(run: Run) -> dict[str, Tensor]:
    tensors = {f"model.{name}": tensor.detach() for name, tensor in _unique(run).items()}
    names = {id(parameter): name for name, parameter in run.model.named_parameters()}
    for k, optimizer in enumerate(run.optimizers):
        for parameter, memory in optimizer.state.items():
            for field, value in memory.items():
                tensors[f"optimizer.{k}.{field}/{names[id(parameter)]}"] = torch.as_tensor(value)
    return tensors


def _unique(run: Run) -> dict[str, Tensor]:
    """The model's tensors by name; of a tied one the first name alone."""
    state = run.model.state_dict(keep_vars=True)
    first: dict[int, str] = {}
    return {name: tensor for name, tensor in state.items() if first.setdefault(id(tensor), name) == name}
