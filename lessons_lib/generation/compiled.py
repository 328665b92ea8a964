"""The decode step compiled: one new token through the whole model, at the speed at which memory can be read.

A step multiplies one vector with every weight matrix, so each weight is read once and used once. What costs time
besides that is the start of each small operation, some 25 a layer. Here a layer is one compiled call with four passes
over its weights. The arithmetic is that of `lessons_lib.layers`; the sums are taken in another order, so scores differ
from the plain path in their last digits.
"""

from __future__ import annotations

import numba
import numpy as np
import torch
from numba import njit, prange
from torch import Tensor

from lessons_lib.config import ModelConfig
from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.layers import rope_attention_factor, rope_frequencies, rotation
from lessons_lib.model import Transformer


def applies(model: Transformer, batch_size: int = 1) -> bool:
    """Whether a model can be stepped here: float32 on a CPU, one row, and no switch set that Llama does not set."""
    config, weight = model.config, model.lm_head.weight
    plain = weight.dtype == torch.float32 and weight.is_cpu
    llama = ModelConfig(**{name: getattr(config, name) for name in _FREE})
    return plain and batch_size == 1 and config == llama


def warm_up() -> None:
    """Compile the step now, so that the first text on this machine need not wait for it."""
    config = ModelConfig(vocab_size=5, hidden_size=4, intermediate_size=6, num_hidden_layers=1, num_attention_heads=2)
    DecodeStep(Transformer(config))(0, KVCache(config))


