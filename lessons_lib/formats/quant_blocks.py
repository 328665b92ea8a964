"""The plain layouts of GGUF: floats, and blocks of 32 weights that share a scale.

Each `unpack` turns blocks, uint8 [n, bytes], into weights, float32 [n, 32], or [n, 1] where a block is one number; each
`pack` does the reverse. Source: ggml, `ggml-common.h` (the structs), `ggml-quants.c` (the loops).
"""

import numpy as np

# Floats


def unpack_f32(blocks: np.ndarray, weights: np.ndarray) -> None:
    """F32: 4 bytes, the float32 itself."""
    weights[:] = blocks.view("<f4")


def pack_f32(weights: np.ndarray, blocks: np.ndarray) -> None:
    blocks.view("<f4")[:] = weights


def unpack_f16(blocks: np.ndarray, weights: np.ndarray) -> None:
    """F16: 2 bytes, a float16."""
    weights[:] = blocks.view("<f2")


def pack_f16(weights: np.ndarray, blocks: np.ndarray) -> None:
    blocks.view("<f2")[:] = weights


def unpack_bf16(blocks: np.ndarray, weights: np.ndarray) -> None:
    """BF16: 2 bytes, the upper half of a float32."""
    np.left_shift(blocks.view("<u2"), 16, out=weights.view(np.uint32), dtype=np.uint32)


def pack_bf16(weights: np.ndarray, blocks: np.ndarray) -> None:
    bits = weights.view(np.uint32)
    blocks.view("<u2")[:] = (bits + 0x7FFF + (bits >> 16 & 1)) >> 16  # to the nearest, and to the even one of two


# Blocks whose weights lie on both sides of zero: a scale


def unpack_q8_0(blocks: np.ndarray, weights: np.ndarray) -> None:
    """Q8_0: float16 `d`, then 32 signed bytes `q`; a weight is `d * q`."""
    weights[:] = blocks[:, 2:].view(np.int8)
    weights *= halves(blocks[:, :2])


def pack_q8_0(weights: np.ndarray, blocks: np.ndarray) -> None:
    scale = np.abs(weights).max(axis=1, keepdims=True) / 127  # [n, 1]
    levels = weights * _inverse(scale)
    whole = np.trunc(levels)
    whole += np.trunc(2 * (levels - whole))  # ggml rounds a half away from zero, numpy's round to the even number
    blocks[:, :2] = _half_bytes(scale)
    blocks[:, 2:].view(np.int8)[:] = whole


def unpack_q4_0(blocks: np.ndarray, weights: np.ndarray) -> None:
    """Q4_0: float16 `d`, then 16 bytes of 4-bit `q`; a weight is `d * (q - 8)`.

    The low halves of the 16 bytes are weights 0 to 15, the high halves weights 16 to 31.
    """
    _unpack_nibbles(blocks[:, 2:], weights)
    weights -= 8
    weights *= halves(blocks[:, :2])


def pack_q4_0(weights: np.ndarray, blocks: np.ndarray) -> None:
    farthest = np.abs(weights).argmax(axis=1)[:, None]  # [n, 1]
    scale = np.take_along_axis(weights, farthest, axis=1) / -8  # [n, 1]: the farthest becomes level 0, which is -8
    blocks[:, :2] = _half_bytes(scale)
    _pack_nibbles(weights * _inverse(scale) + np.float32(8.5), blocks[:, 2:])


def unpack_q5_0(blocks: np.ndarray, weights: np.ndarray) -> None:
    """Q5_0: float16 `d`, 4 bytes with the highest bit of each 5-bit `q`, 16 bytes with the other four as in Q4_0.

    A weight is `d * (q - 16)`.
    """
    _unpack_five_bits(blocks[:, 2:], weights)
    weights -= 16
    weights *= halves(blocks[:, :2])


# Blocks whose weights lie anywhere: a scale and a minimum


def unpack_q4_1(blocks: np.ndarray, weights: np.ndarray) -> None:
    """Q4_1: float16 `d`, float16 `m`, then 16 bytes of 4-bit `q` as in Q4_0; a weight is `d * q + m`."""
    _unpack_nibbles(blocks[:, 4:], weights)
    _scale_and_shift(blocks, weights)


def pack_q4_1(weights: np.ndarray, blocks: np.ndarray) -> None:
    minimum = weights.min(axis=1, keepdims=True)  # [n, 1]
    scale = (weights.max(axis=1, keepdims=True) - minimum) / 15  # [n, 1]
    blocks[:, :4] = _half_bytes(np.concatenate([scale, minimum], axis=1))
    _pack_nibbles((weights - minimum) * _inverse(scale) + np.float32(0.5), blocks[:, 4:])


def unpack_q5_1(blocks: np.ndarray, weights: np.ndarray) -> None:
    """Q5_1: float16 `d`, float16 `m`, then 4 and 16 bytes of 5-bit `q` as in Q5_0; a weight is `d * q + m`."""
    _unpack_five_bits(blocks[:, 4:], weights)
    _scale_and_shift(blocks, weights)


# Blocks of small floats that share an exponent

_HALF_STEPS = np.array([0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12], np.float32)


def unpack_mxfp4(blocks: np.ndarray, weights: np.ndarray) -> None:
    """MXFP4: a byte `e`, then 16 bytes of 4-bit floats as in Q4_0; a weight is the float times `2^(e - 127)`.

    The table holds the floats twice as large, so that all are whole numbers.
    """
    _unpack_nibbles(blocks[:, 1:], weights)
    weights[:] = _HALF_STEPS[weights.astype(np.uint8)]
    weights *= np.ldexp(np.float32(1), blocks[:, :1].astype(np.int32) - 128)


# What they share


def halves(part: np.ndarray) -> np.ndarray:
    """Read float16 numbers, uint8 `[n, 2k]`, as float32 `[n, k]`."""
    return part.copy().view("<f2").astype(np.float32)


def _half_bytes(numbers: np.ndarray) -> np.ndarray:
    return numbers.astype("<f2").view(np.uint8)  # [n, 2k]


def _inverse(scale: np.ndarray) -> np.ndarray:
    """1 / scale, and 0 where that has no end: such a scale is 0 as a float16, whatever the levels."""
    with np.errstate(divide="ignore", over="ignore"):
        inverse = 1 / scale
    return np.where(np.isfinite(inverse), inverse, np.float32(0))


def _unpack_nibbles(part: np.ndarray, weights: np.ndarray) -> None:
    weights[:, :16] = part & 15
    weights[:, 16:] = part >> 4


def _pack_nibbles(levels: np.ndarray, part: np.ndarray) -> None:
    whole = np.minimum(levels, 15).astype(np.uint8)  # the sign of the farthest may put its opposite at level 16
    part[:] = whole[:, :16] | whole[:, 16:] << 4


def _unpack_five_bits(part: np.ndarray, weights: np.ndarray) -> None:
    _unpack_nibbles(part[:, 4:], weights)
    weights += np.unpackbits(part[:, :4], axis=1, bitorder="little") * np.uint8(16)  # [n, 32]


def _scale_and_shift(blocks: np.ndarray, weights: np.ndarray) -> None:
    scale, minimum = np.split(halves(blocks[:, :4]), 2, axis=1)  # [n, 1] each
    weights *= scale
    weights += minimum
