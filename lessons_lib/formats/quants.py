"""How GGUF files store weights, and how to turn them into float32 and back.

A quantised row is cut into blocks. A block holds one or two float16 numbers and one small integer a weight.
"""

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from lessons_lib.formats import quant_blocks as plain
from lessons_lib.formats import quant_superblocks as nested

# Blocks are worked on a few at a time, so that a chunk is still in the processor's cache when its next step begins.
_CHUNK_WEIGHTS = 128 * 1024

_LARGEST_HALF = 65504.0


class QuantType(NamedTuple):
    """One way to store weights.

    Args:
        name: the name in ggml, such as `Q4_1`.
        block_size: weights in a block.
        block_bytes: bytes in a block.
        unpack: writes the weights of `blocks`, uint8 `[n, block_bytes]`, to float32 `[n, block_size]`.
        pack: writes `weights`, float32 `[n, block_size]`, to blocks. None for a type that is only read.
        largest: the largest weight, sign aside, that `pack` can store.
    """

    name: str
    block_size: int
    block_bytes: int
    unpack: Callable[[np.ndarray, np.ndarray], None]
    pack: Callable[[np.ndarray, np.ndarray], None] | None = None
    largest: float = _LARGEST_HALF


QUANT_TYPES: dict[str, QuantType] = {
    quant.name: quant
    for quant in (
        QuantType("F32", 1, 4, plain.unpack_f32, plain.pack_f32, math.inf),
        QuantType("F16", 1, 2, plain.unpack_f16, plain.pack_f16),
        QuantType("BF16", 1, 2, plain.unpack_bf16, plain.pack_bf16, math.inf),
        QuantType("Q4_0", 32, 18, plain.unpack_q4_0, plain.pack_q4_0),
        QuantType("Q4_1", 32, 20, plain.unpack_q4_1, plain.pack_q4_1),
        QuantType("Q5_0", 32, 22, plain.unpack_q5_0),
        QuantType("Q5_1", 32, 24, plain.unpack_q5_1),
        QuantType("Q8_0", 32, 34, plain.unpack_q8_0, plain.pack_q8_0),
        QuantType("MXFP4", 32, 17, plain.unpack_mxfp4),
        QuantType("Q4_K", 256, 144, nested.unpack_q4_k),
        QuantType("Q5_K", 256, 176, nested.unpack_q5_k),
        QuantType("Q6_K", 256, 210, nested.unpack_q6_k),
    )
}


def unpack(raw: np.ndarray, type_name: str) -> np.ndarray:
    """Turn the stored bytes of a tensor into its weights.

    Args:
        raw: uint8 `[n * block_bytes]`: whole blocks, one after the other.
        type_name: a name in `QUANT_TYPES`, such as `Q4_1`.

    Returns:
        float32 `[n * block_size]`.

    Raises:
        ValueError: the type is unknown, or the bytes are not whole blocks.

    Example:
        >>> scale = np.array([0.5], np.float16).view(np.uint8)  # 2 bytes, then 32 signed bytes
        >>> unpack(np.concatenate([scale, np.arange(32, dtype=np.uint8)]), "Q8_0")[:4]
        array([0. , 0.5, 1. , 1.5], dtype=float32)
    """
    quant = _quant_type(type_name)
    blocks = _rows("raw", raw, np.uint8, quant.block_bytes, type_name)  # [n, block_bytes]
    weights = np.empty((len(blocks), quant.block_size), np.float32)
    with np.errstate(over="ignore", invalid="ignore"):  # an infinite scale gives infinite weights: no warning for it
        for chunk in _chunks(len(blocks), quant):
            quant.unpack(blocks[chunk], weights[chunk])
    return weights.reshape(-1)


def pack(weights: np.ndarray, type_name: str) -> np.ndarray:
    """Turn the weights of a tensor into the bytes that a file stores, each weight rounded to the nearest level.

    Args:
        weights: float32 `[n * block_size]`.
        type_name: a name in `QUANT_TYPES` whose type can be written: F32, F16, BF16, Q4_0, Q4_1 or Q8_0.

    Returns:
        uint8 `[n * block_bytes]`.

    Raises:
        ValueError: the type is unknown or only read, the weights are not whole blocks, or one of them is NaN or beyond
            what float16, the type of the scales, can hold.

    Example:
        >>> raw = pack(np.linspace(-4, 3.75, 32, dtype=np.float32), "Q4_0")
        >>> len(raw), unpack(raw, "Q4_0")[::8]
        (18, array([-4., -2.,  0.,  2.], dtype=float32))

    Source: ggml, `ggml-quants.c` (`quantize_row_*_ref`).
    """
    quant = _quant_type(type_name)
    if quant.pack is None:
        writable = ", ".join(name for name, other in QUANT_TYPES.items() if other.pack)
        raise ValueError(f"type_name: got {type_name!r}, which is only read, allowed {writable}")
    rows = _rows("weights", weights, np.float32, quant.block_size, type_name)  # [n, block_size]
    blocks = np.empty((len(rows), quant.block_bytes), np.uint8)
    for chunk in _chunks(len(rows), quant):
        for worst in (rows[chunk].min(), rows[chunk].max()):
            if not abs(worst) <= quant.largest:
                rule = f"numbers from -{quant.largest} to {quant.largest} for {type_name}"
                raise ValueError(f"weights: got {worst}, allowed {rule}")
        quant.pack(rows[chunk], blocks[chunk])
    return blocks.reshape(-1)


def _quant_type(type_name: str) -> QuantType:
    if type_name not in QUANT_TYPES:
        raise ValueError(f"type_name: got {type_name!r}, allowed {', '.join(QUANT_TYPES)}")
    return QUANT_TYPES[type_name]


def _rows(name: str, values: np.ndarray, dtype: type, width: int, type_name: str) -> np.ndarray:
    if values.dtype != dtype or values.ndim != 1 or values.size % width:
        rule = f"{np.dtype(dtype)} [n * {width}] for {type_name}"
        raise ValueError(f"{name}: got {values.dtype} {list(values.shape)}, allowed {rule}")
    return values.reshape(-1, width)


def _chunks(count: int, quant: QuantType) -> list[slice]:
    step = _CHUNK_WEIGHTS // quant.block_size
    return [slice(start, start + step) for start in range(0, count, step)]
