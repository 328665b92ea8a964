"""The kernels for the second half of a block in the compiled decode step: feed-forward networks, one or many experts.

A token meets a few experts, so a step reads the weights of those and of no others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lessons_lib.compiling import compiled
from lessons_lib.generation.compiled.kernels import exponential, gate
from lessons_lib.products.matrix import ANY_ORDER, ROWS
from lessons_lib.products.multiply import multiply

GATE = 0  # of the matrices of a network: gate, up, down


class Choice(NamedTuple):
    """How `choose` chooses; the fields of `ModelConfig` that are named in `lessons_lib.layers.route`."""

    experts: int  # that a token is sent to, K
    softmax: bool  # or sigmoid
    normalise: bool
    factor: np.float32
    scale_input: bool


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def feed_forward(network, x, scratch, out, crew):
    """`out = down(silu(gate(x)) * up(x))`. network [3, 11], x and out [N, C]; scratch holds 3 N F numbers."""
    n, f = len(x), network[GATE, ROWS]
    opened, inner = scratch[: 2 * n * f].reshape(n, 2 * f), scratch[2 * n * f : 3 * n * f].reshape(n, f)
    multiply(network[:2], x, opened, crew.board, crew.multiply)
    for i in range(n):
        gate(opened[i, :f], opened[i, f:], inner[i])
    multiply(network[2:], inner, out, crew.board, crew.multiply)


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def choose(scores, choice):
    """`lessons_lib.layers.route` without groups: scores [N, E] are products on entry, and used up.

    Returns the experts [N, K], best first, and the weights of their answers [N, K].
    """
    n = len(scores)
    experts, weights = np.empty((n, choice.experts), np.int64), np.empty((n, choice.experts), np.float32)
    for t in range(n):
        row, left = scores[t], scores[t].copy()  # chosen by the products, for scores may round to the same number
        if choice.softmax:
            row -= row.max()
            exponential(row)
            row /= row.sum()
        else:
            for e in range(len(row)):
                row[e] = min(-row[e], np.float32(88))
            exponential(row)
            for e in range(len(row)):
                row[e] = np.float32(1) / (np.float32(1) + row[e])
        for k in range(choice.experts):
            best = np.argmax(left)
            experts[t, k], weights[t, k] = best, row[best]
            left[best] = np.float32(-np.inf)
        if choice.normalise:
            weights[t] /= weights[t].sum()
        weights[t] *= choice.factor
    return experts, weights


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def mix(networks, experts, weights, scale_input, x, scratch, out, crew):
    """Send each token to its experts and add up their answers; an expert runs once, on all its tokens.

    networks [E, 3, 11]; experts and weights [N, K]; x and out [N, C]; scratch as in `feed_forward`.
    """
    sent, answers = np.empty_like(x), np.empty_like(x)
    tokens, shares = np.empty(len(x), np.int64), np.empty(len(x), np.float32)
    out[:] = 0
    for e in range(len(networks)):
        n = 0
        for t in range(len(x)):
            for k in range(experts.shape[1]):
                if experts[t, k] == e:
                    tokens[n], shares[n] = t, weights[t, k]
                    n += 1
                    break  # numbers that broke down can choose an expert twice
        if n == 0:
            continue
        for i in range(n):
            sent[i] = x[tokens[i]] * shares[i] if scale_input else x[tokens[i]]
        feed_forward(networks[e], sent[:n], scratch, answers[:n], crew)
        for i in range(n):
            out[tokens[i]] += answers[i] if scale_input else answers[i] * shares[i]
