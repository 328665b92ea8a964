"""Architecture: how the GGUF files of one `general.architecture` say what our config and our names say, both ways.

As a `Family` does for folders: a key stands for a field of ours as it is (`keys`), or for a part that is written in
another way (`parts`); what no key says is the same in all files (`fixed`), or shows in which tensors are there
(`shown`). A tensor of a file is one of ours under another name (`block`, `top`), or several are made of several
(`groups`).
"""

from __future__ import annotations

import dataclasses
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import Any, NamedTuple

import torch
from torch import Tensor

from lessons_lib.checkpoint.gguf.keys import Keys
from lessons_lib.checkpoint.gguf.names import BLOCK_NAMES, TOP_NAMES
from lessons_lib.config import ModelConfig
from lessons_lib.formats.lazy import LazyTensor, made

Change = Callable[[Sequence[Tensor], ModelConfig], Sequence[Tensor]]
_IS_NUMBER = {each.name: "float" in str(each.type) for each in fields(ModelConfig)}
_DEFAULTS = {each.name: each.default for each in fields(ModelConfig)}
_EXPERTS = "mlp.experts.#."


class Part(NamedTuple):
    """Fields out of keys and keys out of a config; a key whose value is None is left out."""

    read: Callable[[Keys], dict[str, Any]]
    write: Callable[[ModelConfig], dict[str, Any]]


