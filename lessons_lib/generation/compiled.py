"""The decode step compiled: a few new tokens through the whole model, at the speed at which memory can be read.

A step multiplies a few vectors with every weight matrix, so each weight is read once. What costs time besides that is
the start of each small operation, some 25 a layer. Here the whole model is one call of compiled code, with four passes
over the weights of a layer. The arithmetic is that of `lessons_lib.layers`; the sums are taken in another order, so
scores differ from the plain path in their last digits. Quantised weights meet numbers of 16 bits (see `kernels`).
"""

from __future__ import annotations

from dataclasses import fields

import numba
import numpy as np
import torch
from numba import njit
from torch import Tensor

from lessons_lib.config import ModelConfig
from lessons_lib.generation.kernels import (
    ANY_ORDER,
    FLOAT32,
    INT4,
    INT8,
    Matrix,
    attend,
    gate,
    look_up,
    multiply,
    numbers_at,
    rms_norm,
    turn,
)
from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.layers import (
    Embedding,
    Linear,
    QuantizedEmbedding,
    QuantizedLinear,
    quantize,
    rope_attention_factor,
    rope_frequencies,
    rotation,
)
from lessons_lib.model import Transformer

MOST_TOKENS = 16  # in one step; more are faster on the plain path, whose matrix product is better at many vectors
_PLACES = 1024  # rotations are computed for so many positions at a time


def applies(model: Transformer) -> bool:
    """Whether a model can be stepped here: float32 or quantised on a CPU, and no switch set but those in `_FREE`."""
    config, parameters = model.config, list(model.parameters())
    plain = all(parameter.dtype == torch.float32 and parameter.is_cpu for parameter in parameters)
    known = all(getattr(config, name) == default for name, default in _FIXED.items())
    spans = set(config.layer_types) <= {"full_attention", "sliding_attention"}
    return plain and known and spans and config.qk_norm in (None, "before")


def warm_up() -> None:
    """Compile the step now, so that the first text on this machine need not wait for it."""
    config = ModelConfig(vocab_size=5, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2)
    for model in (Transformer(config), quantize(Transformer(config))):
        DecodeStep(model)(torch.zeros(1, 1, dtype=torch.long), KVCache(config))


