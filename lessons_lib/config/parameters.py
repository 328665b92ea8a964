"""How many numbers a model learns, by formula, and how many of them one token meets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lessons_lib.config.model_config import ModelConfig


def count(config: ModelConfig, active: bool = False) -> int:
    """All parameters of a model; a tied matrix counts once.

    Args:
        active: leave out the experts that a token is not sent to.
    """
    c = config.hidden_size
    norm = 2 * c if config.norm_type == "layer" else c
    norms = 4 if config.norm_placement == "sandwich" else 2
    matrices = 1 if config.tie_word_embeddings else 2
    ends = matrices * config.vocab_size * c + (0 if config.norm_placement == "post" else norm)
    places = config.max_position_embeddings * c if config.position_embedding_type == "learned" else 0
    with_experts, layers = len(config.moe_layers), config.num_hidden_layers
    blocks = layers * (attention_parameters(config) + norms * norm)
    blocks += (layers - with_experts) * feed_forward_parameters(config, config.intermediate_size)
    if with_experts:
        blocks += with_experts * expert_layer_parameters(config, active)
    return ends + places + blocks


def attention_parameters(config: ModelConfig) -> int:
    """Those of one layer's attention."""
    c, h, d, bias = config.hidden_size, config.num_attention_heads, config.head_dim, config.attention_bias
    if config.kv_lora_rank is not None:
        return _latent_attention_parameters(config)
    q, kv = h * d, config.num_key_value_heads * d
    norms = 2 * d if config.qk_norm == "before" else 0
    biases = (q + 2 * kv if bias else 0) + (c if config.attention_output_bias else 0)
    return 2 * c * q + 2 * c * kv + norms + biases


def feed_forward_parameters(config: ModelConfig, width: int) -> int:
    """Those of one feed-forward network of some width, such as one expert."""
    inner = 2 if config.gated_mlp else 1  # projections into the width
    biases = inner * width + config.hidden_size if config.mlp_bias else 0
    return (inner + 1) * config.hidden_size * width + biases


def expert_layer_parameters(config: ModelConfig, active: bool = False) -> int:
    """Those of one layer's router and experts.

    Args:
        active: leave out the experts that a token is not sent to.
    """
    width, routed = config.moe_intermediate_size, config.num_experts_per_tok if active else config.num_local_experts
    total = config.num_local_experts * config.hidden_size + routed * feed_forward_parameters(config, width)
    if config.n_shared_experts:
        total += feed_forward_parameters(config, config.n_shared_experts * width)
    return total


def _latent_attention_parameters(config: ModelConfig) -> int:
    c, h, d, v = config.hidden_size, config.num_attention_heads, config.head_dim, config.v_head_dim
    rank, turned, q_rank = config.kv_lora_rank, config.qk_rope_head_dim, config.q_lora_rank
    queries = c * h * d if q_rank is None else c * q_rank + q_rank + q_rank * h * d
    keys_and_values = c * (rank + turned) + rank + rank * h * (d - turned + v)
    biases = ((q_rank or 0) + rank + turned if config.attention_bias else 0) + (
        c if config.attention_output_bias else 0
    )
    return queries + keys_and_values + h * v * c + biases