class DecodeStep:
    """Runs a model for one token at a time, on the model's own weights and a `KVCache` that it shares with the model.

    The first step on a machine compiles for some seconds; the result is kept on disk.

    Args:
        model: one for which `applies` is true.

    Raises:
        ValueError: for any other model.

    Example:
        >>> config = ModelConfig(vocab_size=50, hidden_size=16, intermediate_size=40, num_hidden_layers=2,
        ...                      num_attention_heads=4, num_key_value_heads=2)
        >>> model = Transformer(config)
        >>> DecodeStep(model)(7, KVCache(config)).shape
        torch.Size([1, 50])
    """

    def __init__(self, model: Transformer) -> None:
        if not applies(model):
            raise ValueError(
                "model: got another dtype, device or switch, allowed float32 on a CPU and the parts of Llama, no biases"
            )
        config = model.config
        self.config = config
        self.embedding = _array(model.model.embed_tokens.weight)  # [V, C]
        self.head = _array(model.lm_head.weight)  # [V, C]
        self.norm = _array(model.model.norm.weight)  # [C]
        self.layers = [
            (
                _array(block.input_layernorm.weight),  # [C]
                _array(block.self_attn.q_proj.weight),  # [H*D, C]
                _array(block.self_attn.k_proj.weight),  # [G*D, C]
                _array(block.self_attn.v_proj.weight),  # [G*D, C]
                _array(block.self_attn.o_proj.weight),  # [C, H*D]
                _array(block.post_attention_layernorm.weight),  # [C]
                _array(block.mlp.gate_proj.weight),  # [F, C]
                _array(block.mlp.up_proj.weight),  # [F, C]
                _array(block.mlp.down_proj.weight),  # [C, F]
            )
            for block in model.model.layers
        ]
        self.frequencies, self.rope_scale = rope_frequencies(config), rope_attention_factor(config)
        # Pair number i of a head is (i * step, i * step + gap).
        self.step, self.gap = (2, 1) if config.rope_pairing == "interleaved" else (1, config.head_dim // 2)

    def __call__(self, token_id: int, cache: KVCache) -> Tensor:
        """Read one token behind those in the cache; return the scores [1, V] of the next.

        Raises:
            ValueError: for an id outside the vocabulary, a cache that is full or was made for another model.
        """
        position = cache.length
        self._check(token_id, cache)
        threads = min(torch.get_num_threads(), numba.config.NUMBA_NUM_THREADS)
        numba.set_num_threads(threads)
        turn = rotation(torch.tensor([position]), self.frequencies, self.config.rope_pairing, self.rope_scale)
        cos, sin = turn.cos[0].numpy(), turn.sin[0].numpy()  # [D / 2] each
        keys, values = cache.keys.numpy(), cache.values.numpy()  # [layers, 1, G, S, D] each
        x = self.embedding[token_id].copy()  # [C]
        eps = np.float32(self.config.rms_norm_eps)
        for layer, weights in enumerate(self.layers):
            _block(x, *weights, keys[layer, 0], values[layer, 0], position, cos, sin, self.step, self.gap, eps, threads)
        logits = np.empty((1, len(self.head)), np.float32)
        _head(x, self.norm, self.head, eps, threads, logits[0])
        cache.length = position + 1
        return torch.from_numpy(logits)

    def _check(self, token_id: int, cache: KVCache) -> None:
        # Compiled code does not look where it reads and writes, so nothing may reach it that does not fit.
        if not 0 <= token_id < self.config.vocab_size:
            raise ValueError(f"token_id: got {token_id}, allowed 0 to {self.config.vocab_size - 1}")
        if cache.length >= cache.max_length:
            raise ValueError(f"KVCache: got {cache.length + 1} tokens, allowed {cache.max_length} (max_length)")
        layers, rows, g, _, d = cache.keys.shape
        wanted = (self.config.num_hidden_layers, 1, self.config.num_key_value_heads, self.config.head_dim)
        if (layers, rows, g, d) != wanted or cache.keys.dtype != torch.float32:
            raise ValueError(f"KVCache: got {(layers, rows, g, d)} {cache.keys.dtype}, allowed {wanted} torch.float32")


# What may differ from model to model; every other field has to be as ModelConfig leaves it.
_FREE = (
    "vocab_size",
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "num_key_value_heads",
    "head_dim",
    "max_position_embeddings",
    "rope_theta",
    "rope_scaling",
    "rope_pairing",
    "rms_norm_eps",
    "tie_word_embeddings",
    "initializer_range",
    "bos_token_id",
    "eos_token_id",
)


def _array(parameter: Tensor) -> np.ndarray:
    return parameter.detach().contiguous().numpy()


@njit(parallel=True, fastmath=True, cache=True)
def _block(x, norm1, q, k, v, o, norm2, gate, up, down, keys, values, position, cos, sin, step, gap, eps, threads):
    """Take the residual stream `x` [C] through one block, in place; store the token's key and value."""
    g, d = keys.shape[0], keys.shape[2]
    h = len(q) // d
    y = _rms_norm(x, norm1, eps)
    query, key, mixed = np.empty(h * d, np.float32), np.empty(g * d, np.float32), np.empty(h * d, np.float32)
    turned, value = np.empty(h * d, np.float32), np.empty(g * d, np.float32)
    for thread in prange(threads):
        _rows(q, y, query, thread, threads)
        _rows(k, y, key, thread, threads)
        _rows(v, y, value, thread, threads)
    for head in range(g):
        part = slice(head * d, (head + 1) * d)
        _turn(key[part], cos, sin, step, gap, keys[head, position])
        values[head, position] = value[part]
    for head in prange(h):
        part = slice(head * d, (head + 1) * d)
        _turn(query[part], cos, sin, step, gap, turned[part])
        _attend(turned[part], keys[head * g // h], values[head * g // h], position + 1, mixed[part])
    out = np.empty_like(x)
    for thread in prange(threads):
        _rows(o, mixed, out, thread, threads)
    x += out
    y = _rms_norm(x, norm2, eps)
    inner, opened = np.empty(len(gate), np.float32), np.empty(len(gate), np.float32)
    for thread in prange(threads):
        _rows(gate, y, opened, thread, threads)
        _rows(up, y, inner, thread, threads)
    for i in range(len(inner)):
        inner[i] *= opened[i] / (np.float32(1) + np.exp(-opened[i]))  # silu(gate) * up
    for thread in prange(threads):
        _rows(down, inner, out, thread, threads)
    x += out


@njit(parallel=True, fastmath=True, cache=True)
def _head(x, norm, head, eps, threads, logits):
    """Score every token: normalise `x` [C] and multiply it with each row of `head` [V, C]."""
    y = _rms_norm(x, norm, eps)
    for thread in prange(threads):
        _rows(head, y, logits, thread, threads)


@njit(fastmath=True, cache=True, inline="always")
def _rows(matrix, x, out, thread, threads):
    """One thread's share of `out = matrix @ x`: a run of rows, so that it reads memory straight ahead."""
    rows, columns = matrix.shape
    for i in range(thread * rows // threads, (thread + 1) * rows // threads):
        total = np.float32(0)
        for j in range(columns):
            total += matrix[i, j] * x[j]
        out[i] = total


@njit(fastmath=True, cache=True)
def _rms_norm(x, weight, eps):
    squares = np.float32(0)
    for value in x:
        squares += value * value
    return x * (np.float32(1) / np.sqrt(squares / np.float32(len(x)) + eps)) * weight


@njit(fastmath=True, cache=True)
def _turn(x, cos, sin, step, gap, out):
    """Rotary positions for one head [D]: the pair (a, b) becomes (a cos - b sin, b cos + a sin)."""
    for i in range(len(cos)):
        first = i * step
        a, b = x[first], x[first + gap]
        out[first] = a * cos[i] - b * sin[i]
        out[first + gap] = b * cos[i] + a * sin[i]


@njit(fastmath=True, cache=True)
def _attend(query, keys, values, length, out):
    """One head: weigh the first `length` values [S, D] by how well their keys answer the query [D]."""
    d, scores = len(query), np.empty(length, np.float32)
    scale = np.float32(1) / np.sqrt(np.float32(d))
    best = np.float32(-np.inf)
    for s in range(length):
        score = np.float32(0)
        for i in range(d):
            score += query[i] * keys[s, i]
        scores[s] = score * scale
        best = max(best, scores[s])
    total = np.float32(0)
    for s in range(length):
        scores[s] = np.exp(scores[s] - best)
        total += scores[s]
    out[:] = 0
    for s in range(length):
        share = scores[s] / total
        for i in range(d):
            out[i] += share * values[s, i]
