"""The small Llama 4 of lesson 11b, what it reads, and how it is trained: with a loss that balances, with a bias that
moves, or with neither.

It reads the stories of lesson 09 word by word. A run is a pure function of (model, balance, seed, rate, steps).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lessons_lib.classroom.lessons.lesson09.shared import drawn, one_a_row
from lessons_lib.classroom.lessons.lesson09.stories import stories
from lessons_lib.classroom.lessons.lesson09b.track import SEPARATOR, vocabulary, words
from lessons_lib.config import ModelConfig
from lessons_lib.layers import adjust_correction_bias, expert_load, load_balancing_loss, record_routes
from lessons_lib.model import Transformer
from lessons_lib.training import Recipe, Rows, next_token_loss, optimizers
from lessons_lib.training.batches import Batches

BATCH, CHUNK, EXPERTS, WIDTH = 8, 16, 8, 48
_NEAR = (1, 1, 1, 0)  # the fourth layer sees everything and turns nothing
_BASE = {
    "vocab_size": 195,
    "hidden_size": 64,
    "intermediate_size": 2 * WIDTH,
    "num_hidden_layers": len(_NEAR),
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 512,
    "rope_pairing": "interleaved",
    "qk_norm": "after",
    "attn_temperature_tuning": True,
    "no_rope_layers": list(_NEAR),
    "layer_types": ["chunked_attention" if near else "full_attention" for near in _NEAR],
    "attention_chunk_size": CHUNK,
    "initializer_range": 0.125,
}
_MIXTURE = _BASE | {
    "num_local_experts": EXPERTS,
    "moe_intermediate_size": WIDTH,
    "num_experts_per_tok": 1,
    "n_shared_experts": 1,
    "scoring_func": "sigmoid",
    "scale_expert_input": True,
}
MODELS = {
    "small Llama 4": _MIXTURE,
    "dense, as many numbers met": _BASE,
    "dense, as many numbers in all": _BASE | {"intermediate_size": (EXPERTS + 1) * WIDTH},
}
BALANCES = ("none", "loss", "bias")
WEIGHT, SPEED = 0.01, 0.02  # of the balancing loss, and of the moving bias


class Step(NamedTuple):
    """What a step was like: the loss of its batch before it, in nats a word, and how many words each layer sent to each
    expert, [layers, E]; of a dense model None."""

    loss: float
    load: Tensor | None


class Texts(NamedTuple):
    """Whole stories as ids [N, T + 1], filled up with -100: to learn from, to choose a rate on, and to judge by."""

    read: Tensor
    trial: Tensor
    unread: Tensor


@cache
def texts() -> Texts:
    """Of the grammar's stories 4,000, 200 and 200."""
    ids = vocabulary()
    made = (stories(4000), stories(200, seed=2), stories(200, seed=1))
    return Texts(*(one_a_row([[ids[word] for word in words(story)] for story in part], SEPARATOR) for part in made))


def fresh(name: str = "small Llama 4", balance: str = "loss", seed: int = 0) -> Transformer:
    """A new model, the same on every machine."""
    moving = {"topk_method": "noaux_tc"} if balance == "bias" else {}
    return drawn(ModelConfig(**MODELS[name] | moving), seed)


def run(model: Transformer, balance: str, seed: int, rate: float, steps: int) -> Iterator[Step]:
    """Train a model of `fresh` in place, one step for each `Step` that is asked for.

    Args:
        model: of `fresh`.
        balance: one of `BALANCES`; of no meaning for a dense model.
        seed: of the stories' order.
        rate: of AdamW, at its highest.
        steps: of the whole run.
    """
    recipe = Recipe(steps=steps, batch_size=BATCH, learning_rate=rate, matrix_learning_rate=None, warm_up=0.1)
    weight, speed = WEIGHT * (balance == "loss"), SPEED * (balance == "bias")
    return train(model, Rows(texts().read, seed), recipe, weight, speed)


def train(model: Transformer, data: Batches, recipe: Recipe, weight: float = 0.0, speed: float = 0.0) -> Iterator[Step]:
    """Train a model in place and say after each step who was sent where.

    Args:
        model: with experts or without.
        data, recipe: as for `Run`; all by AdamW.
        weight: of the balancing loss that is added to the text's; 0 for none.
        speed: of the moving bias; 0 for none.
    """
    (optimizer,) = optimizers(model, recipe)
    for step in range(recipe.steps):
        inputs, labels = data.batch(step, recipe.batch_size)
        with record_routes(model) as routes:
            total, count = next_token_loss(model(inputs), labels)
        loss, seen = total / count, [routing for (routing,) in routes.values()]
        (loss + weight * load_balancing_loss(seen) if weight and seen else loss).backward()
        nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
        for group in optimizer.param_groups:
            group["lr"] = recipe.learning_rate * recipe.rate(step)
        optimizer.step()
        model.zero_grad()
        load = torch.stack([expert_load(each.experts, each.scores.shape[1]) for each in seen]) if seen else None
        if speed and seen:
            for block, sent in zip(model.model.layers, load, strict=True):
                adjust_correction_bias(block.mlp.router, sent, speed)
        yield Step(loss.item(), load)


@torch.no_grad()
def tell(model: Transformer, count: int, temperature: float = 0.7, longest: int = 130) -> list[str]:
    """Stories that a model tells, each from the separator to the next; with the cache, all at once."""
    from lessons_lib.generation import KVCache  # brings numba, which takes a while to load

    kept, ids = KVCache(model.config, count, longest), torch.full((count, 1), SEPARATOR)
    generator, told = torch.Generator().manual_seed(0), []
    for _ in range(longest):
        chances = (model(ids, kept)[:, -1].double() / temperature).softmax(-1)  # [B, V]
        luck = torch.rand(count, 1, dtype=torch.float64, generator=generator)
        ids = torch.searchsorted(chances.cumsum(-1), luck).clamp(max=chances.shape[1] - 1)  # [B, 1]
        told.append(ids)
    return [text_of(row) for row in torch.cat(told, 1).tolist()]


def text_of(ids: list[int]) -> str:
    """Words as a text, up to the first separator."""
    names = {i: word for word, i in vocabulary().items()}
    ids = ids[: ids.index(SEPARATOR)] if SEPARATOR in ids else ids
    text, inside, opened = "", False, False
    for word in (names[i] for i in ids):
        glued = opened or word in ".,!" or (word == '"' and inside)
        text += word if glued else f" {word}"
        opened = word == '"' and not inside
        inside ^= word == '"'
    return text.strip()
