"""The settings of a run, and how its learning rate rises and falls."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lessons_lib import arguments


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """All that decides a run, beside its model and its data.

    Args:
        steps: updates of the weights.
        batch_size: rows that one update learns from.
        accumulate: parts that a batch is worked off in, one by one, where memory is short. The result is the same.
        learning_rate: of AdamW, at its highest.
        matrix_learning_rate: of Muon, for the matrices inside the network; None to leave them to AdamW.
        warm_up: share of the steps in which the learning rate rises.
        decay: share of the steps, the last ones, in which it falls to 0.
        weight_decay: share of the learning rate by which weights shrink at each step.
        clip: the length to which a longer gradient is cut.
        bfloat16: products in bfloat16, which halves their time on processors made for it and costs time on others.
        seed: of dropout, if there is any.

    Raises:
        ValueError: naming the setting, its value and what is allowed.
    """

    steps: int
    batch_size: int = 16
    accumulate: int = 1
    learning_rate: float = 0.01
    matrix_learning_rate: float | None = 0.02
    warm_up: float = 0.04
    decay: float = 0.5
    weight_decay: float = 0.1
    clip: float = 1.0
    bfloat16: bool = False
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "accumulate"):
            arguments.whole(name, getattr(self, name), 1)
        arguments.whole("seed", self.seed, 0)
        for name in ("warm_up", "decay"):
            arguments.real(name, getattr(self, name), 0, 1, "0 to 1")
        for name in ("learning_rate", "weight_decay", "clip"):
            arguments.real(name, getattr(self, name), 0, math.inf, "0 or more")
        if self.matrix_learning_rate is not None:
            arguments.real("matrix_learning_rate", self.matrix_learning_rate, 0, math.inf, "0 or more, or None")
        if self.accumulate > self.batch_size:
            raise ValueError(f"accumulate: got {self.accumulate}, allowed at most batch_size ({self.batch_size})")
        if not isinstance(self.bfloat16, bool):
            raise ValueError(f"bfloat16: got {arguments.described(self.bfloat16)}, allowed True or False")

    def rate(self, step: int) -> float:
        """The share of the learning rates at a step, counted from 0; see `flat_then_down`."""
        return flat_then_down(step, self.steps, self.warm_up, self.decay)


def flat_then_down(step: int, steps: int, warm_up: float, decay: float) -> float:
    """Up in a straight line, flat, and down in a straight line that would reach 0 one step behind the last.

    Args:
        step: from 0.
        steps: of the run.
        warm_up: share of the steps of the way up.
        decay: share of the steps of the way down.

    Returns:
        From just above 0 to 1.

    Example:
        >>> [flat_then_down(step, 8, warm_up=0.25, decay=0.5) for step in range(8)]
        [0.5, 1.0, 1.0, 1.0, 1.0, 0.75, 0.5, 0.25]
    """
    up = (step + 1) / (warm_up * steps) if warm_up else 1.0
    down = (steps - step) / (decay * steps) if decay else 1.0
    return min(up, down, 1.0)


def cosine(step: int, *, peak: float, floor: float, warm_up: int, end: int) -> float:
    """Up in a straight line, then down half a wave of the cosine, then flat: the learning rate of many published runs.

    Args:
        step: from 0, where the rate is 0.
        peak: the rate at step `warm_up`.
        floor: the rate from step `end` on.
        warm_up: steps of the way up.
        end: the step at which the wave ends.

    Source: Loshchilov and Hutter 2017, equation 5, with a warm-up.
    """
    if step < warm_up:
        return peak * step / warm_up
    if step >= end:
        return floor
    return floor + (peak - floor) * (1 + math.cos(math.pi * (step - warm_up) / (end - warm_up))) / 2
