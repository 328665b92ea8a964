"""Learned positions that begin in the third row."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.config import ModelConfig
from lessons_lib.formats.lazy import LazyTensor

_TWO = 2  # rows in front of the first place, for padding


def with_offset(names: Names, key: str) -> dict[str, Any]:
    """The names of a family whose learned positions begin in the third row: no text reads the first two."""

    def to_ours(name: str, tensor: Tensor, config: ModelConfig) -> dict[str, Tensor]:
        return names.to_ours(name, tensor[_TWO:] if name.endswith(key) and tensor.dim() == 2 else tensor, config)

    def from_ours(tensors: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor | LazyTensor]:
        written = names.from_ours(tensors, config)
        for name in [name for name in written if name.endswith(key)]:
            places = written[name]
            shape = (places.shape[0] + _TWO, *places.shape[1:])
            written[name] = LazyTensor(shape, places.dtype, lambda places=places: _shifted(places))
        return written

    return {"to_ours": to_ours, "from_ours": from_ours}


def _shifted(places: Tensor) -> Tensor:
    return torch.cat((places.new_zeros(_TWO, *places.shape[1:]), places))
