"""What a layer has that others of its model have not: heads of another width or number."""

from __future__ import annotations

from dataclasses import replace

from lessons_lib.config.model_config import ModelConfig


def at(config: ModelConfig, layer_type: str) -> ModelConfig:
    """The config as layers of one type have it: in full ones with `full_head_dim` and `full_num_key_value_heads`."""
    if layer_type != "full_attention" or not (config.full_head_dim or config.full_num_key_value_heads):
        return config
    heads = config.full_num_key_value_heads or config.num_key_value_heads
    width = config.full_head_dim or config.head_dim
    return replace(config, head_dim=width, num_key_value_heads=heads, full_head_dim=None, full_num_key_value_heads=None)


def shares_keys(config: ModelConfig, layer: int) -> bool:
    """Whether a layer takes its keys and values from another."""
    return layer >= config.num_hidden_layers - config.num_kv_shared_layers


def inner_width(config: ModelConfig, layer: int) -> int:
    """The width inside a layer's feed-forward network."""
    return config.intermediate_size if config.mlp_widths is None else config.mlp_widths[layer]
