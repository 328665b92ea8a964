"""The kernels for the second half of a block in the compiled decode step: feed-forward networks, one or many experts.

A token meets a few experts, so a step reads the weights of those and of no others.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lessons_lib.compiling import compiled
from lessons_lib.generation.compiled.kernels import NORM_KIND, activate, clamp, exponential, normalise, weigh
from lessons_lib.products.matrix import ANY_ORDER, COLUMNS, ROWS, array_at
from lessons_lib.products.multiply import multiply

UP, GATE, DOWN = range(3)  # the matrices of a network


class Networks(NamedTuple):
    """All feed-forward networks of a model, and what is the same in them."""

    matrices: np.ndarray  # [networks, 3, 11]: up, gate, down; without a gate that one has no rows
    norms: np.ndarray  # [networks, 6]: of what `down` reads
    activation: int
    steepness: np.float32
    limit: np.float32  # 0 for none
    eps: np.float32
    offset: np.float32


class Choice(NamedTuple):
    """How `choose` chooses; the fields of `ModelConfig` that are named in `lessons_lib.layers.route`."""

    experts: int  # that a token is sent to, K
    softmax: bool  # or sigmoid
    by_score: bool  # or by the products that scores are made of
    groups: int
    best_groups: int  # that are left; 0 for all
    best_in_group: int  # the scores that say how strong a group is
    normalise: bool
    factor: np.float32
    scale_input: bool


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def feed_forward(networks, number, x, scratch, out, crew):
    """`out = down(act(gate(x)) * up(x))`, or `down(act(up(x)))`. x and out [N, C]; scratch holds 3 N F numbers."""
    network, limit = networks.matrices[number], networks.limit
    n, f, gated = len(x), network[DOWN, COLUMNS], network[GATE, ROWS] > 0
    width = 2 * f if gated else f
    opened, inner = scratch[: n * width].reshape(n, width), scratch[n * width : n * (width + f)].reshape(n, f)
    multiply(network[:DOWN], x, opened, crew.board, crew.multiply)
    for i in range(n):
        up, gate = opened[i, :f], opened[i, width - f :]
        if limit:
            clamp(up, -limit, limit)
            clamp(gate, np.float32(-np.inf), limit)
            up += np.float32(1)
        activate(networks.activation, networks.steepness, gate, inner[i])
        if gated:
            inner[i] *= up
    if networks.norms[number, NORM_KIND]:
        normalise(networks.norms[number], networks.eps, networks.offset, inner, inner)
    multiply(network[DOWN:], inner, out, crew.board, crew.multiply)


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def choose(scores, choice, correction):
    """`lessons_lib.layers.route`: scores [N, E] are products on entry, and used up; correction: an address, or 0.

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
            weigh(np.ones_like(row), row, row)
        if choice.by_score:
            left[:] = row
        if correction:
            left += array_at(correction, (len(left),))
        if choice.best_groups:
            _leave_best_groups(left.reshape(choice.groups, -1), choice)
        for k in range(choice.experts):
            best = np.argmax(left)
            experts[t, k], weights[t, k] = best, row[best]
            left[best] = np.float32(-np.inf)
        if choice.normalise:
            weights[t] /= weights[t].sum() + np.float32(1e-20)
        weights[t] *= choice.factor
    return experts, weights


@compiled(error_model="numpy")
def _leave_best_groups(wanted, choice):
    """Make minus infinity of all experts [groups, E / groups] but those of the best groups."""
    strength = np.empty(len(wanted), np.float32)
    for group in range(len(wanted)):
        strength[group] = np.sort(wanted[group])[-choice.best_in_group :].sum()
    for group in np.argsort(-strength)[choice.best_groups :]:
        wanted[group] = np.float32(-np.inf)


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def mix(networks, first, count, experts, weights, scale_input, x, scratch, out, crew):
    """Send each token to its experts and add up their answers; an expert runs once, on all its tokens.

    The experts are `count` networks from number `first` on. experts and weights [N, K]; x and out [N, C]; scratch as in
    `feed_forward`.
    """
    sent, answers = np.empty_like(x), np.empty_like(x)
    tokens, shares = np.empty(len(x), np.int64), np.empty(len(x), np.float32)
    out[:] = 0
    for e in range(count):
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
        feed_forward(networks, first + e, sent[:n], scratch, answers[:n], crew)
        for i in range(n):
            out[tokens[i]] += answers[i] if scale_input else answers[i] * shares[i]
