"""The race track of lesson 09b: a small Llama that reads stories word by word, and variants that differ in one part.

A run is a pure function of (variant, rate, seed): the seed decides the first weights and which stories each step reads,
so two variants with one seed can be compared as a pair.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields, replace
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor, nn

from lessons_lib.classroom.lessons.lesson09.shared import drawn
from lessons_lib.classroom.lessons.lesson09.stories import THINGS, stories
from lessons_lib.config import ModelConfig
from lessons_lib.model import Transformer
from lessons_lib.training import IGNORED, Recipe, Rows, Run, TrainingError, held_out_loss

LENGTH = 64  # words that a row reads, T: the beginning of a story, up to where the thing was named four times
SEPARATOR = 0
STEPS = 100
SEEDS = range(8)  # these race
TRIAL_SEEDS = (100, 101)  # on these each variant's rate is chosen
RATES = (0.5, 1.0, 2.0)  # times the learning rates of `RECIPE`

MODEL = {
    "vocab_size": 195,
    "hidden_size": 64,
    "intermediate_size": 176,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "max_position_embeddings": LENGTH,
    "tie_word_embeddings": True,
    "initializer_range": 0.08,
}
RECIPE = Recipe(
    steps=STEPS, batch_size=8, learning_rate=0.02, matrix_learning_rate=0.06, warm_up=0.1, decay=0.5, weight_decay=0.1
)


@dataclass(frozen=True)
class Variant:
    """What differs from the model that all are compared with.

    Attributes:
        config: fields of `ModelConfig`.
        recipe: fields of `Recipe`.
        operation: changes the fresh model in place, where no field says it.
        seed: added to the seed of the first weights, not to that of the stories' order.
        rate_of: the variant whose rate it takes over; None to choose its own.
        later: added to the seeds with which it races, so that they are new ones.
    """

    config: dict[str, object] = field(default_factory=dict)
    recipe: dict[str, object] = field(default_factory=dict)
    operation: Callable[[Transformer], None] | None = None
    seed: int = 0
    rate_of: str | None = None
    later: int = 0


class Silent(nn.Module):
    """In the place of a part that is taken out: it adds nothing to the stream."""

    def forward(self, x: Tensor, *_: object, **__: object) -> Tensor:
        return torch.zeros_like(x)


class Rewriting(nn.Module):
    """A block whose parts put their result in the stream's place, where others add it."""

    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.block = block

    def forward(self, x: Tensor, *others: object) -> Tensor:
        block = self.block
        x = block.self_attn(block.input_layernorm(x), *others)
        return block.mlp(block.post_attention_layernorm(x))


def without_attention(model: Transformer) -> None:
    for block in model.model.layers:
        block.self_attn = Silent()


def without_feed_forward(model: Transformer) -> None:
    for block in model.model.layers:
        block.mlp = Silent()


def without_adding(model: Transformer) -> None:
    model.model["layers"] = nn.ModuleList(Rewriting(block) for block in model.model.layers)


def without_norms(model: Transformer) -> None:
    for block in model.model.layers:
        block.input_layernorm = block.post_attention_layernorm = nn.Identity()
    model.model["norm"] = nn.Identity()


@torch.no_grad()
def outputs_at_zero(model: Transformer) -> None:
    for block in model.model.layers:
        block.self_attn.o_proj.weight.zero_()
        block.mlp.down_proj.weight.zero_()


_DEEP = {"num_hidden_layers": 8, "hidden_size": 32, "intermediate_size": 96}
VARIANTS = {
    "baseline": Variant(),
    "same again": Variant(seed=1000),
    # parts taken out
    "no attention": Variant(operation=without_attention),
    "no feed-forward": Variant(operation=without_feed_forward),
    "no adding": Variant(operation=without_adding),
    "no norm": Variant(operation=without_norms),
    "no positions": Variant({"position_embedding_type": "none"}),
    # parts exchanged
    "LayerNorm": Variant({"norm_type": "layer"}),
    "post-norm": Variant({"norm_placement": "post"}),
    "sandwich norm": Variant({"norm_placement": "sandwich"}),
    "learned positions": Variant({"position_embedding_type": "learned"}),
    "sinusoidal positions": Variant({"position_embedding_type": "sinusoidal"}),
    "plain ReLU": Variant({"gated_mlp": False, "hidden_act": "relu", "intermediate_size": 264}),
    "plain GELU": Variant({"gated_mlp": False, "hidden_act": "gelu", "intermediate_size": 264}),
    "2 key heads": Variant({"num_key_value_heads": 2}),
    "1 key head": Variant({"num_key_value_heads": 1}),
    "untied head": Variant({"tie_word_embeddings": False}),
    # another shape of about as many numbers
    "1 layer": Variant({"num_hidden_layers": 1, "hidden_size": 88, "intermediate_size": 245}),
    "4 layers": Variant({"num_hidden_layers": 4, "hidden_size": 48, "intermediate_size": 115}),
    "8 layers": Variant(_DEEP),
    "8 layers, post-norm": Variant(_DEEP | {"norm_placement": "post"}),
    # how it starts and how it is trained
    "start 0.02": Variant({"initializer_range": 0.02}),
    "start 0.3": Variant({"initializer_range": 0.3}),
    "outputs start at 0": Variant(operation=outputs_at_zero),
    "no warm-up": Variant(recipe={"warm_up": 0.0}),
    "no way down": Variant(recipe={"decay": 0.0}),
    "AdamW alone": Variant(recipe={"matrix_learning_rate": None}),
}
LONG = 4  # times as many steps, for some of them, at the rate of the short race
for _name in (
    "baseline",
    "no feed-forward",
    "no norm",
    "no positions",
    "post-norm",
    "learned positions",
    "plain GELU",
    "1 layer",
    "4 layers",
):
    _short = VARIANTS[_name]
    VARIANTS[f"{_name}, long"] = replace(_short, recipe=_short.recipe | {"steps": LONG * STEPS}, rate_of=_name)
