"""AdamW's move of a parameter in one trip through memory, where torch takes eight."""

from __future__ import annotations

import numpy as np
from numba import carray
from torch import Tensor

from lessons_lib.compiling.atomics import pointer
from lessons_lib.compiling.team import piece
from lessons_lib.layers.fused import addresses, spread
from lessons_lib.products.matrix import ANY_ORDER, array_at
from lessons_lib.training.optimizers import Move


def move(p: Tensor, grad: Tensor, m: Tensor, v: Tensor, by: Move) -> None:
    """What `Move` says. All four are float32 on a CPU, of one shape and without gaps."""
    settings = np.array(by, np.float32)
    spread(_move, p.numel(), 1, *addresses(p, grad, m, v), settings.ctypes.data)


@piece(fastmath=ANY_ORDER, error_model="numpy")
def _move(job, i):
    numbers = carray(pointer(job), (8,), np.int64)
    n, pieces = numbers[0], numbers[2]
    first, last = i * n // pieces, (i + 1) * n // pieces
    p, grad = array_at(numbers[3], (n,))[first:last], array_at(numbers[4], (n,))[first:last]
    m, v = array_at(numbers[5], (n,))[first:last], array_at(numbers[6], (n,))[first:last]
    share_m, share_v, shrink, rate, correction, eps = array_at(numbers[7], (6,))
    for j in range(len(p)):
        m[j] += share_m * (grad[j] - m[j])
        v[j] += share_v * (grad[j] * grad[j] - v[j])
        p[j] = shrink * p[j] - rate * m[j] / (np.sqrt(v[j] / correction) + eps)
