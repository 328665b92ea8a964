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
    d, rank, q_rank = config.head_dim, config.kv_lora_rank, config.q_lora_rank or 0
    total = attention_matrices(config) + (config.hidden_size if config.attention_output_bias else 0)
    if rank is None:
        norms = 2 * d if config.qk_norm == "before" else 0
        biased = (config.num_attention_heads + 2 * config.num_key_value_heads) * d
    else:
        total += rank * config.num_attention_heads * (d - config.qk_rope_head_dim + config.v_head_dim)
        norms, biased = q_rank + rank, q_rank + rank + config.qk_rope_head_dim
    return total + norms + (biased if config.attention_bias else 0)


def attention_matrices(config: ModelConfig) -> int:
    """The numbers in one layer's projections, but for the one that makes keys and values from latents."""
    c, query = config.hidden_size, config.num_attention_heads * config.head_dim
    if config.kv_lora_rank is None:
        return 2 * c * (query + config.num_key_value_heads * config.head_dim)  # q and o, k and v
    to_query = c * query if config.q_lora_rank is None else config.q_lora_rank * (c + query)
    to_latent = c * (config.kv_lora_rank + config.qk_rope_head_dim)
    return to_query + to_latent + c * config.num_attention_heads * config.v_head_dim


def feed_forward_parameters(config: ModelConfig, width: int) -> int:
    """Those of one feed-forward network of some width, such as one expert."""
    inner = 2 if config.gated_mlp else 1  # projections into the width
    biases = inner * width + config.hidden_size if config.mlp_bias else 0
    return feed_forward_matrices(config, width) + biases


def feed_forward_matrices(config: ModelConfig, width: int) -> int:
    """The numbers in the projections of one feed-forward network."""
    return (3 if config.gated_mlp else 2) * config.hidden_size * width


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
