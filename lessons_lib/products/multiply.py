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
    DOWN,
    FLOAT32,
    GROUP_SIZE,
    INT8,
    KIND,
    RANK,
    ROWS,
    UP,
    WEIGHTS,
    Matrix,
    array_at,
    parts_of,
    round_to_16_bits,
)

FEW = 8  # vectors; more are faster by `many`, where the weights are quantised
TOGETHER = 4  # vectors that share one reading of a row, and float32 rows that share one reading of a vector
WEIGHTS_AT_ONCE = 2**17  # that one piece of work reads, or a little more
_NUMBERS = len(Matrix._fields)


@compiled(fastmath=ANY_ORDER, error_model="numpy", nogil=True)
def multiply(matrices, x, out, board, function):
    """`out[:, a:b] = x @ W.T + bias + adapter` for each of the matrices [M, 11], their results side by side.

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
    ranks, rank = matrices[:, RANK].sum(), 0
    narrow = np.empty((n, ranks), np.float32)
    for m in range(len(matrices)):
        down = array_at(matrices[m, DOWN], (matrices[m, RANK], columns))
        _float_rows(down, x, narrow, rank, 0, len(down))
        rank += len(down)
    pieces = min(rows, max(rows * columns // WEIGHTS_AT_ONCE, 1 + board[HELPERS]))
    job = np.array([n, columns, len(matrices), rows, pieces, ranks, 0, 0, 0, 0, 0, 0, 0])
    job[6:9] = address(matrices), address(x), address(out)
    job[9:] = address(x16), address(steps), address(totals), address(narrow)
    share(board, function, address(job), pieces)
    keep(job, matrices, x, out, x16, steps, totals, narrow)


@piece(fastmath=ANY_ORDER, error_model="numpy")
def multiply_piece(job, i):
    """Some of all rows of the matrices, those of piece number `i`."""
    numbers = carray(pointer(job), (13,), np.int64)
    n, columns, count, total, pieces, ranks = numbers[:6]
    matrices = carray(pointer(numbers[6]), (count, _NUMBERS), np.int64)
    x, out = array_at(numbers[7], (n, columns)), array_at(numbers[8], (n, total))
    x16 = carray(pointer(numbers[9]), (n, columns), np.int16)
    steps, totals = array_at(numbers[10], (n, columns // LANES)), array_at(numbers[11], (n, columns // LANES))
    narrow = array_at(numbers[12], (n, ranks))
    start, stop = i * total // pieces, (i + 1) * total // pieces
    first = rank = 0
    for m in range(count):
        matrix, rows = matrices[m], matrices[m, ROWS]
        a, b = _bound(start - first, rows), _bound(stop - first, rows)
        if a < b:
            if matrix[KIND] == FLOAT32:
                _float_rows(array_at(matrix[WEIGHTS], (rows, columns)), x, out, first, a, b)
            else:
                _whole_rows(matrix, x16, steps, totals, out, first, a, b)
            if matrix[BIAS]:
                bias = array_at(matrix[BIAS], (rows,))
                for t in range(n):
                    for row in range(a, b):
                        out[t, first + row] += bias[row]
            up = array_at(matrix[UP], (matrix[RANK], rows))
            for t in range(n):
                for k in range(len(up)):
                    _add(up[k, a:b], narrow[t, rank + k], out[t, first + a : first + b])
        first += rows
        rank += matrix[RANK]


@compiled(inline="always")
def _bound(row, rows):
    """Where a piece begins or ends: between runs of `TOGETHER`, so that how a row is summed depends on no piece."""
    return min((max(row, 0) + TOGETHER - 1) // TOGETHER * TOGETHER, rows)


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def _float_rows(weights, x, out, first, a, b):
    """Rows a to b of a float32 matrix [R, C] times vectors [N, C], into columns from `first` on."""
    n = len(x)
    whole, full = b - (b - a) % TOGETHER, n - n % TOGETHER
    for row in range(a, whole, TOGETHER):
        for t in range(0, full, TOGETHER):
            _block(weights[row : row + TOGETHER], x[t : t + TOGETHER], out[t : t + TOGETHER, first + row :])
        for t in range(full, n):
            for r in range(row, row + TOGETHER):
                out[t, first + r] = _dot(weights[r], x[t])
    for row in range(whole, b):
        for t in range(n):
            out[t, first + row] = _dot(weights[row], x[t])


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def _dot(w, x):
    y = np.float32(0)
    for j in range(len(x)):
        y += w[j] * x[j]
    return y


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def _add(w, factor, out):
    for j in range(len(out)):
        out[j] += factor * w[j]


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def _block(w, x, out):
    """Four rows [4, C] times four vectors [4, C]: what is read is used four times, and sums wait for none other."""
    w0, w1, w2, w3 = w[0], w[1], w[2], w[3]
    x0, x1, x2, x3 = x[0], x[1], x[2], x[3]
    a0 = a1 = a2 = a3 = b0 = b1 = b2 = b3 = np.float32(0)
    c0 = c1 = c2 = c3 = d0 = d1 = d2 = d3 = np.float32(0)
    for j in range(len(x0)):
        a, b, c, d = w0[j], w1[j], w2[j], w3[j]
        a0, a1, a2, a3 = a0 + a * x0[j], a1 + a * x1[j], a2 + a * x2[j], a3 + a * x3[j]
        b0, b1, b2, b3 = b0 + b * x0[j], b1 + b * x1[j], b2 + b * x2[j], b3 + b * x3[j]
        c0, c1, c2, c3 = c0 + c * x0[j], c1 + c * x1[j], c2 + c * x2[j], c3 + c * x3[j]
        d0, d1, d2, d3 = d0 + d * x0[j], d1 + d * x1[j], d2 + d * x2[j], d3 + d * x3[j]
    out[0, 0], out[0, 1], out[0, 2], out[0, 3] = a0, b0, c0, d0
    out[1, 0], out[1, 1], out[1, 2], out[1, 3] = a1, b1, c1, d1
    out[2, 0], out[2, 1], out[2, 2], out[2, 3] = a2, b2, c2, d2
    out[3, 0], out[3, 1], out[3, 2], out[3, 3] = a3, b3, c3, d3


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
