"""How GGUF files store weights, and how to turn them back into float32.

A quantised row is cut into blocks. A block holds one or two float16 numbers and one small integer a weight.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

# Blocks are worked on a few at a time, so that a chunk is still in the processor's cache when its next step begins.
_CHUNK_WEIGHTS = 128 * 1024


class QuantType(NamedTuple):
    """One way to store weights.

    Args:
        name: The name in ggml, such as ``Q4_1``.
        block_size: Weights in a block.
        block_bytes: Bytes in a block.
        unpack: Writes the weights of ``blocks``, uint8 ``[n, block_bytes]``, to float32 ``[n, block_size]``.
    """

    name: str
    block_size: int
    block_bytes: int
    unpack: Callable[[np.ndarray, np.ndarray], None]


def dequantize(raw: np.ndarray, type_name: str) -> np.ndarray:
    """Turn the stored bytes of a tensor into its weights.

    Args:
        raw: uint8 ``[n * block_bytes]``: whole blocks, one after the other.
        type_name: A name in ``QUANT_TYPES``, such as ``Q4_1``.

    Returns:
        float32 ``[n * block_size]``.

    Raises:
        ValueError: The type is unknown, or the bytes are not whole blocks.

    Example:
        >>> scale = np.array([0.5], np.float16).view(np.uint8)  # 2 bytes, then 32 signed bytes
        >>> dequantize(np.concatenate([scale, np.arange(32, dtype=np.uint8)]), "Q8_0")[:4]
        array([0. , 0.5, 1. , 1.5], dtype=float32)
    """
    if type_name not in QUANT_TYPES:
        raise ValueError(f"type_name: got {type_name!r}, allowed {', '.join(QUANT_TYPES)}")
    quant = QUANT_TYPES[type_name]
    if raw.dtype != np.uint8 or raw.ndim != 1 or raw.size % quant.block_bytes:
        rule = f"uint8 [n * {quant.block_bytes}] for {type_name}"
        raise ValueError(f"raw: got {raw.dtype} {list(raw.shape)}, allowed {rule}")
    blocks = raw.reshape(-1, quant.block_bytes)
    weights = np.empty((len(blocks), quant.block_size), np.float32)
    step = _CHUNK_WEIGHTS // quant.block_size
    with np.errstate(over="ignore", invalid="ignore"):  # an infinite scale gives infinite weights: no warning for it
        for start in range(0, len(blocks), step):
            quant.unpack(blocks[start : start + step], weights[start : start + step])
    return weights.reshape(-1)


# The layouts of blocks. Source: ggml, `ggml-common.h` (the structs) and `ggml-quants.c` (`dequantize_row_*`).


def unpack_f32(blocks: np.ndarray, weights: np.ndarray) -> None:
    """F32: 4 bytes, the float32 itself."""
    weights[:] = blocks.view("<f4")


def unpack_f16(blocks: np.ndarray, weights: np.ndarray) -> None:
    """F16: 2 bytes, a float16."""
    weights[:] = blocks.view("<f2")


def unpack_bf16(blocks: np.ndarray, weights: np.ndarray) -> None:
    """BF16: 2 bytes, the upper half of a float32."""
    np.left_shift(blocks.view("<u2"), 16, out=weights.view(np.uint32), dtype=np.uint32)


def unpack_q4_0(blocks: np.ndarray, weights: np.ndarray) -> None:
    """Q4_0: float16 ``d``, then 16 bytes of 4-bit ``q``; a weight is ``d * (q - 8)``.

    The low halves of the 16 bytes are weights 0 to 15, the high halves weights 16 to 31.
    """
    _unpack_nibbles(blocks[:, 2:], weights)
    weights -= 8
    weights *= _halves(blocks[:, :2])


def unpack_q4_1(blocks: np.ndarray, weights: np.ndarray) -> None:
    """Q4_1: float16 ``d``, float16 ``m``, then 16 bytes of 4-bit ``q`` as in Q4_0; a weight is ``d * q + m``."""
    _unpack_nibbles(blocks[:, 4:], weights)
    scales = _halves(blocks[:, :4])
    weights *= scales[:, :1]
    weights += scales[:, 1:]


def unpack_q8_0(blocks: np.ndarray, weights: np.ndarray) -> None:
    """Q8_0: float16 ``d``, then 32 signed bytes ``q``; a weight is ``d * q``."""
    weights[:] = blocks[:, 2:].view(np.int8)
    weights *= _halves(blocks[:, :2])


def _halves(part: np.ndarray) -> np.ndarray:
    return part.copy().view("<f2").astype(np.float32)


def _unpack_nibbles(part: np.ndarray, weights: np.ndarray) -> None:
    weights[:, :16] = part & 15
    weights[:, 16:] = part >> 4


QUANT_TYPES: dict[str, QuantType] = {
    quant.name: quant
    for quant in (
        QuantType("F32", 1, 4, unpack_f32),
        QuantType("F16", 1, 2, unpack_f16),
        QuantType("BF16", 1, 2, unpack_bf16),
        QuantType("Q4_0", 32, 18, unpack_q4_0),
        QuantType("Q4_1", 32, 20, unpack_q4_1),
        QuantType("Q8_0", 32, 34, unpack_q8_0),
    )
}
