"""Looking inside a model while it runs: what its parts give is kept, read early, or changed before others read it.

All of it hangs on hooks that are taken off again, whatever happens; the model's own numbers never change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial

import torch
from torch import Tensor, nn

from lessons_lib.model import Transformer
from lessons_lib.parts import check_model


@contextmanager
def recorded(model: nn.Module, *names: str) -> Iterator[dict[str, list[Tensor]]]:
    """While it lasts, what some parts of a model give is kept.

    Args:
        model: any module; it is left as it was.
        names: of its parts, as `named_modules` says them, such as `"model.layers.3.mlp"`; parts that give one tensor.

    Returns:
        For each name the outputs in the order in which they came, one for each time that the part ran; copies, since a
        model without gradients writes into some of them later.

    Raises:
        ValueError: if the model has no such part.

    Example:
        >>> twice = nn.Sequential(nn.Identity(), nn.Flatten())
        >>> with recorded(twice, "1") as kept:
        ...     _ = twice(torch.ones(1, 2, 3))
        >>> kept["1"][0].shape
        torch.Size([1, 6])
    """
    kept: dict[str, list[Tensor]] = {name: [] for name in names}
    with ExitStack() as hooks:
        for name, part in _parts(model, names).items():
            hooks.enter_context(part.register_forward_hook(partial(_keep, kept[name])))
        yield kept


@contextmanager
def changed(model: nn.Module, changes: Mapping[str, Callable[[Tensor], Tensor]]) -> Iterator[None]:
    """While it lasts, some parts of a model give something else: for patches, ablations and steering.

    Args:
        model: any module; behind the block it is as it was.
        changes: for the name of each part a function from what it gives to what stands in its place, of the same shape.
            It is given a copy, so it may write into it.

    Raises:
        ValueError: if the model has no such part; while it runs, if a function gives another shape.

    Example:
        >>> one = nn.Sequential(nn.Identity())
        >>> with changed(one, {"0": lambda out: out + 2}):
        ...     one(torch.ones(2))
        tensor([3., 3.])
    """

    def hook(name: str, change: Callable[[Tensor], Tensor]):
        def instead(_part: nn.Module, _given: tuple, out: Tensor) -> Tensor:
            new = change(out.clone())
            if not isinstance(new, Tensor) or new.shape != out.shape:
                got = f"a shape of {list(new.shape)}" if isinstance(new, Tensor) else type(new).__name__
                raise ValueError(f"changes: got {got} for {name}, allowed {list(out.shape)}")
            return new

        return instead

    with ExitStack() as hooks:
        for name, part in _parts(model, changes).items():
            hooks.enter_context(part.register_forward_hook(hook(name, changes[name])))
        yield


def stream(model: Transformer, token_ids: Tensor) -> Tensor:
    """The residual stream of a decoder: what enters each layer, and what leaves the last.

    Args:
        model: a decoder whose layers hand on one stream; it is left as it was.
        token_ids: [B, T].

    Returns:
        [layers + 1, B, T, C]: item n is the stream behind n layers, before the last norm.
    """
    check_model(model)
    states: list[Tensor] = []
    with ExitStack() as hooks:
        layers = list(model.model["layers"].children())
        for layer in layers:
            hooks.enter_context(layer.register_forward_pre_hook(lambda _layer, given: states.append(given[0])))
        hooks.enter_context(layers[-1].register_forward_hook(lambda _layer, _given, out: states.append(out)))
        model(token_ids, logits_to_keep=1)
    return torch.stack(states)


def logit_lens(model: Transformer, states: Tensor) -> Tensor:
    """What a model would say if it ended here: the stream, wherever it was taken, through the last norm and the head.

    Args:
        model: a decoder.
        states: [..., C], such as some of what `stream` gives.

    Returns:
        [..., V] scores, as the model scores the stream behind its last layer.

    Source: nostalgebraist 2020, "interpreting GPT: the logit lens".
    """
    check_model(model)
    scores = model.lm_head(model.model["norm"](states))
    if model.config.logit_scale != 1:
        scores = scores * model.config.logit_scale
    bound = model.config.final_logit_softcapping
    return scores if bound is None else bound * torch.tanh(scores / bound)


def _keep(outputs: list[Tensor], _part: nn.Module, _given: tuple, out: Tensor) -> None:
    outputs.append(out.clone())


def _parts(model: nn.Module, names: Mapping[str, object] | tuple[str, ...]) -> dict[str, nn.Module]:
    parts = dict(model.named_modules())
    for name in names:
        if name not in parts:
            raise ValueError(f"part: got {name!r}, allowed a name of named_modules, such as {list(parts)[-1]!r}")
    return {name: parts[name] for name in names}
