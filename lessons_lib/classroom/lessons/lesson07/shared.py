"""What several parts of lesson 07 use: the real model's numbers as the learner's model takes them, and made-up ones."""

from functools import cache
from typing import Any

import torch
from torch import Tensor

from lessons_lib.classroom.real_model import real_model


@cache
def real_weights() -> tuple[dict[str, Tensor], dict[str, Any]]:
    """SmolLM2's tensors by name, and its config, as `my_model` takes them."""
    model, _ = real_model()
    weights = {name: weight.detach() for name, weight in model.named_parameters() if name != "lm_head.weight"}
    return weights, model.config.to_dict()


def made_up(*shape: int, seed: int = 0) -> Tensor:
    """Numbers with one decimal that look random and are always the same."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape) + seed)).round(decimals=1)
