"""The patients of lesson 06: models with one fault each, to be found."""

import torch
from torch import nn

from lessons_lib import Transformer
from lessons_lib.classroom.lessons.lesson06.shared import copy_of

SWAPPED = ("model.layers.17.mlp.gate_proj.weight", "model.layers.17.mlp.up_proj.weight")


def make_patient(number: int, model: Transformer) -> Transformer:
    """A copy of a model, sharing its weights, with the fault of that number."""
    if number == 1:
        return copy_of(model, rms_norm_eps=1e-6)
    if number == 3:
        return copy_of(model, query_pre_attn_scalar=2 * model.config.head_dim)
    if number == 4:
        own = model.state_dict()
        return copy_of(model, {name: own[other] for name, other in zip(SWAPPED, reversed(SWAPPED), strict=True)})
    copy = copy_of(model)
    for block in copy.model["layers"]:
        block.self_attn.register_forward_pre_hook(_see_the_next)
    return copy


def _see_the_next(_attention: nn.Module, given: tuple) -> tuple:
    x, rotation, _mask, *rest = given
    return x, rotation, torch.ones(x.shape[1], x.shape[1], dtype=torch.bool).tril(1), *rest
