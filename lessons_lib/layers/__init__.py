"""The parts of a decoder, as pure functions and as thin modules that hold their weights."""

from lessons_lib.layers.attention import Attention, attention
from lessons_lib.layers.block import Block
from lessons_lib.layers.embedding import Embedding
from lessons_lib.layers.feed_forward import FeedForward
from lessons_lib.layers.linear import Linear, linear
from lessons_lib.layers.masks import causal_mask, padded_causal_mask
from lessons_lib.layers.norm import RMSNorm, rms_norm
from lessons_lib.layers.position import Rotation, apply_rope, rope_frequencies, rotation

__all__ = [
    "Attention",
    "Block",
    "Embedding",
    "FeedForward",
    "Linear",
    "RMSNorm",
    "Rotation",
    "apply_rope",
    "attention",
    "causal_mask",
    "linear",
    "padded_causal_mask",
    "rms_norm",
    "rope_frequencies",
    "rotation",
]
