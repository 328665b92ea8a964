"""What a family's files call the tensors of a model, and how they pack them: both ways, as data.

A name is a path of parts with dots between. A table says which path stands for which of ours; whatever begins with a
path of the table is renamed with it, the longest path first, and `#` in a path stands for any number. Some files hold
several of our matrices in one: a `Cut` says how it is taken apart and put together.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import torch
from torch import Tensor

from lessons_lib.checkpoint.mapping.cuts import Cut
from lessons_lib.config import ModelConfig
from lessons_lib.config.fields import MAX_EXPERTS
from lessons_lib.formats.lazy import LazyTensor, made

Tensors = Mapping[str, Tensor]
_INPUT_MAJOR = ("input-major", "interleaved")
_FIRST = "self_attn.o_proj.weight"  # that each block has


@dataclass(frozen=True, kw_only=True)
class Names:
    """The names of one family's tensors.

    Args:
        prefix: what stands in front of all names but that of the output matrix; files without it are read too.
        layers: the path of the list of blocks, behind the prefix.
        top: our path by theirs, outside of blocks.
        block: our path by theirs, inside a block. Where two stand for one of ours, the first is written.
        cuts: matrices that hold several of ours.
        turned: paths inside a block of matrices that are input-major, [in, out].
        constants: what stands in each block at a path, the same in all models, and is no parameter of ours.
        experts: how a layer's experts are written: each by itself; packed as `gate_up_proj` [E, 2F, C] and `down_proj`
            [E, C, F]; packed and input-major; so with the gates in the even columns and the rest in the odd ones; or by
            rows, as `gate_proj`, `up_proj` and `down_proj`, [E * F, C] each.
            Those by themselves are read from any file, and packed ones as they would be written.
    """

    prefix: str = "model."
    layers: str = "layers"
    top: Mapping[str, str] = field(default_factory=dict)
    block: Mapping[str, str] = field(default_factory=dict)
    cuts: tuple[Cut, ...] = ()
    turned: frozenset[str] = frozenset()
    constants: Mapping[str, float] = field(default_factory=dict)
    experts: Literal["single", "packed", "input-major", "interleaved", "rows"] = "single"

    def to_ours(self, name: str, tensor: Tensor, config: ModelConfig) -> dict[str, Tensor]:
        """Rename a tensor of a file and take it apart, if it holds several; the parts are views.

        What corrects a router is float32 in every model, whatever a file has rounded it to.
        """
        made = self._apart(name, tensor, config)
        exact = {name for name in made if name.endswith(".e_score_correction_bias") and made[name].is_floating_point()}
        return {name: part.float() if name in exact else part for name, part in made.items()}

    def _apart(self, name: str, tensor: Tensor, config: ModelConfig) -> dict[str, Tensor]:
        bare = name.removeprefix(self.prefix)
        found = re.fullmatch(rf"{re.escape(self.layers)}\.(\d+)\.(.+)", bare)
        if not found:
            ours = _renamed(bare, self.top)
            return {ours if ours.startswith("lm_head.") else f"model.{ours}": tensor}
        layer, path = f"model.layers.{found[1]}.", found[2]
        module, _, kind = path.rpartition(".")
        if path in self.constants:
            return self._checked(name, tensor, self.constants[path])
        if module in self.turned and tensor.dim() == 2:
            tensor = tensor.T
        for cut in self.cuts:
            if module == cut.theirs and cut.holds(kind):
                parts = cut.apart(tensor, config) if tensor.dim() else [tensor] * len(cut.ours)
                return {f"{layer}{ours}.{kind}": part for ours, part in zip(cut.ours, parts, strict=True)}
        return self._experts(layer + _renamed(path, self.block), tensor, config)

    @staticmethod
    def _checked(name: str, tensor: Tensor, number: float) -> dict[str, Tensor]:
        """Leave out what is the same in all models, if it is."""
        if tensor.numel() != 1 or tensor.item() != torch.tensor(number, dtype=tensor.dtype).item():
            raise ValueError(f"{name}: got {tensor.flatten()[:3].tolist()}, allowed {number}")
        return {}

    def _experts(self, name: str, tensor: Tensor, config: ModelConfig) -> dict[str, Tensor]:
        """Cut a tensor that holds all experts of a layer; leave another as it is."""
        found = re.fullmatch(r"(.+\.mlp\.experts)\.(gate|up|down)_proj", name) if self.experts == "rows" else None
        if found and tensor.dim() == 2 and len(tensor) % (config.num_local_experts or 1) == 0:
            each = tensor.tensor_split(config.num_local_experts or 1)
            parts = (part.T if found[2] == "down" else part for part in each)
            return {f"{found[1]}.{number}.{found[2]}_proj.weight": part for number, part in enumerate(parts)}
        found = re.fullmatch(r"(.+\.mlp\.experts)\.(gate_up|down)_proj(_bias)?", name)
        if not found or tensor.dim() != (2 if found[3] else 3) or len(tensor) > MAX_EXPERTS:
            return {name: tensor}
        if self.experts in _INPUT_MAJOR and not found[3]:
            tensor = tensor.transpose(1, 2)
        kinds, place = ("gate", "up") if found[2] == "gate_up" else ("down",), "bias" if found[3] else "weight"
        return {
            f"{found[1]}.{number}.{kind}_proj.{place}": part
            for number, matrices in enumerate(tensor)
            for kind, part in zip(kinds, self._parted(matrices, len(kinds)), strict=True)
        }

    def _parted(self, rows: Tensor, kinds: int) -> Sequence[Tensor]:
        """The rows of each kind among those of an expert."""
        return (
            [rows[kind::kinds] for kind in range(kinds)] if self.experts == "interleaved" else rows.tensor_split(kinds)
        )

    def from_ours(self, tensors: Tensors, config: ModelConfig) -> dict[str, Tensor | LazyTensor]:
        """Undo `to_ours` for all tensors of a model; what is put together is made when its turn to be written comes."""
        written: dict[str, Tensor | LazyTensor] = {}
        experts: dict[tuple[str, str], dict[str, list[Tensor]]] = {}
        top, block = _inverse(self.top), _inverse(self.block)
        first = {cut.ours[0]: cut for cut in self.cuts}
        others = {ours for cut in self.cuts for ours in cut.ours[1:]}
        for name, tensor in tensors.items():
            found = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", name)
            if not found:
                inside = name.startswith("model.")
                written[self.prefix * inside + _renamed(name.removeprefix("model."), top)] = tensor
                continue
            layer, path = f"{self.prefix}{self.layers}.{found[1]}.", found[2]
            module, _, kind = path.rpartition(".")
            packed = re.fullmatch(r"mlp\.experts\.\d+\.(gate|up|down)_proj", module)
            if module in first and first[module].holds(kind):
                cut = first[module]
                whole = [f"model.layers.{found[1]}.{part}.{kind}" for part in cut.ours]
                parts = [tensors[name] for name in whole if name in tensors]  # an adapter may have some of them
                written[f"{layer}{cut.theirs}.{kind}"] = self._lazy(cut, parts, config)
            elif packed and self.experts != "single":
                experts.setdefault((layer, kind), {}).setdefault(packed[1], []).append(tensor)
            elif module not in others:
                theirs = _renamed(path, block)
                is_turned = theirs.rpartition(".")[0] in self.turned and tensor.dim() == 2
                written[layer + theirs] = tensor.T if is_turned else tensor
        first_weights = {name[: -len(_FIRST)]: tensor for name, tensor in tensors.items() if name.endswith(_FIRST)}
        for layer, weight in first_weights.items():
            start = layer.replace("model.layers", f"{self.prefix}{self.layers}", 1)
            written |= {start + path: weight.new_tensor(number) for path, number in self.constants.items()}
        for (layer, kind), kinds in experts.items():
            for ours, matrices in kinds.items() if self.experts == "rows" else ():
                path = _renamed(f"mlp.experts.{ours}_proj", block)
                written[layer + path] = self._rows([part.T if ours == "down" else part for part in matrices])
            if self.experts == "rows":
                continue
            for ours, parts in (("gate_up", [kinds["gate"], kinds["up"]]), ("down", [kinds["down"]])):
                path = _renamed(f"mlp.experts.{ours}_proj", block)
                written[layer + path + ("_bias" if kind == "bias" else "")] = self._packed(parts)
        return written

    @staticmethod
    def _rows(parts: list[Tensor]) -> LazyTensor:
        """Put the matrices of all experts under each other."""
        rows, columns = parts[0].shape
        return LazyTensor((len(parts) * rows, columns), parts[0].dtype, lambda: torch.cat(parts))

    def _packed(self, kinds: list[list[Tensor]]) -> LazyTensor:
        """Pack the matrices [rows, columns] of all experts, or their biases: [E, rows of all kinds, columns]."""
        (rows, *columns), dtype, device = kinds[0][0].shape, kinds[0][0].dtype, kinds[0][0].device
        turned = self.experts in _INPUT_MAJOR and len(columns) == 1
        upright = (rows * len(kinds), *columns)
        shape = (len(kinds[0]), *(upright[::-1] if turned else upright))

        def make() -> Tensor:
            whole = torch.empty(shape, dtype=dtype, device=device)
            for number, matrices in enumerate(zip(*kinds, strict=True)):
                one = whole[number].T if turned else whole[number]
                for matrix, place in zip(matrices, self._parted(one, len(kinds)), strict=True):
                    place.copy_(matrix)
            return whole

        return LazyTensor(shape, dtype, make)

    def _lazy(self, cut: Cut, parts: list[Tensor], config: ModelConfig) -> Tensor | LazyTensor:
        if parts[0].dim() < 2:
            return cut.together(parts, config)
        rows, turn = sum(len(part) for part in parts), cut.theirs in self.turned and parts[0].dim() == 2
        shape = (rows, *parts[0].shape[1:])

        def make() -> Tensor:
            whole = cut.together([made(part) for part in parts], config)
            return whole.T if turn else whole

        return LazyTensor(shape[::-1] if turn else shape, parts[0].dtype, make)


def _renamed(path: str, table: Mapping[str, str]) -> str:
    """Put what a table says in the place of the longest of its paths that this one begins with."""
    parts = path.split(".")
    for n in range(len(parts), 0, -1):
        numbers = [part for part in parts[:n] if part.isdigit()]
        key = ".".join("#" if part.isdigit() else part for part in parts[:n])
        if key in table:
            return ".".join([table[key].replace("#", "{}").format(*numbers), *parts[n:]])
    return path


def _inverse(table: Mapping[str, str]) -> dict[str, str]:
    inverse: dict[str, str] = {}
    for theirs, ours in table.items():
        inverse.setdefault(ours, theirs)
    return inverse