for _name in (
    "baseline",
    "plain GELU",
    "no feed-forward",
    "sandwich norm",
    "outputs start at 0",
    "no warm-up",
    "2 key heads",
):
    VARIANTS[f"{_name}, new seeds"] = replace(VARIANTS[_name], rate_of=_name, later=len(SEEDS))


class Result(NamedTuple):
    """What a run ends with.

    Attributes:
        loss: on unread stories, in nats a word.
        thing: the same, only where the story's thing is named again.
        curve: ten means, each of a tenth of the steps' losses; shorter if the run had to stop.
    """

    loss: float
    thing: float
    curve: list[float]


class Texts(NamedTuple):
    """Ids [N, T + 1]: what is read, what the rates are chosen on, and what the races are judged on."""

    read: Tensor
    trial: Tensor
    unread: Tensor


def words(story: str) -> list[str]:
    """The words and signs of a story."""
    return re.findall(r"\w+|[^\w\s]", story)


@cache
def vocabulary() -> dict[str, int]:
    """Each word of the stories with its id; 0 is the separator."""
    return {word: i for i, word in enumerate(sorted({word for story in stories(2000) for word in words(story)}), 1)}


@cache
def texts() -> Texts:
    """Stories as rows: each begins with the separator and is cut where the row ends."""
    ids = vocabulary()
    made = (stories(2000), stories(200, seed=2), stories(200, seed=1))
    rows = ([[SEPARATOR, *(ids[word] for word in words(story))][: LENGTH + 1] for story in part] for part in made)
    return Texts(*(torch.tensor(part) for part in rows))


def config_of(variant: Variant, **sizes: int) -> ModelConfig:
    """The baseline's config with what the variant changes, and with other sizes where they are given."""
    return ModelConfig(**(MODEL | variant.config | sizes))


def recipe_of(variant: Variant, rate: float = 1.0) -> Recipe:
    """The baseline's recipe with what the variant changes, both learning rates times `rate`."""
    recipe = replace(RECIPE, **variant.recipe)
    matrices = recipe.matrix_learning_rate
    return replace(
        recipe,
        learning_rate=recipe.learning_rate * rate,
        matrix_learning_rate=None if matrices is None else matrices * rate,
    )


def build(variant: Variant, seed: int, **sizes: int) -> Transformer:
    """A variant's fresh model. The same on every machine."""
    model = drawn(config_of(variant, **sizes), seed + variant.seed)
    if variant.operation is not None:
        variant.operation(model)
    return model


def race(variant: Variant, seed: int, rate: float = 1.0, *, judged_on: Tensor | None = None) -> Result:
    """Train a variant and judge it.

    Args:
        variant: who runs.
        seed: of the first weights and of the stories' order.
        rate: what the learning rates are multiplied by.
        judged_on: ids [N, T + 1]; None for the unread stories.
    """
    judged_on = texts().unread if judged_on is None else judged_on
    seed += variant.later
    model = build(variant, seed)
    recipe, losses = recipe_of(variant, rate), []
    try:
        for report in Run(model, Rows(texts().read, seed), recipe):
            losses.append(report.loss)
    except TrainingError:  # a loss that is no number: what it knows then is judged all the same
        pass
    tenth = recipe.steps // 10
    curve = [sum(losses[i : i + tenth]) / tenth for i in range(0, len(losses) - tenth + 1, tenth)]
    return Result(held_out_loss(model, judged_on, 100), loss_at(model, judged_on, named_again(judged_on)), curve)


def named_again(rows: Tensor, names: Iterable[str] = THINGS) -> Tensor:
    """Where a row [N, T + 1] names its thing, or another of `names`, for the second time or later."""
    named = torch.isin(rows, torch.tensor([vocabulary()[name] for name in names]))
    return named & (named.cumsum(1) > 1)


@torch.no_grad()
def loss_at(model: nn.Module, rows: Tensor, places: Tensor) -> float:
    """The mean loss on those words of the rows [N, T + 1] where places, of the same shape, is true."""
    scores = model(rows[:, :-1])
    labels = torch.where(places, rows, IGNORED)
    return nn.functional.cross_entropy(scores.flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED).item()


def fingerprint(variant: Variant) -> str:
    """Text that differs if anything that is set for a variant's runs does; a changed layer it can't see."""
    operation = None if variant.operation is None else variant.operation.__name__
    rows = [hashlib.sha256(part.numpy().tobytes()).hexdigest() for part in texts()]
    later = (variant.later,) if variant.later else ()
    parts = (set_in(config_of(variant)), recipe_of(variant), operation, variant.seed, rows, *later)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def set_in(config: ModelConfig) -> dict[str, object]:
    """The fields that are not at their default: a new one that a config leaves alone makes no other model."""
    defaults = {each.name: each.default for each in fields(config)}
    return {name: value for name in defaults if (value := getattr(config, name)) != defaults[name]}


def knowing_nothing() -> float:
    """The loss of a model for which all words have one chance."""
    return math.log(MODEL["vocab_size"])
