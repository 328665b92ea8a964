"""GGUF's K types: blocks of 256 weights in groups, whose scales are small integers too, under one float16 scale.

Each function turns blocks, uint8 [n, bytes], into weights, float32 [n, 256].
Source: ggml, `ggml-common.h` (the structs), `ggml-quants.c` (`dequantize_row_*_K`).
"""

import numpy as np

from lessons_lib.formats.quant_blocks import halves


def unpack_q4_k(blocks: np.ndarray, weights: np.ndarray) -> None:
    """Q4_K: float16 `d` and `dmin`, 12 bytes of scales and minima, 128 bytes of 4-bit `q`: 8 groups of 32.

    A weight is `d * scale * q - dmin * minimum`, with its group's 6-bit scale and minimum.
    """
    _unpack_nibble_groups(blocks[:, 16:], weights)
    _scale_and_shift(blocks, weights)


def unpack_q5_k(blocks: np.ndarray, weights: np.ndarray) -> None:
    """Q5_K: as Q4_K, with 32 bytes in front of the 128: bit g of byte i is the highest of weight i in group g."""
    _unpack_nibble_groups(blocks[:, 48:], weights)
    bits = np.arange(8, dtype=np.uint8)[:, None]  # [8, 1]
    groups = weights.reshape(-1, 8, 32)  # [n, 8, 32]
    groups += (blocks[:, None, 16:48] >> bits & 1) * np.uint8(16)
    _scale_and_shift(blocks, weights)


def unpack_q6_k(blocks: np.ndarray, weights: np.ndarray) -> None:
    """Q6_K: 128 bytes with the lower four bits of `q`, 64 with the upper two, 16 signed scales, float16 `d`.

    There are 16 groups of 16; a weight is `d * scale * (q - 32)`. Each half of the block has its own bytes: 64 whose
    low halves come before their high halves, and 32 whose bits 0 and 1, then 2 and 3 and so on, are 32 weights each.
    """
    low = blocks[:, :128].reshape(-1, 2, 64)  # [n, 2, 64]
    quarters = weights.reshape(-1, 2, 2, 64)  # [n, 2, 2, 64]
    quarters[:, :, 0] = low & 15
    quarters[:, :, 1] = low >> 4
    shifts = np.arange(0, 8, 2, dtype=np.uint8)[:, None]  # [4, 1]
    eighths = weights.reshape(-1, 2, 4, 32)  # [n, 2, 4, 32]
    eighths += (blocks[:, 128:192].reshape(-1, 2, 1, 32) >> shifts & 3) * np.uint8(16)
    weights -= 32
    scales = halves(blocks[:, 208:]) * blocks[:, 192:208].view(np.int8).astype(np.float32)  # [n, 16]
    groups = weights.reshape(-1, 16, 16)  # [n, 16, 16]
    groups *= scales[:, :, None]


def _unpack_nibble_groups(part: np.ndarray, weights: np.ndarray) -> None:
    """Give the low halves of 32 bytes to one group and the high halves to the next."""
    q = part.reshape(-1, 4, 32)  # [n, 4, 32]
    pairs = weights.reshape(-1, 4, 2, 32)  # [n, 4, 2, 32]
    pairs[:, :, 0] = q & 15
    pairs[:, :, 1] = q >> 4


def _scale_and_shift(blocks: np.ndarray, weights: np.ndarray) -> None:
    """The first four groups have their six bits in one byte of the first or second four; the others find four bits in a
    byte of the last four, and the upper two where those bytes have room."""
    first, second, last = (blocks[:, start : start + 4] for start in (4, 8, 12))  # [n, 4] each
    scales = np.concatenate([first & 63, last & 15 | first >> 6 << 4], axis=1)  # [n, 8]
    minima = np.concatenate([second & 63, last >> 4 | second >> 6 << 4], axis=1)  # [n, 8]
    groups = weights.reshape(-1, 8, 32)  # [n, 8, 32]
    groups *= (halves(blocks[:, :2]) * scales)[:, :, None]
    groups -= (halves(blocks[:, 2:4]) * minima)[:, :, None]
