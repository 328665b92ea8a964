"""DPO: a model learns which of two answers people prefer, by comparing itself with what it was before.

    reward(answer) = beta * (ln p(answer) now - ln p(answer) before)
    loss           = -ln sigmoid(reward(chosen) - reward(rejected))

Both answers get more or less likely together at no cost: only their difference counts. That is how DPO fails, too.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib import arguments
from lessons_lib.layers.lora import without_lora
from lessons_lib.parts import resting
from lessons_lib.training.batches import Shuffled, conversation_row, filled, fingerprint_of
from lessons_lib.training.losses import IGNORED, TrainingError, scores_at
from lessons_lib.training.objectives import Batch, Scores, log_probs

LOSSES = {
    "sigmoid": lambda margin, beta: -F.logsigmoid(beta * margin),
    "hinge": lambda margin, beta: torch.relu(1 - beta * margin),
    "ipo": lambda margin, beta: (margin - 1 / (2 * beta)) ** 2,
}
Conversation = tuple[Sequence[int], Sequence[bool]]


class Pairs:
    """Pairs of conversations that begin alike, each with the answer that was preferred first.

    Args:
        rows: of each pair the chosen and the rejected conversation, each its ids and for each id whether the assistant
            says it: what `encode_chat(..., add_generation_prompt=False, return_mask=True)` gives.
        length: the most tokens that a row may read, T; None for as many as the longest has.
        seed: of the order.

    Attributes:
        reference: [N, 2], what the model before tuning thinks of the answers; None until `measure` was called.

    Raises:
        ValueError: naming the pair whose two are the same, begin differently, are too long or have nothing to name.
    """

    def __init__(self, rows: Iterable[tuple[Conversation, Conversation]], length: int | None = None, seed: int = 0):
        self.seed = arguments.whole("seed", seed, 0)
        self._rows = [pair_row(f"rows[{n}]", pair, length) for n, pair in enumerate(rows)]
        if not self._rows:
            raise ValueError("rows: got none, allowed at least one pair")
        self._shuffled = Shuffled(len(self._rows), seed)
        self.reference: Tensor | None = None
        numbers = np.concatenate([row.ravel() for pair in self._rows for row in pair])
        lengths = [row.shape[1] for pair in self._rows for row in pair]
        self.fingerprint = fingerprint_of(numbers, *lengths, seed)

    @property
    def per_epoch(self) -> int:
        """Pairs."""
        return self._shuffled.count

    def measure(self, model: nn.Module, batch_size: int = 8) -> Pairs:
        """Ask the model before tuning once for all: it stays as it is, so its answer does too.

        Args:
            model: one with an adapter is asked without it; any other must be the one before tuning.
            batch_size: pairs at a time.

        Returns:
            These pairs.
        """
        with without_lora(model):
            self.reference = self.log_probs(model, batch_size)
        return self

    @torch.no_grad()
    def log_probs(self, model: nn.Module, batch_size: int = 8) -> Tensor:
        """The logarithms of the probabilities that a model as it is gives to both answers of each pair, [N, 2]."""
        device, found = next(model.parameters()).device, []
        with resting(model):
            for start in range(0, len(self._rows), batch_size):
                ids, labels = filled([row for pair in self._rows[start : start + batch_size] for row in pair])
                ids, labels = ids.to(device), labels.to(device)
                found.append(log_probs(lambda *asked: scores_at(model, *asked).float(), ids, labels).sum(-1))
        return torch.cat(found).view(-1, 2).cpu()

    def batch(self, step: int, size: int) -> Batch:
        """What a step compares: ids [size, 2, T], labels [size, 2, T] and the reference's answer [size, 2].

        Raises:
            TrainingError: if the model before tuning was not asked yet.
        """
        if self.reference is None:
            raise TrainingError("pairs: not measured yet; call measure(model) with the model before tuning")
        places = [place for _, place in self._shuffled.places(step, size)]
        ids, labels = filled([row for place in places for row in self._rows[place]])
        return ids.view(size, 2, -1), labels.view(size, 2, -1), self.reference[places]


@dataclass(frozen=True)
class Dpo:
    """To prefer the chosen answer to the rejected one, more than the model before tuning does; the names are TRL's.

    Args:
        beta: the price of moving away from the model before tuning: large keeps it near.
        loss_type: what is made of the margin, see `dpo_loss`: "sigmoid", "hinge", or "ipo" with means over an answer's
            tokens in the place of sums, as its authors did.
        sft_weight: times the loss of the chosen answer, in nats a token, that is added to keep it likely.

    Raises:
        ValueError: naming the setting, its value and what is allowed.

    Source: Rafailov et al. 2023, equation 7; for `sft_weight` Pang et al. 2024, equation 1, without the length of the
    question.
    """

    beta: float = 0.1
    loss_type: str = "sigmoid"
    sft_weight: float = 0.0

    def __post_init__(self) -> None:
        arguments.real("beta", self.beta, 0, math.inf, "above 0", above=True)
        arguments.real("sft_weight", self.sft_weight, 0, math.inf, "0 or more")
        if self.loss_type not in LOSSES:
            raise ValueError(f"loss_type: got {self.loss_type!r}, allowed {', '.join(LOSSES)}")

    def count(self, batch: Batch) -> int:
        """Pairs."""
        return len(batch[0])

    def total(self, scores: Scores, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """The loss of some pairs; and the sums of both rewards, and of how often the chosen answer's is larger."""
        ids, labels, reference = batch
        named = log_probs(scores, ids.flatten(0, 1), labels.flatten(0, 1)).view(labels.shape)  # [B, 2, T]
        policy = named.sum(-1)  # [B, 2]
        lengths = (labels != IGNORED).sum(-1)  # [B, 2]
        by = lengths if self.loss_type == "ipo" else 1
        loss = dpo_loss(policy / by, reference / by, self.beta, self.loss_type)
        if self.sft_weight:
            loss = loss - self.sft_weight * policy[:, 0] / lengths[:, 0]
        chosen, rejected = (self.beta * (policy.detach() - reference)).T
        return loss.sum(), {
            "chosen": chosen.sum().item(),
            "rejected": rejected.sum().item(),
            "accuracy": (chosen > rejected).sum().item(),
        }


