"""Latent attention: keys and values of all heads are made from one short vector a token, and only that is kept."""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.config.costs import latent_attention_flops
from lessons_lib.layers.attention import Cache, attention
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.masks import layer_mask
from lessons_lib.layers.norm import RMSNorm
from lessons_lib.layers.position import Rotation, apply_rope
from lessons_lib.layers.quantized import QuantizedLinear
from lessons_lib.layers.variants.indexer import Indexer

_EPS = 1e-6  # of the two norms here, whatever `rms_norm_eps` says: so it is in DeepSeek's own code


class LatentAttention(nn.Module):
    """Multi-head latent attention, for block number `layer`.

    A token's latent has `kv_lora_rank` numbers, R below. For each head one matrix makes a key of N numbers from it, and
    one a value. The latent carries no position, so beside it stands one more key, of r = `qk_rope_head_dim` numbers,
    which is rotated and which all heads share. A query is as wide as both keys together, D = N + r, and turns only its
    last r numbers.

    With W the matrix that makes a head's keys from latents, `q . (W latent)` is `(W^T q) . latent`: a query can be
    brought to the latents where bringing the latents to the keys would be more work. The same goes for the values. So
    there are two ways to one result. A text that is read at once is expanded into keys and values; a token that follows
    a long text is absorbed into the latents. Each time the way with fewer operations is taken.

    Args:
        config: `kv_lora_rank`, `q_lora_rank`, `qk_rope_head_dim`, `head_dim`, `v_head_dim` and the other switches that
            `ModelConfig` lists under attention, but for `qk_norm` and `num_key_value_heads`.
        layer: picks this layer's `layer_types`, and its place in a cache.

    Source: DeepSeek-AI 2024, "DeepSeek-V2", section 2.1 and appendix C.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__()
        self.config = config
        self.layer = layer
        rotated = config.qk_rope_head_dim
        self.parts = (config.head_dim - rotated, rotated)  # of a query: N numbers that stay and r that turn
        width = config.hidden_size
        heads = config.num_attention_heads
        rank = config.kv_lora_rank
        if config.q_lora_rank is None:
            self.q_proj = Linear(width, heads * config.head_dim, bias=False)
        else:
            self.q_a_proj = Linear(width, config.q_lora_rank, bias=config.attention_bias)
            self.q_a_layernorm = RMSNorm(config.q_lora_rank, _EPS)
            self.q_b_proj = Linear(config.q_lora_rank, heads * config.head_dim, bias=False)
        self.kv_a_proj_with_mqa = Linear(width, rank + rotated, bias=config.attention_bias)
        self.kv_a_layernorm = RMSNorm(rank, _EPS)
        self.kv_b_proj = Linear(rank, heads * (self.parts[0] + config.v_head_dim), bias=False)
        self.o_proj = Linear(heads * config.v_head_dim, width, bias=config.attention_output_bias)
        self.indexer = Indexer(config) if layer in config.index_layers else None
        self.scale = (config.query_pre_attn_scalar or config.head_dim) ** -0.5

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
        """Let each token of `x` gather from the tokens that it may see; the arguments are those of `Attention`.

        A cache holds the latents as its keys, [B, 1, S, R], and the rotated keys as its values, [B, 1, S, r]; beside
        these are the indexer's keys, where there is one. What the indexer chose is `handed` on.

        Returns:
            [B, T, C].

        Raises:
            ValueError: for a memory: keys that are kept as latents are made from `x` itself.
        """
        if memory is not None:
            raise ValueError(f"memory: got one of shape {list(memory.shape)}, allowed None in latent attention")
        short = None if self.config.q_lora_rank is None else self.q_a_layernorm(self.q_a_proj(x))  # [B, T, q_lora_rank]
        query = self._query(self.q_proj(x) if short is None else self.q_b_proj(short), rotation)  # [B, H, T, D]
        if attention_scale is not None:
            query = (query * attention_scale).to(query.dtype)
        latent, rotated = self._latent(x, rotation)  # [B, 1, T, R], [B, 1, T, r]
        if self.indexer is not None:
            rotated = torch.cat((rotated, self.indexer.key(x, rotation)), -1)  # [B, 1, T, r + d]
        t = x.shape[1]
        past = 0 if cache is None else cache.length
        if cache is not None:
            latent, rotated = cache.append(self.layer, latent, rotated)  # [B, 1, S, R], [B, 1, S, r]
        if mask is None:
            mask = layer_mask(self.config, self.config.layer_types[self.layer], t, past + t, device=x.device)
        rotated, index_key = rotated.split((self.parts[1], rotated.shape[-1] - self.parts[1]), -1)  # r, d
        if self.config.index_topk is not None:
            handed = {} if handed is None else handed
            if self.indexer is not None:
                handed["chosen"] = self.indexer(x, short, rotation, index_key, mask)
            mask = mask if handed["chosen"] is None else handed["chosen"]
        s = latent.shape[2]
        expanded, absorbed = latent_attention_flops(self.config, t, s, pairs=t * s)
        attend = self._absorbed if absorbed < expanded else self._expanded
        out = attend(query, latent, rotated, mask)  # [B, H, T, v_head_dim]
        return self.o_proj(out.transpose(1, 2).flatten(2))  # [B, T, C]

    def _query(self, query: Tensor, rotation: Rotation | None) -> Tensor:
        query = self._heads(query)  # [B, H, T, D]
        if rotation is None:
            return query
        plain, rotated = query.split(self.parts, -1)  # [B, H, T, N], [B, H, T, r]
        return torch.cat((plain, apply_rope(rotated, rotation)), -1)  # [B, H, T, D]

    def _latent(self, x: Tensor, rotation: Rotation | None) -> tuple[Tensor, Tensor]:
        """What is kept of each token: its latent [B, 1, T, R] and its rotated key [B, 1, T, r]."""
        both = self.kv_a_proj_with_mqa(x)[:, None]  # [B, 1, T, R + r]
        latent, key = both.split((self.config.kv_lora_rank, self.config.qk_rope_head_dim), -1)
        return self.kv_a_layernorm(latent), key if rotation is None else apply_rope(key, rotation)

    def _expanded(self, query: Tensor, latent: Tensor, rotated: Tensor, mask: Tensor | None) -> Tensor:
        """Make the keys and values of every head, then attend as ever."""
        both = self._heads(self.kv_b_proj(latent[:, 0]))  # [B, H, S, N + v_head_dim]
        plain, value = both.split((self.parts[0], self.config.v_head_dim), -1)
        key = torch.cat((plain, rotated.expand(-1, query.shape[1], -1, -1)), -1)  # [B, H, S, D]
        # The kernel that never holds all scores wants values as wide as keys; zeros change nothing.
        width = max(self.config.head_dim, self.config.v_head_dim)
        query, key, value = (_widened(x, width) for x in (query, key, value))
        return self._attend(query, key, value, mask)[..., : self.config.v_head_dim]  # [B, H, T, v_head_dim]

    def _absorbed(self, query: Tensor, latent: Tensor, rotated: Tensor, mask: Tensor | None) -> Tensor:
        """Attend to the latents themselves: all heads share one key, and its first R numbers are the value."""
        plain, turned_query = query.split(self.parts, -1)  # [B, H, T, N], [B, H, T, r]
        to_key, to_value = self._matrices(query.dtype)
        query = torch.cat((torch.einsum("bhtn,hnr->bhtr", plain, to_key), turned_query), -1)  # [B, H, T, R + r]
        key = torch.cat((latent, rotated), -1)  # [B, 1, S, R + r]
        mean = self._attend(query, key, key, mask)[..., : latent.shape[-1]]  # [B, H, T, R]
        return torch.einsum("bhtr,hvr->bhtv", mean, to_value)  # [B, H, T, v_head_dim]

    def _attend(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        causal = mask is None and query.shape[2] > 1
        softcap = self.config.attn_logit_softcapping
        return attention(query, key, value, mask, causal, scale=self.scale, softcap=softcap)

    def _matrices(self, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """The matrices of each head that make a key and a value from a latent: [H, N, R] and [H, v_head_dim, R]."""
        both = self.kv_b_proj
        weight = both.dequantize(dtype) if isinstance(both, QuantizedLinear) else both.weight
        by_head = weight.unflatten(0, (self.config.num_attention_heads, -1))  # [H, N + v_head_dim, R]
        return by_head.split((self.parts[0], self.config.v_head_dim), 1)

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(-1, (self.config.num_attention_heads, -1)).transpose(1, 2)  # [B, H, T, ...]


def _widened(x: Tensor, width: int) -> Tensor:
    return x if x.shape[-1] == width else F.pad(x, (0, width - x.shape[-1]))  # [..., width]
