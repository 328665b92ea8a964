"""What families whose layers keep a state have in common: how their files say which layers do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

from lessons_lib.checkpoint.mapping.family import KeyGroup, Values
from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.parts import computed
from lessons_lib.checkpoint.mapping.spans import layer_numbers
from lessons_lib.config import ModelConfig
from lessons_lib.formats.lazy import LazyTensor

W123 = ((1, "gate"), (3, "up"), (2, "down"))  # what the matrices of a network are called in some files


def mixers(kind: str, key: str, default: Callable[[Values], Sequence[str]], *others: str) -> KeyGroup:
    """Which layers have attention and which have a state of one kind: a list of names, of which several are in use.

    Args:
        kind: ours.
        key: of the list in files that are written now.
        default: makes the list where there is none.
        *others: keys that `default` reads, or that had the list before.
    """
    theirs = {"linear_attention": kind, "mamba": kind, "attention": "full_attention", "moe": "none", "mlp": "none"}

    def read(values: Values) -> dict[str, Any]:
        names = next((values[name] for name in (key, *others) if isinstance(values.get(name), list)), None)
        names = list(default(values)) if names is None else names
        return {"layer_types": [theirs.get(name, name) for name in names]}

    def write(config: ModelConfig) -> list[str]:
        return ["linear_attention" if name == kind != "conv" else name for name in config.layer_types]

    return computed(read, *others, **{key: write})


def called_attention(kind: str, names: Names) -> dict[str, Any]:
    """The `to_ours` and `from_ours` of a family whose layers of this kind call themselves attention too.

    Args:
        kind: ours.
        names: those of the rest.
    """

    def to_ours(name: str, tensor: Tensor, config: ModelConfig) -> dict[str, Tensor]:
        layer = re.match(r"model\.layers\.(\d+)\.self_attn\.", name)
        if layer and kind in config.layer_types[int(layer[1]) :][:1]:
            name = name.replace(".self_attn.", ".mixer.")
        return names.to_ours(name, tensor, config)

    def from_ours(tensors: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor | LazyTensor]:
        found = names.from_ours(tensors, config)
        return {name.replace(".mixer.", ".self_attn."): tensor for name, tensor in found.items()}

    return {"to_ours": to_ours, "from_ours": from_ours}


_PARTS = {"M": "mamba", "*": "attention", "-": "mlp", "E": "moe"}


def listed_parts(values: Values) -> list[str]:
    """What each layer of Nemotron-H is: a list of names, or a text with a letter for each."""
    if isinstance(values.get("layers_block_type"), list):
        return values["layers_block_type"]
    pattern = values.get("hybrid_override_pattern") or "ME*-"
    if set(pattern) - _PARTS.keys():
        raise ValueError(f"hybrid_override_pattern: got {pattern!r:.60}, allowed letters of {''.join(_PARTS)}")
    return [_PARTS[letter] for letter in pattern]


def turns(values: Values, what: str, period: int, offset: int) -> list[bool]:
    """For each layer whether it is one of those that come once a period.

    Args:
        values: of the file.
        what: the keys begin with.
        period, offset: how many layers a period has, and the first such layer, where a file does not say.
    """
    every, first = values.get(f"{what}_layer_period", period), values.get(f"{what}_layer_offset", offset)
    return [i % every == first for i in layer_numbers(values)]


def turn(layers: Sequence[int], n: int) -> tuple[int, int]:
    """The period and the first of layers that come in turn; the first period is longer than the model for none."""
    for every in range(1, n + 1):
        for first in range(every):
            if [i for i in range(n) if i % every == first] == list(layers):
                return every, first
    if layers:
        raise ValueError(f"layers: got {layers}, allowed layers that come in turn")
    return n + 1, n
