"""LoRA: a weight matrix that stays as it is, and beside it two thin ones whose product learns what is to be added.

    W x + (lora_alpha / r) B A x        A is [r, in] and random, B is [out, r] and zero: at first nothing is added.

A matrix of 576 by 1,536 has 884,736 numbers; its A and B of rank 8 have 16,896. Only those learn, are kept, and travel.
"""

from __future__ import annotations

import copy
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

from lessons_lib import arguments
from lessons_lib.layers.linear import Linear, linear
from lessons_lib.layers.plain import is_plain, replace_module
from lessons_lib.layers.quantized import QuantizedEmbedding, QuantizedLinear

PROJECTIONS = ("q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj")


@dataclass(frozen=True, kw_only=True)
class LoraConfig:
    """Which matrices get an adapter, and of what size; the names are those of PEFT.

    Args:
        r: the rank, rows of A and columns of B.
        lora_alpha: what is added counts `lora_alpha / r` times, so that another rank needs no other learning rate.
        target_modules: last parts of the names of the `Linear`s that get one.
        layers_to_transform: numbers of the layers, from 0, whose matrices do; None for all.
        use_rslora: divide by the square root of r instead of r.

    Raises:
        ValueError: naming the setting, its value and what is allowed.

    Source: Hu et al. 2021, "LoRA", section 4.1; Kalajdzievski 2023, "rsLoRA".
    """

    r: int = 8
    lora_alpha: float = 16
    target_modules: Sequence[str] = PROJECTIONS
    layers_to_transform: Sequence[int] | None = None
    use_rslora: bool = False

    def __post_init__(self) -> None:
        arguments.whole("r", self.r, 1)
        arguments.real("lora_alpha", self.lora_alpha, 0, math.inf, "above 0", above=True)
        names = self.target_modules
        if isinstance(names, str) or not names or not all(isinstance(name, str) for name in names):
            raise ValueError(f"target_modules: got {arguments.described(names)}, allowed a list of names")
        object.__setattr__(self, "target_modules", tuple(names))
        if self.layers_to_transform is not None:
            layers = tuple(arguments.whole("layers_to_transform", layer, 0) for layer in self.layers_to_transform)
            object.__setattr__(self, "layers_to_transform", layers)

    @property
    def scale(self) -> float:
        """How many times what A and B give is added."""
        return self.lora_alpha / (math.sqrt(self.r) if self.use_rslora else self.r)


class _Adapted(nn.Module):
    """What an adapter adds to a matrix, whatever its weights are.

    Attributes:
        config: the adapter's settings.
        lora_A: [r, in_features], small random numbers at first.
        lora_B: [out_features, r], zeros at first.
        enabled: whether `config.scale` times `lora_B @ lora_A` is added.
    """

    def _begin(self, config: LoraConfig, generator: torch.Generator | None, like: Tensor) -> None:
        self.config, self.enabled = config, True
        bound = 1 / math.sqrt(self.in_features)
        start = torch.empty(config.r, self.in_features).uniform_(-bound, bound, generator=generator)
        self.lora_A = nn.Parameter(start.to(like))
        self.lora_B = nn.Parameter(torch.zeros(self.out_features, config.r).to(like))

    def forward(self, x: Tensor) -> Tensor:
        """Map [..., in] to [..., out]."""
        y = super().forward(x)  # [..., out]
        if not self.enabled:
            return y
        return y + linear(linear(x, self.lora_A), self.lora_B) * self.config.scale

    def delta(self) -> Tensor:
        """What the adapter adds to the weight, [out, in]."""
        return self.lora_B @ self.lora_A * self.config.scale


class LoraLinear(_Adapted, Linear):
    """A `Linear` that keeps its weight, frozen and under its own name, and adds what its adapter says.

    Attributes:
        config, lora_A, lora_B, enabled: see `LoraConfig`; B is [out, r], and what is added is `delta()`.
    """

    def __init__(self, module: nn.Linear, config: LoraConfig, generator: torch.Generator | None = None) -> None:
        super().__init__(module.in_features, module.out_features, bias=False, device="meta")
        self.weight, self.bias = module.weight, module.bias
        self._begin(config, generator, module.weight)


class QuantizedLoraLinear(_Adapted, QuantizedLinear):
    """A `QuantizedLinear` that keeps its weights as they are, and adds what its adapter of float32 says.

    Source: Dettmers et al. 2023, "QLoRA", section 3.
    """

    def __init__(self, module: QuantizedLinear, config: LoraConfig, generator: torch.Generator | None = None) -> None:
        sizes = module.in_features, module.out_features, False, module.bits, module.group_size
        super().__init__(*sizes, device="meta")
        self.quantized, self.scale, self.minimum = module.quantized, module.scale, module.minimum
        self.bias = module.bias
        self._begin(config, generator, torch.empty(0, device=module.scale.device))


Model = TypeVar("Model", bound=nn.Module)


