"""The small kernels of the compiled decode step: norms, rotations, activations. Vectors are [N, C]: N new tokens."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from lessons_lib.compiling import compiled
from lessons_lib.products.matrix import ANY_ORDER, array_at

NO_NORM, RMS, LAYER = range(3)  # kinds of norms
ACTIVATIONS = ("silu", "gelu", "gelu_pytorch_tanh", "relu", "relu2")
SILU, GELU, GELU_TANH, RELU, RELU2 = range(len(ACTIVATIONS))


class Norm(NamedTuple):
    """A norm for compiled code, as whole numbers: it takes runs of `size` numbers, and run i has row i % `rows`.

    weight [rows, size] and bias [size] are addresses, 0 for none; `plus` is 1 where an offset is added to the weight.
    """

    kind: int
    rows: int
    size: int
    weight: int
    bias: int
    plus: int


NORM_KIND, NORM_ROWS, NORM_SIZE, NORM_WEIGHT, NORM_BIAS, NORM_PLUS = range(6)  # of a `Norm` in an array


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
def normalise(norm, eps, offset, x, out):
    """What a `Norm` makes of x [N, C]: x as it is where there is none. LayerNorm is RMSNorm once the mean is gone."""
    if norm[NORM_KIND] == NO_NORM:
        out[:] = x
        return
    size, rows = norm[NORM_SIZE], norm[NORM_ROWS]
    read, written = x.reshape(-1, size), out.reshape(-1, size)
    weight = array_at(norm[NORM_WEIGHT], (rows, size)) if norm[NORM_WEIGHT] else np.ones((rows, size), np.float32)
    if norm[NORM_PLUS]:
        weight = weight + offset
    for t in range(len(read)):
        if norm[NORM_KIND] == LAYER:
            written[t] = read[t] - np.sum(read[t]) / np.float32(size)
            rms_norm(written[t : t + 1], weight[t % rows], eps, written[t : t + 1])
        else:
            rms_norm(read[t : t + 1], weight[t % rows], eps, written[t : t + 1])
        if norm[NORM_BIAS]:
            written[t] += array_at(norm[NORM_BIAS], (size,))


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
def weigh(x, shares, out):
    """`out = x * sigmoid(shares)`, [F] each; `shares` may be `out`, x may not."""
    for i in range(len(x)):
        out[i] = min(-shares[i], np.float32(88))
    exponential(out)
    for i in range(len(x)):
        out[i] = x[i] / (np.float32(1) + out[i])


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def activate(kind, steepness, x, out):
    """What `hidden_act` names, of x [F]. steepness: `x * sigmoid(steepness * x)` is silu where it is 1."""
    if kind == SILU:
        for i in range(len(x)):
            out[i] = steepness * x[i]
        weigh(x, out, out)
    elif kind == GELU_TANH:  # (1 + tanh(y / 2)) / 2 is sigmoid(y)
        for i in range(len(x)):
            cubic = x[i] + np.float32(0.044715) * x[i] * x[i] * x[i]
            out[i] = np.float32(2 * math.sqrt(2 / math.pi)) * cubic
        weigh(x, out, out)
    elif kind == GELU:
        for i in range(len(x)):
            half = np.float32(0.5) * x[i]
            out[i] = half + half * math.erf(x[i] * np.float32(math.sqrt(0.5)))
    else:
        for i in range(len(x)):
            above = np.float32(0) if x[i] < 0 else x[i]  # a NaN is not below 0
            out[i] = above * above if kind == RELU2 else above


@compiled(error_model="numpy")
def clamp(x, low, high):
    """Cut off all numbers of x [N] below and above, in place."""
    for i in range(len(x)):
        if x[i] < low:
            x[i] = low
        elif x[i] > high:
            x[i] = high


@compiled(error_model="numpy")
def soft_cap(x, bound):
    """Bend numbers x [N], in place, so that none passes a bound; 0 for no bound."""
    if bound:
        for i in range(len(x)):
            x[i] = bound * math.tanh(x[i] / bound)
