"""Many vectors times one quantised matrix, in whole numbers and without a float32 copy of the matrix.

Arithmetic sets the pace here, and numbers of 16 bits are multiplied twice as fast as float32 or more. Some rows at
a time are unpacked into a panel (see `panel_dot`) that all vectors meet before the next rows come.
"""

from __future__ import annotations

import numpy as np
from numba import carray

from lessons_lib.compiling import compiled
from lessons_lib.compiling.atomics import address, keep, pointer
from lessons_lib.compiling.team import HELPERS, helped, piece, share
from lessons_lib.products.integer_dot import small_float
from lessons_lib.products.matrix import (
    ANY_ORDER,
    COLUMNS,
    GROUP_SIZE,
    INT8,
    KIND,
    ROWS,
    Matrix,
    array_at,
    parts_of,
    round_to_16_bits,
)
from lessons_lib.products.multiply import FEW, multiply, multiply_piece
from lessons_lib.products.panel_dot import BLOCK, LANES, RUN, dot_4, dot_8, dots_4, dots_8, unpack_4, unpack_8

ROUNDED_AT_ONCE = 16  # vectors


def product(x: np.ndarray, matrix: Matrix, threads: int) -> np.ndarray:
    """Return `x @ W.T`, without the bias.

    Args:
        x: float32 [N, C].
        matrix: quantised, of at least `LANES` rows; what its addresses name must be kept by the caller.
        threads: at most so many work on it.

    Returns:
        float32 [N, R]. Each run of 32 numbers of `x` is rounded to 16 bits, as in the decode step.
    """
    out, matrices = np.empty((len(x), matrix.rows), np.float32), np.array([matrix])
    with helped(threads) as board:
        if len(x) <= FEW:
            multiply(matrices, x, out, board, multiply_piece.address)
        else:
            multiply_many(matrices[0], x, out, board, round_piece.address, panel_piece.address)
    return out


@compiled(fastmath=ANY_ORDER, error_model="numpy", nogil=True)
def multiply_many(matrix, x, out, board, round_function, panel_function):
    """`out = x @ W.T`; x [N, C], out [N, R]."""
    n, columns = x.shape
    x16 = np.empty((n, columns), np.int16)
    steps, totals = np.empty((n, columns // RUN), np.float32), np.empty((n, columns // RUN), np.float32)
    panels = (matrix[ROWS] + LANES - 1) // LANES
    pieces = min(panels, 8 * (1 + board[HELPERS]))
    job = np.array([n, columns, pieces, 0, 0, 0, 0, 0, 0])
    job[3:6] = address(matrix), address(x), address(out)
    job[6:] = address(x16), address(steps), address(totals)
    share(board, round_function, address(job), (n + ROUNDED_AT_ONCE - 1) // ROUNDED_AT_ONCE)
    share(board, panel_function, address(job), pieces)
    keep(job, matrix, x, out, x16, steps, totals)


@compiled(inline="always")
def _unfold(job):
    """What `multiply_many` describes: the matrix, x, out, x16, steps and totals."""
    numbers = carray(pointer(job), (9,), np.int64)
    n, columns = numbers[0], numbers[1]
    matrix = carray(pointer(numbers[3]), (8,), np.int64)
    x, out = array_at(numbers[4], (n, columns)), array_at(numbers[5], (n, matrix[ROWS]))
    x16 = carray(pointer(numbers[6]), (n, columns), np.int16)
    return matrix, x, out, x16, array_at(numbers[7], (n, columns // RUN)), array_at(numbers[8], (n, columns // RUN))


@piece(fastmath=ANY_ORDER, error_model="numpy")
def round_piece(job, i):
    """Some of the vectors as whole numbers."""
    _, x, _, x16, steps, totals = _unfold(job)
    a, b = i * ROUNDED_AT_ONCE, min((i + 1) * ROUNDED_AT_ONCE, len(x))
    round_to_16_bits(x[a:b], x16[a:b], steps[a:b], totals[a:b])


@piece(fastmath=ANY_ORDER, error_model="numpy")
def panel_piece(job, i):
    """Some panels, with all vectors. The last panel reaches back where rows are missing, and gives the same again."""
    matrix, _, out, x16, steps, totals = _unfold(job)
    pieces = carray(pointer(job), (3,), np.int64)[2]
    (n, columns), rows = x16.shape, matrix[ROWS]
    panel = np.empty((columns // 2, LANES, 2), np.int16)
    scales, minima = np.empty((columns // RUN, LANES), np.float32), np.empty((columns // RUN, LANES), np.float32)
    panels = (rows + LANES - 1) // LANES
    for p in range(i * panels // pieces, (i + 1) * panels // pieces):
        first = min(p * LANES, rows - LANES)
        _unpack(matrix, first, panel, scales, minima)
        for t in range(0, n - BLOCK + 1, BLOCK):
            if matrix[KIND] == INT8:
                dots_8(panel, scales, minima, x16, steps, totals, t, out, first)
            else:
                dots_4(panel, scales, minima, x16, steps, totals, t, out, first)
        for t in range(n - n % BLOCK, n):
            if matrix[KIND] == INT8:
                dot_8(panel, scales, minima, x16, steps, totals, t, out, first)
            else:
                dot_4(panel, scales, minima, x16, steps, totals, t, out, first)


@compiled(error_model="numpy")
def _unpack(matrix, first, panel, scales, minima):
    """Rows from `first` on as a panel, with the scale and minimum of each row for each run of 32."""
    weights, scale, minimum = parts_of(matrix)
    runs, runs_in_group = matrix[COLUMNS] // RUN, matrix[GROUP_SIZE] // RUN
    for run in range(runs):
        for lane in range(LANES):
            group = (first + lane) * (runs // runs_in_group) + run // runs_in_group
            scales[run, lane] = small_float(scale[group])
            if matrix[KIND] != INT8:
                minima[run, lane] = small_float(minimum[group])
    if matrix[KIND] == INT8:
        unpack_8(weights, first, panel)
    else:
        unpack_4(weights, first, panel)
