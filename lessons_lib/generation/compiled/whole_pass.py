"""The whole model as one call of compiled code: what `DecodeStep` runs."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from lessons_lib.compiling import compiled
from lessons_lib.generation.compiled.attention import BEGIN, CAPACITY, KEYS, VALUES, attend
from lessons_lib.generation.compiled.expert_kernels import GATE, Choice, choose, feed_forward, mix
from lessons_lib.generation.compiled.kernels import rms_norm, rotate
from lessons_lib.products.matrix import ANY_ORDER, COLUMNS, ROWS, array_at, look_up
from lessons_lib.products.multiply import multiply

# Columns of a table for compiled code: the addresses of a layer's norms.
OF_ATTENTION, OF_NETWORK, OF_QUERIES, OF_KEYS = range(4)


class Plan(NamedTuple):
    """A model for compiled code. Matrices are rows of 11 whole numbers (`Matrix`), norms are addresses.

    `networks` are feed-forward networks, [gate, up, down] each. A layer's stand one after the other, from the first
    that `network_of_layer` names: one, or the experts and behind them the shared one, if there is one.
    """

    sizes: tuple[int, int, int]  # H, G, D
    pairs: tuple[int, int]  # pair number i of a head is (i * step, i * step + gap)
    scale: np.float32  # of scores
    eps: np.float32
    norm_after: bool  # whether queries and keys are normalised once they are rotated
    attention_scale: tuple[int, float]  # floor_scale, 0 for none, and attn_scale
    choice: Choice  # of experts
    embedding: np.ndarray  # [11]
    attention: np.ndarray  # [layers, 4, 11]: q, k, v, o
    norms: np.ndarray  # [layers, 4]: before attention, before the network, of queries, of keys; 0 for none
    routers: np.ndarray  # [layers, 11]
    networks: np.ndarray  # [networks, 3, 11]
    network_of_layer: np.ndarray  # [layers, 3]: the first network, the number of experts, whether one is shared
    is_rotated: np.ndarray  # [layers]: whether positions are rotary
    windows: np.ndarray  # [layers]: tokens that a sliding layer sees, 0 for all
    chunks: np.ndarray  # [layers]: tokens of a piece of a chunked layer, 0 for all
    last_norm: np.ndarray  # [C]
    head: np.ndarray  # [1, 11]


class Crew(NamedTuple):
    """Who does the work: a board where pieces of it are given out, and the addresses of the functions that do them."""

    board: np.ndarray  # from `lessons_lib.compiling.team.helped`
    multiply: int  # of `multiply_piece`
    attend: int  # of `attend_piece`


@compiled(fastmath=ANY_ORDER, error_model="numpy", nogil=True)
def run(plan, token_ids, rows, numbers, padding, cos, sin, caches, kept, crew, logits):
    """Read N tokens; store the keys and values of all, and the scores of some [K, V].

    token_ids [N]; rows and numbers [N]: of which text each token is, and its number there, from 0. The tokens of a text
    follow what was read of it, and each other. padding [B]: how many tokens at the start of a text are none; cos and
    sin [positions, D / 2]; caches [layers, B, 4]: see `attend`; kept [K]: which of the N are scored.
    """
    n, (h, g, d), c = len(token_ids), plan.sizes, plan.embedding[COLUMNS]
    widest = plan.networks[:, GATE, ROWS].max()
    begins, ends = np.empty(n, np.int64), np.empty(n, np.int64)
    x, y, out = np.empty((n, c), np.float32), np.empty((n, c), np.float32), np.empty((n, c), np.float32)
    qkv = np.empty((n, h + 2 * g, d), np.float32)
    queries, mixed = np.empty((n, h, d), np.float32), np.empty((n, h, d), np.float32)
    scratch = np.empty(3 * n * widest, np.float32)  # for what is inside a network
    look_up(plan.embedding, token_ids, x)
    for layer in range(len(plan.attention)):
        places = caches[layer]
        rms_norm(x, array_at(plan.norms[layer, OF_ATTENTION], (c,)), plan.eps, y)
        multiply(plan.attention[layer, :3], y, qkv.reshape(n, -1), crew.board, crew.multiply)
        for i in range(n):
            pads, place = padding[rows[i]], places[rows[i]]
            column = numbers[i] - place[BEGIN]
            _norm_and_rotate(plan, layer, qkv[i], max(numbers[i] - pads, 0), cos, sin)
            queries[i] = qkv[i, :h]
            keys = array_at(place[KEYS], (g, place[CAPACITY], d))
            values = array_at(place[VALUES], (g, place[CAPACITY], d))
            for part in range(g):
                keys[part, column] = qkv[i, h + part]
                values[part, column] = qkv[i, h + g + part]
            begins[i], ends[i] = _oldest(plan, layer, numbers[i], pads) - place[BEGIN], column + 1
        attend(queries, g, places, rows, begins, ends, plan.scale, mixed, crew)
        multiply(plan.attention[layer, 3:], mixed.reshape(n, -1), out, crew.board, crew.multiply)
        x += out
        rms_norm(x, array_at(plan.norms[layer, OF_NETWORK], (c,)), plan.eps, y)
        first, experts, shared = plan.network_of_layer[layer]
        if experts:
            scores = np.empty((n, experts), np.float32)
            multiply(plan.routers[layer : layer + 1], y, scores, crew.board, crew.multiply)
            chosen, weights = choose(scores, plan.choice)
            networks = plan.networks[first : first + experts]
            mix(networks, chosen, weights, plan.choice.scale_input, y, scratch, out, crew)
            x += out
        if shared or not experts:
            feed_forward(plan.networks[first + experts], y, scratch, out, crew)
            x += out
    last = np.empty((len(kept), c), np.float32)
    for i in range(len(kept)):
        last[i] = x[kept[i]]
    rms_norm(last, plan.last_norm, plan.eps, last)
    multiply(plan.head, last, logits, crew.board, crew.multiply)


@compiled(fastmath=ANY_ORDER, error_model="numpy")
def _norm_and_rotate(plan, layer, heads, position, cos, sin):
    """What happens to a token's queries and keys [H + G, D] before they meet, in place."""
    h, g, d = plan.sizes
    if plan.norms[layer, OF_QUERIES]:
        rms_norm(heads[:h], array_at(plan.norms[layer, OF_QUERIES], (d,)), plan.eps, heads[:h])
        rms_norm(heads[h : h + g], array_at(plan.norms[layer, OF_KEYS], (d,)), plan.eps, heads[h : h + g])
    if plan.is_rotated[layer]:
        for part in range(h + g):
            rotate(heads[part], cos[position], sin[position], plan.pairs[0], plan.pairs[1], heads[part])
        if plan.norm_after:
            rms_norm(heads[: h + g], np.ones(d, np.float32), plan.eps, heads[: h + g])
    elif plan.attention_scale[0]:
        steps = (position + 1) // plan.attention_scale[0]
        heads[:h] *= np.float32(np.log1p(np.float32(steps)) * np.float32(plan.attention_scale[1]) + np.float32(1))


@compiled()
def _oldest(plan, layer, number, padding):
    """The number of the first token that a token sees. Padding sees itself."""
    oldest = padding
    if plan.windows[layer]:
        oldest = max(oldest, number - plan.windows[layer] + 1)
    elif plan.chunks[layer]:
        oldest += (number - padding) // plan.chunks[layer] * plan.chunks[layer]
    return min(oldest, number)
