"""The whole model as one call of compiled code: what `DecodeStep` runs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lessons_lib.compiling import compiled
from lessons_lib.generation.compiled.attention import BEGIN, CAPACITY, KEYS, VALUES, attend
from lessons_lib.generation.compiled.expert_kernels import DOWN, choose, feed_forward, mix
from lessons_lib.generation.compiled.kernels import NORM_KIND, clamp, normalise, rotate, soft_cap, weigh
from lessons_lib.products.matrix import ANY_ORDER, COLUMNS, ROWS, array_at, look_up
from lessons_lib.products.multiply import multiply

# Columns of a table for compiled code: the norms of a layer, as `norms_of` gives them, ...
BEFORE_ATTENTION, OF_ATTENTION, AFTER_ATTENTION = 0, 1, 2
BEFORE_NETWORK, OF_NETWORK, AFTER_NETWORK = 3, 4, 5
OF_QUERIES, OF_KEYS, OF_MIXED = 6, 7, 8
# ... and, of the matrices of `projections_of`, those behind queries, keys and values.
OUTPUT_GATE, FROM_MIXED = 3, 4


class Crew(NamedTuple):
    """Who does the work: a board where pieces of it are given out, and the addresses of the functions that do them."""

    board: np.ndarray  # from `lessons_lib.compiling.team.helped`
    multiply: int  # of `multiply_piece`
    attend: int  # of `attend_piece`


class Texts(NamedTuple):
    """N tokens of B texts: where they stand, and where what was read before them is kept.

    The tokens of a text follow what was read of it, and each other.
    """

    rows: np.ndarray  # [N]: of which text each token is
    numbers: np.ndarray  # [N]: its number there, from 0
    padding: np.ndarray  # [B]: how many tokens at the start of a text are none
    is_long: np.ndarray  # [B]: 1 for a text that needs the second of a layer's two tables of rotations
    caches: np.ndarray  # [layers, B, 4]: see `attend`


@compiled(fastmath=ANY_ORDER, error_model="numpy", nogil=True)
def run(plan, token_ids, texts, cos, sin, kept, crew, logits):
    """Read N tokens [N]; store the keys and values of all, and the scores of some [K, V].

    cos and sin [tables, positions, D / 2]; kept [K]: which of the N are scored.
    """
    n, (h, g, d), c = len(token_ids), plan.sizes, plan.embedding[COLUMNS]
    positions, begins, ends = np.empty(n, np.int64), np.empty(n, np.int64), np.empty(n, np.int64)
    x, y, out = np.empty((n, c), np.float32), np.empty((n, c), np.float32), np.empty((n, c), np.float32)
    all_heads = np.empty((n, plan.attention[0, :FROM_MIXED, ROWS].sum()), np.float32)  # queries, keys, values, gates
    queries, mixed = np.empty((n, h, d), np.float32), np.empty((n, h, d), np.float32)
    widest = plan.networks.matrices[:, DOWN, COLUMNS].max()
    scratch = np.empty(3 * n * widest, np.float32)  # for what is inside a network
    for i in range(n):
        positions[i] = max(texts.numbers[i] - texts.padding[texts.rows[i]], 0)
    _embed(plan, token_ids, positions, x)
    for layer in range(len(plan.attention)):
        places, norms = texts.caches[layer], plan.norms[layer]
        normalise(norms[BEFORE_ATTENTION], plan.eps, plan.offset, x, y)
        multiply(plan.attention[layer, :FROM_MIXED], y, all_heads, crew.board, crew.multiply)
        for i in range(n):
            row, number, heads = texts.rows[i], texts.numbers[i], all_heads[i, : (h + 2 * g) * d].reshape(-1, d)
            place, pads = places[row], texts.padding[row]
            column, table = number - place[BEGIN], plan.turns[layer] + texts.is_long[row]
            _norm_and_rotate(plan, layer, heads, positions[i], cos[table], sin[table])
            queries[i] = heads[:h]
            keys = array_at(place[KEYS], (g, place[CAPACITY], d))
            values = array_at(place[VALUES], (g, place[CAPACITY], d))
            for part in range(g):
                keys[part, column] = heads[h + part]
                values[part, column] = heads[h + g + part]
            begins[i], ends[i] = _oldest(plan, layer, number, pads) - place[BEGIN], column + 1
        sinks = array_at(plan.sinks[layer], (h if plan.sinks[layer] else 0,))
        attend(queries, g, places, texts.rows, begins, ends, plan.scale, plan.bends, sinks, mixed, crew)
        flat = mixed.reshape(n, -1)
        if plan.attention[layer, OUTPUT_GATE, ROWS]:
            for i in range(n):
                gates = all_heads[i, (h + 2 * g) * d :]
                weigh(flat[i], gates, gates)
                flat[i] = gates
        if norms[OF_MIXED, NORM_KIND]:
            normalise(norms[OF_MIXED], plan.eps, plan.offset, flat, flat)
        multiply(plan.attention[layer, FROM_MIXED:], flat, out, crew.board, crew.multiply)
        if plan.is_parallel:
            normalise(norms[BEFORE_NETWORK], plan.eps, plan.offset, x, y)
        _add(plan, norms[OF_ATTENTION], norms[AFTER_ATTENTION], out, x)
        if not plan.is_parallel:
            normalise(norms[BEFORE_NETWORK], plan.eps, plan.offset, x, y)
        _think(plan, layer, y, scratch, out, crew)
        _add(plan, norms[OF_NETWORK], norms[AFTER_NETWORK], out, x)
    last = np.empty((len(kept), c), np.float32)
    for i in range(len(kept)):
        last[i] = x[kept[i]]
    normalise(plan.last_norm, plan.eps, plan.offset, last, last)
    multiply(plan.head, last, logits, crew.board, crew.multiply)
    if plan.multipliers[2] != 1:
        logits *= plan.multipliers[2]
    for i in range(len(kept)):
        soft_cap(logits[i], plan.last_bound)


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def _embed(plan, token_ids, positions, x):
    """What the first layer reads of each token, [N, C]."""
    look_up(plan.embedding, token_ids, x)
    if plan.multipliers[0] != 1:
        x *= plan.multipliers[0]
    if plan.embedding_norm[NORM_KIND]:
        normalise(plan.embedding_norm, plan.eps, plan.offset, x, x)
    if len(plan.places):
        for i in range(len(x)):
            x[i] += plan.places[positions[i]]


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def _add(plan, own, after, out, x):
    """Add to the stream x [N, C] what a sublayer gives [N, C], each with its norm, where there is one."""
    if own[NORM_KIND]:
        normalise(own, plan.eps, plan.offset, out, out)
    if plan.multipliers[1] != 1:
        out *= plan.multipliers[1]
    x += out
    if after[NORM_KIND]:
        normalise(after, plan.eps, plan.offset, x, x)


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def _think(plan, layer, y, scratch, out, crew):
    """What a layer's feed-forward network, or its experts, give for y [N, C]."""
    n, (first, experts, shared) = len(y), plan.network_of_layer[layer]
    if not experts:
        feed_forward(plan.networks, first, y, scratch, out, crew)
        return
    scores = np.empty((n, experts), np.float32)
    multiply(plan.routers[layer : layer + 1], y, scores, crew.board, crew.multiply)
    chosen, weights = choose(scores, plan.choice, plan.corrections[layer])
    mix(plan.networks, first, experts, chosen, weights, plan.choice.scale_input, y, scratch, out, crew)
    if shared:
        answers, shares = np.empty_like(y), np.empty((n, 1), np.float32)
        feed_forward(plan.networks, first + experts, y, scratch, answers, crew)
        if plan.shared_gates[layer, ROWS]:
            multiply(plan.shared_gates[layer : layer + 1], y, shares, crew.board, crew.multiply)
            weigh(np.ones(n, np.float32), shares[:, 0], shares[:, 0])
            answers *= shares
        out += answers
        out *= plan.shares


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def _norm_and_rotate(plan, layer, heads, position, cos, sin):
    """What happens to a token's queries, keys and values [H + 2 G, D] before they meet, in place."""
    h, g, _ = plan.sizes
    queries, keys, norms = heads[:h], heads[h : h + g], plan.norms[layer]
    if not plan.norm_after and norms[OF_QUERIES, NORM_KIND]:
        normalise(norms[OF_QUERIES], plan.eps, plan.offset, queries, queries)
        normalise(norms[OF_KEYS], plan.eps, plan.offset, keys, keys)
    if plan.bound:
        for head in heads:
            clamp(head, -plan.bound, plan.bound)
    if plan.is_rotated[layer]:
        for part in range(h + g):
            rotate(heads[part], cos[position], sin[position], plan.pairs[0], plan.pairs[1], heads[part])
        if plan.norm_after:
            normalise(norms[OF_QUERIES], plan.eps, plan.offset, queries, queries)
            normalise(norms[OF_KEYS], plan.eps, plan.offset, keys, keys)
    if plan.sharpness[layer]:
        steps = (position + plan.ahead[layer]) // plan.floor_scale
        queries *= np.float32(np.log1p(np.float32(steps)) * plan.sharpness[layer] + np.float32(1))


@compiled()
def _oldest(plan, layer, number, padding):
    """The number of the first token that a token sees. Padding sees itself."""
    oldest = padding
    if plan.windows[layer]:
        oldest = max(oldest, number - plan.windows[layer] + 1)
    elif plan.chunks[layer]:
        oldest += (number - padding) // plan.chunks[layer] * plan.chunks[layer]
    return min(oldest, number)