def add_lora(model: Model, config: LoraConfig | None = None, *, seed: int = 0) -> Model:
    """Give a model an adapter, in place, and let nothing but the adapter learn.

    Args:
        model: a `Transformer`, or any module with `Linear` in it, quantised or not.
        config: which matrices, and of what size; None for all those of attention and feed-forward network, at rank 8.
        seed: of A's first numbers.

    Returns:
        The same model. It computes what it did before until B has moved.

    Raises:
        ValueError: if it has an adapter already, no `Linear` of such a name and layer, one that does more than
            multiply, or one that is the embedding too; nothing is changed then.

    Example:
        >>> model = add_lora(nn.Sequential(Linear(64, 5)), LoraConfig(r=2, target_modules=["0"]))
        >>> sum(p.numel() for p in model.parameters() if p.requires_grad)  # 2 * 64 + 5 * 2
        138
    """
    config = config or LoraConfig()
    if adapters(model):
        raise ValueError("model: got one with an adapter, allowed one without: merge or remove that first")
    found = wanted(model, config)
    if not found:
        asked = f"target_modules={list(config.target_modules)}, layers_to_transform={config.layers_to_transform}"
        raise ValueError(f"config: got {asked}, which names nothing in the model, allowed names of its Linears")
    owners = Counter(id(module.weight) for module in model.modules() if hasattr(module, "weight"))
    heads = [module.head for module in model.modules() if isinstance(module, QuantizedEmbedding)]
    for name, module in found.items():
        if not is_plain(module, Linear, QuantizedLinear):
            raise ValueError(f"{name}: got {type(module).__name__}, changed or with hooks, allowed a Linear")
        if module in heads or owners[id(getattr(module, "weight", None))] > 1:
            raise ValueError(f"{name}: got a matrix that another part uses too, allowed one of its own")
    model.requires_grad_(False)
    generator = torch.Generator().manual_seed(seed)
    for name, module in found.items():
        kind = QuantizedLoraLinear if isinstance(module, QuantizedLinear) else LoraLinear
        replace_module(model, name, kind(module, config, generator))
    return model


def sharing_weights(model: Model) -> Model:
    """A copy of a model with parts of its own and the same weights: it takes another adapter, and no memory.

    Example:
        >>> model = nn.Sequential(Linear(64, 5))
        >>> other = add_lora(sharing_weights(model), LoraConfig(r=2, target_modules=["0"]))
        >>> other[0].weight is model[0].weight, len(adapters(model))
        (True, 0)
    """
    return copy.deepcopy(model, {id(tensor): tensor for tensor in (*model.parameters(), *model.buffers())})


def adapters(model: nn.Module) -> dict[str, LoraLinear | QuantizedLoraLinear]:
    """The matrices of a model that have an adapter, by name."""
    return {name: module for name, module in model.named_modules() if isinstance(module, _Adapted)}


def wanted(model: nn.Module, config: LoraConfig) -> dict[str, nn.Module]:
    """The parts of a model that a config asks an adapter for, by name."""
    return {name: module for name, module in model.named_modules() if _is_target(name, config)}


@contextmanager
def without_lora(model: nn.Module) -> Iterator[None]:
    """Inside the block the model is the one before tuning: a reference that takes no memory."""
    before = {module: module.enabled for module in adapters(model).values()}
    try:
        for module in before:
            module.enabled = False
        yield
    finally:
        for module, enabled in before.items():
            module.enabled = enabled


def remove_lora(model: Model) -> Model:
    """Take a model's adapter off, in place; what is left is the model before tuning, which can learn again.

    Raises:
        ValueError: if it has none.
    """
    for name, module in needed_adapters(model).items():
        replace_module(model, name, _bare(module))
    return model.requires_grad_(True)


@torch.no_grad()
def merge_lora(model: Model) -> Model:
    """Add a model's adapter to its weights, in place: the same function but for rounding, and plain `Linear`s again.

    Raises:
        ValueError: if it has none, or its weights are quantised; nothing is changed then.
    """
    found = needed_adapters(model)
    for name, module in found.items():
        if isinstance(module, QuantizedLoraLinear):
            raise ValueError(f"{name}: got a quantised matrix, allowed a Linear: merge first, and quantise then")
    for name, module in found.items():
        bare = _bare(module)
        bare.weight += module.delta()
        replace_module(model, name, bare)
    return model.requires_grad_(True)


def needed_adapters(model: nn.Module) -> dict[str, LoraLinear | QuantizedLoraLinear]:
    """`adapters` of a model that must have some.

    Raises:
        ValueError: if it has none.
    """
    if not (found := adapters(model)):
        raise ValueError("model: got one without an adapter, allowed one that add_lora or load_lora gave one")
    return found


def _bare(module: LoraLinear | QuantizedLoraLinear) -> Linear | QuantizedLinear:
    sizes = module.in_features, module.out_features, False
    if isinstance(module, QuantizedLoraLinear):
        made = QuantizedLinear(*sizes, module.bits, module.group_size, device="meta")
        made.quantized, made.scale, made.minimum = module.quantized, module.scale, module.minimum
    else:
        made = Linear(*sizes, device="meta")
        made.weight = module.weight
    made.bias = module.bias
    return made


def _is_target(name: str, config: LoraConfig) -> bool:
    """Whether a module's name, such as `model.layers.3.mlp.up_proj`, is asked for."""
    if not any(name == target or name.endswith(f".{target}") for target in config.target_modules):
        return False
    if config.layers_to_transform is None:
        return True
    numbers = [int(part) for part in name.split(".") if part.isdecimal()]
    return bool(numbers) and numbers[0] in config.layers_to_transform
