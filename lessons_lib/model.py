"""Transformer: the whole decoder, from token ids to a score for every possible next token."""

from __future__ import annotations

from typing import Any, Protocol

import torch
from torch import Tensor, nn

from lessons_lib import arguments
from lessons_lib.config import ModelConfig
from lessons_lib.layers import (
    Embedding,
    LearnedPositions,
    Linear,
    Quantization,
    Rotation,
    attention_scale,
    layer_mask,
    make_norm,
    rope_attention_factor,
    rope_frequencies,
    rotation,
    sinusoidal_positions,
)
from lessons_lib.layers.attention import Cache
from lessons_lib.layers.states import make_block
from lessons_lib.layers.variants.altup import altup_parts, stream_of, streams_from
from lessons_lib.layers.variants.layer_embeddings import layer_embedding_parts, layer_embeddings
from lessons_lib.layers.variants.waves import halved_waves


class BatchCache(Cache, Protocol):
    """What the model asks of a key/value cache, besides what attention does."""

    padding: Tensor | None
    """[B] numbers of padding tokens at the left of each row; None where there are none."""


class Transformer(nn.Module):
    """A decoder-only language model whose parameters carry Hugging Face's names.

    Args:
        config: the shape of the model. Weights start random; `lessons_lib.load` brings trained ones.

    Example:
        >>> config = ModelConfig(vocab_size=50, hidden_size=16, intermediate_size=40, num_hidden_layers=2,
        ...                      num_attention_heads=4, num_key_value_heads=2)
        >>> Transformer(config)(torch.tensor([[1, 2, 3]])).shape
        torch.Size([1, 3, 50])
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        if not isinstance(config, ModelConfig):
            raise ValueError(f"config: got {arguments.described(config)}, allowed a ModelConfig")
        self.config = config
        self.quantization: Quantization | None = None  # what `quantize` sets
        self.model = nn.ModuleDict({"embed_tokens": Embedding(config.vocab_size, config.hidden_size)})
        if config.position_embedding_type == "learned":
            self.model["embed_positions"] = LearnedPositions(config.max_position_embeddings, config.hidden_size)
        if config.embedding_norm:
            self.model["embed_norm"] = make_norm(config)
        for name, part in (layer_embedding_parts(config) | altup_parts(config)).items():
            self.model[name] = part
        self.model["layers"] = nn.ModuleList(make_block(config, layer) for layer in range(config.num_hidden_layers))
        self.model["norm"] = nn.Identity() if config.norm_placement == "post" else make_norm(config)
        self.lm_head = Linear(config.hidden_size, config.vocab_size, bias=config.lm_head_bias)
        self.apply(self._initialise)
        self.tie_weights()

    def forward(
        self,
        token_ids: Tensor,
        cache: BatchCache | None = None,
        attention_mask: Tensor | None = None,
        logits_to_keep: int | Tensor = 0,
        positions: Tensor | None = None,
    ) -> Tensor:
        """Score every token of the vocabulary as the next one, at each position.

        Args:
            token_ids: [B, T] whole numbers below `vocab_size`; with a cache, only the tokens it has not seen.
            cache: a `KVCache` that holds the tokens before these, and takes these in.
            attention_mask: [B, S], nonzero at real tokens and 0 at padding, for the cached tokens and these. None where
                nothing is padding but what the cache says. Or [B, T, S], nonzero where a token may look, for tokens
                that do not all stand in one text; then `positions` says where they stand.
            logits_to_keep: score only this many positions at the end, 0 for all; or [B, T], True where to score.
            positions: [T] or [B, T], the place of each token in its text; None for one behind the other.

        Returns:
            [B, T, V], or [B, logits_to_keep, V]; for N chosen positions [N, V], row by row.

        Raises:
            ValueError: for an empty input, an id outside the vocabulary, a mask of another shape, more tokens than the
                context holds, or a mask [B, T, S] without positions or for layers that do not see all.
        """
        past = 0 if cache is None else cache.length
        self._check_ids(token_ids, past, positions)
        t = token_ids.shape[-1]
        if attention_mask is None and cache is not None and cache.padding is not None:
            attention_mask = torch.arange(past + t, device=token_ids.device) >= cache.padding[:, None]  # [B, S]
        self._check_mask(attention_mask, positions, token_ids.shape[0], t, past + t)
        if positions is None:
            positions = self._positions(token_ids, past, attention_mask)  # [T] or [B, T]
        rotations, masks = self._shared(positions, t, past, attention_mask)
        temperature, scale = self._temperatures(positions)
        x = self._embed(token_ids, positions)  # [B, T, C]
        handed = self._handed(token_ids, x)
        if self.config.altup_num_inputs > 1:
            x = streams_from(x, self.model.altup_projections)  # [N, B, T, C]
        layers = zip(self.model.layers, self.config.layer_types, self.config.no_rope_layers, strict=True)
        for block, kind, uses_rope in layers:
            if uses_rope:
                x = block(x, rotations[kind], masks[kind], cache, temperature, **handed)  # [B, T, C]
            else:
                x = block(x, None, masks[kind], cache, scale, **handed)  # [B, T, C]
        if cache is not None:
            cache.length += t
        if self.config.altup_num_inputs > 1:
            x = stream_of(x, self.model.altup_unembed_projections)  # [B, T, C]
        x = x[logits_to_keep] if isinstance(logits_to_keep, Tensor) else x[:, -logits_to_keep:]
        scores = self.lm_head(self.model.norm(x))  # [B, T, V]
        if self.config.logit_scale != 1:
            scores = scores * self.config.logit_scale
        bound = self.config.final_logit_softcapping
        if bound is None:
            return scores
        return bound * torch.tanh(scores / bound)

    def num_parameters(self) -> int:
        """How many numbers the model learns; a tied matrix counts once."""
        return sum(parameter.numel() for parameter in self.parameters())

    def tie_weights(self) -> None:
        """Make the output matrix the embedding matrix, where the config says so."""
        if self.config.tie_word_embeddings:
            self.lm_head.weight = self.model.embed_tokens.weight

    def _positions(self, token_ids: Tensor, past: int, attention_mask: Tensor | None) -> Tensor:
        """Where the new tokens stand, counted from the first real one: [T], or [B, T] with padding."""
        t = token_ids.shape[1]
        if attention_mask is None:
            return torch.arange(past, past + t, device=token_ids.device)  # [T]
        return (attention_mask.long().cumsum(-1) - 1).clamp(min=0)[:, -t:]  # [B, T]

    def _shared(
        self, positions: Tensor, t: int, past: int, attention_mask: Tensor | None
    ) -> tuple[dict[str, Rotation], dict[str, Tensor | None]]:
        """Made once for all layers: rotations and masks by layer type."""
        config = self.config
        device = positions.device
        rotations: dict[str, Rotation] = {}
        masks: dict[str, Tensor | None] = {}
        by_token = attention_mask is not None and attention_mask.dim() == 3  # [B, T, S]
        for kind in dict.fromkeys(config.layer_types):
            if by_token:
                masks[kind] = attention_mask.bool()[:, None]  # [B, 1, T, S]
            else:
                masks[kind] = layer_mask(config, kind, t, past + t, attention_mask, device)
            if config.position_embedding_type == "rotary":
                frequencies = rope_frequencies(config, kind, self._longest(positions)).to(device)
                factor = rope_attention_factor(config, kind)
                rotations[kind] = rotation(positions, frequencies, config.rope_pairing, factor)
        return rotations, masks

    def _longest(self, positions: Tensor) -> int:
        """Tokens of the longest text, where the rotation depends on it."""
        scaling = self.config.rope_scaling
        return int(positions.max()) + 1 if scaling and scaling["rope_type"] == "longrope" else 1

    def _handed(self, token_ids: Tensor, x: Tensor) -> dict[str, dict[str, Any]]:
        """What layers leave to those behind them, and the embeddings of each; nothing where no layer asks for it."""
        config = self.config
        if config.hidden_size_per_layer_input is not None:
            return {"handed": {"embeddings": layer_embeddings(self.model, config, token_ids, x)}}
        return {"handed": {}} if config.index_topk is not None or config.num_kv_shared_layers else {}

    def _temperatures(self, positions: Tensor) -> tuple[Tensor | None, Tensor | None]:
        """What queries are multiplied by in layers with rotation, and in those without."""
        config = self.config
        both = None
        if config.query_temperature:
            both = attention_scale(positions - 1, config.floor_scale, config.query_temperature)
        if config.attn_temperature_tuning:
            return both, attention_scale(positions, config.floor_scale, config.attn_scale)
        return both, both

    def _embed(self, token_ids: Tensor, positions: Tensor) -> Tensor:
        x = self.model.embed_tokens(token_ids)  # [B, T, C]
        if self.config.embedding_multiplier != 1:  # rounded first, as Gemma does
            x = x * torch.tensor(self.config.embedding_multiplier, dtype=x.dtype, device=x.device)
        if self.config.embedding_norm:
            x = self.model.embed_norm(x)  # [B, T, C]
        if self.config.position_embedding_type == "learned":
            return x + self.model.embed_positions(positions)
        if self.config.position_embedding_type == "sinusoidal":
            waves = sinusoidal_positions(int(positions.max()) + 1, x.shape[-1])  # [S, C]
            return x + waves.to(x)[positions]
        if self.config.position_embedding_type == "sinusoidal_halves":
            return x + halved_waves(positions, x.shape[-1]).to(x)
        return x

    def _check_ids(self, token_ids: Tensor, past: int, positions: Tensor | None) -> None:
        if not isinstance(token_ids, Tensor):
            raise ValueError(f"token_ids: got {arguments.described(token_ids)}, allowed a tensor [B, T]")
        shape = tuple(token_ids.shape)
        limit = self.config.max_position_embeddings
        if token_ids.dim() != 2 or 0 in shape:
            raise ValueError(f"token_ids: got shape {list(shape)}, allowed [B, T] with at least one token")
        if positions is not None:
            self._check_positions(positions, shape, limit)
        elif past + shape[1] > limit:
            raise ValueError(f"token_ids: got {past + shape[1]} tokens, allowed {limit} (max_position_embeddings)")
        if token_ids.dtype not in (torch.int64, torch.int32):
            raise ValueError(f"token_ids: got type {token_ids.dtype}, allowed torch.int64 or torch.int32")
        if torch.compiler.is_compiling():  # a graph knows shapes, not values
            return
        low, high = (int(end) for end in token_ids.aminmax())
        if low < 0 or high >= self.config.vocab_size:
            wrong = low if low < 0 else high
            raise ValueError(f"token_ids: got {wrong}, allowed 0 to {self.config.vocab_size - 1}")

    @staticmethod
    def _check_positions(positions: Tensor, shape: tuple[int, ...], limit: int) -> None:
        if not isinstance(positions, Tensor) or tuple(positions.shape) not in (shape, shape[1:]):
            got, allowed = arguments.described(positions), f"a tensor {list(shape[1:])} or {list(shape)}"
            raise ValueError(f"positions: got {got}, allowed {allowed}")
        low, high = (int(end) for end in positions.aminmax())
        if low < 0 or high >= limit:
            raise ValueError(f"positions: got {low if low < 0 else high}, allowed 0 to {limit - 1}")

    def _check_mask(self, mask: Tensor | None, positions: Tensor | None, rows: int, t: int, length: int) -> None:
        if mask is None:
            return
        shape = tuple(mask.shape)
        if shape == (rows, t, length) and positions is not None:
            others = set(self.config.layer_types) - {"full_attention"}
            if self.config.position_embedding_type == "alibi":
                others.add("alibi")
            if others:
                raise ValueError(f"attention_mask: got [B, T, S] for layers of {min(others)}, allowed [B, S]")
        elif shape != (rows, length):
            rule = f"{[rows, length]}" + ("" if positions is None else f" or {[rows, t, length]}")
            raise ValueError(f"attention_mask: got shape {list(shape)}, allowed {rule}")

    def _initialise(self, module: nn.Module) -> None:
        if not isinstance(module, Linear | Embedding | LearnedPositions) or module.weight.is_meta:
            return
        nn.init.normal_(module.weight, std=self.config.initializer_range)
        if getattr(module, "bias", None) is not None:
            nn.init.zeros_(module.bias)
