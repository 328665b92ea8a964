"""Embeddings for each layer: a token has a second, narrow row for each block, which is let in at the block's end."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.embedding import Embedding
from lessons_lib.layers.feed_forward import ACTIVATIONS
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.norm import make_norm


def layer_embedding_parts(config: ModelConfig) -> dict[str, nn.Module]:
    """The modules of a model that `layer_embeddings` reads, by their names; none in a model without such embeddings."""
    if config.hidden_size_per_layer_input is None:
        return {}
    width = config.num_hidden_layers * config.hidden_size_per_layer_input
    return {
        "embed_tokens_per_layer": Embedding(config.vocab_size_per_layer_input, width),
        "per_layer_model_projection": Linear(config.hidden_size, width, bias=False),
        "per_layer_projection_norm": make_norm(config, config.hidden_size_per_layer_input),
    }


def layer_embeddings(parts: nn.ModuleDict, config: ModelConfig, token_ids: Tensor, x: Tensor) -> Tensor:
    """What each layer is told of each token: its row for that layer, and a projection of its embedding.

    Args:
        parts: from `layer_embedding_parts`.
        config: the model's.
        token_ids: [B, T]; those beyond the table have its first row.
        x: [B, T, C], their embeddings.

    Returns:
        [layers, B, T, P].

    Source: Google 2025, Gemma 3n, as Hugging Face transformers 5 builds it.
    """
    p = config.hidden_size_per_layer_input
    known = torch.where(token_ids < config.vocab_size_per_layer_input, token_ids, 0)
    rows = parts["embed_tokens_per_layer"](known) * torch.tensor(p**0.5, dtype=x.dtype)
    made = parts["per_layer_model_projection"](x) * config.hidden_size**-0.5
    made = parts["per_layer_projection_norm"](made.unflatten(-1, (-1, p)))  # [B, T, layers, P]
    return ((made + rows.unflatten(-1, (-1, p))) * 2**-0.5).movedim(2, 0)


class LayerEmbedding(nn.Module):
    """What a block does with its embedding: a gate from the stream opens it, and a projection brings it in."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        width, p = config.hidden_size, config.hidden_size_per_layer_input
        self.gate = Linear(width, p, bias=False)
        self.projection = Linear(p, width, bias=False)
        self.norm = make_norm(config)
        self.activation = ACTIVATIONS[config.hidden_act]

    def forward(self, x: Tensor, embedding: Tensor) -> Tensor:
        """Map [B, T, C] and [B, T, P] to what is added to the stream, [B, T, C]."""
        return self.norm(self.projection(self.activation(self.gate(x)) * embedding))
