"""The whole transformer of 2017, built of the library's parts: an encoder that reads, a decoder that writes."""

import torch
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers import Attention, Embedding, FeedForward, LayerNorm, Linear, sinusoidal_positions


def config_2017(
    vocab_size: int = 37_000, width: int = 512, inner: int = 2048, heads: int = 8, layers: int = 6
) -> ModelConfig:
    """The sizes of the paper's base model, and the switches of its attention and its feed-forward network."""
    return ModelConfig(
        vocab_size=vocab_size,
        hidden_size=width,
        intermediate_size=inner,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        norm_type="layer",
        norm_placement="post",
        position_embedding_type="sinusoidal",
        embedding_multiplier=width**0.5,
        hidden_act="relu",
        gated_mlp=False,
        mlp_bias=True,
        tie_word_embeddings=True,
        initializer_range=width**-0.5,
    )


class EncoderLayer(nn.Module):
    """Every token looks at all of its text; then each thinks alone."""

    def __init__(self, config: ModelConfig, dropout: float) -> None:
        super().__init__()
        self.self_attn = Attention(config, layer=0)
        self.mlp = FeedForward(config)
        self.norm1, self.norm2 = (LayerNorm(config.hidden_size, config.rms_norm_eps) for _ in range(2))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, S, C] to [B, S, C]."""
        everyone = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool)  # [S, S]
        x = self.norm1(x + self.dropout(self.self_attn(x, mask=everyone)))
        return self.norm2(x + self.dropout(self.mlp(x)))


class DecoderLayer(nn.Module):
    """Every token looks back in its own text, then at all of the other; then each thinks alone."""

    def __init__(self, config: ModelConfig, dropout: float) -> None:
        super().__init__()
        self.self_attn, self.cross_attn = (Attention(config, layer=0) for _ in range(2))
        self.mlp = FeedForward(config)
        self.norm1, self.norm2, self.norm3 = (LayerNorm(config.hidden_size, config.rms_norm_eps) for _ in range(3))
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """Map [B, T, C] to [B, T, C], with a view of [B, S, C]."""
        x = self.norm1(x + self.dropout(self.self_attn(x)))
        x = self.norm2(x + self.dropout(self.cross_attn(x, memory=memory)))
        return self.norm3(x + self.dropout(self.mlp(x)))


class EncoderDecoder(nn.Module):
    """From two texts of token ids to a score for every word that could follow each token of the second.

    As in the paper, one table serves both texts and, turned round, as the head; attention has no biases.

    Args:
        config: from `config_2017`.
        dropout: the share of numbers that training drops.

    Source: Vaswani et al. 2017, "Attention Is All You Need", section 3 and figure 1.
    """

    def __init__(self, config: ModelConfig, dropout: float = 0.1) -> None:
        super().__init__()
        self.config = config
        self.embedding = Embedding(config.vocab_size, config.hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.encoder = nn.ModuleList(EncoderLayer(config, dropout) for _ in range(config.num_hidden_layers))
        self.decoder = nn.ModuleList(DecoderLayer(config, dropout) for _ in range(config.num_hidden_layers))
        self.head = Linear(config.hidden_size, config.vocab_size, bias=False)
        for parameter in self.parameters():
            if parameter.dim() == 2 and not parameter.is_meta:
                nn.init.normal_(parameter, std=config.initializer_range)
        self.head.weight = self.embedding.weight

    def embedded(self, ids: Tensor) -> Tensor:
        """Token ids [B, T] to vectors [B, T, C] that know their places."""
        x = self.embedding(ids) * self.config.embedding_multiplier
        return self.dropout(x + sinusoidal_positions(*x.shape[1:]).to(x))

    def forward(self, source: Tensor, target: Tensor) -> Tensor:
        """Source [B, S] and target [B, T] to scores [B, T, V]."""
        memory = self.embedded(source)  # [B, S, C]
        for layer in self.encoder:
            memory = layer(memory)
        x = self.embedded(target)  # [B, T, C]
        for layer in self.decoder:
            x = layer(x, memory)
        return self.head(x)
