"""The decode step compiled: a few new tokens through the whole model, at the speed at which memory can be read.

A step multiplies a few vectors with every weight matrix, so each weight is read once. What costs time besides that is
the start of each small operation, some 25 a layer. Here the whole model is one call of compiled code, with four passes
over the weights of a layer. The arithmetic is that of `lessons_lib.layers`; the sums are taken in another order, so
scores differ from the plain path in their last digits. Quantised weights meet numbers of 16 bits (see `kernels`). What
an adapter adds is two thin products more; the weights stay as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor, nn

from lessons_lib.compiling.team import helped
from lessons_lib.config import ModelConfig
from lessons_lib.generation.compiled.attention import BEGIN, attend_piece
from lessons_lib.generation.compiled.expert_kernels import Choice
from lessons_lib.generation.compiled.fit import aside, networks_of, norms_of, projections_of
from lessons_lib.generation.compiled.whole_pass import Crew, Plan, run
from lessons_lib.generation.kv_cache import KVCache
from lessons_lib.layers import (
    Embedding,
    Linear,
    LoraLinear,
    MixtureOfExperts,
    QuantizedEmbedding,
    QuantizedLinear,
    QuantizedLoraLinear,
    Router,
    quantize,
    rope_attention_factor,
    rope_frequencies,
    rotation,
)
from lessons_lib.model import Transformer
from lessons_lib.products.matrix import FLOAT32, INT4, INT8, NO_MATRIX, Matrix
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
                f"model: got {why}, allowed float32 or quantised on a CPU and the unchanged parts of Llama, Mistral, "
                "Mixtral, Qwen and Llama 4"
            )
        self.config = config = model.config
        quantized = any(isinstance(part, QuantizedLinear) for part in model.modules())
        self.most_tokens = MOST_QUANTIZED if quantized else MOST_TOKENS
        self._in_use: list[Tensor] = []  # what compiled code knows by address only must not be freed
        self.plan = self._plan(model)
        self.frequencies, self.rope_scale = rope_frequencies(config), rope_attention_factor(config)
        self.cos = self.sin = np.empty((0, config.head_dim // 2), np.float32)  # [positions, D / 2]
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
        numbers = np.concatenate([np.tile(np.arange(cache.length, cache.length + t), b) for cache, b, t in caches])
        self._extend_rotations(max(cache.length + t for cache, _, t in caches))
        logits = np.empty((len(kept), self.config.vocab_size), np.float32)
        of_row = np.repeat(np.arange(len(counts)), counts)  # [N]
        with helped(torch.get_num_threads()) as board:
            crew = Crew(board, multiply_piece.address, attend_piece.address)
            run(self.plan, np.array(tokens), of_row, numbers, padding, self.cos, self.sin, places, kept, crew, logits)
        for cache, _, t in caches:
            cache.length += t
        return torch.from_numpy(logits)

    def _plan(self, model: Transformer) -> Plan:
        config, blocks, embedding = model.config, model.model.layers, model.model.embed_tokens
        routers, networks, network_of_layer = [], [], []
        for block in blocks:
            own = networks_of(block.mlp)
            experts = len(block.mlp.experts) if isinstance(block.mlp, MixtureOfExperts) else 0
            routers.append(self._matrix(block.mlp.router) if experts else NO_MATRIX)
            network_of_layer.append((len(networks), experts, int(bool(experts) and len(own) > experts)))
            networks += [[self._matrix(part) for part in network] for network in own]
        kinds, tied = config.layer_types, isinstance(embedding, QuantizedEmbedding)
        return Plan(
            sizes=(config.num_attention_heads, config.num_key_value_heads, config.head_dim),
            pairs=(2, 1) if config.rope_pairing == "interleaved" else (1, config.head_dim // 2),
            scale=np.float32((config.query_pre_attn_scalar or config.head_dim) ** -0.5),
            eps=np.float32(config.rms_norm_eps),
            norm_after=config.qk_norm == "after",
            attention_scale=(config.floor_scale if config.attn_temperature_tuning else 0, float(config.attn_scale)),
            choice=_choice(config),
            embedding=np.array(self._matrix(model.lm_head if tied else embedding)),
            attention=np.array([[self._matrix(part) for part in projections_of(block)] for block in blocks]),
            norms=np.array([[self._address(weight) for weight in norms_of(block)] for block in blocks]),
            routers=np.array(routers),
            networks=np.array(networks),
            network_of_layer=np.array(network_of_layer),
            is_rotated=np.array(config.no_rope_layers),
            windows=np.array([config.sliding_window if "sliding" in kind else 0 for kind in kinds]),
            chunks=np.array([config.attention_chunk_size if "chunked" in kind else 0 for kind in kinds]),
            last_norm=model.model.norm.weight.detach().numpy(),
            head=np.array([self._matrix(model.lm_head)]),
        )

    def _matrix(self, module: Linear | Embedding | QuantizedLinear | Router) -> Matrix:
        """Describe a module's matrix, [out, in]."""
        bias = self._address(getattr(module, "bias", None))
        if not isinstance(module, QuantizedLinear):
            (rows, columns), weights = module.weight.shape, self._address(module.weight)
            return Matrix(FLOAT32, rows, columns, columns, weights, 0, 0, bias, *self._adapter(module))
        kind = INT8 if module.bits == 8 else INT4
        parts = (self._address(part) for part in (module.quantized, module.scale, module.minimum))
        return Matrix(
            kind, module.out_features, module.in_features, module.group_size, *parts, bias, *self._adapter(module)
        )

    def _adapter(self, module: nn.Module) -> tuple[int, int, int]:
        """The last three numbers of a `Matrix`: of what a module's adapter adds, if it has one that is switched on."""
        if not (isinstance(module, LoraLinear | QuantizedLoraLinear) and module.enabled):
            return 0, 0, 0
        up = (module.lora_B.detach() * module.config.scale).T
        return len(module.lora_A), self._address(module.lora_A), self._address(up)

    def _address(self, tensor: Tensor | None) -> int:
        if tensor is None:
            return 0
        tensor = tensor.detach().contiguous()
        self._in_use.append(tensor)
        return tensor.data_ptr()

    def _extend_rotations(self, length: int) -> None:
        if length <= len(self.cos):
            return
        positions = torch.arange(len(self.cos), -(-length // _POSITIONS) * _POSITIONS)
        more = rotation(positions, self.frequencies, self.config.rope_pairing, self.rope_scale)
        self.cos = np.concatenate((self.cos, more.cos.numpy()))
        self.sin = np.concatenate((self.sin, more.sin.numpy()))

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


def _choice(config: ModelConfig) -> Choice:
    softmax, factor = config.scoring_func == "softmax", np.float32(config.routed_scaling_factor)
    return Choice(config.num_experts_per_tok or 0, softmax, config.norm_topk_prob, factor, config.scale_expert_input)
