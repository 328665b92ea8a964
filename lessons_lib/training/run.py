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
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import torch
from torch import nn

from lessons_lib.model import Transformer
from lessons_lib.training import state
from lessons_lib.training.batches import Batches, number
from lessons_lib.training.losses import IGNORED, TrainingError, next_token_loss
from lessons_lib.training.optimizers import optimizers
from lessons_lib.training.recipe import Recipe


class Report(NamedTuple):
    """What a step was like.

    Attributes:
        step: how many are done.
        loss: the mean of the batch before the step, in nats a token.
        grad_norm: the gradient's length before it was cut.
        rate: the share of the learning rates.
        tokens: how many tokens the step learned from.
    """

    step: int
    loss: float
    grad_norm: float
    rate: float
    tokens: int


class Run:
    """A model, its data and a recipe; and the step, which with them decides all that follows.

    Args:
        model: maps ids [B, T] to scores [B, T, V], on any device; its weights are moved in place.
        data: such as `Windows` or `Rows`.
        recipe: the settings.

    Attributes:
        step: steps done.
        optimizers: what moves the weights.
    """

    def __init__(self, model: nn.Module, data: Batches, recipe: Recipe) -> None:
        self.model, self.data, self.recipe, self.step = model, data, recipe, 0
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
            loss, tokens = self._backward()
            norm = float(nn.utils.clip_grad_norm_(self.model.parameters(), self.recipe.clip))
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
        return Report(self.step, loss, norm, rate, tokens)

    def _backward(self) -> tuple[float, int]:
        """Work off the batch in parts, each weighted by its tokens; its mean loss, and the tokens learned from."""
        recipe = self.recipe
        device = next(self.model.parameters()).device
        inputs, labels = (ids.to(device) for ids in self.data.batch(self.step, recipe.batch_size))
        learned = int((labels != IGNORED).sum())
        if not learned:
            raise TrainingError(f"step {self.step}: no token to learn from, all labels are ignored")
        parts = zip(inputs.tensor_split(recipe.accumulate), labels.tensor_split(recipe.accumulate), strict=True)
        mean = 0.0
        # Dropout too depends on the step alone, and its random numbers disturb nobody else's.
        with torch.random.fork_rng([device] if device.type == "cuda" else []):
            torch.manual_seed(number(recipe.seed, self.step))
            for read, follows in parts:
                with torch.autocast(device.type, torch.bfloat16, enabled=recipe.bfloat16):
                    logits = self.model(read)
                loss = next_token_loss(logits.float(), follows)[0] / learned
                loss.backward()
                mean += loss.item()
        return mean, learned

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write all that `resume` needs; the folder is replaced whole or not at all. No pickle.

        Args:
            folder: is made, or replaced if it holds a saved run.

        Raises:
            ValueError: if the folder holds anything else.
            OSError: if something cannot be written; what was there before stays.
        """
        state.save(self, folder)

    @classmethod
    def resume(cls, folder: str | os.PathLike[str], data: Batches, model: nn.Module | None = None) -> Run:
        """Open a saved run, which goes on as if it had never stopped.

        Args:
            folder: what `save` wrote.
            data: the data of that run.
            model: one of the same shape, whose weights are replaced; None for a `Transformer` of the saved config.

        Raises:
            TrainingError: if the data is not that of the saved run.
            CheckpointError: if the folder is damaged, or does not fit the model.
            OSError: if a file cannot be read.
        """
        saved = state.read(folder)
        if saved.data != data.fingerprint:
            raise TrainingError(f"data: not what the run in {saved.folder} was reading; its tokens or settings differ")
        if model is None:
            model = Transformer(state.config_of(saved))
        run = cls(model, data, saved.recipe)
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
