"""What the lesson and its exercises share: prompts whose answer the model knows, and small tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

# 40 countries, each one token with its space, whose capital SmolLM2 says or begins to say behind `prompt`.
_NAMES = (
    "France Italy Germany England Japan China Egypt Greece Austria Hungary Portugal Ireland Sweden Norway "
    "Finland Denmark Belgium Iran Syria Cuba Peru Chile Kenya Ukraine Romania Bulgaria Canada Argentina "
    "Ethiopia Afghanistan Nepal Israel Jordan Indonesia Philippines Scotland Wales Iceland Jamaica Estonia"
)
COUNTRIES = _NAMES.split()
COUNTRY = 3  # its place in the prompt


def prompt(country: str) -> str:
    """Eight tokens."""
    return f"The capital of {country} is the city of"


def grid(*rows: object) -> Tensor:
    """Rows of numbers as a tensor in float64."""
    import torch

    return torch.tensor(rows, dtype=torch.float64)


def random(seed: int, *shape: int) -> Tensor:
    """Random numbers in float64."""
    import torch

    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
