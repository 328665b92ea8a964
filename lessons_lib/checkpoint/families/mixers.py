"""What families whose layers keep a state have in common: how their files say which layers do."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from torch import Tensor

from lessons_lib.checkpoint.families.family import KeyGroup, Values
from lessons_lib.checkpoint.families.names import Names
from lessons_lib.checkpoint.families.parts import computed
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
