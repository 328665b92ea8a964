"""What a learner's loop makes of the model of sums: for the last exercise of lesson 13b, in 64 bits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cache

import torch
from torch import Tensor

from lessons_lib.classroom.lessons.lesson13b import rewarded, sums
from lessons_lib.classroom.trials import Refused
from lessons_lib.model import Transformer
from lessons_lib.training import Judged, Rollouts, log_probs
from lessons_lib.training.losses import scores_at

ANSWERS = 16  # of a batch that is drawn before
Batch = tuple[Tensor, Tensor, Tensor, Tensor]


def drawn(model: Transformer, steps: int, problems: int, size: int) -> Iterator[Batch]:
    """Batches of ids, labels, old and rewards, `size` answers to a problem, each drawn from the model as it is when it
    is asked for."""
    grpo = rewarded.Grpo(num_generations=size, max_completion_length=sums.LONGEST)
    made = sums.problems(steps * problems, 7, sums.HELD_OUT)
    data = Rollouts(model, made, rewarded.right, grpo, encode=sums.prompt, decode=sums.decode, end=sums.END, seed=7)
    for step in range(steps):
        batch = Judged(*data.batch(step, problems * size))
        yield batch.ids, batch.labels, batch.old, torch.tensor([answer.reward for answer in data.answers])


@cache
def _first() -> Batch:
    return next(drawn(sums.imitated().double(), 1, 4, 4))


def taught_with(answer: Callable, batches: str, size: int, steps: int, lr: float, epsilon: float) -> dict | None:
    """What the model comes to when a learner's loop teaches it.

    Args:
        answer: a learner's function.
        batches: "stale" for batches that were drawn before the first step, "fresh" for batches that are drawn when they
            are asked for, "again" for one that is learned from again and again.
        size: of a group.
        steps: of AdamW.
        lr: of AdamW.
        epsilon: of the clip.

    Returns:
        The losses, and how likely the first answers are then; None if the loop returns nothing.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        model = sums.imitated().double()
        if batches == "fresh":
            given = drawn(model, steps, 2 * ANSWERS // size, size)
        else:
            given = list(drawn(model, 1 if batches == "again" else steps, ANSWERS // size, size))
            given *= steps if batches == "again" else 1
        losses = _numbers(answer(model, given, size, lr, epsilon))
        if losses is None:
            return None
        ids, labels, *_ = _first()
        with torch.no_grad():
            likely = log_probs(lambda *asked: scores_at(model, *asked), ids, labels).sum(-1)
    finally:
        torch.set_num_threads(before)
    return {"losses": losses, "logarithms of the first answers' chances after it": likely.tolist()}


def _numbers(losses: object) -> object:
    """A learner's losses as plain numbers, whether or not they are tensors that still remember where they come from."""
    if isinstance(losses, Tensor):
        return losses.detach().tolist()
    if isinstance(losses, str | dict) or (losses is not None and not isinstance(losses, Iterable)):
        raise Refused("your function must return the list of losses, one for each batch")
    if isinstance(losses, Iterable):
        return [loss.item() if isinstance(loss, Tensor) else float(loss) for loss in losses]
    return losses
