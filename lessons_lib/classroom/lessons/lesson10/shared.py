"""What several parts of lesson 10 use: sizes that all differ, and one part of a model with random weights."""

from collections.abc import Iterable

import torch
from torch import nn

from lessons_lib import ModelConfig
from lessons_lib.layers import rope_frequencies, rotation
from lessons_lib.layers.position import Rotation

# No two sizes are equal, so that no axis can be mistaken for another; they fit both our config and transformers'.
SIZES = {
    "vocab_size": 97,
    "hidden_size": 36,
    "intermediate_size": 52,
    "num_hidden_layers": 4,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 10,
    "max_position_embeddings": 128,
    "tie_word_embeddings": False,
}
# What latent attention has besides, with keys of its own for each head.
LATENT = {
    "num_key_value_heads": 6,
    "head_dim": 14,
    "kv_lora_rank": 16,
    "q_lora_rank": 24,
    "qk_rope_head_dim": 4,
    "v_head_dim": 8,
    "rope_pairing": "interleaved",
}
T = 41  # tokens of a text: longer than every window here


def random_part(kind: type[nn.Module], config: ModelConfig, *where: int) -> nn.Module:
    """A part of a model, such as `Attention`, with random weights; those of norms and biases lie around 0.5."""
    torch.manual_seed(0)
    part = kind(config, *where)
    for parameter in part.parameters():
        nn.init.normal_(parameter, mean=0.5 * (parameter.dim() == 1), std=0.3)
    return part.eval()


def turning(config: ModelConfig) -> Rotation:
    """The rotation of `T` tokens."""
    return rotation(torch.arange(T), rope_frequencies(config), config.rope_pairing)


def said(numbers: Iterable[float], digits: int = 2) -> str:
    """Some numbers in a line, rounded."""
    return "  ".join(f"{round(float(number), digits) + 0.0:.{digits}f}" for number in numbers)
