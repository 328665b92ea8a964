"""The parity debugger: runs two models on the same tokens and finds the first part in which they differ.

Both models need parts of the same names, as ours and those of Hugging Face have. Nothing is changed in either.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn


@dataclass(frozen=True)
class Comparison:
    """How far the outputs of one part lie apart.

    Attributes:
        part: its name in both models, such as "model.layers.0.mlp".
        difference: the largest |difference| of two numbers; infinity where the shapes differ.
        place: where that is, such as (row, token, coordinate); empty where the shapes differ.
        scale: the largest |number| that the reference gives there.
        shapes: of the model's output and of the reference's.
    """

    part: str
    difference: float
    place: tuple[int, ...]
    scale: float
    shapes: tuple[tuple[int, ...], tuple[int, ...]]

    def agrees(self, tolerance: float) -> bool:
        """Whether the difference is at most `tolerance` of the scale. A NaN never agrees."""
        return self.difference <= tolerance * self.scale

    def __str__(self) -> str:
        if self.shapes[0] != self.shapes[1]:
            return f"{self.part}: shape {list(self.shapes[0])} and not {list(self.shapes[1])}"
        where = ", ".join(map(str, self.place))
        return f"{self.part}: off by {self.difference:.2g} at [{where}], where numbers go up to {self.scale:.2g}"


@dataclass(frozen=True)
class Finding:
    """The first part that differs, and the part before it; None where there is none before it."""

    first: Comparison
    before: Comparison | None

    def __str__(self) -> str:
        agreed = "nothing" if self.before is None else self.before.part
        return f"first to differ  {self.first}\nagreed until     {agreed}"


def first_difference(
    model: nn.Module, reference: nn.Module, token_ids: Tensor, tolerance: float = 1e-4
) -> Finding | None:
    """Walk through two models in the order in which they compute, up to the first part that differs.

    The fault lies in that part, or in what is computed without a part of its own between it and the one before: the
    rotation, the mask and the softmax, for instance, come between `v_proj` and `o_proj`.

    Args:
        model: the one in doubt.
        reference: the one that is right.
        token_ids: [B, T]. One token is too few: rotations and masks do nothing there.
        tolerance: the largest difference that counts as rounding, as a share of the largest number of a part's output.

    Returns:
        None if no part differs.

    Raises:
        ValueError: if the models have no part in common.

    Example:
        >>> from lessons_lib import ModelConfig, Transformer
        >>> config = ModelConfig(vocab_size=50, hidden_size=16, intermediate_size=40, num_hidden_layers=2,
        ...                      num_attention_heads=4)
        >>> model, copy = Transformer(config), Transformer(config)
        >>> _ = copy.load_state_dict(model.state_dict())
        >>> ids = torch.tensor([[1, 2, 3]])
        >>> print(first_difference(model, copy, ids))
        None
        >>> copy.model.layers[1].mlp.up_proj.weight.data += 0.1
        >>> first_difference(copy, model, ids).first.part
        'model.layers.1.mlp.up_proj'
    """
    before = None
    for comparison in compare(model, reference, token_ids):
        if not comparison.agrees(tolerance):
            return Finding(comparison, before)
        before = comparison
    return None


def compare(model: nn.Module, reference: nn.Module, token_ids: Tensor) -> list[Comparison]:
    """Compare what all parts that two models have in common give for the same tokens, in the order of computing.

    Raises:
        ValueError: if the models have no part in common.
    """
    ours = outputs(model, token_ids)
    theirs = outputs(reference, token_ids)
    common = [part for part in ours if part in theirs]
    if not common:
        raise ValueError(f"reference: got parts such as {next(iter(theirs), 'none')}, allowed names that the model has")
    return [_comparison(part, ours[part], theirs[part]) for part in common]


@torch.no_grad()
def outputs(model: nn.Module, token_ids: Tensor) -> dict[str, Tensor]:
    """What each named part of a model gives, in the order in which they finish.

    Args:
        model: called as `model(token_ids)`.
        token_ids: [B, T].

    Returns:
        Copies by name. Where a part gives a tuple, its first tensor; parts that give anything else are left out.
    """
    found: dict[str, Tensor] = {}

    def keep(part: str):
        def hook(_module: nn.Module, _given: tuple, out: object) -> None:
            first = out[0] if isinstance(out, tuple) and out else out
            if isinstance(first, Tensor) and first.numel():
                found[part] = first.clone()  # the model may go on to work in the same memory

        return hook

    hooks = [module.register_forward_hook(keep(part)) for part, module in model.named_modules() if part]
    try:
        model(token_ids)
    finally:
        for hook in hooks:
            hook.remove()
    return found


def _comparison(part: str, ours: Tensor, theirs: Tensor) -> Comparison:
    shapes = (tuple(ours.shape), tuple(theirs.shape))
    theirs = theirs.to(device="cpu", dtype=torch.float64)
    scale = float(theirs.abs().max())
    if shapes[0] != shapes[1]:
        return Comparison(part, math.inf, (), scale, shapes)
    apart = (ours.to(device="cpu", dtype=torch.float64) - theirs).abs()
    largest = apart.argmax()  # takes a NaN for the largest
    place = tuple(int(i) for i in torch.unravel_index(largest, apart.shape))
    return Comparison(part, float(apart.flatten()[largest]), place, scale, shapes)
