"""A few vectors times weight matrices: each weight is read once, straight ahead, and used for all vectors.

The time is that of reading the weights, so a kernel has to keep up with memory and nothing more.
"""

from __future__ import annotations

import numpy as np
from numba import carray

from lessons_lib.compiling import compiled
from lessons_lib.compiling.atomics import address, keep, pointer
from lessons_lib.compiling.team import HELPERS, piece, share
from lessons_lib.products.integer_dot import LANES, dot_int4, dot_int8, dots_int4, dots_int8
from lessons_lib.products.matrix import (
    ANY_ORDER,
    BIAS,
    FLOAT32,
    GROUP_SIZE,
    INT8,
    KIND,
    ROWS,
    WEIGHTS,
    array_at,
    parts_of,
    round_to_16_bits,
)

FEW = 8  # vectors; more are faster by `many`, where the weights are quantised
TOGETHER = 4  # vectors that share one reading of a row
WEIGHTS_AT_ONCE = 2**17  # that one piece of work reads, or a little more


@compiled(fastmath=ANY_ORDER, error_model="numpy", nogil=True)
def multiply(matrices, x, out, board, function):
    """`out[:, a:b] = x @ W.T + bias` for each of the matrices [M, 8], their results side by side.

    x [N, C], out [N, all rows]. Quantised weights meet x in whole numbers of 16 bits, each run of 32 with its scale.
    board: as in `share`; function: the address of `multiply_piece`.
    """
    (n, columns), rows = x.shape, matrices[:, ROWS].sum()
    whole = matrices[0, KIND] != FLOAT32
    x16 = np.empty((n, columns if whole else 0), np.int16)
    steps = np.empty((n, columns // LANES if whole else 0), np.float32)
    totals = np.empty_like(steps)
    if whole:
        round_to_16_bits(x, x16, steps, totals)
    pieces = min(rows, max(rows * columns // WEIGHTS_AT_ONCE, 1 + board[HELPERS]))
    job = np.array([n, columns, len(matrices), rows, pieces, 0, 0, 0, 0, 0, 0])
    job[5:8] = address(matrices), address(x), address(out)
    job[8:] = address(x16), address(steps), address(totals)
    share(board, function, address(job), pieces)
    keep(job, matrices, x, out, x16, steps, totals)


@piece(fastmath=ANY_ORDER, error_model="numpy")
def multiply_piece(job, i):
    """Some of all rows of the matrices, those of piece number `i`."""
    numbers = carray(pointer(job), (11,), np.int64)
    n, columns, count, total, pieces = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4]
    matrices = carray(pointer(numbers[5]), (count, 8), np.int64)
    x, out = array_at(numbers[6], (n, columns)), array_at(numbers[7], (n, total))
    x16 = carray(pointer(numbers[8]), (n, columns), np.int16)
    steps, totals = array_at(numbers[9], (n, columns // LANES)), array_at(numbers[10], (n, columns // LANES))
    start, stop = i * total // pieces, (i + 1) * total // pieces
    first = 0
    for m in range(count):
        matrix, rows = matrices[m], matrices[m, ROWS]
        a, b = max(start - first, 0), min(stop - first, rows)
        if a < b:
            if matrix[KIND] == FLOAT32:
                _float_rows(matrix, x, out, first, a, b)
            else:
                _whole_rows(matrix, x16, steps, totals, out, first, a, b)
            if matrix[BIAS]:
                bias = array_at(matrix[BIAS], (rows,))
                for t in range(n):
                    for row in range(a, b):
                        out[t, first + row] += bias[row]
        first += rows


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def _float_rows(matrix, x, out, first, a, b):
    """Rows a to b of a float32 matrix, `TOGETHER` vectors at a time."""
    n, columns = x.shape
    weights = array_at(matrix[WEIGHTS], (matrix[ROWS], columns))
    for row in range(a, b):
        w = weights[row]
        for t in range(0, n - TOGETHER + 1, TOGETHER):
            x0, x1, x2, x3 = x[t], x[t + 1], x[t + 2], x[t + 3]
            y0 = y1 = y2 = y3 = np.float32(0)
            for j in range(columns):
                y0 += w[j] * x0[j]
                y1 += w[j] * x1[j]
                y2 += w[j] * x2[j]
                y3 += w[j] * x3[j]
            out[t, first + row], out[t + 1, first + row] = y0, y1
            out[t + 2, first + row], out[t + 3, first + row] = y2, y3
        for t in range(n - n % TOGETHER, n):
            x0, y0 = x[t], np.float32(0)
            for j in range(columns):
                y0 += w[j] * x0[j]
            out[t, first + row] = y0


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def _whole_rows(matrix, x16, steps, totals, out, first, a, b):
    """Rows a to b of a quantised matrix: sums of whole numbers, run by run, times both scales."""
    n, kind, shift = len(x16), matrix[KIND], 0
    while LANES << shift < matrix[GROUP_SIZE]:
        shift += 1
    parts = parts_of(matrix)
    for row in range(a, b):
        for t in range(0, n - TOGETHER + 1, TOGETHER):
            if kind == INT8:
                dots_int8(parts, x16, steps, totals, row, shift, t, out, first + row)
            else:
                dots_int4(parts, x16, steps, totals, row, shift, t, out, first + row)
        for t in range(n - n % TOGETHER, n):
            if kind == INT8:
                dot_int8(parts, x16, steps, totals, row, shift, t, out, first + row)
            else:
                dot_int4(parts, x16, steps, totals, row, shift, t, out, first + row)
