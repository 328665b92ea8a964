"""A tiny Llama 4 in 64 bits, two layers with four experts each, which trains in a moment: for the exercises."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.classroom.lessons.lesson11b import small
from lessons_lib.config import ModelConfig
from lessons_lib.layers import expert_load, record_routes
from lessons_lib.model import Transformer
from lessons_lib.training import Recipe, Rows

EXPERTS, LENGTH, LAST = 4, 32, 20


def tiny_llama4(moving: bool = False, seed: int = 0) -> Transformer:
    """A fresh model; `moving` gives its routers a bias."""
    config = ModelConfig(
        vocab_size=195,
        hidden_size=24,
        intermediate_size=16,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        max_position_embeddings=2 * LENGTH,
        rope_pairing="interleaved",
        qk_norm="after",
        attn_temperature_tuning=True,
        no_rope_layers=[1, 0],
        layer_types=["chunked_attention", "full_attention"],
        attention_chunk_size=8,
        num_local_experts=EXPERTS,
        moe_intermediate_size=16,
        num_experts_per_tok=1,
        n_shared_experts=1,
        scoring_func="sigmoid",
        scale_expert_input=True,
        initializer_range=0.2,
        topk_method="noaux_tc" if moving else "greedy",
    )
    torch.manual_seed(seed)
    return Transformer(config).double()


def tiny_rows(unread: bool = False) -> Tensor:
    """The beginnings of stories, ids [N, T + 1]."""
    texts = small.texts()
    return (texts.unread[:40] if unread else texts.read[:400])[:, : LENGTH + 1]


def behaviour(weight: float, speed: float, steps: int = 60) -> tuple[float, float, float]:
    """One run of the tiny model: the text's loss in its last steps, and, in percent and for its second layer, the
    share of the busiest expert of a step, as a mean of these steps, and that of the busiest over all of them.
    """
    model = tiny_llama4(moving=speed != 0)
    recipe = Recipe(steps=steps, batch_size=8, learning_rate=0.02, warm_up=0.1, matrix_learning_rate=None)
    done = list(small.train(model, Rows(tiny_rows()), recipe, weight, speed))[-LAST:]
    load = torch.stack([step.load[1] for step in done]).double()  # [steps, E]
    each, whole = (load.amax(-1) / load.sum(-1)).mean(), load.sum(0).max() / load.sum()
    return sum(step.loss for step in done) / LAST, 100 * each.item(), 100 * whole.item()


def trained_with(answer: Callable, lr: float, weight: float, steps: int) -> dict | None:
    """What the tiny model comes to when a learner's loop trains it: the losses, and what holds on unread stories: the
    loss, and which share of the words each expert is sent in each layer.

    Returns:
        None if the loop returns nothing.
    """
    model, data, rows = tiny_llama4(), Rows(tiny_rows()), tiny_rows(unread=True)
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        losses = _numbers(answer(model, [data.batch(step, 8) for step in range(steps)], lr, weight))  # runs a generator
        if losses is None:
            return None
        with torch.no_grad(), record_routes(model) as routes:
            unread = F.cross_entropy(model(rows[:, :-1]).flatten(0, 1), rows[:, 1:].flatten())
    finally:
        torch.set_num_threads(before)
    shares = [(expert_load(seen[0].experts, EXPERTS) / len(seen[0].experts)).tolist() for seen in routes.values()]
    return {"losses": losses, "loss on unread stories": unread.item(), "shares of the experts": shares}


def _numbers(losses: object) -> object:
    """A learner's losses as plain numbers, whether or not they are tensors that still remember where they come from."""
    if isinstance(losses, Tensor):
        return losses.detach().tolist()
    if isinstance(losses, Iterable):
        return [loss.item() if isinstance(loss, Tensor) else loss for loss in losses]
    return losses
