"""The decode step compiled: a few new tokens through the whole model, at the speed at which memory can be read.

A step multiplies a few vectors with every weight matrix, so each weight is read once. What costs time besides that is
the start of each small operation, some 25 a layer. Here the whole model is one call of compiled code, with four passes
over the weights of a layer. The arithmetic is that of `lessons_lib.layers`; the sums are taken in another order, so
scores differ from the plain path in their last digits. Quantised weights meet numbers of 16 bits (see `kernels`). What
an adapter adds is two thin products more; the weights stay as they are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from lessons_lib.compiling.team import helped
from lessons_lib.config import ModelConfig
from lessons_lib.generation.compiled.attention import BEGIN, attend_piece
from lessons_lib.generation.compiled.fit import aside
from lessons_lib.generation.compiled.plan import Described, make_plan, trained_length
from lessons_lib.generation.compiled.whole_pass import Crew, Texts, run
from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.layers import QuantizedLinear, quantize, rope_attention_factor, rope_frequencies, rotation
from lessons_lib.model import Transformer
from lessons_lib.products.multiply import multiply_piece

MOST_TOKENS, MOST_QUANTIZED = 32, 16  # see `DecodeStep`
_POSITIONS = 1024  # rotations are computed for so many positions at a time


def warm_up() -> None:
    """Compile the step now, so that the first text on this machine need not wait for it."""
    config = ModelConfig(vocab_size=5, hidden_size=32, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2)
    for model in (Transformer(config), quantize(Transformer(config))):
        DecodeStep(model)(torch.zeros(1, 1, dtype=torch.long), KVCache(config))


class DecodeStep:
    """Runs a model for a few tokens at a time, on its own weights and a `KVCache` that both paths share.

    The first step on a machine compiles for some seconds; the result is kept on disk. The weights must stay where they
    are in memory while the step is in use. Of an adapter, B is taken as it is when the step is made, and whether it is
    switched on.

    Args:
        model: one for which `applies` is true.

    Attributes:
        most_tokens: up to so many of all rows it is the faster way. The plain path's matrix product is better at many
            vectors, sooner where weights are quantised.

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
        if (why := aside(model)) is not None:
            raise ValueError(
                f"model: got {why}, allowed float32 or quantised on a CPU, unchanged parts, and attention with keys "
                "and values of its own in every layer"
            )
        self.config = config = model.config
        quantized = any(isinstance(part, QuantizedLinear) for part in model.modules())
        self.most_tokens = MOST_QUANTIZED if quantized else MOST_TOKENS
        self._described = Described()  # what compiled code knows by address only must not be freed
        self.plan = make_plan(model, self._described)
        self._turns = _turns(config)
        self.cos = self.sin = np.empty((len(self._turns), 0, len(self._turns[0][0])), np.float32)
        self._tables: WeakKeyDictionary[KVCache, tuple[Tensor, np.ndarray]] = WeakKeyDictionary()

    def __call__(self, token_ids: Tensor, cache: KVCache, logits_to_keep: int = 0) -> Tensor:
        """Read a few tokens [B, T] behind those in the cache; return scores [B, T, V], or of the last few only.

        Raises:
            ValueError: for an id outside the vocabulary, a cache that is full or was made for another model or batch.
        """
        b, t = token_ids.shape
        last = np.arange(t)[-logits_to_keep:]
        kept = (np.arange(b)[:, None] * t + last).reshape(-1)
        logits = self._run(token_ids.reshape(-1).tolist(), [(cache, b, t)], kept)
        return logits.reshape(b, len(last), self.config.vocab_size)

    def together(self, texts: Sequence[tuple[Sequence[int], KVCache]]) -> Tensor:
        """Read the next tokens of several texts at once, each of them behind a cache of its own.

        Nothing is moved when a text joins or leaves: it is named in the next step, or it is not.

        Args:
            texts: for each the tokens to read, at least one, and its `KVCache` of one row.

        Returns:
            Scores [len(texts), V], of the last token of each.

        Raises:
            ValueError: as above, and for a cache that comes twice; no cache has changed then.
        """
        caches = [(cache, 1, len(token_ids)) for token_ids, cache in texts]
        if len({id(cache) for cache, _, _ in caches}) < len(caches):
            raise ValueError("texts: got the same KVCache twice, allowed a cache of its own for each")
        tokens = [token for token_ids, _ in texts for token in token_ids]
        return self._run(tokens, caches, np.cumsum([t for _, _, t in caches]) - 1)

    def _run(self, tokens: list[int], caches: Sequence[tuple[KVCache, int, int]], kept: np.ndarray) -> Tensor:
        """Read tokens [N], the same number T for each of the B rows of a cache: (cache, B, T) each.

        Returns:
            Scores of those numbered in `kept` [K], [K, V].
        """
        wrong = [token for token in tokens if not 0 <= token < self.config.vocab_size]
        if wrong:
            raise ValueError(f"token_ids: got {wrong[0]}, allowed 0 to {self.config.vocab_size - 1}")
        for cache, _, t in caches:
            cache.reserve(t)
        places = np.concatenate([self._table(cache, b) for cache, b, _ in caches], 1)  # [layers, rows, 4]
        padding = np.concatenate([_padding(cache, b) for cache, b, _ in caches])  # [rows]
        counts = np.concatenate([np.full(b, t) for _, b, t in caches])
        is_long = np.concatenate([self._is_long(cache, b, t) for cache, b, t in caches])  # [rows]
        numbers = np.concatenate([np.tile(np.arange(cache.length, cache.length + t), b) for cache, b, t in caches])
        self._extend_rotations(max(cache.length + t for cache, _, t in caches))
        logits = np.empty((len(kept), self.config.vocab_size), np.float32)
        of_row = np.repeat(np.arange(len(counts)), counts)  # [N]
        with helped(torch.get_num_threads()) as board:
            crew = Crew(board, multiply_piece.address, attend_piece.address)
            texts = Texts(of_row, numbers, padding, is_long, places)
            run(self.plan, np.array(tokens), texts, self.cos, self.sin, kept, crew, logits)
        for cache, _, t in caches:
            cache.length += t
        return torch.from_numpy(logits)

    def _extend_rotations(self, length: int) -> None:
        known = self.cos.shape[1]
        if length <= known or self.config.position_embedding_type != "rotary":
            return
        positions = torch.arange(known, -(-length // _POSITIONS) * _POSITIONS)
        more = [rotation(positions, table, self.config.rope_pairing, scale) for table, scale in self._turns]
        self.cos = np.concatenate((self.cos, torch.stack([each.cos for each in more]).numpy()), 1)
        self.sin = np.concatenate((self.sin, torch.stack([each.sin for each in more]).numpy()), 1)

    def _is_long(self, cache: KVCache, batch_size: int, new: int) -> np.ndarray:
        """[B]: 1 where the longest text of a batch is longer than those in training, and that changes rotations."""
        longest = cache.length + new - int(_padding(cache, batch_size).min())
        return np.full(batch_size, int(longest > trained_length(self.config)))

    def _table(self, cache: KVCache, batch_size: int) -> np.ndarray:
        """Where each layer's keys and values of each row stand, [layers, B, 4]: see `attend`."""
        first, table = self._tables.get(cache, (None, np.empty(0)))
        if first is not cache.keys[0] or len(first) != batch_size:
            # Compiled code does not look where it reads and writes, so nothing may reach it that does not fit.
            wanted = (batch_size, self.config.num_key_value_heads, self.config.head_dim)
            for found in (*cache.keys, *cache.values):
                ok = (*found.shape[:2], found.shape[3]) == wanted and found.dtype == torch.float32
                if not (ok and found.is_contiguous() and len(cache.keys) == self.config.num_hidden_layers):
                    raise ValueError(f"KVCache: got {list(found.shape)} {found.dtype}, allowed one for this model")
            pairs = [*zip(cache.keys, cache.values, strict=True)]
            rows = range(batch_size)
            table = np.array(
                [[(key[i].data_ptr(), value[i].data_ptr(), key.shape[2], 0) for i in rows] for key, value in pairs]
            )
            self._tables[cache] = (cache.keys[0], table)
        table[:, :, BEGIN] = np.array(cache.begin)[:, None]
        return table


def _padding(cache: KVCache, batch_size: int) -> np.ndarray:
    return np.zeros(batch_size, np.int64) if cache.padding is None else cache.padding.contiguous().numpy()


def _turns(config: ModelConfig) -> list[tuple[Tensor, float]]:
    """The angles a token [D / 2] and the scale of each table of rotations: for each type of layers one, or two where
    long texts have others."""
    if config.position_embedding_type != "rotary":
        return [(torch.empty(0), 1.0)]
    lengths = (1,) if trained_length(config) == math.inf else (1, int(trained_length(config)) + 1)
    return [
        (rope_frequencies(config, kind, length), rope_attention_factor(config, kind))
        for kind in dict.fromkeys(config.layer_types)
        for length in lengths
    ]
