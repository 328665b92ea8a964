"""What all jobs have in common: where it goes, how it runs, and what it is when it is ready."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch

from lessons_lib import arguments
from lessons_lib.model import Transformer
from lessons_lib.training.batches import Batches
from lessons_lib.training.distributed import DEVICES, WAYS
from lessons_lib.training.objectives import Objective
from lessons_lib.training.recipe import Recipe


@dataclass(frozen=True, kw_only=True)
class Job:
    """What every job says.

    Args:
        out: the folder for the run and what comes of it.
        held_out: share of the data that the model is judged by and never learns from.
        save_every: steps between saves of the run.
        seed: of all that is drawn.
        device: "cpu" or "cuda"; where the run was saved does not matter.
        spread: how several processes share the model, "ddp" or "fsdp"; see `lessons_lib.training.distributed`.

    Raises:
        ValueError: naming the setting, its value and what is allowed.
    """

    out: Path
    held_out: float = 0.05
    save_every: int = 100
    seed: int = 0
    device: str = "cpu"
    spread: str = "ddp"

    def __post_init__(self) -> None:
        arguments.whole("save_every", self.save_every, 1)
        arguments.whole("seed", self.seed, 0)
        arguments.real("held_out", self.held_out, 0, 0.5, "0 to 0.5, 0 excluded", above=True)
        for name, allowed in (("device", DEVICES), ("spread", WAYS)):
            if (got := getattr(self, name)) not in allowed:
                raise ValueError(f"{name}: got {arguments.described(got)}, allowed {' or '.join(allowed)}")

    def ready(self, device: torch.device) -> Work:
        """Read the data and make the model; all processes that share a job call this."""
        raise NotImplementedError


@dataclass(frozen=True)
class Work:
    """A job made ready.

    Attributes:
        model: what learns, as it is before the first step.
        data: what it learns from.
        recipe: the settings of the run.
        objective: what is made smaller.
        hand_over: saves the trained model and says what it is worth; called in the first process alone.
    """

    model: Transformer
    data: Batches
    recipe: Recipe
    objective: Objective
    hand_over: Callable[[Transformer], None]
