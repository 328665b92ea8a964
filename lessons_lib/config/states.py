"""Layers that keep a state in place of keys and values: which kinds there are, what each needs, keeps and learns."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lessons_lib.config.model_config import ModelConfig

KEYS, VALUES = ("linear_num_key_heads", "linear_key_head_dim"), ("linear_num_value_heads", "linear_value_head_dim")
_CONVOLVED = ("linear_conv_kernel_dim",)

# The sizes that each kind of layer needs.
STATES = {
    "conv": _CONVOLVED,
    "mamba": (*KEYS, *VALUES, *_CONVOLVED, "time_step_rank"),
    "mamba2": (*KEYS, *VALUES, *_CONVOLVED),
    "gated_delta": (*KEYS, *VALUES, *_CONVOLVED),
    "kimi_delta": (*KEYS, *VALUES, *_CONVOLVED),
    "lightning": (*KEYS, *VALUES),
}


def state_shapes(config: ModelConfig, kind: str) -> tuple[tuple[int, int], tuple[int, int, int]]:
    """What a layer of one kind keeps of a text, however long it is.

    Returns:
        (columns, channels) of the window that its convolution looks back on, and (heads, K, V) of its matrices; zeros
        for a part that it does not have.
    """
    if kind == "lightning":
        return (0, 0), (config.linear_num_value_heads, config.linear_key_head_dim, config.linear_value_head_dim)
    columns = config.linear_conv_kernel_dim - 1
    if kind == "conv":
        return (columns, config.hidden_size), (0, 0, 0)
    matrices = (config.linear_num_value_heads, config.linear_key_head_dim, config.linear_value_head_dim)
    channels = config.linear_num_value_heads * config.linear_value_head_dim
    if kind != "mamba":  # queries and keys pass through the convolution too
        channels += 2 * config.linear_num_key_heads * config.linear_key_head_dim
    return (columns, channels), matrices


def state_numbers(config: ModelConfig, kind: str) -> int:
    """How many numbers a layer of one kind keeps of each text."""
    (columns, channels), (heads, k, v) = state_shapes(config, kind)
    return columns * channels + heads * k * v


def mixer_matrices(config: ModelConfig, kind: str) -> int:
    """The numbers in the projections of a layer of one kind: what a token is multiplied with."""
    c = config.hidden_size
    if kind == "conv":
        return 4 * c * c
    (_, channels), (heads, k, v) = state_shapes(config, kind)
    inner = heads * v
    if kind == "mamba":  # in, out, what is selected, and the step
        return 3 * c * inner + inner * (config.time_step_rank + 2 * k) + config.time_step_rank * inner
    if kind == "lightning":
        return 5 * c * inner
    if kind == "kimi_delta":  # in and out, two thin pairs, and how much each head writes
        return 4 * c * inner + 2 * v * (c + inner) + c * heads
    steps = heads if kind == "mamba2" else 2 * heads  # each head's step; with the delta rule also how much it writes
    return c * (channels + inner + steps) + inner * c


def mixer_parameters(config: ModelConfig, kind: str) -> int:
    """All that a layer of one kind learns."""
    (columns, channels), (heads, k, v) = state_shapes(config, kind)
    inner, c = heads * v, config.hidden_size
    total = mixer_matrices(config, kind) + channels * (columns + 1 + config.linear_conv_bias)
    if kind == "conv":
        return total + (4 * c if config.linear_proj_bias else 0)
    if kind == "mamba":
        norms = config.time_step_rank + 2 * k if config.selection_norm == "weighted" else 0
        return total + inner * k + 2 * inner + norms + (2 * inner + c if config.linear_proj_bias else 0)
    if kind == "mamba2":
        biases = channels + inner + heads + c if config.linear_proj_bias else 0
        return total + 3 * heads + (inner if config.gate_norm else 0) + biases
    if kind == "lightning":
        return total + inner
    if kind == "kimi_delta":
        return total + heads + inner + v
    return total + 2 * heads + v
