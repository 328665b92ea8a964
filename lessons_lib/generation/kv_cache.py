"""KVCache: the keys and values of the tokens read so far, or what is left of them, so that no token is read twice."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lessons_lib import arguments
from lessons_lib.config import ModelConfig
from lessons_lib.config.costs import cached_heads
from lessons_lib.generation.layer_states import LayerStates
from lessons_lib.layers.masks import keys_in_reach
from lessons_lib.layers.states import State
from lessons_lib.model import Transformer
from lessons_lib.parts import check_model

SPARE = 32
"""How far back from its longest a text can always be cut, in tokens; and how many fit behind what a layer keeps."""


class KVCache:
    """Room for the keys and values of `max_length` tokens, reserved once and filled from the left.

    A layer that looks back only so far keeps what is still in reach and up to `2 * SPARE` tokens more. Where these are
    used up, it moves what it needs to the left: once in `SPARE` tokens, so a step costs the same however long the text.
    A layer with a state keeps that in place of keys and values.

    Args:
        config: the model's config.
        batch_size: rows, B.
        max_length: tokens a row; None for the whole context.
        dtype: that of the model's weights.
        device: that of the model's weights.

    Attributes:
        keys, values: for each layer [B, G, capacity, D], with the heads and widths of `cached_heads`: those of latent
            attention are latents and the keys beside them. Token number p of a row stands in column `p - begin[layer]`;
            what lies behind `length` is not read. Empty where a layer looks at no key.
        states: those of layers that have one.
        begin: for each layer the number of the first token that it holds.
        length: tokens of a row, padding included. A model raises it once all layers have stored theirs, so a failed
            pass changes nothing.
        padding: [B] int64, how many tokens at the left of each row are padding; None where none are.

    Raises:
        ValueError: if `max_length` is over the context, or more tokens come than there is room for.
    """

    def __init__(
        self,
        config: ModelConfig,
        batch_size: int = 1,
        max_length: int | None = None,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        context = config.max_position_embeddings
        max_length = context if max_length is None else arguments.whole("max_length", max_length, 1, context)
        batch_size = arguments.whole("batch_size", batch_size, 1)
        self.max_length = max_length
        self._reach = [keys_in_reach(config, kind, max_length) for kind in config.layer_types]
        self.keys = []
        self.values = []
        for layer, reach in enumerate(self._reach):
            capacity = min(max_length, reach + 2 * SPARE)
            for buffers, (heads, width) in zip((self.keys, self.values), cached_heads(config, layer), strict=True):
                buffers.append(torch.empty(batch_size, heads, capacity, width, dtype=dtype, device=device))
        self.states = LayerStates(config, batch_size, dtype, device)
        self.begin = [0] * len(self._reach)
        self.length = 0
        self.padding: Tensor | None = None

    @classmethod
    def of(cls, model: Transformer, batch_size: int = 1, max_length: int | None = None) -> KVCache:
        """A cache with the dtype and on the device of a model's weights."""
        check_model(model)
        weight = next(model.parameters())
        return cls(model.config, batch_size, max_length, weight.dtype, weight.device)

    @property
    def batch_size(self) -> int:
        """How many rows there are, B."""
        return len(self.keys[0])

    @property
    def nbytes(self) -> int:
        """The bytes reserved."""
        return sum(x.nbytes for x in (*self.keys, *self.values)) + self.states.nbytes

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Store a layer's new keys and values [B, G, T, D] behind those of the `length` tokens before.

        Returns:
            The keys and the values that are new or in reach of the first new token, [B, G, S, D] each.
        """
        rows = key.shape[0]
        t = key.shape[2]
        if rows != self.batch_size:
            raise ValueError(f"KVCache: got a batch of {rows}, allowed {self.batch_size} (batch_size)")
        self._check(t)
        if not self._has(layer, self.length):
            raise ValueError(f"KVCache: got a pass that was broken off in layer {layer}, allowed truncate(0)")
        self._move(layer, t)
        held = self.length - self.begin[layer]  # columns in use
        first = max(0, held - self._reach[layer])  # the first column in reach
        if held + t <= self.keys[layer].shape[2]:
            self.keys[layer][:, :, held : held + t] = key
            self.values[layer][:, :, held : held + t] = value
            return self.keys[layer][:, :, first : held + t], self.values[layer][:, :, first : held + t]
        # More tokens at once than the layer keeps: they are used from where they are, and the last of them kept.
        key = torch.cat((self.keys[layer][:, :, first:held], key), 2)  # [B, G, S, D]
        value = torch.cat((self.values[layer][:, :, first:held], value), 2)  # [B, G, S, D]
        kept = self._reach[layer] + SPARE
        self.keys[layer][:, :, :kept] = key[:, :, -kept:]
        self.values[layer][:, :, :kept] = value[:, :, -kept:]
        self.begin[layer] = self.length + t - kept
        return key, value

    def state(self, layer: int, rows: int) -> State:
        """The state of a layer behind the `length` tokens before of each of its rows."""
        return self.states.read(layer, rows, self.length)

    def keep(self, layer: int, state: State, t: int) -> None:
        """Put another state in its place, behind `t` tokens more."""
        self._check(t)
        self.states.keep(layer, state, self.length + t)

    def reserve(self, t: int) -> None:
        """Make room for `t` more tokens in every layer, so that number p can be written to column `p - begin[layer]`.

        Raises:
            ValueError: if they do not fit; where a layer does not keep everything, for more than `SPARE`.
        """
        self._check(t)
        for layer in range(len(self.keys)):
            self._move(layer, t)
            if self.length - self.begin[layer] + t > self.keys[layer].shape[2]:
                raise ValueError(f"KVCache.reserve: got {t} tokens, allowed {SPARE} where layers do not keep all")

    def truncate(self, length: int) -> None:
        """Forget all but the first `length` tokens of each row.

        Raises:
            ValueError: if there are fewer, or a layer has already dropped what the next token would have to look at.
        """
        if not 0 <= length <= self.length:
            raise ValueError(f"KVCache.truncate: got {length}, allowed 0 to {self.length} (length)")
        if not self.keeps(length):
            if not self.states.keeps(length):
                rule = f"0 or {self.length}: a state can't be cut back"
                raise ValueError(f"KVCache.truncate: got {length}, allowed {rule}")
            least = max(begin + reach for begin, reach in zip(self.begin, self._reach, strict=True) if begin)
            raise ValueError(f"KVCache.truncate: got {length}, allowed 0 or {least} and more: the rest was dropped")
        if length == 0:
            self.begin = [0] * len(self.begin)
            self.states.clear()
        self.length = length

    def start_from(self, other: KVCache, length: int) -> None:
        """Forget everything, and hold the first `length` tokens of another cache of the same model, rows and length.

        Raises:
            ValueError: if the other lacks them, or has padding or another shape.
        """
        shapes = [[x.shape for x in (*cache.keys, *cache.values)] for cache in (self, other)]
        if shapes[0] != shapes[1] or self._reach != other._reach or other.padding is not None:
            raise ValueError("KVCache.start_from: got another shape or padding, allowed a cache like this one")
        if not 0 <= length <= other.length or not other.keeps(length):
            raise ValueError(f"KVCache.start_from: got {length}, allowed a length that the other still keeps")
        self.begin = [begin if length else 0 for begin in other.begin]
        for layer, begin in enumerate(self.begin):
            used = slice(0, length - begin)
            for ours, theirs in ((self.keys, other.keys), (self.values, other.values)):
                ours[layer][:, :, used] = theirs[layer][:, :, used]
        if length:
            self.states.start_from(other.states)
        else:
            self.states.clear()
        self.length, self.padding = length, None

    def keeps(self, length: int) -> bool:
        """Whether the first `length` tokens can be gone on from: no layer has dropped what the next has to look at."""
        return length == 0 or (
            self.states.keeps(length) and all(self._has(layer, length) for layer in range(len(self.begin)))
        )

    def select(self, rows: Sequence[int]) -> None:
        """Keep the rows with these numbers, in this order; a number may come more than once.

        Padding that is left in front of every row goes too, so `length` is that of the longest row.
        """
        chosen = torch.as_tensor(rows, dtype=torch.long, device=self.keys[0].device)
        shared = 0
        if self.padding is not None:
            self.padding = self.padding[chosen]
            shared = int(self.padding.min())
            self.padding = self.padding - shared if self.padding.max() > shared else None
        for layer, begin in enumerate(self.begin):
            used = slice(max(0, shared - begin), self.length - begin)
            for buffers in (self.keys, self.values):
                old = buffers[layer]
                buffers[layer] = old.new_empty(len(rows), *old.shape[1:])
                buffers[layer][:, :, : used.stop - used.start] = old[:, :, used].index_select(0, chosen)
            self.begin[layer] = max(0, begin - shared)
        self.states.select(chosen, shared)
        self.length -= shared

    def _check(self, t: int) -> None:
        if self.length + t > self.max_length:
            raise ValueError(f"KVCache: got {self.length + t} tokens, allowed {self.max_length} (max_length)")

    def _has(self, layer: int, length: int) -> bool:
        return self.begin[layer] <= max(0, length - self._reach[layer])

    def _move(self, layer: int, t: int) -> None:
        """Where `t` more tokens do not fit behind what a layer holds, move what is still needed to the left."""
        held = self.length - self.begin[layer]
        kept = self._reach[layer] + SPARE
        if held + t <= self.keys[layer].shape[2] or held <= kept:
            return
        for buffer in (self.keys[layer], self.values[layer]):
            buffer[:, :, :kept] = buffer[:, :, held - kept : held].clone()  # they may overlap
        self.begin[layer] = self.length - kept
