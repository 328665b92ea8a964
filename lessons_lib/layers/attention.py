"""Attention: every token asks, looks at the tokens it may see, and takes a weighted mean of their answers."""

from __future__ import annotations

from typing import Any, Protocol

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.config.by_layer import at, shares_keys
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.masks import causal_mask, layer_mask
from lessons_lib.layers.norm import make_norm, rms_norm
from lessons_lib.layers.position import Rotation, apply_rope
from lessons_lib.layers.variants.qk_norm import make_qk_norm
from lessons_lib.layers.variants.sinks import with_sinks


class Cache(Protocol):
    """What attention asks of a key/value cache."""

    length: int

    def append(self, layer: int, key: Tensor, value: Tensor) -> tuple[Tensor, Tensor]:
        """Store [B, G, T, D] behind what is there; return the keys and values in reach, [B, G, S, D] each."""


def attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    mask: Tensor | None = None,
    causal: bool = False,
    *,
    scale: float | None = None,
    softcap: float | None = None,
    fused: bool = True,
) -> Tensor:
    """Scaled dot-product attention with shared key/value heads.

    `softmax(q k^T * scale) v`, where query head `h` reads key/value head `h // (H // G)`.

    Args:
        query: [B, H, T, D].
        key: [B, G, S, D].
        value: [B, G, S, D].
        mask: bool, True where a query may look, broadcastable to [B, H, T, S]; None for everywhere. A query that may
            look nowhere gets zeros. Or float, what is added to scores, minus infinity where a query may not look; every
            query has to have something to look at.
        causal: query `i` sees keys up to `i` only. Needs T == S and no mask.
        scale: what scores are multiplied by; None for `D ** -0.5`.
        softcap: bends the scaled scores so that none passes this bound; None for no bound.
        fused: let one kernel do all steps without ever holding the [T, S] scores. It knows no softcap, so with one, or
            where this is False, the steps are taken one by one.

    Returns:
        [B, H, T, D].

    Raises:
        ValueError: if H is no multiple of G, or `causal` comes with a mask or with T unequal S.

    Example:
        >>> text = torch.randn(1, 2, 5, 4)
        >>> attention(text, text, text, causal=True)[:, :, 0].equal(text[:, :, 0])  # the first token sees only itself
        True

    Source: Vaswani et al. 2017, equation 1; Ainslie et al. 2023, "GQA", section 2.
    """
    _check(query, key, mask, causal)
    if softcap is not None or not fused:
        weights = attention_weights(query, key, mask, causal, scale=scale, softcap=softcap)  # [B, H, T, S]
        return weights @ _for_each_query_head(value, query)  # [B, H, T, D]
    b, h, t, d = query.shape
    if mask is not None and mask.dtype != torch.bool:
        mask = mask.to(query.dtype)
    if t == 1 and mask is None:  # one query a head: the H/G heads that share a key become the rows of one query
        shared = query.view(b, key.shape[1], -1, d)  # [B, G, H/G, D]
        return F.scaled_dot_product_attention(shared, key, value, scale=scale).reshape(b, h, 1, d)
    return F.scaled_dot_product_attention(
        query, key, value, mask, is_causal=causal, scale=scale, enable_gqa=key.shape[1] != h
    )  # [B, H, T, D]