class Group(NamedTuple):
    """Tensors of a block that are made of several of ours, or in another way than by their name.

    Args:
        theirs, ours: their paths inside a block, without what stands behind the last dot if that is weight or bias.
        out: makes theirs of ours.
        back: makes ours of theirs.
    """

    theirs: tuple[str, ...]
    ours: tuple[str, ...]
    out: Change
    back: Change


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """One of llama.cpp's architectures.

    Args:
        name: `general.architecture`.
        keys: field of our config by key, beside those that all have.
        defaults: what files mean by leaving a key out, where it is not our default.
        fixed: fields that are the same in all files.
        parts: what is written in another way.
        shown: by the end of a tensor's name, the fields that it stands for where it is there, and where it is not.
        block, top: our path by theirs, beside the usual ones; None takes a name out.
        named: more of `block`, by the config and the number of the layer.
        scattered: whether a layer has experts where a file has their router, and no key says it.
        groups: see `Group`.
        sums: whether norms hold the sum of weight and offset.
        divisors: whether llama.cpp reads a tensor of divisors of the rotary frequencies.
        limits: what llama.cpp demands of a field, by a function of the config.
    """

    name: str
    keys: Mapping[str, str] = field(default_factory=dict)
    defaults: Mapping[str, Any] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    shown: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = field(default_factory=dict)
    block: Mapping[str, str | None] = field(default_factory=dict)
    top: Mapping[str, str] = field(default_factory=dict)
    named: Callable[[ModelConfig, int], Mapping[str, str | None]] = lambda config, layer: {}
    scattered: bool = False
    groups: tuple[Group, ...] = ()
    sums: bool = False
    divisors: bool = False
    limits: Mapping[str, Callable[[ModelConfig], Any]] = field(default_factory=dict)

    def like(self, name: str, **changes: Any) -> Architecture:
        """Another architecture; mappings that are given are added to those here, and a None takes an entry out."""
        for each in fields(self):
            if each.name in changes and isinstance(getattr(self, each.name), Mapping):
                merged = {**getattr(self, each.name), **changes[each.name]}
                keep = each.name in ("block", "top", "defaults")
                changes[each.name] = {key: value for key, value in merged.items() if keep or value is not None}
        return replace(self, name=name, **changes)

    # Config

    def config(self, keys: Keys, shown: Mapping[str, bool], vocab_size: int, sparse: Sequence[int] = ()) -> ModelConfig:
        """Read a config.

        Args:
            keys: of the file.
            shown: for each of our `shown` whether a tensor's name ends so.
            vocab_size: rows of the embedding matrix.
            sparse: the numbers of the layers that have a router.

        Raises:
            CheckpointError, ValueError: for a missing or impossible value.
        """
        values = {
            "vocab_size": vocab_size,
            "hidden_size": keys.whole("embedding_length"),
            "num_hidden_layers": keys.whole("block_count"),
            "max_position_embeddings": keys.whole("context_length"),
            "attention_output_bias": False,
        }
        for key, name in self.keys.items():
            values[name] = self._value(keys, key, name)
        for part in self.parts:
            values |= part.read(keys)
        for end, ways in self.shown.items():
            values |= ways[not shown[end]]
        if self.scattered and values.get("num_local_experts"):
            values["moe_layers"] = list(sparse)
        values |= self.fixed
        if values.get("position_embedding_type", "rotary") != "rotary":
            values |= {"no_rope_layers": None, "rotary_dim": None}
        return ModelConfig(**values)

    def values(self, config: ModelConfig) -> dict[str, Any]:
        """Write a config as the values of a file; whether they say all of it, only reading them back shows."""
        written = {
            "vocab_size": config.vocab_size,
            "context_length": config.max_position_embeddings,
            "embedding_length": config.hidden_size,
            "block_count": config.num_hidden_layers,
        }
        for key, name in self.keys.items():
            value = getattr(config, name)
            written[key] = float(value) if value is not None and _IS_NUMBER[name] else value
        for part in self.parts:
            written |= part.write(config)
        return {key: value for key, value in written.items() if value is not None}

    def differing(self, config: ModelConfig) -> dict[str, Any]:
        """The fields that would be read back with another value than they have, rotary scaling left aside."""
        shown = {
            end: all(getattr(config, name) == value for name, value in ways[0].items())
            for end, ways in self.shown.items()
        }
        try:
            keys = Keys({f"{self.name}.{key}": value for key, value in self.values(config).items()}, "", self.name)
            back = self.config(keys, shown, config.vocab_size, config.moe_layers)
        except (ValueError, TypeError, IndexError, ZeroDivisionError):
            return dict(vars(config))  # nothing of it can be said
        apart = ("bos_token_id", "eos_token_id", "initializer_range", "rope_scaling")
        wanted = {name: value for name, value in vars(back).items() if name not in apart}
        wanted |= {name: limit(config) for name, limit in self.limits.items()}
        return {name: value for name, value in wanted.items() if not _same(value, getattr(config, name))}

    def _value(self, keys: Keys, key: str, name: str) -> Any:
        default = self.defaults.get(key, _DEFAULTS[name])
        if _DEFAULTS[name] is False or default is False:
            return keys.flag(key, default)
        if default is dataclasses.MISSING:
            default = None
        if key not in keys and (key in self.defaults or name not in _NEEDED):
            return default
        return keys.number(key) if _IS_NUMBER[name] else keys.whole(key)

    # Tensors

    def written(self, tensors: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor | LazyTensor]:
        """All weights by the file's names; what is changed is made when its turn to be written comes."""
        top = {ours: theirs for theirs, ours in self._top().items()}
        blocks = [
            {ours: theirs for theirs, ours in self._block(config, layer).items()}
            for layer in range(config.num_hidden_layers)
        ]
        groups = {ours: group for group in self.groups for ours in group.ours}
        found: dict[str, Tensor | LazyTensor] = {}
        for name, tensor in tensors.items():
            layer = re.match(r"model\.layers\.(\d+)\.(.+)", name)
            if not layer:
                found[_renamed(name, top)] = self._summed(name, tensor, config, 1)
                continue
            block = blocks[int(layer[1])]
            start, path = f"model.layers.{layer[1]}.", re.sub(r"(?<=mlp\.experts\.)\d+", "#", layer[2])
            module, _, kind = path.rpartition(".")
            group, end = (groups[path], "") if path in groups else (groups.get(module), f".{kind}")
            if group is None:
                found[f"blk.{layer[1]}.{_renamed(path, block)}"] = self._summed(path, tensor, config, 1)
            elif not any(f"blk.{layer[1]}.{theirs}{end}" in found for theirs in group.theirs):
                ours = [tensors[each] for each in _expanded(group, start, end, config) if each in tensors]
                shapes = group.out([torch.empty(each.shape, device="meta") for each in ours], config)
                for place, (theirs, shape) in enumerate(zip(group.theirs, shapes, strict=True)):
                    make = partial(self._out, group, ours, config, place)
                    found[f"blk.{layer[1]}.{theirs}{end}"] = LazyTensor(shape.shape, ours[0].dtype, make)
        return found

    def read(self, file: Mapping[str, Tensor], shapes: Mapping[str, Any], config: ModelConfig) -> dict[str, LazyTensor]:
        """All weights by our names, to be made in float32 one at a time; names that are not known stay."""
        top, found = self._top(), {}
        blocks = [self._block(config, layer) for layer in range(config.num_hidden_layers)]
        groups = {theirs: group for group in self.groups for theirs in group.theirs}
        last: dict[tuple[str, str], Sequence[Tensor]] = {}
        for name, shape in shapes.items():
            layer = re.match(r"blk\.(\d+)\.(.+)", name)
            path = layer[2] if layer else name
            block = blocks[int(layer[1])] if layer and int(layer[1]) < len(blocks) else self._block(config, 0)
            module, _, kind = path.rpartition(".")
            group, end = (groups[path], "") if path in groups else (groups.get(module), f".{kind}")
            if not layer or group is None:
                ours = _renamed(path, block if layer else top)
                known = ours != path
                ours = (f"model.layers.{layer[1]}.{ours}" if layer else ours) if known else name
                make = partial(self._plain, file, name, ours, config)
                found[ours] = LazyTensor(shape, torch.float32, make)
                continue
            start = f"blk.{layer[1]}."
            theirs = [f"{start}{each}{end}" for each in group.theirs]
            ours = _expanded(group, f"model.layers.{layer[1]}.", end, config)
            try:
                made_of = [torch.empty(tuple(shapes[each]), device="meta") for each in theirs]
                parts = group.back(made_of, config)
                sizes = [tuple(part.shape) for part in parts]
            except (KeyError, ValueError, RuntimeError, IndexError):  # reported as unexpected
                found[name] = LazyTensor(shape, torch.float32, partial(self._plain, file, name, name, config))
                continue
            for place, (each, size) in enumerate(zip(ours, sizes, strict=False)):
                make = partial(self._back, group, file, tuple(theirs), config, place, last)
                found[each] = LazyTensor(size, torch.float32, make)
        return found

    def _top(self) -> dict[str, str]:
        return {theirs: ours for theirs, ours in (TOP_NAMES | self.top).items() if ours is not None}

    def _block(self, config: ModelConfig, layer: int) -> dict[str, str]:
        names = BLOCK_NAMES | self.block | self.named(config, layer)
        return {theirs: ours for theirs, ours in names.items() if ours is not None}

    def _summed(self, name: str, tensor: Tensor, config: ModelConfig, sign: int) -> Tensor | LazyTensor:
        if not (self.sums and re.search(r"norm\.weight$", name)) or name.endswith("mixer.norm.weight"):
            return tensor
        return LazyTensor(tensor.shape, tensor.dtype, lambda: tensor + sign * config.rms_norm_offset)

    def _plain(self, file: Mapping[str, Tensor], name: str, ours: str, config: ModelConfig) -> Tensor:
        return made(self._summed(ours, file[name], config, -1))

    @staticmethod
    def _out(group: Group, ours: Sequence[Tensor], config: ModelConfig, place: int) -> Tensor:
        return group.out(ours, config)[place]

    @staticmethod
    def _back(
        group: Group,
        file: Mapping[str, Tensor],
        theirs: tuple[str, ...],
        config: ModelConfig,
        place: int,
        last: dict[tuple[str, ...], Sequence[Tensor]],
    ) -> Tensor:
        if theirs not in last:  # all experts of a layer lie in one tensor, which is unpacked once
            last.clear()
            last[theirs] = group.back([file[each] for each in theirs], config)
        return last[theirs][place]


