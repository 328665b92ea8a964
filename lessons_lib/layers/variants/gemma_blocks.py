"""The blocks of Gemma 3n and Gemma 4, which read more than the stream: embeddings for each layer, experts beside."""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.config.by_layer import inner_width
from lessons_lib.layers.attention import Cache
from lessons_lib.layers.block import Block
from lessons_lib.layers.feed_forward import FeedForward
from lessons_lib.layers.moe import MixtureOfExperts, Router, Routing
from lessons_lib.layers.norm import make_norm, rms_norm
from lessons_lib.layers.position import Rotation
from lessons_lib.layers.variants.altup import AltUp, Laurel
from lessons_lib.layers.variants.layer_embeddings import LayerEmbedding


class ScaledRouter(Router):
    """A router that norms what it reads, and multiplies each expert's weight by a number of the expert's own."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__(config)
        self.scale = nn.Parameter(torch.ones(config.hidden_size))
        self.per_expert_scale = nn.Parameter(torch.ones(config.num_local_experts))

    def forward(self, x: Tensor) -> Routing:
        """Route tokens [N, C]."""
        normed = rms_norm(x, None, self.config.rms_norm_eps) * self.scale * x.shape[-1] ** -0.5
        routing = super().forward(normed)
        return routing._replace(weights=routing.weights * self.per_expert_scale[routing.experts])


class ExpertsBeside(MixtureOfExperts):
    """A feed-forward network and, beside it, experts that read the stream by a norm of their own."""

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__(config)
        self.router = ScaledRouter(config)
        self.dense = FeedForward(config, inner_width(config, layer))
        self.dense_norm = make_norm(config)
        self.experts_input_norm = make_norm(config)
        self.experts_norm = make_norm(config)

    def forward(self, x: Tensor, stream: Tensor) -> Tensor:
        """Map the normed stream, and the stream, [B, T, C] each, to [B, T, C]."""
        tokens = stream.flatten(0, -2)  # [N, C]
        found = self._dispatch(self.experts_input_norm(tokens), self.router(tokens)).view_as(stream)
        return self.dense_norm(self.dense(x)) + self.experts_norm(found)


class GemmaBlock(Block):
    """A block with norms on both sides of each part, and what Gemma 4 adds to one.

    That is experts beside the feed-forward network, an embedding of the tokens for this layer, and a number that the
    stream is multiplied by at the end.

    Source: Google 2026, Gemma 4, as Hugging Face transformers 5 builds it.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__(config, layer)
        self.layer = layer
        self.beside = config.dense_beside_experts and layer in config.moe_layers
        if self.beside:
            self.mlp = ExpertsBeside(config, layer)
        has_embedding = config.hidden_size_per_layer_input is not None
        self.embedding = LayerEmbedding(config) if has_embedding else None
        self.layer_scalar = nn.Parameter(torch.ones(1)) if config.layer_scalar else None

    def forward(
        self,
        x: Tensor,
        rotation: Rotation | None = None,
        mask: Tensor | None = None,
        cache: Cache | None = None,
        attention_scale: Tensor | None = None,
        **handed: Any,
    ) -> Tensor:
        """Map [B, T, C] to [B, T, C]; the other arguments are those of `Attention`."""
        attended = self.self_attn(
            self.input_layernorm(x), rotation, mask, cache, attention_scale=attention_scale, **handed
        )
        x = x + self.post_attention_layernorm(attended)
        normed = self.pre_feedforward_layernorm(x)
        x = x + self.post_feedforward_layernorm(self.mlp(normed, x) if self.beside else self.mlp(normed))
        if self.embedding is not None:
            x = x + self.embedding(x, handed["handed"]["embeddings"][self.layer])
        return x if self.layer_scalar is None else x * self.layer_scalar


class AltUpBlock(Block):
    """The block of Gemma 3n: attention with a way around it, on the first of several streams.

    Source: Google 2025, Gemma 3n, as Hugging Face transformers 5 builds it.
    """

    def __init__(self, config: ModelConfig, layer: int) -> None:
        super().__init__(config, layer)
        self.layer = layer
        self.altup = AltUp(config)
        self.laurel = Laurel(config)
        self.embedding = LayerEmbedding(config)

    def forward(
        self,
        x: Tensor,
        rotation: Rotation | None = None,
        mask: Tensor | None = None,
        cache: Cache | None = None,
        attention_scale: Tensor | None = None,
        **handed: Any,
    ) -> Tensor:
        """Map [N, B, T, C] to [N, B, T, C]; the other arguments are those of `Attention`."""
        guesses = self.altup.predict(x)
        active = guesses[0]  # [B, T, C]
        normed = self.input_layernorm(active)
        attended = self.self_attn(normed, rotation, mask, cache, attention_scale=attention_scale, **handed)
        y = (active + self.post_attention_layernorm(attended) + self.laurel(normed)) / math.sqrt(2)
        y = y + self.post_feedforward_layernorm(self.mlp(self.pre_feedforward_layernorm(y)))
        corrected = self.altup.correct(guesses, y)
        scaled = corrected[0] * self.altup.correct_output_scale
        added = self.embedding(scaled, handed["handed"]["embeddings"][self.layer])
        return torch.cat((corrected[:1], corrected[1:] + added))
