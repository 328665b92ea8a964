"""MXFP4: weights of 4 bits in blocks of 32 that share an exponent, as in the published files of gpt-oss."""

from __future__ import annotations

from functools import partial

import torch
from torch import Tensor

from lessons_lib.formats.lazy import LazyTensor

_HALF = (0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0)
VALUES = torch.tensor((*_HALF, *(-value for value in _HALF)))
"""The number that each code of 4 bits stands for: a sign, two bits of exponent, one of mantissa."""


def dequantize(blocks: Tensor, scales: Tensor) -> Tensor:
    """The numbers that blocks hold: those of `VALUES`, times 2 to the power of `scale - 127`.

    Args:
        blocks: uint8 [..., blocks, 16], two numbers a byte, the lower 4 bits first.
        scales: uint8 [..., blocks].

    Returns:
        [..., 32 * blocks] float32.

    Example:
        >>> dequantize(torch.full((1, 16), 0x21, dtype=torch.uint8), torch.tensor([128], dtype=torch.uint8))[:2]
        tensor([1., 2.])

    Source: Open Compute Project 2023, "OCP Microscaling Formats (MX) Specification", sections 5.3.3 and 5.4.1.
    """
    codes = torch.stack((blocks & 15, blocks >> 4), -1).flatten(-2)  # [..., blocks, 32]
    numbers = VALUES[codes.long()] * torch.exp2(scales.float() - 127)[..., None]
    return numbers.flatten(-2)


def dequantized_experts(tensors: dict[str, Tensor]) -> dict[str, LazyTensor]:
    """Take out the blocks and scales of all experts, and give each expert's matrices, made when they are needed.

    Args:
        tensors: of a file: `mlp.experts.gate_up_proj_blocks` [E, 2F, C / 32, 16] and `..._scales` [E, 2F, C / 32],
            with gates in the even rows; `down_proj` alike [E, C, F / 32, 16]. What is used is removed.

    Raises:
        ValueError: for blocks without scales, or of another shape.
    """
    made: dict[str, LazyTensor] = {}
    for name in [name for name in tensors if name.endswith("_proj_blocks")]:
        blocks, scales = tensors.pop(name), tensors.pop(name.removesuffix("blocks") + "scales", None)
        whole = scales is not None and blocks.dim() == 4 and blocks.shape[:-1] == scales.shape
        if not whole or {blocks.dtype, scales.dtype} != {torch.uint8} or blocks.shape[-1] != 16:
            raise ValueError(f"{name}: got {list(blocks.shape)}, allowed uint8 [E, rows, blocks, 16] with scales")
        layer, _, part = name.removesuffix("_proj_blocks").rpartition(".")
        kinds = ("gate", "up") if part == "gate_up" else ("down",)
        for number in range(len(blocks)):
            for first, kind in enumerate(kinds):
                rows = slice(first, None, len(kinds))
                shape = (blocks[number, rows].shape[0], blocks.shape[2] * 32)
                make = partial(dequantize, blocks[number, rows], scales[number, rows])
                made[f"{layer}.{number}.{kind}_proj.weight"] = LazyTensor(shape, torch.float32, make)
    return made
