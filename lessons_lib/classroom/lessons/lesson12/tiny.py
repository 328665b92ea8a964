"""A tiny model that has read stories and then learns to shout them, by an adapter: for the exercises, in a moment."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from functools import cache

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from lessons_lib.classroom.lessons.lesson09.shared import LENGTH, SEPARATOR, tiny_model, tiny_rows
from lessons_lib.classroom.lessons.lesson09.stories import stories
from lessons_lib.classroom.trials import Refused
from lessons_lib.layers import LoraConfig, adapters, add_lora, merge_lora, remove_lora
from lessons_lib.model import Transformer
from lessons_lib.training import Recipe, Rows, Run, held_out_loss, pack

FAULTS = (
    "nothing is wrong",
    "A and B both begin at zero",
    "B begins as A does, at random",
    "alpha / r is forgotten when the adapter is merged",
    "nobody froze the weights: they learn too",
)


@cache
def _trained() -> Transformer:
    model = tiny_model()
    for _ in Run(model, Rows(tiny_rows(200)), Recipe(steps=80, batch_size=8)):
        pass
    return model


def base() -> Transformer:
    """The tiny model after 80 steps on stories, a copy of its own."""
    return copy.deepcopy(_trained())


def shouted(count: int = 60, seed: int = 2) -> Tensor:
    """The beginnings of stories in capitals: ids [N, T + 1]."""
    return pack([story.upper().encode()[:LENGTH] for story in stories(count, seed)], LENGTH, SEPARATOR)


def behaviour(fault: int) -> list[float]:
    """What an adapter with one of the faults, counted from 1, shows on shouted stories that it has not read: the loss
    with the fresh adapter, after 40 steps, after it was merged, and after it was taken off in place of that."""
    model, unread = add_lora(base(), LoraConfig(r=4, lora_alpha=16)), shouted(16, seed=3)
    for number, module in enumerate(adapters(model).values()):
        if fault == 2:
            nn.init.zeros_(module.lora_A)
        if fault == 3:
            generator = torch.Generator().manual_seed(number)
            with torch.no_grad():
                module.lora_B.copy_(torch.randn(module.lora_B.shape, dtype=torch.float64, generator=generator) / 4)
    if fault == 5:
        model.requires_grad_(True)
    found = [held_out_loss(model, unread)]
    recipe = Recipe(steps=40, batch_size=8, learning_rate=0.01, matrix_learning_rate=None, weight_decay=0.0)
    for _ in Run(model, Rows(shouted()), recipe):
        pass
    found.append(held_out_loss(model, unread))
    merged, bare = copy.deepcopy(model), remove_lora(model)
    if fault == 4:
        for module in adapters(merged).values():
            module.lora_B.data /= module.config.scale
    return [*found, held_out_loss(merge_lora(merged), unread), held_out_loss(bare, unread)]


def tuned_with(answer: Callable, model: str, r: int, alpha: float, steps: int) -> dict | None:
    """What a model comes to when a learner's layers stand in it: the losses of some steps, the loss after them on
    other text, with the layers and with plain ones of their merged matrices, and whether the weights stayed, and the
    layers too when they were asked for the merged matrix.

    Args:
        answer: a learner's class.
        model: "tiny", or "SmolLM2" for the real one, which learns cards in the two uppermost layers.
        r: the rank.
        alpha: what is added counts `alpha / r` times.
        steps: of AdamW.

    Returns:
        None if a layer returns nothing.
    """
    before = torch.get_num_threads()
    if model == "tiny":
        torch.set_num_threads(1)
    try:
        return _tuned(answer, *(_tiny() if model == "tiny" else _real()), r, alpha, steps)
    finally:
        torch.set_num_threads(before)


def _tiny() -> tuple[Transformer, Callable, Tensor]:
    return base().float(), Rows(shouted()).batch, shouted(8, seed=3)


def _real() -> tuple[Transformer, Callable, Tensor]:
    from lessons_lib.classroom.lessons.lesson12 import tuning
    from lessons_lib.classroom.real_model import real_model
    from lessons_lib.training import Conversations

    model, tokenizer = real_model()
    return model, Conversations(tuning.rows(tokenizer)[:40]).batch, tuning.plain_text(tokenizer, 1, 64)


def _tuned(answer, model, batch, unread, r, alpha, steps) -> dict | None:
    places = [
        (layer.self_attn, name, getattr(layer.self_attn, name))
        for layer in model.model.layers[-2:]
        for name in ("q_proj", "v_proj")
    ]
    kept = [linear.weight.detach().clone() for _, _, linear in places]
    wanted_grad = {p: p.requires_grad for p in model.parameters()}
    generator = torch.Generator().manual_seed(0)
    try:
        model.requires_grad_(False)
        made = []
        for owner, name, linear in places:
            linear.requires_grad_(True)  # the learner's layer is to freeze it
            A = torch.randn(r, linear.in_features, dtype=torch.float64, generator=generator) / linear.in_features**0.5
            layer = answer(linear, A.float(), alpha)
            if not isinstance(layer, nn.Module):
                raise Refused(
                    "an object of your class must be an nn.Module: class MyLora(nn.Module), super().__init__()"
                )
            if not _begins(layer, linear, A.float()):
                return None
            layer.merged()  # what it gives now is not to be kept
            setattr(owner, name, layer)
            made.append(layer)
        losses = _losses(model, batch, steps)
        with_layers = held_out_loss(model, unread)
        stayed = all(torch.equal(linear.weight, weight) for (*_, linear), weight in zip(places, kept, strict=True))
        stayed = stayed and not any(
            p.requires_grad and p.shape == weight.shape  # a copy of the weight that learned in its place
            for layer, weight in zip(made, kept, strict=True)
            for p in layer.parameters()
        )
        for (owner, name, linear), layer, weight in zip(places, made, kept, strict=True):
            held = [each.clone() for each in layer.state_dict().values()]
            layer.merged()  # to ask once more must change nothing
            setattr(owner, name, _plain(linear, layer.merged(), weight))
            stayed = stayed and all(map(torch.equal, held, layer.state_dict().values()))
        merged = held_out_loss(model, unread)
    finally:
        for (owner, name, linear), weight in zip(places, kept, strict=True):
            setattr(owner, name, linear)
            linear.weight.data = weight
        for p, wanted in wanted_grad.items():
            p.requires_grad_(wanted)
            p.grad = None
    return {"losses": losses, "on other text": with_layers, "merged": merged, "the weights stayed": stayed}


def _begins(layer: nn.Module, linear: nn.Linear, A: Tensor) -> bool:
    """Whether a fresh layer gives anything. What it gives is to be what the linear layer gives, and its A the one that
    was handed over.
    """
    x = torch.randn(1, 2, linear.in_features, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        y, wanted = layer(x), linear(x)
    if y is None:
        return False
    if y.shape == wanted.shape and not y.any():
        raise Refused("a fresh layer of yours gives zeros: y is the weight times x, and what the adapter adds")
    if y.shape == wanted.shape and not torch.allclose(y, wanted, atol=1e-5):
        raise Refused("a fresh layer of yours does not give the weight times x: B has to begin at zero")
    alike = [p for p in layer.parameters() if p.shape == A.shape]
    if alike and not any(torch.equal(p, A) for p in alike):
        raise Refused("A has to begin with the numbers that are handed over")
    return True


def _losses(model: nn.Module, batch: Callable, steps: int) -> list[float]:
    learn = [p for p in model.parameters() if p.requires_grad]
    if not learn:
        raise Refused("nothing in your layers learns: A and B must be nn.Parameter, assigned to self in __init__")
    optimizer, losses = torch.optim.AdamW(learn, lr=0.01, betas=(0.9, 0.95), weight_decay=0.0), []
    for step in range(steps):
        inputs, labels = batch(step, 4)
        loss = F.cross_entropy(model(inputs).flatten(0, 1), labels.flatten())
        optimizer.zero_grad()
        loss.backward()
        for p in learn:
            if p.grad is None:
                shape = list(p.shape)
                raise Refused(
                    f"a parameter of yours, {shape}, asks for a slope and gets none: what learns has to be used in "
                    "forward, undetached; what is frozen must not ask (requires_grad_(False))"
                )
        optimizer.step()
        losses.append(loss.item())
    return losses


def _plain(linear: nn.Linear, matrix: Tensor | Iterable, weight: Tensor) -> nn.Linear:
    matrix = torch.as_tensor(matrix).detach()
    if matrix.shape != weight.shape:
        raise Refused(f"merged() must return the shape {list(weight.shape)} here, got {list(matrix.shape)}")
    plain = nn.Linear(linear.in_features, linear.out_features, bias=False, device="meta")
    plain.weight = nn.Parameter(matrix.to(weight.dtype), requires_grad=False)
    return plain