def attention_weights(
    query: Tensor,
    key: Tensor,
    mask: Tensor | None = None,
    causal: bool = False,
    *,
    scale: float | None = None,
    softcap: float | None = None,
) -> Tensor:
    """How much each query looks at each key: the shares that `attention` mixes the values with.

    Args:
        As in `attention`.

    Returns:
        [B, H, T, S] from 0 to 1. A row adds up to 1, or to 0 where the query may look nowhere.

    Source: Vaswani et al. 2017, equation 1; the softcap is that of Bello et al. 2016, section 4.
    """
    _check(query, key, mask, causal)
    scale = query.shape[-1] ** -0.5 if scale is None else scale
    scores = query @ _for_each_query_head(key, query).transpose(-1, -2) * scale  # [B, H, T, S]
    if softcap is not None:
        scores = softcap * torch.tanh(scores / softcap)
    if causal:
        mask = causal_mask(*scores.shape[-2:], scores.device)  # [T, S]
    exact = torch.promote_types(scores.dtype, torch.float32)
    if mask is None:
        return scores.softmax(-1, dtype=exact).to(scores.dtype)
    if mask.dtype != torch.bool:
        return (scores + mask.to(scores.dtype)).softmax(-1, dtype=exact).to(scores.dtype)
    # The lowest finite number in place of -inf: a row in which nothing is allowed must not become 0 / 0.
    scores = scores.masked_fill(~mask, torch.finfo(scores.dtype).min)
    weights = scores.softmax(-1, dtype=exact).to(scores.dtype)
    blind = ~mask.any(-1, keepdim=True)  # [..., T, 1]
    return weights.masked_fill(blind, 0) if blind.any() else weights


def attention_scale(positions: Tensor, floor_scale: int, attn_scale: float) -> Tensor:
    """What queries without rotation are multiplied by, so that they stay sharp among ever more keys.

    `1 + attn_scale * ln(1 + (position + 1) // floor_scale)`

    Args:
        positions: [T] or [B, T], whole numbers from 0.

    Returns:
        [T, 1] or [B, 1, T, 1], float32, for queries [B, H, T, D].

    Source: Nakanishi 2025, "Scalable-Softmax Is Superior for Attention"; the steps are those of Meta's Llama 4.
    """
    steps = torch.floor((positions.float() + 1) / floor_scale)
    factor = (torch.log1p(steps) * attn_scale + 1)[..., None]  # [..., T, 1]
    return factor if factor.dim() == 2 else factor[:, None]  # [T, 1] or [B, 1, T, 1]


