"""The two parts that make text, a model and its tokenizer: told apart from what is easily given in their place."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from torch import nn

from lessons_lib import arguments
from lessons_lib.config import ModelConfig
from lessons_lib.layers import adapters


def check_model(model: Any) -> None:
    """Refuse what is no model: a name, the pair that `load` returns, a tokenizer, a model of another library.

    Raises:
        ValueError: saying what was given and what is needed.
    """
    if not isinstance(getattr(model, "config", None), ModelConfig):
        rule = "a Transformer: the first of the two that lessons_lib.load returns"
        raise ValueError(f"model: got {arguments.described(model)}, allowed {rule}")


def check_without_lora(model: Any) -> None:
    """Refuse a model with an adapter, for which the files of a whole model have no names.

    Raises:
        ValueError: saying what to do with it.
    """
    if adapters(model):
        rule = "one without: merge_lora adds it to the weights, save_lora keeps it by itself"
        raise ValueError(f"model: got one with an adapter, allowed {rule}")


def check_tokenizer(tokenizer: Any) -> None:
    """Refuse what is no tokenizer: a name, nothing, a model, a tokenizer of another library.

    Raises:
        ValueError: saying what was given and what is needed.
    """
    if not hasattr(tokenizer, "stream_decoder"):
        rule = "a Tokenizer, such as the second of the two that lessons_lib.load returns"
        raise ValueError(f"tokenizer: got {arguments.described(tokenizer)}, allowed {rule}")


@contextmanager
def resting(model: nn.Module) -> Iterator[None]:
    """Inside the block the model's dropout is off; behind it is as it was before."""
    training = model.training
    model.eval()
    try:
        yield
    finally:
        model.train(training)
