"""How wrong a model is about the next token, in nats; and the error that stops a run before it does harm."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from lessons_lib.layers import linear
from lessons_lib.model import Transformer
from lessons_lib.parts import resting

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


def scores_at(model: Callable[..., Tensor], ids: Tensor, places: Tensor) -> Tensor:
    """Score some places of what is read, and no other where the model can do without: a head is often most of the work.

    Args:
        model: maps ids [B, T] to scores [B, T, V]; a `Transformer`, spread or not, computes those asked for alone.
        ids: [B, T].
        places: [B, T], True at the N places to score.

    Returns:
        [N, V], row by row.
    """
    if places.all():
        return model(ids).flatten(0, -2)
    if isinstance(getattr(model, "module", model), Transformer):  # DDP holds the model as `module`
        return model(ids, logits_to_keep=places)
    return model(ids)[places]


def linear_cross_entropy(hidden: Tensor, weight: Tensor, labels: Tensor, rows: int = 512) -> tuple[Tensor, int]:
    """`next_token_loss(hidden @ weight.T, labels)`, without ever holding the scores of all places.

    They are often the largest thing in a step: a vocabulary of 50,000 has 50,000 of them at each place, and as many
    gradients. Here a slice of the places is scored, its gradients are made at once, and its scores are gone before the
    next slice comes.

    Args:
        hidden: [B, T, C], what the head reads.
        weight: [V, C], the head.
        labels: [B, T], the token that follows each place, or `IGNORED`.
        rows: places in a slice.

    Returns:
        The sum over all labels that are not ignored, a scalar in nats; and their number, which may be 0.

    Source: Wijmans et al. 2024, "Cut your losses in large-vocabulary language models".
    """
    total = _LinearCrossEntropy.apply(hidden.flatten(0, -2), weight, labels.flatten(), rows)
    return total, int((labels != IGNORED).sum())


class _LinearCrossEntropy(torch.autograd.Function):
    """The gradient of a score is its probability, less 1 at the label: what is needed backwards is known forwards."""

    @staticmethod
    def forward(ctx, hidden: Tensor, weight: Tensor, labels: Tensor, rows: int) -> Tensor:
        for_hidden, for_weight = torch.empty_like(hidden), torch.zeros_like(weight)
        total = hidden.new_zeros((), dtype=weight.dtype)
        for part, label, out in zip(hidden.split(rows), labels.split(rows), for_hidden.split(rows), strict=True):
            keep = (label != IGNORED)[:, None]  # [R, 1]
            at = label[:, None].where(keep, 0)
            scores = torch.log_softmax(linear(part, weight).to(weight.dtype), -1)  # [R, V]
            total -= (scores.gather(1, at) * keep).sum()
            scores.exp_().scatter_add_(1, at, -torch.ones_like(at, dtype=scores.dtype)).mul_(keep)
            out.copy_(scores @ weight)
            for_weight.addmm_(scores.T, part.to(weight.dtype))
        ctx.save_for_backward(for_hidden, for_weight)
        return total

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        for_hidden, for_weight = ctx.saved_tensors
        return for_hidden * grad, for_weight * grad, None, None


@torch.no_grad()
def held_out_loss(model: nn.Module, rows: Tensor | Iterable[tuple[Tensor, Tensor]], batch_size: int = 16) -> float:
    """The mean loss in nats a token on text that the model has not learned from.

    Args:
        model: maps ids [B, T] to scores [B, T, V]; its dropout is off meanwhile.
        rows: [N, T + 1], ids or `IGNORED`; or batches, each of ids [B, T] and labels [B, T].
        batch_size: of the rows, so many at a time.

    Raises:
        TrainingError: if no label is left to name.
    """
    if isinstance(rows, Tensor):
        rows = ((part[:, :-1].clamp(min=0), part[:, 1:]) for part in rows.split(batch_size))
    total, count = 0.0, 0
    with resting(model):
        for ids, labels in rows:
            places = labels != IGNORED
            loss, named = next_token_loss(scores_at(model, ids, places), labels[places])
            total, count = total + loss.item(), count + named
    if not count:
        raise TrainingError("no token to name: all labels are ignored")
    return total / count
