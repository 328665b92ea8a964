"""What a run makes smaller: a sum over the things of a batch, divided by how many the whole batch has.

A sum and a number, not a mean: a batch may be worked off in parts and shared among processes, and the means of the
parts don't say how large they were.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch.nn.functional as F
from torch import Tensor

from lessons_lib.training.losses import IGNORED, next_token_loss

Batch = tuple[Tensor, ...]
Scores = Callable[[Tensor, Tensor], Tensor]
"""Maps ids [B, T] and places [B, T], True at N of them, to the scores of those places, [N, V]."""


class Objective(Protocol):
    """What a run makes smaller. Its `repr` is kept with a saved run, and tells whether another one is the same."""

    def count(self, batch: Batch) -> int:
        """How many things the loss of a whole batch is the mean of, such as tokens or pairs; 0 if there are none."""

    def total(self, scores: Scores, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """The loss of some rows of a batch, summed over what `count` counts; and sums worth watching, by name."""


@dataclass(frozen=True)
class NextToken:
    """To name the next token: the loss of training from nothing and of fine-tuning."""

    def count(self, batch: Batch) -> int:
        """Tokens that are to be named."""
        return int((batch[1] != IGNORED).sum())

    def total(self, scores: Scores, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """The loss of ids [B, T] and labels [B, T], in nats."""
        ids, labels = batch
        named = labels != IGNORED
        return next_token_loss(scores(ids, named), labels[named])[0], {}


def log_probs(scores: Scores, ids: Tensor, labels: Tensor) -> Tensor:
    """The logarithm of the probability that a model gives to each token that is to be named.

    Args:
        scores: of the model.
        ids: [B, T], what it reads.
        labels: [B, T], the token that follows each place, or `IGNORED`.

    Returns:
        [B, T] in nats, 0 where nothing is to be named: the sum of a row is that of the answer in it.
    """
    named = labels != IGNORED
    found = -F.cross_entropy(scores(ids, named), labels[named], reduction="none")
    return found.new_zeros(labels.shape).masked_scatter(named, found)
