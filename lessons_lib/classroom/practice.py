"""Practice: train a small model for a moment, to see what a part of it is good for. Lesson 09 trains in earnest."""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def practice(
    model: nn.Module,
    token_ids: Tensor,
    *,
    steps: int,
    batch_size: int = 8,
    length: int = 64,
    learning_rate: float = 3e-3,
    seed: int = 0,
    extra_loss: Callable[[], Tensor] | None = None,
) -> list[float]:
    """Train a model to name the next token, on random windows of one text.

    AdamW, whose rate rises over the first tenth of the steps and then falls to zero in a straight line; gradients of
    more than length 1 are shortened to 1.

    Args:
        model: maps token ids [B, T] to scores [B, T, V]. In float64 the course of a run is the same everywhere.
        token_ids: [N], the text.
        steps: updates.
        batch_size: windows a step, B.
        length: tokens of a window, T.
        learning_rate: at its highest.
        seed: of the choice of windows.
        extra_loss: called after each pass; what it gives is added to the loss that the step makes smaller.

    Returns:
        The mean loss of each step in nats a token, without the extra.

    Raises:
        ValueError: for a text without a single window.
    """
    _check(token_ids, length)
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.AdamW(model.parameters(), lr=learning_rate, betas=(0.9, 0.95), weight_decay=0.01)
    warm_up = max(1, steps // 10)
    losses = []
    for step in range(steps):
        rate = min((step + 1) / warm_up, (steps - step) / (steps - warm_up + 1))
        optimizer.param_groups[0]["lr"] = learning_rate * rate
        starts = torch.randint(len(token_ids) - length, (batch_size,), generator=generator)
        loss = _loss(model, _windows(token_ids, starts, length))
        losses.append(loss.item())
        optimizer.zero_grad()
        (loss if extra_loss is None else loss + extra_loss()).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    return losses


@torch.no_grad()
def held_out_loss(model: nn.Module, token_ids: Tensor, *, length: int = 64, windows: int = 16) -> float:
    """The mean loss, in nats a token, on windows spread evenly over a text that the model has not practised on.

    Args:
        model: maps token ids [B, T] to scores [B, T, V].
        token_ids: [N], the text.
        length: tokens of a window, T.
        windows: how many.

    Raises:
        ValueError: for a text without a single window.
    """
    _check(token_ids, length)
    starts = torch.linspace(0, len(token_ids) - length - 1, windows).long()
    return _loss(model, _windows(token_ids, starts, length)).item()


def _check(token_ids: Tensor, length: int) -> None:
    if len(token_ids) <= length:
        raise ValueError(f"token_ids: got {len(token_ids)}, allowed more than length ({length})")


def _windows(token_ids: Tensor, starts: Tensor, length: int) -> Tensor:
    """Windows of one token more than T: what is read, and shifted by one what follows. [B, T + 1]"""
    return token_ids[starts[:, None] + torch.arange(length + 1)]


def _loss(model: nn.Module, windows: Tensor) -> Tensor:
    scores = model(windows[:, :-1])  # [B, T, V]
    return F.cross_entropy(scores.flatten(0, 1), windows[:, 1:].flatten())
