"""LayerStates: what the layers of a cache hold that keep a state in place of keys and values."""

from __future__ import annotations

import torch
from torch import Tensor

from lessons_lib.config import ModelConfig
from lessons_lib.config.states import STATES
from lessons_lib.layers.states import State, first_state


class LayerStates:
    """The states of a model's layers, and how many tokens each has read.

    A state knows the text up to one place and none before it: it can be gone on from there or begun anew, and not be
    cut back.
    """

    def __init__(self, config: ModelConfig, batch_size: int, dtype: torch.dtype, device: torch.device | str) -> None:
        kinds = {layer: kind for layer, kind in enumerate(config.layer_types) if kind in STATES}
        self._first = {layer: first_state(config, kind, batch_size, dtype, device) for layer, kind in kinds.items()}
        self.clear()

    @property
    def nbytes(self) -> int:
        """The bytes that they take."""
        return sum(part.nbytes for state in self._held.values() for part in state)

    def read(self, layer: int, rows: int, length: int) -> State:
        """The state of a layer that has read `length` tokens of so many rows."""
        held = len(self._held[layer].window)
        if rows != held:
            raise ValueError(f"KVCache: got a batch of {rows}, allowed {held} (batch_size)")
        if self._read[layer] != length:
            raise ValueError(f"KVCache: got a pass that was broken off in layer {layer}, allowed truncate(0)")
        return self._held[layer]

    def keep(self, layer: int, state: State, length: int) -> None:
        """Put another in its place, which has read `length` tokens."""
        self._held[layer], self._read[layer] = state, length

    def keeps(self, length: int) -> bool:
        """Whether the first `length` tokens can be gone on from."""
        return length == 0 or all(read == length for read in self._read.values())

    def clear(self) -> None:
        """Go back to the start of a text."""
        self._held, self._read = dict(self._first), dict.fromkeys(self._first, 0)

    def start_from(self, other: LayerStates) -> None:
        """Hold what another holds of one row; nobody writes into a state, so both may."""
        self._held, self._read = dict(other._held), dict(other._read)

    def select(self, rows: Tensor, shared: int) -> None:
        """Keep these rows, `shared` tokens of padding shorter."""
        for states in (self._first, self._held):
            for layer, state in states.items():
                states[layer] = State(*(part.index_select(0, rows) for part in state))
        self._read = {layer: max(0, read - shared) for layer, read in self._read.items()}