_NEEDED = {each.name for each in fields(ModelConfig) if each.default is dataclasses.MISSING} | {"rms_norm_eps"}


def _expanded(group: Group, start: str, end: str, config: ModelConfig) -> list[str]:
    """The names of a group's parts, one for each expert where it stands for all of them."""
    numbers = range(config.num_local_experts or 0)
    return [
        start + each.replace("#", str(number)) + end
        for each in group.ours
        for number in (numbers if "#" in each else (0,))
    ]


def _renamed(path: str, table: Mapping[str, str]) -> str:
    """A path by the name that a table has for the whole of it, or for all but its end."""
    module, _, kind = path.rpartition(".")
    if path in table:
        return table[path]
    return f"{table[module]}.{kind}" if module in table else path


def _same(one: Any, other: Any) -> bool:
    """Whether two values are one, for a file: its numbers are float32."""
    if isinstance(one, float) and isinstance(other, float | int):
        return math.isclose(one, other, rel_tol=1e-6)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one == other


def missing(config: ModelConfig, architectures: Iterable[Architecture]) -> tuple[str, Any]:
    """The field that keeps a config out of the architecture that comes nearest, and what it would have to be."""
    nearest = min((each.differing(config) for each in architectures), key=len)
    return next(iter(nearest.items()))
