"""ModelConfig: every number and switch that a language model needs before it has a single weight.

The field names are those of a Hugging Face `config.json` where it has one. A model family is nothing but a choice of
these values; the layers read the fields and never ask for a family's name.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from lessons_lib.config.parameters import count
from lessons_lib.config.presets import PRESETS
from lessons_lib.config.rules import complete


@dataclass(frozen=True, kw_only=True)
class ModelConfig:
    """The shape and the switches of one model. What is not set is as in Llama.

    Args:
        vocab_size: rows of the embedding matrix, `V`.
        hidden_size: width of the residual stream, `C`.
        intermediate_size: width inside the feed-forward network, `F`.
        num_hidden_layers: number of blocks.
        num_attention_heads: query heads, `H`.
        num_key_value_heads: key and value heads, `G`; divides `H`. None means `H`.
        head_dim: width of one head, `D`. None means `hidden_size / num_attention_heads`; models exist where it differs.
        v_head_dim: width of one head of values, in latent attention; None means `head_dim`.
        max_position_embeddings: the context, in tokens.

        position_embedding_type: how places reach the model: "rotary" turns queries and keys; "learned" and "sinusoidal"
            add a vector to each embedding; or "none".
        rope_theta: base of the rotary frequencies.
        rope_local_base_freq: another base for the sliding layers, without `rope_scaling`; None for the same.
        rope_scaling: None, or how the frequencies change for long contexts: a dict with `rope_type` "linear"
            (`factor`), "llama3" (`factor`, `low_freq_factor`, `high_freq_factor`, `original_max_position_embeddings`)
            or "yarn" (`factor`, `original_max_position_embeddings`; and where they differ from the paper's:
            `beta_fast`, `beta_slow`, `attention_factor`, `mscale` with `mscale_all_dim`, `truncate`).
        rope_pairing: which two numbers of a head turn together: "half" (i and i + D/2, Hugging Face's order) or
            "interleaved" (2i and 2i + 1, Meta's order).
        qk_rope_head_dim: how many numbers of a head turn in latent attention, the last ones. Elsewhere None: all turn.
        no_rope_layers: for each layer 1 if it turns queries and keys and 0 if not (the name says the opposite; it is
            Hugging Face's). None means that all do where positions are rotary.

        layer_types: for each layer how far back it looks: "full_attention", "sliding_attention" or
            "chunked_attention". None means that all slide if there is a `sliding_window`, and are full if not.
        sliding_window: how many tokens a sliding layer sees, the one that asks included.
        attention_chunk_size: chunked layers cut the text into pieces of so many tokens and see only their own.
        attention_bias: whether the query, key and value projections have a bias.
        attention_output_bias: whether the output projection has one. None means as `attention_bias`.
        qk_norm: None, or RMSNorm on each head's queries and keys: "before" the rotation and with a weight, or "after"
            it, without a weight and only in layers that turn.
        kv_lora_rank: for latent attention, the width of the vector that keys and values are made from; None for
            attention with projections of its own for both.
        q_lora_rank: the width of the vector that its queries are made from; None for queries from the stream itself.
        query_pre_attn_scalar: scores are divided by its root. None means `head_dim`.
        attn_logit_softcapping: bends scores so that none passes this bound; None for no bound.
        attn_temperature_tuning: whether layers without rotation sharpen their scores as the text grows.
        floor_scale, attn_scale: there the query at position p is multiplied by
            `1 + attn_scale * ln(1 + (p + 1) // floor_scale)`.

        norm_type: "rms" for RMSNorm, "layer" for LayerNorm with weight and bias.
        norm_placement: "pre" normalises what a sublayer reads, "post" the sum after it, "sandwich" what it reads and
            what it gives.
        rms_norm_eps: added to the mean square, or to the variance, inside the root of the norm.
        rms_norm_offset: added to the weight of RMSNorm. Gemma's is 1, and its products are rounded once, at the end.
        hidden_act: activation of the feed-forward network: "silu", "gelu", "gelu_pytorch_tanh" or "relu".
        gated_mlp: whether one projection gates another; if not, there are two projections and the activation between.
        mlp_bias: whether the feed-forward projections have a bias.

        num_local_experts: how many experts, each a feed-forward network, a layer of `moe_layers` has; None for none.
        num_experts_per_tok: how many of them each token is sent to. None means 1, where there are experts.
        moe_intermediate_size: width inside an expert. None means `intermediate_size`, which is then that of the other
            layers.
        n_shared_experts: the expert that every token meets is so many experts wide; 0 for none.
        moe_layers: the numbers of the layers with experts. None means all, where there are experts.
        scoring_func: what makes scores of the router's products: "softmax" or "sigmoid".
        topk_method: how experts are chosen: "greedy" takes the best scores; "group_limited_greedy" those in the
            `topk_group` best of `n_group` groups, by the best score in each; "noaux_tc" adds a bias to the scores while
            it chooses, and takes groups by the sum of their two best.
        n_group, topk_group: see `topk_method`.
        norm_topk_prob: whether the scores of the chosen experts are divided by their sum.
        routed_scaling_factor: what they are multiplied by then.
        scale_expert_input: whether a score multiplies what its expert reads, and not what it gives.

        embedding_multiplier: what embeddings are multiplied by; Gemma's is the root of `hidden_size`.
        final_logit_softcapping: bends the model's scores so that none passes this bound; None for no bound.
        tie_word_embeddings: whether the output matrix is the embedding matrix.
        initializer_range: standard deviation of freshly made weights.
        bos_token_id: the token that opens a text, or None.
        eos_token_id: the tokens that end a text; an int or a list is accepted and kept as a tuple.

    Raises:
        ValueError: naming the field, the value and the rule.

    Example:
        >>> ModelConfig.preset("smollm2-135m").head_dim
        64

    Source: the configuration classes of Hugging Face transformers.
    """

    vocab_size: int
    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int | None = None
    head_dim: int | None = None
    v_head_dim: int | None = None
    max_position_embeddings: int = 2048
    # positions
    position_embedding_type: str = "rotary"
    rope_theta: float = 10000.0
    rope_local_base_freq: float | None = None
    rope_scaling: dict[str, Any] | None = None
    rope_pairing: str = "half"
    qk_rope_head_dim: int | None = None
    no_rope_layers: tuple[int, ...] | list[int] | None = None
    # attention
    layer_types: tuple[str, ...] | list[str] | None = None
    sliding_window: int | None = None
    attention_chunk_size: int | None = None
    attention_bias: bool = False
    attention_output_bias: bool | None = None
    qk_norm: str | None = None
    kv_lora_rank: int | None = None
    q_lora_rank: int | None = None
    query_pre_attn_scalar: float | None = None
    attn_logit_softcapping: float | None = None
    attn_temperature_tuning: bool = False
    floor_scale: int = 8192
    attn_scale: float = 0.1
    # norms and the feed-forward network
    norm_type: str = "rms"
    norm_placement: str = "pre"
    rms_norm_eps: float = 1e-5
    rms_norm_offset: float = 0.0
    hidden_act: str = "silu"
    gated_mlp: bool = True
    mlp_bias: bool = False
    # experts
    num_local_experts: int | None = None
    num_experts_per_tok: int | None = None
    moe_intermediate_size: int | None = None
    n_shared_experts: int = 0
    moe_layers: tuple[int, ...] | list[int] | None = None
    scoring_func: str = "softmax"
    topk_method: str = "greedy"
    n_group: int = 1
    topk_group: int = 1
    norm_topk_prob: bool = False
    routed_scaling_factor: float = 1.0
    scale_expert_input: bool = False
    # both ends
    embedding_multiplier: float = 1.0
    final_logit_softcapping: float | None = None
    tie_word_embeddings: bool = False
    initializer_range: float = 0.02
    bos_token_id: int | None = None
    eos_token_id: int | list[int] | tuple[int, ...] | None = ()

    def __post_init__(self) -> None:
        complete(self)

    @classmethod
    def preset(cls, name: str) -> ModelConfig:
        """The config of a published model, by its lower-case name.

        Raises:
            ValueError: if the name is not one of `ModelConfig.presets()`.
        """
        if name not in PRESETS:
            raise ValueError(f"preset: got {name!r}, allowed {', '.join(PRESETS)}")
        return cls(**PRESETS[name])

    @staticmethod
    def presets() -> list[str]:
        """The names that `preset` knows."""
        return list(PRESETS)

    def num_parameters(self) -> int:
        """How many numbers the model learns, by formula; a tied matrix counts once."""
        return count(self)

    def num_active_parameters(self) -> int:
        """How many of them one token meets: all but the experts that it is not sent to."""
        return count(self, active=True)

    def to_dict(self) -> dict[str, Any]:
        """The fields as a plain dict, ready for JSON."""
        values = dataclasses.asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
