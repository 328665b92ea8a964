"""What all layers with a state have in common: they read it, go over the new tokens, and leave it changed."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import torch
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.config.states import state_shapes


class State(NamedTuple):
    """What a layer knows of the text so far. Nobody writes into these: a layer gives new ones.

    Args:
        window: [B, columns, channels], the last inputs of its convolution.
        matrix: [B, H, K, V] in float32 or better, what it has added up.
    """

    window: Tensor
    matrix: Tensor


class StateCache(Protocol):
    """What a layer with a state asks of a cache."""

    def state(self, layer: int, rows: int) -> State:
        """The state behind the tokens that the cache holds of so many rows."""

    def keep(self, layer: int, state: State, t: int) -> None:
        """Put a state in its place, behind `t` tokens more."""


def first_state(
    config: ModelConfig, kind: str, rows: int, dtype: torch.dtype, device: torch.device | str = "cpu"
) -> State:
    """The state before the first token: zeros."""
    window, matrix = state_shapes(config, kind)
    exact = torch.promote_types(dtype, torch.float32)
    return State(
        torch.zeros(rows, *window, dtype=dtype, device=device), torch.zeros(rows, *matrix, dtype=exact, device=device)
    )


class StateMixer(nn.Module):
    """A layer with a state, for block number `layer`. Subclasses say how in `mix`.

    Padding at the left of a row enters no state: the convolution reads it as zeros, and gives zeros for it.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.config = config
        self.layer = layer

    def forward(self, x: Tensor, mask: Tensor | None = None, cache: StateCache | None = None) -> Tensor:
        """Let each token of `x` gather from the state, and change it.

        Args:
            x: [B, T, C].
            mask: [B, T] bool, False at padding; None where there is none.
            cache: holds the state behind the tokens before these, and takes the new one in.

        Returns:
            [B, T, C].
        """
        if cache is None:
            state = first_state(self.config, self.config.layer_types[self.layer], len(x), x.dtype, x.device)
        else:
            state = cache.state(self.layer, len(x))
        real = None if mask is None else mask[..., None]  # [B, T, 1]
        y, state = self.mix(x, state, real)
        if cache is not None:
            cache.keep(self.layer, state, x.shape[1])
        return y

    def mix(self, x: Tensor, state: State, real: Tensor | None) -> tuple[Tensor, State]:
        """Map [B, T, C] and the state before to [B, T, C] and the state behind; `real` [B, T, 1] is 0 at padding."""
        raise NotImplementedError
