"""Positions: how a token's place in the text reaches the model.

Three ways, in the order in which they were found: a fixed pattern of waves that is added to the embedding, a learned
vector for each place that is added too, and rotary positions. Those turn each pair of numbers in a query or key by an
angle that grows with its position, so that two of them meet in a dot product that depends only on how far apart they
stand.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.config.by_layer import at
from lessons_lib.layers.linear import trains_here


def sinusoidal_positions(length: int, width: int) -> Tensor:
    """Waves of growing length: a sine and a cosine for each pair of columns.

    Columns `2i` and `2i + 1` hold the sine and the cosine of `position / 10000 ** (2i / width)`.

    Args:
        length: positions, T.
        width: columns, C; even.

    Returns:
        [T, C] float32, every number from -1 to 1.

    Raises:
        ValueError: for a width that is odd or below 2, or a negative length.

    Example:
        >>> sinusoidal_positions(2, 4).round(decimals=2).tolist()[0]
        [0.0, 1.0, 0.0, 1.0]

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3.5.
    """
    if length < 0:
        raise ValueError(f"length: got {length}, allowed 0 or more")
    if width < 2 or width % 2:
        raise ValueError(f"width: got {width}, allowed an even number from 2")
    exponents = torch.arange(0, width, 2, dtype=torch.float64) / width  # [C/2]
    angles = torch.arange(length, dtype=torch.float64)[:, None] / 10000**exponents  # [T, C/2]
    return torch.stack((angles.sin(), angles.cos()), -1).flatten(1).float()  # [T, C]


class LearnedPositions(nn.Module):
    """A vector for each place in the text, learned like the rows of the embedding: `weight` [positions, C].

    Args:
        max_position_embeddings: how many places there are.
        hidden_size: C.
    """

    def __init__(self, max_position_embeddings: int, hidden_size: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.empty(max_position_embeddings, hidden_size))
        if not self.weight.is_meta:  # there is nothing to fill there, and torch would load its compiler to do it
            nn.init.normal_(self.weight, std=0.02)

    def forward(self, positions: Tensor) -> Tensor:
        """Look places up: [T] or [B, T] whole numbers to [T, C] or [B, T, C].

        Raises:
            ValueError: for a place below 0 or beyond the last that was learned.
        """
        last = len(self.weight) - 1
        outside = positions[(positions < 0) | (positions > last)]
        if outside.numel():
            raise ValueError(
                f"positions: got {int(outside[0])}, allowed 0 to {last} (max_position_embeddings less one)"
            )
        return F.embedding(positions, self.weight)  # [..., T, C]


class Rotation(NamedTuple):
    """The turn of every pair at every position: two tables [T, D / 2] or [B, T, D / 2], and which numbers pair up."""

    cos: Tensor
    sin: Tensor
    pairing: str


def rope_frequencies(config: ModelConfig, layer_type: str = "full_attention", length: int = 1) -> Tensor:
    """The angle that each pair turns by per token, fastest first.

    Pair `i` turns by `rope_theta ** (-2i / D)`. With `rope_scaling`, slow pairs turn slower still, so that positions
    beyond the training length stay within the angles seen in training: "linear" slows all pairs alike; "llama3" and
    "yarn" leave the fast ones, which tell neighbours apart, as they are; "longrope" slows each pair by a number of its
    own, and by another where a text is longer than in training; "proportional" stops the slowest.

    Args:
        config: gives `head_dim`, `rotary_dim` or `qk_rope_head_dim`, `rope_theta`, `rope_scaling` and
            `rope_local_base_freq`.
        layer_type: "sliding_attention" where those layers have a base of their own, `rope_local_base_freq`.
        length: tokens of the text so far, which "longrope" asks for.

    Returns:
        [D / 2] float32, in radians a token.

    Source: Su et al. 2021, "RoFormer", section 3.2.2; Peng et al. 2023, "YaRN", section 3.2; the "llama3" rule is that
    of Meta's llama-models; "longrope" is that of Ding et al. 2024, "LongRoPE", section 3.
    """
    config = at(config, layer_type)
    base, scaling = _base_and_scaling(config, layer_type)
    width = config.qk_rope_head_dim or config.rotary_dim or config.head_dim  # D
    exponents = torch.arange(0, width, 2, dtype=torch.int64).float() / width  # [D/2]
    powers = base**exponents
    frequencies = 1.0 / powers
    if scaling is None:
        return frequencies
    # Each rule rounds in the order of its reference: at position 100,000 the last digit of a frequency shows.
    if scaling["rope_type"] == "longrope":
        long = length > scaling["original_max_position_embeddings"]
        return 1.0 / (torch.tensor(scaling["long_factor" if long else "short_factor"]) * powers)
    if scaling["rope_type"] == "proportional":
        turning = int(scaling["partial_rotary_factor"] * width // 2)
        return torch.where(torch.arange(width // 2) < turning, frequencies, 0.0)
    factor = scaling["factor"]
    if scaling["rope_type"] == "linear":
        return frequencies / factor
    if scaling["rope_type"] == "llama3":
        keep = _kept_by_llama3(scaling, frequencies)
        return (1 - keep) * frequencies / factor + keep * frequencies
    keep = _kept_by_yarn(scaling, base, width)
    return (1 - keep) * (1.0 / (factor * powers)) + keep * frequencies


def rope_attention_factor(config: ModelConfig, layer_type: str = "full_attention") -> float:
    """What "yarn" and "longrope" multiply the cosines and sines by, so that attention over more tokens stays as sharp;
    else 1.

    Source: Peng et al. 2023, "YaRN", equation 22; the ratio of two such factors is DeepSeek's.
    """
    _, scaling = _base_and_scaling(config, layer_type)
    if scaling is None or scaling["rope_type"] not in ("yarn", "longrope"):
        return 1.0
    if scaling.get("attention_factor") is not None:
        return float(scaling["attention_factor"])
    if scaling["rope_type"] == "longrope":
        trained = scaling["original_max_position_embeddings"]
        growth = math.log(config.max_position_embeddings / trained)
        return 1.0 if growth <= 0 else math.sqrt(1 + growth / math.log(trained))
    growth = max(0.0, 0.1 * math.log(scaling["factor"]))
    one, other = scaling.get("mscale"), scaling.get("mscale_all_dim")
    return (one * growth + 1) / (other * growth + 1) if one and other else growth + 1


def rotation(positions: Tensor, frequencies: Tensor, pairing: str, scale: float = 1.0) -> Rotation:
    """The cosines and sines for some positions.

    Args:
        positions: [T] or [B, T], whole numbers from 0.
        frequencies: [D / 2], from `rope_frequencies`.
        pairing: "half" or "interleaved", as in `ModelConfig.rope_pairing`.
        scale: multiplies both tables; from `rope_attention_factor`.

    Returns:
        Tables in float32: angles in half precision would be wrong after a few hundred tokens.
    """
    angles = positions.float()[..., None] * frequencies  # [..., T, D/2]
    return Rotation(angles.cos() * scale, angles.sin() * scale, pairing)


def apply_rope(x: Tensor, rotation: Rotation) -> Tensor:
    """Turn queries or keys: the pair (a, b) becomes (a cos - b sin, b cos + a sin).

    Args:
        x: [B, H, T, D].
        rotation: tables [T, D / 2], or [B, T, D / 2] when the rows of a batch stand at different positions. Narrower
            ones turn the first numbers only.

    Returns:
        [B, H, T, D]. Lengths do not change, and position 0 is not turned at all.

    Source: Su et al. 2021, "RoFormer", equation 34.
    """
    turned = 2 * rotation.cos.shape[-1]
    if turned < x.shape[-1]:
        return torch.cat((apply_rope(x[..., :turned], rotation), x[..., turned:]), -1)  # [B, H, T, D]
    if x.dim() == 4 and trains_here(x) and not rotation.cos.requires_grad:
        from lessons_lib.layers import fused  # numba takes a while to load, and not everybody trains

        return fused.apply_rope(x, *rotation)
    cos, sin = rotation.cos.to(x.dtype), rotation.sin.to(x.dtype)
    if cos.dim() == 3:
        cos, sin = cos[:, None], sin[:, None]  # [B, 1, T, D/2]
    halves, dim = ((2, -1), -2) if rotation.pairing == "half" else ((-1, 2), -1)
    a, b = x.unflatten(-1, halves).unbind(dim)  # [B, H, T, D/2] each
    return torch.stack((a * cos - b * sin, b * cos + a * sin), dim).flatten(-2)  # [B, H, T, D]


def _base_and_scaling(config: ModelConfig, layer_type: str) -> tuple[float, dict[str, Any] | None]:
    if layer_type == "sliding_attention" and config.rope_local_base_freq is not None:
        return config.rope_local_base_freq, None  # these layers never look far, so nothing is stretched
    return config.rope_theta, config.rope_scaling


def _kept_by_llama3(scaling: dict[str, Any], frequencies: Tensor) -> Tensor:
    """How much of each frequency [D / 2] stays: 1 unchanged, 0 slowed in full, by the length of its wave."""
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    turns = scaling["original_max_position_embeddings"] / (2 * math.pi / frequencies)  # full turns in the old context
    if low == high:
        return (turns >= low).float()
    return ((turns - low) / (high - low)).clamp(0, 1)


def _kept_by_yarn(scaling: dict[str, Any], base: float, head_dim: int) -> Tensor:
    """How much of each frequency [D / 2] stays: a ramp over the pairs, from the one that makes `beta_fast` full turns
    in the old context to the one that makes `beta_slow`."""

    def pair(turns: float) -> float:
        """The number of the pair, a fraction, that makes so many turns."""
        ratio = scaling["original_max_position_embeddings"] / (turns * 2 * math.pi)
        return head_dim * math.log(ratio) / (2 * math.log(base))

    first, last = pair(scaling.get("beta_fast") or 32), pair(scaling.get("beta_slow") or 1)
    if scaling.get("truncate", True):
        first, last = math.floor(first), math.ceil(last)
    first, last = max(first, 0), min(last, head_dim - 1)
    width = last - first or 0.001  # a ramp of no width would divide by zero
    return 1 - ((torch.arange(head_dim // 2).float() - first) / width).clamp(0, 1)