class DecodeStep:
    """Runs a model for a few tokens at a time, on its own weights and a `KVCache` that both paths share.

    The first step on a machine compiles for some seconds; the result is kept on disk. The weights must stay where they
    are in memory while the step is in use.

    Args:
        model: one for which `applies` is true.

    Raises:
        ValueError: for any other model.

    Example:
        >>> config = ModelConfig(vocab_size=50, hidden_size=16, intermediate_size=40, num_hidden_layers=2,
        ...                      num_attention_heads=4, num_key_value_heads=2)
        >>> model = Transformer(config)
        >>> DecodeStep(model)(torch.tensor([[7]]), KVCache(config)).shape
        torch.Size([1, 1, 50])
    """

    def __init__(self, model: Transformer) -> None:
        if not applies(model):
            raise ValueError(
                "model: got another dtype, device or switch, allowed float32 or quantised on a CPU and the parts of "
                "Llama, Mistral, Qwen2 and Qwen3"
            )
        config = model.config
        self.config, blocks, embedding = config, model.model.layers, model.model.embed_tokens
        self._in_use: list[Tensor] = []  # what compiled code knows by address only must not be freed
        self.matrices = np.array([[self._matrix(part) for part in _parts(block)] for block in blocks])  # [layers, 7, 8]
        self.norms = np.array([[self._address(weight) for weight in _norms(block)] for block in blocks])  # [layers, 4]
        tied = isinstance(embedding, QuantizedEmbedding)
        self.embedding = np.array(self._matrix(model.lm_head if tied else embedding))  # [8]
        self.head = np.array([self._matrix(model.lm_head)])  # [1, 8]
        self.last_norm = model.model.norm.weight.detach().numpy()  # [C]
        self.windows = np.array([config.sliding_window if "sliding" in kind else 0 for kind in config.layer_types])
        self.turned = np.array(config.no_rope_layers)
        # Pair number i of a head is (i * step, i * step + gap).
        self.pairs = (2, 1) if config.rope_pairing == "interleaved" else (1, config.head_dim // 2)
        self.sizes = (config.num_attention_heads, config.num_key_value_heads, config.head_dim)
        self.scale = np.float32((config.query_pre_attn_scalar or config.head_dim) ** -0.5)
        self.eps = np.float32(config.rms_norm_eps)
        self.frequencies, self.rope_scale = rope_frequencies(config), rope_attention_factor(config)
        self.cos = self.sin = np.empty((0, config.head_dim // 2), np.float32)  # [positions, D / 2]
        self._places: tuple[Tensor | None, np.ndarray] = (None, np.empty(0))  # a cache's first tensor, and its table

    def __call__(self, token_ids: Tensor, cache: KVCache, logits_to_keep: int = 0) -> Tensor:
        """Read a few tokens [B, T] behind those in the cache; return scores [B, T, V], or of the last few only.

        Raises:
            ValueError: for an id outside the vocabulary, a cache that is full or was made for another model or batch.
        """
        b, t = token_ids.shape
        wrong = [token for token in token_ids.flatten().tolist() if not 0 <= token < self.config.vocab_size]
        if wrong:
            raise ValueError(f"token_ids: got {wrong[0]}, allowed 0 to {self.config.vocab_size - 1}")
        cache.reserve(t)
        caches = self._table(cache, b)
        padding = np.zeros(b, np.int64) if cache.padding is None else cache.padding.contiguous().numpy()  # [B]
        self._extend_rotations(cache.length + t)
        logits = np.empty((b, min(logits_to_keep or t, t), self.config.vocab_size), np.float32)
        torchs = torch.get_num_threads()
        threads = min(torchs, numba.config.NUMBA_NUM_THREADS)
        numba.set_num_threads(threads)
        _run(
            token_ids.contiguous().numpy(), cache.length, padding, self.cos, self.sin, self.pairs, self.embedding,
            self.matrices, self.norms, caches, self.windows, self.turned, self.sizes, self.scale, self.eps,
            self.last_norm, self.head, threads, logits,
        )  # fmt: skip
        if torch.get_num_threads() != torchs:  # numba may run on the threads that torch counts
            torch.set_num_threads(torchs)
        cache.length += t
        return torch.from_numpy(logits)

    def _matrix(self, module: Linear | Embedding | QuantizedLinear) -> Matrix:
        """Describe a module's matrix, [out, in]."""
        bias = self._address(getattr(module, "bias", None))
        if not isinstance(module, QuantizedLinear):
            rows, columns = module.weight.shape
            return Matrix(FLOAT32, rows, columns, columns, self._address(module.weight), 0, 0, bias)
        kind = INT8 if module.bits == 8 else INT4
        parts = (self._address(part) for part in (module.quantized, module.scale, module.minimum))
        return Matrix(kind, module.out_features, module.in_features, module.group_size, *parts, bias)

    def _address(self, tensor: Tensor | None) -> int:
        if tensor is None:
            return 0
        tensor = tensor.detach().contiguous()
        self._in_use.append(tensor)
        return tensor.data_ptr()

    def _extend_rotations(self, length: int) -> None:
        if length <= len(self.cos):
            return
        positions = torch.arange(len(self.cos), -(-length // _PLACES) * _PLACES)
        more = rotation(positions, self.frequencies, self.config.rope_pairing, self.rope_scale)
        self.cos = np.concatenate((self.cos, more.cos.numpy()))
        self.sin = np.concatenate((self.sin, more.sin.numpy()))

    def _table(self, cache: KVCache, batch_size: int) -> np.ndarray:
        """Where each layer's keys and values stand: [layers, 4], addresses, columns and the first token held."""
        first, table = self._places
        if first is not cache.keys[0] or len(first) != batch_size:
            # Compiled code does not look where it reads and writes, so nothing may reach it that does not fit.
            wanted = (batch_size, self.config.num_key_value_heads, self.config.head_dim)
            for found in (*cache.keys, *cache.values):
                ok = (*found.shape[:2], found.shape[3]) == wanted and found.dtype == torch.float32
                if not (ok and found.is_contiguous() and len(cache.keys) == self.config.num_hidden_layers):
                    raise ValueError(f"KVCache: got {list(found.shape)} {found.dtype}, allowed one for this model")
            pairs = zip(cache.keys, cache.values, strict=True)
            table = np.array([(key.data_ptr(), value.data_ptr(), key.shape[2], 0) for key, value in pairs])
            self._places = (cache.keys[0], table)
        table[:, 3] = cache.begin
        return table


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
    "no_rope_layers",
    "layer_types",
    "sliding_window",
    "attention_bias",
    "attention_output_bias",
    "qk_norm",
    "query_pre_attn_scalar",
    "rms_norm_eps",
    "mlp_bias",
    "tie_word_embeddings",
    "initializer_range",
    "bos_token_id",
    "eos_token_id",
)
_FIXED = {field.name: field.default for field in fields(ModelConfig) if field.name not in _FREE}


def _parts(block) -> tuple:
    """The seven matrices of a block, in the order in which a step reads them."""
    attention, mlp = block.self_attn, block.mlp
    return (
        *(attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj),
        *(mlp.gate_proj, mlp.up_proj, mlp.down_proj),
    )


def _norms(block) -> tuple:
    attention = block.self_attn
    within = (getattr(attention, name, None) for name in ("q_norm", "k_norm"))
    return (
        block.input_layernorm.weight,
        block.post_attention_layernorm.weight,
        *(None if norm is None else norm.weight for norm in within),
    )


@njit(fastmath=ANY_ORDER, error_model="numpy", cache=True)
def _run(
    token_ids, length, padding, cos, sin, pairs, embedding, matrices, norms, caches, windows, turned, sizes, scale, eps,
    last_norm, head, threads, logits,
):  # fmt: skip
    """Read tokens [B, T] behind `length` others; store their keys and values, and the scores of the last [B, K, V]."""
    (b, t), (h, g, d), c, f = token_ids.shape, sizes, embedding[2], matrices[0, 4, 1]
    n = b * t
    row, column = np.arange(n) // t, np.arange(n) % t + length  # of each token, in the cache
    begins, ends = np.empty(n, np.int64), np.empty(n, np.int64)
    x, y, out = np.empty((n, c), np.float32), np.empty((n, c), np.float32), np.empty((n, c), np.float32)
    qkv = np.empty((n, h + 2 * g, d), np.float32)
    queries, mixed = np.empty((n, h, d), np.float32), np.empty((n, h, d), np.float32)
    opened, inner = np.empty((n, 2 * f), np.float32), np.empty((n, f), np.float32)
    look_up(embedding, token_ids.reshape(n), x)
    for layer in range(len(matrices)):
        parts, room, begin = matrices[layer], caches[layer, 2], caches[layer, 3]
        keys, values = numbers_at(caches[layer, 0], (b, g, room, d)), numbers_at(caches[layer, 1], (b, g, room, d))
        rms_norm(x, numbers_at(norms[layer, 0], (c,)), eps, y)
        multiply(parts[:3], y, qkv.reshape(n, -1), threads)
        if norms[layer, 2]:
            for i in range(n):
                rms_norm(qkv[i, :h], numbers_at(norms[layer, 2], (d,)), eps, qkv[i, :h])
                rms_norm(qkv[i, h : h + g], numbers_at(norms[layer, 3], (d,)), eps, qkv[i, h : h + g])
        for i in range(n):
            position = max(column[i] - padding[row[i]], 0)
            for part in range(h + g):
                place = queries[i, part] if part < h else keys[row[i], part - h, column[i] - begin]
                if turned[layer]:
                    turn(qkv[i, part], cos[position], sin[position], pairs[0], pairs[1], place)
                else:
                    place[:] = qkv[i, part]
            for part in range(g):
                values[row[i], part, column[i] - begin] = qkv[i, h + g + part]
            oldest = column[i] - windows[layer] + 1 if windows[layer] else 0
            oldest = min(max(oldest, padding[row[i]]), column[i])  # padding looks at itself
            begins[i], ends[i] = oldest - begin, column[i] - begin + 1
        attend(queries, keys, values, row, begins, ends, scale, mixed)
        multiply(parts[3:4], mixed.reshape(n, -1), out, threads)
        x += out
        rms_norm(x, numbers_at(norms[layer, 1], (c,)), eps, y)
        multiply(parts[4:6], y, opened, threads)
        for i in range(n):
            gate(opened[i, :f], opened[i, f:], inner[i])
        multiply(parts[6:7], inner, out, threads)
        x += out
    kept = logits.shape[1]
    last = np.empty((b * kept, c), np.float32)
    for i in range(b * kept):
        last[i] = x[i // kept * t + t - kept + i % kept]
    rms_norm(last, last_norm, eps, last)
    multiply(head, last, logits.reshape(b * kept, -1), threads)
