"""The tensors of layers with experts: in some files each expert has its own, in others all are packed into one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from lessons_lib.config.fields import MAX_EXPERTS
from lessons_lib.formats.lazy import LazyTensor


@dataclass(frozen=True)
class ExpertNames:
    """What a family calls the parts of its layers.

    Args:
        pairs: a part of a file's name, and what stands there in ours; replaced one after the other.
    """

    pairs: tuple[tuple[str, str], ...]

    def to_ours(self, name: str, tensor: Tensor) -> dict[str, Tensor]:
        """Rename a tensor, and cut it if it holds all experts: [E, 2F, C], gates before the rest, or [E, C, F].

        The parts are views. Files have packed tensors where transformers 5 saved what it holds in memory.
        """
        for theirs, ours in self.pairs:
            name = name.replace(theirs, ours)
        found = re.fullmatch(r"(.+\.mlp\.experts)\.(gate_up|down)_proj", name)
        if not found or tensor.dim() != 3 or len(tensor) > MAX_EXPERTS:
            return {name: tensor}
        kinds = ("gate", "up") if found[2] == "gate_up" else ("down",)
        return {
            f"{found[1]}.{number}.{kind}_proj.weight": part
            for number, matrices in enumerate(tensor)
            for kind, part in zip(kinds, matrices.tensor_split(len(kinds)), strict=True)
        }

    def from_ours(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor | LazyTensor]:
        """Rename all tensors; each expert keeps its own."""
        return {self._theirs(name): tensor for name, tensor in tensors.items()}

    def from_ours_packed(self, tensors: Mapping[str, Tensor]) -> dict[str, Tensor | LazyTensor]:
        """Rename all tensors, and pack a layer's experts input-major when they are needed: [E, C, 2F] and [E, F, C]."""
        packed: dict[str, Tensor | LazyTensor] = {}
        experts: dict[str, dict[str, list[Tensor]]] = {}
        for name, tensor in tensors.items():
            found = re.fullmatch(r"(.+\.mlp\.experts)\.\d+\.(gate|up|down)_proj\.weight", name)
            if found:
                experts.setdefault(found[1], {}).setdefault(found[2], []).append(tensor)
            else:
                packed[self._theirs(name)] = tensor
        for name, parts in experts.items():
            packed[self._theirs(f"{name}.gate_up_proj")] = _packed(parts["gate"], parts["up"])  # [E, C, 2F]
            packed[self._theirs(f"{name}.down_proj")] = _packed(parts["down"])  # [E, F, C]
        return packed

    def _theirs(self, name: str) -> str:
        for theirs, ours in reversed(self.pairs):
            name = name.replace(ours, theirs)
        return name


def _packed(*kinds: list[Tensor]) -> LazyTensor:
    """Turn the matrices [rows, columns] of all experts round and pack them: [E, columns, rows of all kinds]."""
    (rows, columns), dtype, device = kinds[0][0].shape, kinds[0][0].dtype, kinds[0][0].device
    shape = (len(kinds[0]), columns, rows * len(kinds))

    def make() -> Tensor:
        whole = torch.empty(shape, dtype=dtype, device=device)
        for number, matrices in enumerate(zip(*kinds, strict=True)):
            for matrix, place in zip(matrices, whole[number].split(rows, 1), strict=True):
                place.copy_(matrix.T)
        return whole

    return LazyTensor(shape, dtype, make)
