"""How wrong a model is about the next token, in nats; and the error that stops a run before it does harm."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IGNORED = -100  # the label of a place where nothing is to be named: that of torch and of transformers


class TrainingError(RuntimeError):
    """A step that must not be taken, or a saved run that does not fit; the weights are those before the step."""


def next_token_loss(logits: Tensor, labels: Tensor) -> tuple[Tensor, int]:
    """The summed loss and how many tokens it is of.

    Not the mean: a batch that is worked off in parts of unequal size has the mean of all its tokens, which is not the
    mean of the parts' means.

    Args:
        logits: scores [B, T, V].
        labels: [B, T], the token that follows each place, or `IGNORED`.

    Returns:
        The sum over all labels that are not ignored, a scalar in nats; and their number, which may be 0.

    Example:
        >>> total, count = next_token_loss(torch.zeros(1, 2, 4), torch.tensor([[3, IGNORED]]))
        >>> count, round(total.item(), 3)  # knowing nothing of 4 tokens costs ln 4
        (1, 1.386)
    """
    total = F.cross_entropy(logits.flatten(0, -2), labels.flatten(), ignore_index=IGNORED, reduction="sum")
    return total, int((labels != IGNORED).sum())


@torch.no_grad()
def held_out_loss(model: nn.Module, rows: Tensor, batch_size: int = 16) -> float:
    """The mean loss in nats a token on text that the model has not learned from.

    Args:
        model: maps ids [B, T] to scores [B, T, V]; its dropout is off meanwhile.
        rows: [N, T + 1], ids or `IGNORED`.
        batch_size: rows at a time.

    Raises:
        TrainingError: if no label is left to name.
    """
    training = model.training
    model.eval()
    total, count = 0.0, 0
    try:
        for part in rows.split(batch_size):
            loss, labels = next_token_loss(model(part[:, :-1].clamp(min=0)), part[:, 1:])
            total, count = total + loss.item(), count + labels
    finally:
        model.train(training)
    if not count:
        raise TrainingError("no token to name: all labels are ignored")
    return total / count
