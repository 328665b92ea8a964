"""Matrices for compiled code: a row of whole numbers says where the weights stand and how they are stored."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import carray

from lessons_lib.compiling import compiled
from lessons_lib.compiling.atomics import pointer
from lessons_lib.products.integer_dot import HALF, LANES

FLOAT32, INT8, INT4 = 0, 1, 2  # kinds of matrices
ANY_ORDER = {"reassoc", "contract", "arcp", "afn", "nsz"}  # of sums; a NaN stays a NaN, and is found at the end


class Matrix(NamedTuple):
    """A matrix [rows, columns] for compiled code, as whole numbers: addresses where its parts stand, 0 for none.

    With an adapter of some rank, `x @ down.T @ up` is added: down [rank, columns], up [rank, rows].
    """

    kind: int
    rows: int
    columns: int
    group_size: int
    weights: int
    scale: int
    minimum: int
    bias: int
    rank: int = 0
    down: int = 0
    up: int = 0


NO_MATRIX = Matrix(FLOAT32, 0, 0, 0, 0, 0, 0, 0)
KIND, ROWS, COLUMNS, GROUP_SIZE, WEIGHTS, SCALE, MINIMUM, BIAS, RANK, DOWN, UP = range(11)  # of a `Matrix` in an array


@compiled(inline="always")
def array_at(address, shape):
    """The float32 array of a shape that stands at an address."""
    return carray(pointer(address), shape, np.float32)


@compiled(inline="always")
def parts_of(matrix):
    """The weights of a quantised matrix as bytes, its scales and its minima as the bits of float16, all flat."""
    weights, groups = matrix[ROWS] * matrix[COLUMNS], matrix[ROWS] * matrix[COLUMNS] // matrix[GROUP_SIZE]
    return (
        carray(pointer(matrix[WEIGHTS]), (weights if matrix[KIND] == INT8 else weights // 2,), np.uint8),
        carray(pointer(matrix[SCALE]), (groups,), np.uint16),
        carray(pointer(matrix[MINIMUM]), (groups,), np.uint16),  # not there, and not read, with 8 bits
    )


@compiled()
def look_up(matrix, rows, out):
    """Rows of a matrix, as float32: what an embedding does. rows [N], out [N, C]."""
    for i in range(len(rows)):
        if matrix[KIND] == FLOAT32:
            out[i] = array_at(matrix[WEIGHTS], (matrix[ROWS], matrix[COLUMNS]))[rows[i]]
        else:
            _unpack(matrix, rows[i], out[i])


@compiled()
def _unpack(matrix, row, out):
    """One row of a quantised matrix as float32 [C]."""
    columns, group_size = matrix[COLUMNS], matrix[GROUP_SIZE]
    groups = columns // group_size
    scales, minima = halves(matrix[SCALE], row, groups), halves(matrix[MINIMUM], row, groups)
    if matrix[KIND] == INT8:
        small = carray(pointer(matrix[WEIGHTS]), (matrix[ROWS], columns), np.int8)[row]
        for j in range(columns):
            out[j] = small[j] * scales[j // group_size]
        return
    pairs = carray(pointer(matrix[WEIGHTS]), (matrix[ROWS], columns // LANES, LANES // 2), np.uint8)[row]
    for j in range(columns):
        pair = pairs[j // LANES, j % (LANES // 2)]
        q = pair & 15 if j % LANES < LANES // 2 else pair >> 4
        out[j] = q * scales[j // group_size] + minima[j // group_size]


@compiled()
def halves(address, row, count):
    """A row of float16 numbers, at an address or at none, as float32."""
    bits = np.zeros(count, np.uint32)
    if address:
        halves = carray(pointer(address + 2 * row * count), (count,), np.uint16)
        for g in range(count):  # a half's bits, moved, are those of a float32 that is `HALF` times too small
            bits[g] = (np.uint32(halves[g] & 0x8000) << 16) | (np.uint32(halves[g] & 0x7FFF) << 13)
    return bits.view(np.float32) * np.float32(HALF)


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def round_to_16_bits(x, x16, steps, totals):
    """Each run of 32 numbers as whole numbers of 16 bits and a step, and their sum; both as `integer_dot` wants them.

    The sum is that of the rounded numbers, so that it meets the minima with the errors with which they meet the rest.
    """
    magnitudes = x.view(np.int32)  # but for the sign, bits are in the order of the numbers, with NaN above all
    for t in range(len(x)):
        for g in range(steps.shape[1]):
            first, top, total = g * LANES, np.int32(0), np.int32(0)
            for j in range(LANES):
                top = max(top, magnitudes[t, first + j] & np.int32(0x7FFFFFFF))
            largest = np.int32(top).view(np.float32)
            factor = np.float32(32767) / largest if largest > 0 else np.float32(0)
            for j in range(LANES):
                number = np.int32(np.rint(x[t, first + j] * factor))
                x16[t, first + j] = np.int16(number)
                total += number
            steps[t, g] = largest * np.float32(HALF / 32767)
            totals[t, g] = steps[t, g] * np.float32(total)
