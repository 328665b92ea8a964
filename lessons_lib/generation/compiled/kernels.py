"""The kernels of the compiled decode step: products of a few vectors with a matrix, norms, rotations and attention.

A few vectors against all weights: the time is that of reading the weights, so a kernel has to keep up with memory and
nothing more. Each weight is read once, straight ahead, and used for all vectors. Work is shared out by rows.

Vectors are [N, C]: N new tokens, of one text or of several.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import carray, njit, prange, types
from numba.extending import intrinsic

from lessons_lib.generation.compiled.integer_dot import HALF, LANES, dot_int4, dot_int8, dots_int4, dots_int8

FLOAT32, INT8, INT4 = 0, 1, 2  # kinds of matrices
ANY_ORDER = {"reassoc", "contract", "arcp", "afn", "nsz"}  # of sums; a NaN stays a NaN, and is found at the end
TOGETHER = 4  # vectors that share one reading of a row
KEYS_AT_ONCE = 512  # that one piece of attention reads


class Matrix(NamedTuple):
    """A matrix [rows, columns] for compiled code, as whole numbers: addresses where its parts stand, 0 for none."""

    kind: int
    rows: int
    columns: int
    group_size: int
    weights: int
    scale: int
    minimum: int
    bias: int


NO_MATRIX = Matrix(FLOAT32, 0, 0, 0, 0, 0, 0, 0)
KIND, ROWS, COLUMNS, GROUP_SIZE, WEIGHTS, SCALE, MINIMUM, BIAS = range(8)  # of a `Matrix` in an array


@intrinsic
def _pointer(typing_context, address):
    """An address as something that `carray` takes."""

    def generate(context, builder, signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(types.voidptr))

    return types.voidptr(address), generate


@njit(cache=True, inline="always")
def array_at(address, shape):
    """The float32 array of a shape that stands at an address."""
    return carray(_pointer(address), shape, np.float32)


@njit(cache=True)
def look_up(matrix, rows, out):
    """Rows of a matrix, as float32: what an embedding does. rows [N], out [N, C]."""
    for i in range(len(rows)):
        if matrix[KIND] == FLOAT32:
            out[i] = array_at(matrix[WEIGHTS], (matrix[ROWS], matrix[COLUMNS]))[rows[i]]
        else:
            _unpack(matrix, rows[i], out[i])


@njit(parallel=True, fastmath=ANY_ORDER, error_model="numpy", cache=True)
def multiply(matrices, x, out, threads):
    """`out[:, a:b] = x @ W.T + bias` for each of the matrices [M, 8], their results side by side.

    x [N, C], out [N, all rows]. Quantised weights meet x in whole numbers of 16 bits, each run of 32 with its scale.
    """
    n, columns = x.shape
    whole = matrices[0, KIND] != FLOAT32
    x16 = np.empty((n, columns if whole else 0), np.int16)
    steps = np.empty((n, columns // LANES if whole else 0), np.float32)
    totals = np.empty_like(steps)
    if whole:
        _round(x, x16, steps, totals)
    for thread in prange(threads):
        first = 0
        for i in range(len(matrices)):
            rows = matrices[i, ROWS]
            a, b = thread * rows // threads, (thread + 1) * rows // threads
            if matrices[i, KIND] == FLOAT32:
                _float_rows(matrices[i], x, out, first, a, b)
            else:
                _whole_rows(matrices[i], x16, steps, totals, out, first, a, b)
            if matrices[i, BIAS]:
                bias = array_at(matrices[i, BIAS], (rows,))
                for t in range(n):
                    for row in range(a, b):
                        out[t, first + row] += bias[row]
            first += rows


@njit(fastmath=ANY_ORDER, error_model="numpy", cache=True)
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


@njit(fastmath=ANY_ORDER, error_model="numpy", cache=True)
def _whole_rows(matrix, x16, steps, totals, out, first, a, b):
    """Rows a to b of a quantised matrix: sums of whole numbers, run by run, times both scales."""
    n, runs = steps.shape
    kind, rows, runs_in_group = matrix[KIND], matrix[ROWS], matrix[GROUP_SIZE] // LANES
    shift, groups = 0, rows * runs // runs_in_group
    while 1 << shift < runs_in_group:
        shift += 1
    parts = (
        carray(_pointer(matrix[WEIGHTS]), (rows * matrix[COLUMNS] * (8 if kind == INT8 else 4) // 8,), np.uint8),
        carray(_pointer(matrix[SCALE]), (groups,), np.uint16),
        carray(_pointer(matrix[MINIMUM]), (groups,), np.uint16),  # not there, and not read, with 8 bits
    )
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


@njit(cache=True)
def _unpack(matrix, row, out):
    """One row of a quantised matrix as float32 [C]."""
    columns, group_size = matrix[COLUMNS], matrix[GROUP_SIZE]
    groups = columns // group_size
    scales, minima = _halves(matrix[SCALE], row, groups), _halves(matrix[MINIMUM], row, groups)
    if matrix[KIND] == INT8:
        small = carray(_pointer(matrix[WEIGHTS]), (matrix[ROWS], columns), np.int8)[row]
        for j in range(columns):
            out[j] = small[j] * scales[j // group_size]
        return
    pairs = carray(_pointer(matrix[WEIGHTS]), (matrix[ROWS], columns // LANES, LANES // 2), np.uint8)[row]
    for j in range(columns):
        pair = pairs[j // LANES, j % (LANES // 2)]
        q = pair & 15 if j % LANES < LANES // 2 else pair >> 4
        out[j] = q * scales[j // group_size] + minima[j // group_size]


@njit(cache=True)
def _halves(address, row, count):
    """A row of float16 numbers, at an address or at none, as float32."""
    bits = np.zeros(count, np.uint32)
    if address:
        halves = carray(_pointer(address + 2 * row * count), (count,), np.uint16)
        for g in range(count):  # a half's bits, moved, are those of a float32 that is `HALF` times too small
            bits[g] = (np.uint32(halves[g] & 0x8000) << 16) | (np.uint32(halves[g] & 0x7FFF) << 13)
    return bits.view(np.float32) * np.float32(HALF)


@njit(fastmath=ANY_ORDER, error_model="numpy", cache=True)
def _round(x, x16, steps, totals):
    """Each run of 32 numbers as whole numbers of 16 bits and a step, and their sum; both as `integer_dot` wants them.

    The sum is that of the rounded numbers, so that it meets the minima with the errors with which they meet the rest.
    """
    for t in range(len(x)):
        for g in range(steps.shape[1]):
            run, total = x[t, g * LANES : (g + 1) * LANES], np.int32(0)
            largest = np.max(np.abs(run))
            factor = np.float32(32767) / largest if largest > 0 else np.float32(0)
            for j in range(LANES):
                number = np.int32(np.rint(run[j] * factor))
                x16[t, g * LANES + j] = np.int16(number)
                total += number
            steps[t, g] = largest * np.float32(HALF / 32767)
            totals[t, g] = steps[t, g] * np.float32(total)


@njit(fastmath=ANY_ORDER, error_model="numpy", cache=True)
def rms_norm(x, weight, eps, out):
    """`lessons_lib.layers.rms_norm` of each row of x [N, C]; weight [C]."""
    for t in range(len(x)):
        squares = np.float32(0)
        for value in x[t]:
            squares += value * value
        factor = np.float32(1) / np.sqrt(squares / np.float32(x.shape[1]) + eps)
        for j in range(x.shape[1]):
            out[t, j] = x[t, j] * factor * weight[j]


@njit(fastmath=ANY_ORDER, error_model="numpy", cache=True)
def rotate(x, cos, sin, step, gap, out):
    """Rotary positions for one head [D]: the pair (a, b) becomes (a cos - b sin, b cos + a sin)."""
    for i in range(len(cos)):
        first = i * step
        a, b = x[first], x[first + gap]
        out[first] = a * cos[i] - b * sin[i]
        out[first + gap] = b * cos[i] + a * sin[i]


@njit(fastmath={"contract", "nsz"}, error_model="numpy", cache=True)
def exponential(x):
    """`x = exp(x)`, in place; x [N], at most 88. A polynomial, so that the exponentials of many are taken at once."""
    powers = np.empty(len(x), np.int32)
    for i in range(len(x)):
        y = max(x[i], np.float32(-87))
        n = np.rint(y * np.float32(1.44269504))  # exp(y) = 2**n exp(r)
        r = y - n * np.float32(0.693359375) + n * np.float32(2.12194440e-4)
        p = np.float32(1 / 720) * r + np.float32(1 / 120)
        p = ((p * r + np.float32(1 / 24)) * r + np.float32(1 / 6)) * r + np.float32(0.5)
        x[i] = (p * r + np.float32(1)) * r + np.float32(1)
        powers[i] = (np.int32(n) + np.int32(127)) << 23  # the bits of 2**n
    twos = powers.view(np.float32)
    for i in range(len(x)):
        x[i] *= twos[i]


@njit(fastmath=ANY_ORDER, error_model="numpy", cache=True)
def gate(opened, inner, out):
    """`out = silu(opened) * inner`, [F] each."""
    for i in range(len(out)):
        out[i] = min(-opened[i], np.float32(88))
    exponential(out)
    for i in range(len(out)):
        out[i] = opened[i] * inner[i] / (np.float32(1) + out[i])


@njit(parallel=True, fastmath=ANY_ORDER, error_model="numpy", cache=True)
def attend(queries, keys, values, rows, begins, ends, scale, out):
    """Each query head weighs the values of its group by how well their keys answer.

    queries [N, H, D]; keys, values [B, G, S, D]; token n reads row `rows[n]` from column `begins[n]` up to `ends[n]`;
    out [N, H, D]. A long text is cut into pieces that are read side by side and put together at the end.
    """
    n, h, d = queries.shape
    shared = h // keys.shape[1]
    pieces = 1
    for t in range(n):
        pieces = max(pieces, (ends[t] - begins[t] + KEYS_AT_ONCE - 1) // KEYS_AT_ONCE)
    parts = np.empty((n, h, pieces, d), np.float32)
    best, total = np.empty((n, h, pieces), np.float32), np.zeros((n, h, pieces), np.float32)
    for unit in prange(n * h * pieces):  # the heads that share keys come one after the other
        t, left = unit // (h * pieces), unit % (h * pieces)
        group, left = left // (shared * pieces), left % (shared * pieces)
        piece, head = left // shared, group * shared + left % shared
        a = begins[t] + piece * KEYS_AT_ONCE
        b = min(a + KEYS_AT_ONCE, ends[t])
        best[t, head, piece] = np.float32(-np.inf)
        if a < b:
            k, v = keys[rows[t], group, a:b], values[rows[t], group, a:b]
            _attend_piece(queries[t, head], k, v, scale, parts[t, head, piece], best[t, head], total[t, head], piece)
    for t in range(n):
        for head in range(h):
            top, all_shares = np.float32(-np.inf), np.float32(0)
            for piece in range(pieces):
                top = max(top, best[t, head, piece])
            out[t, head] = 0
            for piece in range(pieces):
                if total[t, head, piece] > 0:
                    factor = np.exp(best[t, head, piece] - top)
                    all_shares += factor * total[t, head, piece]
                    for i in range(d):
                        out[t, head, i] += factor * parts[t, head, piece, i]
            for i in range(d):
                out[t, head, i] /= all_shares


@njit(fastmath=ANY_ORDER, error_model="numpy", cache=True)
def _attend_piece(query, keys, values, scale, out, best, total, piece):
    """The weighted sum of some values, not yet divided, with the largest score and the sum of the weights."""
    d, scores = len(query), np.empty(len(keys), np.float32)
    largest = np.float32(-np.inf)
    for s in range(len(keys)):
        score = np.float32(0)
        for i in range(d):
            score += query[i] * keys[s, i]
        scores[s] = score * scale
        largest = max(largest, scores[s])
    for s in range(len(keys)):
        scores[s] -= largest
    exponential(scores)
    out[:] = 0
    for s in range(len(keys)):
        for i in range(d):
            out[i] += scores[s] * values[s, i]
    best[piece], total[piece] = largest, np.sum(scores)