def dpo_loss(policy: Tensor, reference: Tensor, beta: float = 0.1, loss_type: str = "sigmoid") -> Tensor:
    """How far a model is from preferring what people prefer, pair by pair.

    Args:
        policy: [B, 2], the logarithms of the probabilities of the chosen and of the rejected answer, all its tokens.
        reference: [B, 2], the same of the model before tuning.
        beta: the price of moving away from it.
        loss_type: "sigmoid" of the paper; "hinge", which rests once the margin is 1 / beta; "ipo", which wants it to be
            1 / (2 beta) and no more.

    Returns:
        [B], in nats for "sigmoid".

    Example:
        >>> dpo_loss(torch.tensor([[-4.0, -9.0]]), torch.tensor([[-5.0, -5.0]])).item()  # -ln sigmoid(0.1 * (1 + 4))
        0.4740...

    Source: Rafailov et al. 2023, equation 7; Zhao et al. 2023 (hinge); Azar et al. 2023, equation 17 (ipo).
    """
    margin = (policy - reference) @ policy.new_tensor([1.0, -1.0])  # [B]
    return LOSSES[loss_type](margin, beta)


def pair_row(
    name: str, pair: tuple[Conversation, Conversation], length: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """What each of a pair reads and names, [2, T]; `name` is what errors call the pair, as in `conversation_row`.

    Raises:
        ValueError: if one of the two can't be learned from, both are the same, or they begin differently.
    """
    chosen, rejected = (
        conversation_row(f"{name}, {answer}", *row, length)
        for answer, row in zip(("chosen", "rejected"), pair, strict=True)
    )
    if np.array_equal(chosen, rejected):
        raise ValueError(f"{name}: got the same answer twice, allowed two that differ")
    asked = [row[0, : np.flatnonzero(row[1] != IGNORED)[0] + 1] for row in (chosen, rejected)]
    if not np.array_equal(*asked):
        raise ValueError(f"{name}: got two questions, allowed two answers to one")
    return chosen, rejected
