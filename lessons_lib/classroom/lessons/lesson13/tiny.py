"""A tiny model in 64 bits that has read stories and comes to like red things: for the exercises, in a moment."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.classroom.lessons.lesson09.stories import NAMES, THINGS
from lessons_lib.classroom.lessons.lesson12.tiny import base
from lessons_lib.classroom.lessons.lesson13.my_dpo_loss import NO_SLOPE
from lessons_lib.classroom.trials import Refused
from lessons_lib.layers import LoraConfig, adapters, add_lora, remove_lora
from lessons_lib.model import Transformer
from lessons_lib.training import Dpo, Pairs, Recipe, Run, log_probs

WAYS = (
    "nothing is wrong: both parts of the loss, at a fitting rate",
    "the liked answer is not kept likely, and the rate is far too high",
    "the reference is forgotten: its logarithms are all 0",
    "the reference is asked with the adapter on, at each step anew",
    "the sign of the loss is wrong",
)


def moved_model() -> Transformer:
    """The tiny model after 80 steps on stories, with an adapter that is not at zero any more."""
    model, generator = base(), torch.Generator().manual_seed(1)
    add_lora(model, LoraConfig(r=4, lora_alpha=8))
    with torch.no_grad():
        for module in adapters(model).values():
            module.lora_B.copy_(torch.randn(module.lora_B.shape, dtype=torch.float64, generator=generator) / 10)
    return model


def reds(count: int = 24) -> list[tuple]:
    """Pairs of bytes: somebody has a thing, and the liked one is red."""
    names = [name for each in NAMES.values() for name in each]
    made = []
    for n in range(count):
        start = f"{names[n % len(names)]} had a "
        liked, other = f"red {THINGS[n % len(THINGS)]}.", f"blue {THINGS[(n + 3) % len(THINGS)]} too."
        made.append(tuple(_row(start, end) for end in (liked, other)))
    return made


def _row(start: str, end: str) -> tuple[list[int], list[bool]]:
    ids = [*start.encode(), *end.encode()]
    return ids, [n >= len(start) for n in range(len(ids))]


@dataclass(frozen=True)
class _Log(Dpo):
    """The objective with what may be wrong about it."""

    way: int = 1

    def total(self, scores, batch):
        ids, labels, reference = batch
        if self.way == 3:
            reference = 0 * reference
        if self.way == 4:
            reference = _named(scores, ids, labels).detach()
        loss, measures = super().total(scores, (ids, labels, reference))
        return (-loss if self.way == 5 else loss), measures


def _named(scores: Callable, ids: Tensor, labels: Tensor) -> Tensor:
    return log_probs(scores, ids.flatten(0, 1), labels.flatten(0, 1)).sum(-1).view(-1, 2)


def log_of(way: int, steps: int = 30) -> tuple[float, float, float, float]:
    """What the log of a run shows, taught in one of the `WAYS`, counted from 1: the first loss, and of the last step
    the loss and the rewards of the liked and of the other answer."""
    model = add_lora(base(), LoraConfig(r=4, lora_alpha=8))
    objective = _Log(beta=0.1, sft_weight=1.0 if way == 1 else 0.0, way=way)
    rate = 0.3 if way == 2 else 0.01
    recipe = Recipe(steps=steps, batch_size=4, learning_rate=rate, matrix_learning_rate=None, weight_decay=0.0)
    reports = list(Run(model, Pairs(reds()).measure(model), recipe, objective))
    last = reports[-1]
    return reports[0].loss, last.loss, last.measures["chosen"], last.measures["rejected"]


def taught_with(answer: Callable, model: str, lr: float, beta: float, steps: int) -> dict | None:
    """What a model comes to when a learner's loop teaches it a taste: the losses, the margins of pairs after it, and
    whether the weights beside the adapter stayed.

    Args:
        answer: a learner's function.
        model: "tiny", or "SmolLM2" for the real one with an adapter in its two uppermost layers.
        lr: of AdamW.
        beta: of the loss.
        steps: of AdamW.

    Returns:
        None if the loop returns nothing.
    """
    before = torch.get_num_threads()
    if model == "tiny":
        torch.set_num_threads(1)
    try:
        return _tiny(answer, lr, beta, steps) if model == "tiny" else _real(answer, lr, beta, steps)
    finally:
        torch.set_num_threads(before)


def _tiny(answer: Callable, lr: float, beta: float, steps: int) -> dict | None:
    return _taught(answer, moved_model(), reds(), 4, lr, beta, steps)


def _real(answer: Callable, lr: float, beta: float, steps: int) -> dict | None:
    from lessons_lib.classroom.lessons.lesson13 import liking
    from lessons_lib.classroom.real_model import real_model

    model, tokenizer = real_model()
    wanted = {name: p.requires_grad for name, p in model.named_parameters()}
    try:
        add_lora(model, LoraConfig(r=8, layers_to_transform=(28, 29)))
        return _taught(answer, model, liking.rows(tokenizer)[: 2 * steps], 2, lr, beta, steps)
    finally:
        if adapters(model):
            remove_lora(model)
        for name, p in model.named_parameters():
            p.requires_grad_(wanted[name])
            p.grad = None


def _taught(
    answer: Callable, model: nn.Module, rows: Sequence, size: int, lr: float, beta: float, steps: int
) -> dict | None:
    pairs = Pairs(rows)
    pairs.reference = torch.zeros(len(rows), 2)  # is for the learner's loop to find
    batches = [pairs.batch(step, size)[:2] for step in range(steps)]
    frozen = {name: p.detach().clone() for name, p in model.named_parameters() if not p.requires_grad}
    try:
        losses = _numbers(answer(model, batches, lr, beta))
    except RuntimeError as error:
        if "does not require grad" in str(error):
            raise Refused(f"{NO_SLOPE}; and only the reference is asked inside `without_lora`") from None
        raise
    if losses is None:
        return None
    own = dict(model.named_parameters())
    stayed = all(name in own and torch.equal(own[name], p) for name, p in frozen.items())
    if not stayed:
        with torch.no_grad():
            for name, p in frozen.items():
                if name in own:
                    own[name].copy_(p)
    with torch.no_grad():
        ids, labels = batches[0]
        flat = labels.flatten(0, 1)
        each = F.cross_entropy(model(ids.flatten(0, 1)).transpose(1, 2), flat, reduction="none", ignore_index=-100)
        likely = -each.sum(-1).view(-1, 2)
    margins = (likely[:, 0] - likely[:, 1]).tolist()
    return {"losses": losses, "margins after it": margins, "the weights stayed": stayed}


def _numbers(losses: object) -> object:
    """A learner's losses as plain numbers, whether or not they are tensors that still remember where they come from."""
    if isinstance(losses, Tensor):
        return losses.detach().tolist()
    if isinstance(losses, str | dict) or (losses is not None and not isinstance(losses, Iterable)):
        raise Refused("your function must return the list of losses, one for each batch")
    if isinstance(losses, Iterable):
        return [loss.item() if isinstance(loss, Tensor) else float(loss) for loss in losses]
    return losses
