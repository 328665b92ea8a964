"""The small kernels of the compiled decode step: norms, rotations, gates. Vectors are [N, C]: N new tokens."""

from __future__ import annotations

import numpy as np

from lessons_lib.compiling import compiled
from lessons_lib.products.matrix import ANY_ORDER


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def rms_norm(x, weight, eps, out):
    """`lessons_lib.layers.rms_norm` of each row of x [N, C]; weight [C]."""
    for t in range(len(x)):
        squares = np.float32(0)
        for value in x[t]:
            squares += value * value
        factor = np.float32(1) / np.sqrt(squares / np.float32(x.shape[1]) + eps)
        for j in range(x.shape[1]):
            out[t, j] = x[t, j] * factor * weight[j]


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def rotate(x, cos, sin, step, gap, out):
    """Rotary positions for one head [D]: the pair (a, b) becomes (a cos - b sin, b cos + a sin)."""
    for i in range(len(cos)):
        first = i * step
        a, b = x[first], x[first + gap]
        out[first] = a * cos[i] - b * sin[i]
        out[first + gap] = b * cos[i] + a * sin[i]


@compiled(fastmath={"contract", "nsz"}, error_model="numpy")
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


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def gate(opened, inner, out):
    """`out = silu(opened) * inner`, [F] each."""
    for i in range(len(out)):
        out[i] = min(-opened[i], np.float32(88))
    exponential(out)
    for i in range(len(out)):
        out[i] = opened[i] * inner[i] / (np.float32(1) + out[i])
