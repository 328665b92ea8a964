"""The real model around what a learner builds: loaded once in a process, and after each trial as it was before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor

    from lessons_lib import Tokenizer, Transformer


@cache
def real_model(name: str = "smollm2-135m-instruct") -> tuple[Transformer, Tokenizer]:
    """A model and its tokenizer for the harnesses of building exercises, the same objects at every call.

    Raises:
        AssetError: if it is not on this machine and can't be fetched.
    """
    import lessons_lib

    return lessons_lib.load(name)


def real_weights() -> tuple[dict[str, Tensor], dict[str, Any]]:
    """SmolLM2's tensors by name, as its safetensors file has them, and its config: what a learner's model takes."""
    model, _ = real_model()  # its tied head is no parameter of its own
    return {name: tensor.detach() for name, tensor in model.named_parameters()}, model.config.to_dict()


@contextmanager
def replaced(owner: Any, name: str, part: Any) -> Iterator[None]:
    """While it lasts, `owner.name` is `part`; whatever happens, the old part comes back.

    Args:
        owner: a module of the library, whose function is replaced, or a part of a model, whose own part is.
        name: of what is replaced, such as `"attention"` or `"self_attn"`.
        part: for a part of a model, a `torch.nn.Module`.
    """
    before = getattr(owner, name)
    setattr(owner, name, part)
    try:
        yield
    finally:
        setattr(owner, name, before)


def tensor_of(answer: Any) -> Tensor:
    """What a learner's part of a model returned, as a tensor: a tensor, a list of them, or what numpy reads as one."""
    import numpy as np
    import torch

    if isinstance(answer, torch.Tensor):
        return answer
    if isinstance(answer, list | tuple) and any(isinstance(item, torch.Tensor) for item in answer):
        return torch.stack([torch.as_tensor(item) for item in answer])
    return torch.as_tensor(np.array(answer, order="C"))