class Attention(nn.Module):
    """Multi-head attention with all its switches, for block number `layer`.

    Args:
        config: `num_key_value_heads` makes it multi-head, grouped-query or multi-query; the other switches are those
            that `ModelConfig` lists under attention.
        layer: picks this layer's `layer_types`, and its place in a cache.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        kind = config.layer_types[layer]
        self.config = config = at(config, kind)
        self.layer = layer
        self.head_dim = config.head_dim
        shares, has_values = shares_keys(config, layer), kind != "full_attention" or not config.attention_k_eq_v
        wide = config.num_attention_heads * self.head_dim
        narrow = config.num_key_value_heads * self.head_dim
        bias = config.attention_bias
        self.q_proj = Linear(config.hidden_size, wide, bias=bias)
        self.k_proj = None if shares else Linear(config.hidden_size, narrow, bias=bias)
        self.v_proj = Linear(config.hidden_size, narrow, bias=bias) if has_values and not shares else None
        self.o_proj = Linear(wide, config.hidden_size, bias=config.attention_output_bias)
        self.q_norm = make_qk_norm(config, config.num_attention_heads)
        self.k_norm = None if shares else make_qk_norm(config, config.num_key_value_heads)
        self.output_gate = Linear(config.hidden_size, wide, bias=bias) if config.attn_output_gate else None
        self.sinks = nn.Parameter(torch.zeros(config.num_attention_heads)) if layer in config.sink_layers else None
        self.sub_norm = make_norm(config, wide) if config.sub_norms else None
        self.scale = (config.query_pre_attn_scalar or self.head_dim) ** -0.5

    def forward(
        self,
        x: Tensor,
        rotation: Rotation | None = None,
        mask: Tensor | None = None,
        cache: Cache | None = None,
        memory: Tensor | None = None,
        attention_scale: Tensor | None = None,
        handed: dict[str, Any] | None = None,
    ) -> Tensor:
        """Let each token of `x` gather from the tokens that it may see.

        Args:
            x: [B, T, C].
            rotation: that at the positions of `x`; None for none.
            mask: as in `attention`, from `layer_mask`. None for what the layer's type says
                where nothing is padding: back to the first token, the window or the chunk; all of a `memory`.
            cache: holds the keys and values of the tokens before these, and takes these in.
            memory: [B, S, C], another text to take keys and values from, in place of `x` (cross attention). It stands
                in no order with `x`, so nothing is turned.
            attention_scale: from the function of that name; None for none.
            handed: where layers share keys and values, those of the last layer of each type.

        Returns:
            [B, T, C].

        Raises:
            ValueError: for a memory together with a rotation or a cache.
        """
        if memory is not None and (rotation is not None or cache is not None):
            raise ValueError("memory: got a rotation or a cache with it, allowed neither")
        source = x if memory is None else memory
        query = self._heads(self.q_proj(x))  # [B, H, T, D]
        kind = self.config.layer_types[self.layer]
        if self.k_proj is None:
            query, (key, value) = self._placed(query, self.q_norm, rotation), handed[kind]  # [B, G, S, D]
        else:
            key, value = self._keys_and_values(source)  # [B, G, S, D]
            query, key = self._norm_and_rotate(query, key, rotation)
        if attention_scale is not None:
            query = (query * attention_scale).to(query.dtype)
        t = query.shape[2]
        past = 0 if cache is None else cache.length
        if cache is not None and self.k_proj is not None:
            key, value = cache.append(self.layer, key, value)  # [B, G, S, D]
        if handed is not None:
            handed[kind] = key, value
        if mask is None and memory is None:
            mask = layer_mask(self.config, kind, t, past + t, device=x.device)
        causal = mask is None and memory is None and t > 1
        if self.sinks is not None:
            key, value, mask = with_sinks(query, key, value, mask, self.sinks)  # [B, G, 1 + S, D]
            causal = False
        softcap = self.config.attn_logit_softcapping
        out = attention(query, key, value, mask, causal, scale=self.scale, softcap=softcap)
        out = out.transpose(1, 2).flatten(2)  # [B, T, H * D]
        if self.output_gate is not None:
            out = out * self.output_gate(x).sigmoid()
        return self.o_proj(out if self.sub_norm is None else self.sub_norm(out))  # [B, T, C]

    def _keys_and_values(self, source: Tensor) -> tuple[Tensor, Tensor]:
        key = self._heads(self.k_proj(source))
        value = key if self.v_proj is None else self._heads(self.v_proj(source))
        if (bound := self.config.clip_qkv) is not None:
            value = value.clamp(-bound, bound)
        if self.config.v_norm:
            value = rms_norm(value, None, self.config.rms_norm_eps)
        return key, value

    def _norm_and_rotate(self, query: Tensor, key: Tensor, rotation: Rotation | None) -> tuple[Tensor, Tensor]:
        return self._placed(query, self.q_norm, rotation), self._placed(key, self.k_norm, rotation)

    def _placed(self, x: Tensor, norm: nn.Module | None, rotation: Rotation | None) -> Tensor:
        """Norm queries or keys, and turn them."""
        if self.config.qk_norm == "before":
            x = norm(x)
        if (bound := self.config.clip_qkv) is not None:
            x = x.clamp(-bound, bound)
        if rotation is None:
            return x
        x = apply_rope(x, rotation)
        if self.config.qk_norm == "after":
            x = rms_norm(x, None, self.config.rms_norm_eps) if norm is None else norm(x)
        return x

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (-1, self.head_dim)).transpose(1, 2)  # [B, H, T, D]


def _check(query: Tensor, key: Tensor, mask: Tensor | None, causal: bool) -> None:
    _, h, t, _ = query.shape
    _, g, s, _ = key.shape
    if h % g:
        raise ValueError(f"query: got {h} heads, allowed a multiple of the key's {g}")
    if causal and (mask is not None or t != s):
        raise ValueError(
            f"causal: got it with {'a mask' if t == s else f'T {t} and S {s}'}, allowed T == S and no mask"
        )


def _for_each_query_head(x: Tensor, query: Tensor) -> Tensor:
    """Give every query head its own copy of the key or value head that it reads."""
    return x.repeat_interleave(query.shape[1] // x.shape[1], 1)  # [B, H, S, D]
