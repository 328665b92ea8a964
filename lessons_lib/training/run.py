"""The run: a loop that the reader holds, which stops before a bad step and goes on bit for bit after any end.

    for report in Run(model, data, Recipe(steps=300)):
        print(report.step, report.loss)

Stopping is `break`; the same run iterated again goes on from there, and so does one that was saved and resumed.
"""

from __future__ import annotations

import math
import os
import signal
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lessons_lib.model import Transformer
from lessons_lib.training import distributed, state
from lessons_lib.training.batches import Batches, number
from lessons_lib.training.losses import IGNORED, TrainingError, scores_at
from lessons_lib.training.objectives import NextToken, Objective
from lessons_lib.training.optimizers import optimizers
from lessons_lib.training.recipe import Recipe


class Report(NamedTuple):
    """What a step was like.

    Attributes:
        step: how many are done.
        loss: the mean of the batch before the step, in nats a token if that is the objective.
        grad_norm: the gradient's length before it was cut.
        rate: the share of the learning rates.
        tokens: how many tokens the step learned from.
        measures: means of the batch that its objective finds worth watching, by name.
    """

    step: int
    loss: float
    grad_norm: float
    rate: float
    tokens: int
    measures: Mapping[str, float] = MappingProxyType({})


class Run:
    """A model, its data and a recipe; and the step, which with them decides all that follows.

    Args:
        model: maps ids [B, T] to scores [B, T, V]; its weights are moved in place.
        data: such as `Windows` or `Rows`.
        recipe: the settings.
        objective: what is made smaller; None for `NextToken`.
        device: where the model is brought to, such as "cuda"; None where it is.
        spread: "ddp" or "fsdp" to share the work among the `processes` that torchrun started, if there are several;
            see `lessons_lib.training.distributed`. All of them make the same calls.

    Attributes:
        step: steps done.
        optimizers: what moves the weights.
        frozen: sha256 of the weights that stay as they are, which `save` leaves out; None where all learn.

    Raises:
        ValueError: for a batch of fewer rows than there are processes and parts, or what can't be spread.
    """

    def __init__(
        self,
        model: nn.Module,
        data: Batches,
        recipe: Recipe,
        objective: Objective | None = None,
        *,
        device: torch.device | str | None = None,
        spread: str | None = None,
    ) -> None:
        self.model, self.data, self.recipe, self.step = model, data, recipe, 0
        self.objective = NextToken() if objective is None else objective
        if device is not None:
            model.to(device)
        self.rank, self.world = distributed.place() if spread is not None else (0, 1)
        if recipe.batch_size < self.world * recipe.accumulate:
            least = f"{self.world} processes * accumulate ({recipe.accumulate})"
            raise ValueError(f"batch_size: got {recipe.batch_size}, allowed at least {least}")
        self.frozen = state.digest_of_frozen(model)
        self._forward = distributed.spread(model, spread) if self.world > 1 else model
        self.optimizers = optimizers(model, recipe)
        self._peaks = [[group["lr"] for group in optimizer.param_groups] for optimizer in self.optimizers]

    def __iter__(self) -> Iterator[Report]:
        """Take the steps that are left, one for each report."""
        while self.step < self.recipe.steps:
            yield self.advance()

    def advance(self) -> Report:
        """Take one step.

        Raises:
            TrainingError: if its loss or its gradient is no finite number, or nothing in it is to be learned. The
                weights, the optimisers and the step are those before it.
        """
        try:
            loss, tokens, measures = self._backward()
            norm = float(distributed.whole(nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip)))
            if not math.isfinite(loss + norm):
                raise TrainingError(
                    f"step {self.step}: loss {loss}, gradient's length {norm}; the weights are those before it"
                )
            rate = self.recipe.rate(self.step)
            with _whole():
                for optimizer, peaks in zip(self.optimizers, self._peaks, strict=True):
                    for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                        group["lr"] = peak * rate
                    optimizer.step()
                self.step += 1
        finally:
            self.model.zero_grad(set_to_none=True)
        return Report(self.step, loss, norm, rate, tokens, measures)

    def _backward(self) -> tuple[float, int, dict[str, float]]:
        """Work off the batch in parts; its mean loss, the tokens learned from, and means of what was measured."""
        recipe = self.recipe
        device = next(self.model.parameters()).device
        batch = tuple(tensor.to(device) for tensor in self.data.batch(self.step, recipe.batch_size))
        count = self.objective.count(batch)
        if not count:
            raise TrainingError(f"step {self.step}: no token to learn from, all labels are ignored")
        mine = (tensor.tensor_split(self.world)[self.rank] for tensor in batch)
        parts = zip(*(tensor.tensor_split(recipe.accumulate) for tensor in mine), strict=True)
        sums: defaultdict[str, float] = defaultdict(float)
        # Dropout too depends on the step alone, and its random numbers disturb nobody else's.
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            # `torch.manual_seed` keeps the stack of each call for the accelerators that are not in use.
            seed = torch.default_generator.manual_seed if device.type == "cpu" else torch.manual_seed
            seed(number(recipe.seed, self.step) + self.rank)
            for part in parts:
                total, measured = self.objective.total(self._scores, part)
                loss = total / count
                (loss * self.world).backward()  # the processes' gradients are averaged, and this is one of the summands
                sums["loss"] += loss.item()
                for name, value in measured.items():
                    sums[name] += value / count
        means = {name: distributed.total(value) for name, value in sums.items()} if self.world > 1 else dict(sums)
        return means.pop("loss"), int((batch[1] != IGNORED).sum()), means

    def _scores(self, ids: Tensor, places: Tensor) -> Tensor:
        """Scores [N, V] of the places [B, T] that are True."""
        with torch.autocast(ids.device.type, torch.bfloat16, enabled=self.recipe.bfloat16):
            return scores_at(self._forward, ids, places).float()

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write all that `resume` needs; the folder is replaced whole or not at all. No pickle.

        Processes that share a run all call this, and each writes its part.

        Args:
            folder: is made, or replaced if it holds a saved run.

        Raises:
            ValueError: if the folder holds anything else.
            OSError: if something cannot be written; what was there before stays.
        """
        state.save(self, folder)

    @classmethod
    def resume(
        cls,
        folder: str | os.PathLike[str],
        data: Batches,
        model: nn.Module | None = None,
        objective: Objective | None = None,
        *,
        device: torch.device | str | None = None,
        spread: str | None = None,
    ) -> Run:
        """Open a saved run, which goes on as if it had never stopped, on any number of processes.

        Args:
            folder: what `save` wrote.
            data: the data of that run.
            model: one of the same shape, whose weights are replaced but for those that don't learn, which must be the
                same; None for a `Transformer` of the saved config, if all its weights learned.
            objective: that of the saved run.
            device, spread: as for a new run; they need not be those of the saved one.

        Raises:
            TrainingError: if the data or the objective is not that of the saved run.
            CheckpointError: if the folder is damaged, or does not fit the model.
            OSError: if a file cannot be read.
        """
        saved = state.read(folder)
        if saved.data != data.fingerprint:
            what = "its tokens, its settings or what it was made with differ"
            raise TrainingError(f"data: not what the run in {saved.folder} was reading; {what}")
        if model is None:
            model = Transformer(state.config_of(saved))
        state.check_config(saved, model)
        run = cls(model, data, saved.recipe, objective, device=device, spread=spread)
        if saved.objective != repr(run.objective):
            raise TrainingError(
                f"objective: got {run.objective!r}, that of the run in {saved.folder}: {saved.objective}"
            )
        state.restore(run, saved)
        return run


@contextmanager
def _whole() -> Iterator[None]:
    """Hold back Ctrl+C and the notebook's stop button until all weights have moved: half a step can't be resumed."""
    if threading.current_thread() is not threading.main_thread():  # which alone is interrupted
        yield
        return
    held = []
    handler = signal.signal(signal.SIGINT, lambda *_: held.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)
    if held:
        signal.raise_signal(signal.SIGINT)
