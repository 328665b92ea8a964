"""The parts of a language model, as pure functions and as thin modules that hold their weights."""

from lessons_lib.layers.attention import Attention, attention, attention_scale, attention_weights
from lessons_lib.layers.balance import adjust_correction_bias, expert_load, load_balancing_loss, record_routes
from lessons_lib.layers.block import Block
from lessons_lib.layers.embedding import Embedding
from lessons_lib.layers.feed_forward import FeedForward, silu
from lessons_lib.layers.latent_attention import LatentAttention
from lessons_lib.layers.linear import Linear, linear
from lessons_lib.layers.lora import (
    LoraConfig,
    LoraLinear,
    QuantizedLoraLinear,
    adapters,
    add_lora,
    merge_lora,
    remove_lora,
    sharing_weights,
    without_lora,
)
from lessons_lib.layers.masks import causal_mask, chunked_mask, layer_mask, pad_mask, sliding_window_mask
from lessons_lib.layers.moe import MixtureOfExperts, Router, Routing, route
from lessons_lib.layers.norm import LayerNorm, RMSNorm, layer_norm, make_norm, rms_norm
from lessons_lib.layers.position import (
    LearnedPositions,
    Rotation,
    apply_rope,
    rope_attention_factor,
    rope_frequencies,
    rotation,
    sinusoidal_positions,
)
from lessons_lib.layers.quantized import (
    Quantization,
    QuantizedEmbedding,
    QuantizedLinear,
    dequantize_groups,
    quantize,
    quantize_groups,
)

__all__ = [
    "Attention",
    "Block",
    "Embedding",
    "FeedForward",
    "LatentAttention",
    "LayerNorm",
    "LearnedPositions",
    "Linear",
    "LoraConfig",
    "LoraLinear",
    "MixtureOfExperts",
    "Quantization",
    "QuantizedEmbedding",
    "QuantizedLinear",
    "QuantizedLoraLinear",
    "RMSNorm",
    "Rotation",
    "Router",
    "Routing",
    "adapters",
    "add_lora",
    "adjust_correction_bias",
    "apply_rope",
    "attention",
    "attention_scale",
    "attention_weights",
    "causal_mask",
    "chunked_mask",
    "dequantize_groups",
    "expert_load",
    "layer_mask",
    "layer_norm",
    "linear",
    "load_balancing_loss",
    "make_norm",
    "merge_lora",
    "pad_mask",
    "quantize",
    "quantize_groups",
    "record_routes",
    "remove_lora",
    "rms_norm",
    "rope_attention_factor",
    "rope_frequencies",
    "rotation",
    "route",
    "sharing_weights",
    "silu",
    "sinusoidal_positions",
    "sliding_window_mask",
    "without_lora",
]
