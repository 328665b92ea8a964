"""How files pack several of our matrices in one: a `Cut` says how it is taken apart and put together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lessons_lib.config import ModelConfig

QKV = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
GATE_UP = ("mlp.gate_proj", "mlp.up_proj")


@dataclass(frozen=True)
class Cut:
    """One matrix of a file that holds several of ours, and its bias.

    Args:
        theirs: its path inside a block.
        ours: the paths of its parts.
        apart: takes it apart, weight [out, ...] or bias [out].
        together: puts the parts together.
        kind: what stands behind the path, where it is not anything, such as "weight".
    """

    theirs: str
    ours: tuple[str, ...]
    apart: Callable[[Tensor, ModelConfig], Sequence[Tensor]]
    together: Callable[[Sequence[Tensor], ModelConfig], Tensor]
    kind: str | None = None

    def holds(self, kind: str) -> bool:
        """Whether it is about what stands behind a path."""
        return self.kind in (None, kind)


def stacked(theirs: str, ours: tuple[str, ...] = QKV) -> Cut:
    """The parts lie under each other: all rows of the first, then all of the next; queries, keys and values by heads.

    Args:
        theirs, ours: as in `Cut`; two parts are equally high.
    """

    def apart(tensor: Tensor, config: ModelConfig) -> Sequence[Tensor]:
        if ours != QKV:
            return tensor.tensor_split(len(ours))
        queries, keys = config.num_attention_heads * config.head_dim, config.num_key_value_heads * config.head_dim
        return tensor.tensor_split((queries, queries + keys))

    return Cut(theirs, ours, apart, lambda parts, config: torch.cat(list(parts)))


def by_group(theirs: str) -> Cut:
    """For each key head its queries' rows, then those of the key and of the value, as in Falcon, BLOOM and GPT-NeoX.

    Args:
        theirs: as in `Cut`.
    """

    def apart(tensor: Tensor, config: ModelConfig) -> Sequence[Tensor]:
        groups, d = config.num_key_value_heads, config.head_dim
        if tensor.shape[0] != (config.num_attention_heads + 2 * groups) * d:
            return (tensor, tensor, tensor)  # to be reported by its shape
        rows = tensor.unflatten(0, (groups, -1, d))  # [G, H/G + 2, D, ...]
        parts = (rows[:, :-2], rows[:, -2:-1], rows[:, -1:])
        return [part.flatten(0, 2) for part in parts]

    def together(parts: Sequence[Tensor], config: ModelConfig) -> Tensor:
        groups = [part.unflatten(0, (config.num_key_value_heads, -1)) for part in parts]
        return torch.cat(groups, 1).flatten(0, 1)

    return Cut(theirs, QKV, apart, together)


def by_head(theirs: str, ours: tuple[str, ...]) -> Cut:
    """For each head its rows of the first part, then those of the next, as many.

    Args:
        theirs, ours: as in `Cut`.
    """

    def apart(tensor: Tensor, config: ModelConfig) -> Sequence[Tensor]:
        heads = config.num_attention_heads
        if tensor.shape[0] != len(ours) * heads * config.head_dim:
            return [tensor] * len(ours)  # to be reported by its shape
        return [part.flatten(0, 1) for part in tensor.unflatten(0, (heads, len(ours), -1)).unbind(1)]

    def together(parts: Sequence[Tensor], config: ModelConfig) -> Tensor:
        return torch.stack([part.unflatten(0, (config.num_attention_heads, -1)) for part in parts], 1).flatten(0, 2)

    return Cut(theirs, ours, apart, together)


def codegens(theirs: str) -> Cut:
    """In four blocks of heads, each the queries', then the values', then the keys' rows."""

    def apart(tensor: Tensor, config: ModelConfig) -> list[Tensor]:
        if tensor.shape[0] % 12:
            return [tensor] * 3  # to be reported by its shape
        q, v, k = tensor.unflatten(0, (4, 3, -1)).unbind(1)
        return [part.flatten(0, 1) for part in (q, k, v)]

    def together(parts: Sequence[Tensor], config: ModelConfig) -> Tensor:
        q, k, v = (part.unflatten(0, (4, 1, -1)) for part in parts)
        return torch.cat((q, v, k), 1).flatten(0, 2)

    return Cut(theirs, QKV, apart, together)


def swapped(theirs: str) -> Cut:
    """Queries or keys whose halves of a head lie in the other order: turning backwards is turning those forwards."""

    def swap(tensor: Tensor, config: ModelConfig) -> Tensor:
        if tensor.shape[0] % config.head_dim:
            return tensor  # to be reported by its shape
        halves = tensor.unflatten(0, (-1, 2, config.head_dim // 2))
        return halves.flip(1).flatten(0, 2)

    return Cut(theirs, (theirs,), lambda tensor, c: [swap(tensor, c)], lambda parts, c: swap(parts[0], c))


def _by_key_head(*widths: Callable[[ModelConfig], int]) -> tuple[Callable, Callable]:
    """How rows are taken apart, and put together, that lie key head by key head with so many of every part in each."""

    def apart(tensor: Tensor, config: ModelConfig) -> list[Tensor]:
        heads = config.linear_num_key_heads
        sizes = [width(config) for width in widths]
        if len(tensor) != heads * sum(sizes):
            return [tensor] * len(sizes)  # to be reported by its shape
        return [part.flatten(0, 1) for part in tensor.unflatten(0, (heads, -1)).split(sizes, 1)]

    def together(parts: Sequence[Tensor], config: ModelConfig) -> Tensor:
        return torch.cat([part.unflatten(0, (config.linear_num_key_heads, -1)) for part in parts], 1).flatten(0, 1)

    return apart, together


def _shared_heads(config: ModelConfig) -> int:
    return config.linear_num_value_heads // config.linear_num_key_heads


def _values(config: ModelConfig) -> int:
    return _shared_heads(config) * config.linear_value_head_dim


_keys = lambda config: config.linear_key_head_dim  # noqa: E731
_apart, _together = _by_key_head(_keys, _keys, _values, _values)
_apart_steps, _together_steps = _by_key_head(_shared_heads, _shared_heads)


def _qkv_apart(tensor: Tensor, config: ModelConfig) -> list[Tensor]:
    query, key, value, gate = _apart(tensor, config)
    return [torch.cat((query, key, value)), gate]


def _qkv_together(parts: Sequence[Tensor], config: ModelConfig) -> Tensor:
    keys = config.linear_num_key_heads * config.linear_key_head_dim
    return _together([*parts[0].tensor_split((keys, 2 * keys)), parts[1]], config)


BY_KEY_HEAD = (
    Cut("linear_attn.in_proj_qkvz", ("mixer.in_proj_qkv", "mixer.in_proj_z"), _qkv_apart, _qkv_together),
    Cut("linear_attn.in_proj_ba", ("mixer.in_proj_b", "mixer.in_proj_a"), _apart_steps, _together_steps),
)
"""A gated delta net's projections as Qwen3-Next has them: key head by key head."""


def as_row(theirs: str, ours: str, kind: str) -> Cut:
    """A vector that is written as a matrix of one row."""
    return Cut(theirs, (ours,), lambda row, config: [row.flatten()], lambda rows, config: rows[0][None], kind)
