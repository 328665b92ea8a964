"""Attention of the compiled decode step: a few new tokens look back over the keys and values of a cache."""

from __future__ import annotations

import numpy as np
from numba import carray

from lessons_lib.compiling import compiled
from lessons_lib.compiling.atomics import address, keep, pointer
from lessons_lib.compiling.team import HELPERS, piece, share
from lessons_lib.generation.compiled.kernels import exponential, soft_cap
from lessons_lib.products.matrix import ANY_ORDER, array_at

# Columns of a table for compiled code: where the keys and the values of a row of a cache stand, [G, capacity, D] each,
# how many tokens have room there, and the number of the first that they hold.
KEYS, VALUES, CAPACITY, BEGIN = range(4)

KEYS_AT_ONCE = 512  # that one part of attention reads
NUMBERS_AT_ONCE = 2**17  # of keys that one piece of work reads, or a little more


@compiled(fastmath=ANY_ORDER, error_model="numpy", nogil=True)
def attend(queries, groups, places, rows, begins, ends, scale, bends, sinks, out, crew):
    """Each query head weighs the values of its group by how well their keys answer.

    queries [N, H, D]; places [B, 4], where each row's keys and values stand; token n reads row `rows[n]` from column
    `begins[n]` up to `ends[n]`; bends [1 + H]: the soft cap of scores, 0 for none, and how fast each head's fall with
    the distance; sinks [H], or empty: one more score each; out [N, H, D]. A long text is cut into parts that are read
    side by side and put together at the end. crew: has a `board` for `share` and in `attend` the address of
    `attend_piece`.
    """
    n, h, d = queries.shape
    parts = 1
    for t in range(n):
        parts = max(parts, (ends[t] - begins[t] + KEYS_AT_ONCE - 1) // KEYS_AT_ONCE)
    mixed = np.empty((n, h, parts, d), np.float32)
    best, total = np.empty((n, h, parts), np.float32), np.zeros((n, h, parts), np.float32)
    scaled = queries * scale
    reads = (ends - begins).sum() * h * d
    pieces = n * h * parts
    if reads < NUMBERS_AT_ONCE:
        pieces = 1
    else:
        pieces = min(pieces, max(reads // NUMBERS_AT_ONCE, 1 + crew.board[HELPERS]))
    job = np.array([n, h, d, parts, pieces, len(places), groups, 0, 0, 0, 0, 0, 0, 0, 0, address(bends)])
    job[7:12] = address(scaled), address(places), address(rows), address(begins), address(ends)
    job[12:15] = address(mixed), address(best), address(total)
    share(crew.board, crew.attend, address(job), pieces)
    keep(job, scaled, places, rows, begins, ends, bends)
    for t in range(n):
        for head in range(h):
            top, all_shares = np.float32(-np.inf), np.float32(0)
            for part in range(parts):
                top = max(top, best[t, head, part])
            if len(sinks):
                top = max(top, sinks[head])
                all_shares += np.exp(sinks[head] - top)
            out[t, head] = 0
            for part in range(parts):
                if total[t, head, part] > 0:
                    factor = np.exp(best[t, head, part] - top)
                    all_shares += factor * total[t, head, part]
                    for i in range(d):
                        out[t, head, i] += factor * mixed[t, head, part, i]
            for i in range(d):
                out[t, head, i] /= all_shares


@piece(fastmath=ANY_ORDER, error_model="numpy")
def attend_piece(job, i):
    """Some of all the parts of all heads, those of piece number `i`; the heads that share keys follow each other."""
    numbers = carray(pointer(job), (16,), np.int64)
    n, h, d, parts, pieces, b, g = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6]
    queries = array_at(numbers[7], (n, h, d))
    places, rows = carray(pointer(numbers[8]), (b, 4), np.int64), carray(pointer(numbers[9]), (n,), np.int64)
    begins, ends = carray(pointer(numbers[10]), (n,), np.int64), carray(pointer(numbers[11]), (n,), np.int64)
    mixed = array_at(numbers[12], (n, h, parts, d))
    best, total = array_at(numbers[13], (n, h, parts)), array_at(numbers[14], (n, h, parts))
    bends = array_at(numbers[15], (1 + h,))
    units, shared = n * h * parts, h // g
    for unit in range(i * units // pieces, (i + 1) * units // pieces):
        t, left = unit // (h * parts), unit % (h * parts)
        group, left = left // (shared * parts), left % (shared * parts)
        part, head = left // shared, group * shared + left % shared
        first = begins[t] + part * KEYS_AT_ONCE
        last = min(first + KEYS_AT_ONCE, ends[t])
        best[t, head, part] = np.float32(-np.inf)
        if first < last:
            row = places[rows[t]]
            k = array_at(row[KEYS], (g, row[CAPACITY], d))[group, first:last]
            v = array_at(row[VALUES], (g, row[CAPACITY], d))[group, first:last]
            fall = bends[1 + head]
            behind = ends[t] - 1 - first  # how far the query stands from the first of these keys
            answers = mixed[t, head, part]
            _attend_part(queries[t, head], k, v, bends[0], fall, behind, answers, best[t, head], total[t, head], part)


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def _attend_part(query, keys, values, bound, fall, behind, out, best, total, part):
    """The weighted sum of some values, not yet divided, with the largest score and the sum of the weights."""
    d, scores = len(query), np.empty(len(keys), np.float32)
    largest = np.float32(-np.inf)
    for s in range(len(keys)):
        score = np.float32(0)
        for i in range(d):
            score += query[i] * keys[s, i]
        scores[s] = score
        largest = max(largest, score)
    if bound or fall:
        soft_cap(scores, bound)
        for s in range(len(keys)):
            scores[s] -= fall * np.float32(behind - s)
        largest = scores.max()
    for s in range(len(keys)):
        scores[s] -= largest
    exponential(scores)
    out[:] = 0
    for s in range(len(keys)):
        for i in range(d):
            out[i] += scores[s] * values[s, i]
    best[part], total[part] = largest, np.sum(scores)
