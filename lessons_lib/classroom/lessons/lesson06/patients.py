"""The patients of lesson 06: models with one fault each, to be found."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from lessons_lib import Transformer
from lessons_lib.classroom.lessons.lesson06.shared import copy_of

# The block of patient 4 that sees too little, and how many tokens one of its tokens sees, itself included.
ILL_BLOCK, SEEN = 17, 5


def make_patient(number: int, model: Transformer) -> Transformer:
    """A copy of a model, sharing its weights, with the fault of that number."""
    if number == 1:
        return copy_of(model, rms_norm_eps=1e-6)
    if number == 3:
        return copy_of(model, query_pre_attn_scalar=2 * model.config.head_dim)
    if number == 4:
        return _with_mask(model, range(ILL_BLOCK, ILL_BLOCK + 1), lambda all_see: all_see.tril().triu(1 - SEEN))
    return _with_mask(model, range(model.config.num_hidden_layers), lambda all_see: all_see.tril(1))


def _with_mask(model: Transformer, blocks: Iterable[int], mask: Callable[[Tensor], Tensor]) -> Transformer:
    """A copy in which some blocks have a mask of their own, made of one [T, T] that hides nothing."""

    def instead(_attention: nn.Module, given: tuple) -> tuple:
        x, rotation, _mask, *rest = given
        return x, rotation, mask(torch.ones(x.shape[1], x.shape[1], dtype=torch.bool)), *rest

    copy = copy_of(model)
    for number in blocks:
        copy.model["layers"][number].self_attn.register_forward_pre_hook(instead)
    return copy
