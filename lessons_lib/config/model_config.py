"""ModelConfig: every number and switch that a language model needs before it has a single weight.

The field names are those of a Hugging Face `config.json` where it has one. A model family is nothing but a choice of
these values; the layers read the fields and never ask for a family's name. Each field says what it is: see `fields`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from typing import Any

from lessons_lib.config.fields import (
    BOUNDS,
    FLAG,
    LAYERS,
    MAX_EXPERTS,
    MAX_LAYERS,
    NOT_NEGATIVE,
    OBJECT,
    POSITIVE,
    SHARES,
    SIZE,
    TOKEN,
    TOKENS,
    about,
    checked,
    each_of,
    one_of,
    optional,
    refuse_silent_fields,
    whole,
)
from lessons_lib.config.more_presets import MORE_PRESETS
from lessons_lib.config.presets import PRESETS
from lessons_lib.config.rules import MIXERS, PLACEMENTS, complete


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
        full_head_dim, full_num_key_value_heads: `head_dim` and `num_key_value_heads` of full layers, where those of the
            others differ.
        max_position_embeddings: the context, in tokens.

        position_embedding_type: how places reach the model: "rotary" turns queries and keys; "learned", "sinusoidal"
            and "sinusoidal_halves" (all sines first) add a vector to each embedding; "alibi" makes scores fall with the
            distance; or "none".
        rope_theta: base of the rotary frequencies.
        rope_local_base_freq: another base for the sliding layers, without `rope_scaling`; None for the same.
        rope_scaling: None, or how the frequencies change for long contexts: a dict with `rope_type` "linear"
            (`factor`), "llama3" (`factor`, `low_freq_factor`, `high_freq_factor`, `original_max_position_embeddings`),
            "yarn" (`factor`, `original_max_position_embeddings`; and where they differ from the paper's:
            `beta_fast`, `beta_slow`, `attention_factor`, `mscale` with `mscale_all_dim`, `truncate`), "longrope"
            (`short_factor`, `long_factor`, `original_max_position_embeddings`, and `attention_factor`) or
            "proportional" (`partial_rotary_factor`: which share of the pairs turns, the fastest).
        rope_pairing: which two numbers of a head turn together: "half" (i and i + D/2, Hugging Face's order) or
            "interleaved" (2i and 2i + 1, Meta's order).
        rotary_dim: how many numbers of a head turn, the first ones. None means all.
        qk_rope_head_dim: how many numbers of a head turn in latent attention, the last ones. Elsewhere None.
        no_rope_layers: for each layer 1 if it turns queries and keys and 0 if not (the name says the opposite; it is
            Hugging Face's). None means that all do where positions are rotary.

        layer_types: for each layer how far back it looks: "full_attention", "sliding_attention" or
            "chunked_attention"; or which state it keeps in place of attention: "conv", "mamba", "mamba2",
            "gated_delta", "kimi_delta" or "lightning"; or "none", if it only has a feed-forward network. None means
            that all slide if there is a `sliding_window`, and are full if not.
        sliding_window: how many tokens a sliding layer sees, the one that asks included.
        attention_chunk_size: chunked layers cut the text into pieces of so many tokens and see only their own.
        attention_bias: whether the query, key and value projections have a bias.
        attention_output_bias: whether the output projection has one. None means as `attention_bias`.
        qk_norm: None, or RMSNorm on each head's queries and keys: "before" the rotation and with a weight, or "after"
            it, without a weight and only in layers that turn.
        qk_norm_weight: where that norm has another weight: "head" for one [D] after the rotation too; "heads" for one
            [H, D], in LayerNorm without a bias; "width" for one [H * D], all heads being normed as one vector.
        v_norm: whether each head's values are normed, without a weight.
        attention_k_eq_v: whether full layers have no projection for values: these are the keys, before norm and
            rotation.
        num_kv_shared_layers: so many layers at the end take keys and values from the last before them that has the
            same `layer_types`.
        clip_qkv: queries, keys and values are cut off at plus and minus this bound; None for no bound.
        sink_layers: the numbers of the layers in which each head has a sink: one more score that takes its share of the
            attention and has no value.
        kv_lora_rank: for latent attention, the width of the vector that keys and values are made from; None for
            attention with projections of its own for both.
        q_lora_rank: the width of the vector that its queries are made from; None for queries from the stream itself.
        index_topk: in latent attention, how many tokens a query looks at; an indexer chooses them. None for all.
        index_n_heads, index_head_dim: the heads and the width of the queries and keys that it compares.
        index_pairing: `rope_pairing` of those.
        index_layers: the numbers of the layers that have an indexer; the others look where the one before them does.
            Empty means all, where there is an `index_topk`.
        query_pre_attn_scalar: scores are divided by its root. None means `head_dim`.
        attn_logit_softcapping: bends scores so that none passes this bound; None for no bound.
        attn_output_gate: whether what attention gives is multiplied by the sigmoid of a projection of what it read.
        attn_temperature_tuning: whether layers without rotation sharpen their scores as the text grows.
        floor_scale, attn_scale: there the query at position p is multiplied by
            `1 + attn_scale * ln(1 + (p + 1) // floor_scale)`.
        query_temperature: in all layers the query at position p is multiplied by `1 + query_temperature *
            ln(1 + p // floor_scale)`; 0 for as it is.

        norm_type: "rms" for RMSNorm, "layer" for LayerNorm.
        norm_parameters: what a norm learns: "all" for a weight, and in LayerNorm a bias; "weight", or "none".
        norm_placement: "pre" normalises what a sublayer reads, "output" what it gives, "sandwich" both, and "post" the
            sum after it. With "parallel" attention and feed-forward network read one normalised stream, and both are
            added at once; with "parallel_two" each has a norm of its own. With "stream" the stream itself is normalised
            before each sublayer.
        skip_multiplier: what the stream is multiplied by there when a sublayer's answer is added.
        rms_norm_eps: added to the mean square, or to the variance, inside the root of the norm.
        rms_norm_offset: added to the weight of a norm. Gemma's is 1, and its products are rounded once, at the end.
        sub_norms: whether what attention and the feed-forward network hand to their last matrix is normalised too.
        residual_multiplier: what each sublayer gives is multiplied by this before it is added.
        hidden_act: activation of the feed-forward network: "silu", "gelu", "gelu_pytorch_tanh", "relu", "relu2" (its
            square) or "xielu" (with two numbers that it learns).
        gated_mlp: whether one projection gates another; if not, there are two projections and the activation between.
        glu_limit: for a gate that is cut off at this bound, as in gpt-oss: see `clamped_glu`; None for the usual one.
        mlp_widths: `intermediate_size` of each layer, where they differ.
        gate_sparsity: for each layer which share of the gates stays shut: a gate counts as far as it is above what the
            normal distribution with their mean and deviation has such a share below. None for 0 in all.
        mlp_bias: whether the feed-forward projections have a bias.
        mixer_only_layers: the numbers of the layers without a feed-forward network.

        num_local_experts: how many experts, each a feed-forward network, a layer of `moe_layers` has; None for none.
        num_experts_per_tok: how many of them each token is sent to. None means 1, where there are experts.
        moe_intermediate_size: width inside an expert. None means `intermediate_size`, which is then that of the other
            layers.
        n_shared_experts: the expert that every token meets is so many experts wide; 0 for none.
        shared_expert_intermediate_size: its width, where it is another than that.
        shared_expert_gate: whether each token weighs the answer of that expert, by the sigmoid of one more product.
        shared_expert_mean: whether its answer and that of the others are not added up but averaged.
        router_bias: whether the router's products have a bias.
        dense_beside_experts: whether layers with experts have the usual feed-forward network too, beside them, and
            norms of their own for both, as in Gemma 4.
        moe_layers: the numbers of the layers with experts. None means all, where there are experts.
        scoring_func: what makes scores of the router's products: "softmax" or "sigmoid".
        topk_method: how experts are chosen: "greedy" takes the best scores; "group_limited_greedy" those in the
            `topk_group` best of `n_group` groups, by the best score in each; "noaux_tc" adds a bias to the scores while
            it chooses, and takes groups by the sum of their two best; "biased_products" adds it to the products that
            scores are made of; "sparse_mixer" takes the two best, each weighed among those that come near it.
        router_tolerance: how near that is, as a share of the larger of the two; half of it, as its files have it.
        n_group, topk_group: see `topk_method`.
        norm_topk_prob: whether the scores of the chosen experts are divided by their sum.
        routed_scaling_factor: what they are multiplied by then.
        scale_expert_input: whether a score multiplies what its expert reads, and not what it gives.

        linear_num_key_heads, linear_key_head_dim: heads and width of the keys and queries in layers with a state. Mamba
            calls them B and C. Where there are fewer of them than of values, several heads of values share one.
        linear_num_value_heads, linear_value_head_dim: those of the values, and of the state: a matrix a head. In the
            first Mamba each channel is a head of width 1.
        linear_conv_kernel_dim: how many tokens the convolution in front of the state sees, its own included.
        linear_conv_bias: whether that convolution has a bias.
        linear_proj_bias: whether the projections in and out of a layer with a state have one.
        time_step_rank: in the first Mamba, the width of the vector that each channel's step is made from.
        time_step_limit: in Mamba-2, the smallest and the largest step; None for no largest.
        selection_norm: in the first Mamba, RMSNorm of step, key and query: None, "plain" or "weighted".
        selection_norm_eps: that of this norm. None means `rms_norm_eps`.
        gate_norm: in Mamba-2, RMSNorm of what the state gives: "after" it met its gate, "before", or None.

        embedding_multiplier: what embeddings are multiplied by; Gemma's is the root of `hidden_size`.
        embedding_norm: whether embeddings are normalised.
        hidden_size_per_layer_input: the width of a second embedding that each layer has for itself; None for none.
        vocab_size_per_layer_input: the rows of that. None means `vocab_size`; tokens beyond share the first row.
        layer_scalar: whether each block's stream is multiplied by a number of its own at the end.
        altup_num_inputs: how many streams there are, of which a block reads and writes the first and guesses the
            others, as in Gemma 3n.
        laurel_rank: there the rank of a second way around attention.
        logit_scale: what the model's scores are multiplied by.
        lm_head_bias: whether the output matrix has a bias.
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

    vocab_size: int = field(metadata=about("size", SIZE, "compiled"))
    hidden_size: int = field(metadata=about("size", SIZE, "compiled"))
    intermediate_size: int = field(metadata=about("size", SIZE, "compiled"))
    num_hidden_layers: int = field(metadata=about("size", whole(1, MAX_LAYERS), "compiled"))
    num_attention_heads: int = field(metadata=about("size", SIZE, "compiled"))
    num_key_value_heads: int | None = field(default=None, metadata=about("size", optional(SIZE), "compiled"))
    head_dim: int | None = field(default=None, metadata=about("size", optional(SIZE), "compiled"))
    v_head_dim: int | None = field(default=None, metadata=about("size", optional(SIZE)))
    full_head_dim: int | None = field(default=None, metadata=about("switch", optional(SIZE)))
    full_num_key_value_heads: int | None = field(default=None, metadata=about("switch", optional(SIZE)))
    max_position_embeddings: int = field(default=2048, metadata=about("size", SIZE, "compiled"))
    # positions
    position_embedding_type: str = field(
        default="rotary",
        metadata=about(
            "switch", one_of("rotary", "learned", "sinusoidal", "sinusoidal_halves", "alibi", "none"), "compiled"
        ),
    )
    rope_theta: float = field(default=10000.0, metadata=about("number", POSITIVE, "compiled"))
    rope_local_base_freq: float | None = field(default=None, metadata=about("switch", optional(POSITIVE), "compiled"))
    rope_scaling: dict[str, Any] | None = field(default=None, metadata=about("switch", optional(OBJECT), "compiled"))
    rope_pairing: str = field(default="half", metadata=about("order", one_of("half", "interleaved"), "compiled"))
    rotary_dim: int | None = field(default=None, metadata=about("switch", optional(SIZE), "compiled"))
    qk_rope_head_dim: int | None = field(default=None, metadata=about("size", optional(SIZE)))
    no_rope_layers: tuple[int, ...] | list[int] | None = field(
        default=None, metadata=about("layers", optional(each_of(0, 1)), "compiled")
    )
    # attention
    layer_types: tuple[str, ...] | list[str] | None = field(
        default=None, metadata=about("layers", optional(each_of(*MIXERS)), "compiled")
    )
    sliding_window: int | None = field(default=None, metadata=about("size", optional(SIZE), "compiled"))
    attention_chunk_size: int | None = field(default=None, metadata=about("size", optional(SIZE), "compiled"))
    attention_bias: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    attention_output_bias: bool | None = field(default=None, metadata=about("switch", optional(FLAG), "compiled"))
    qk_norm: str | None = field(default=None, metadata=about("switch", one_of(None, "before", "after"), "compiled"))
    qk_norm_weight: str | None = field(
        default=None, metadata=about("switch", one_of(None, "head", "heads", "width"), "compiled")
    )
    v_norm: bool = field(default=False, metadata=about("switch", FLAG))
    attention_k_eq_v: bool = field(default=False, metadata=about("switch", FLAG))
    num_kv_shared_layers: int = field(default=0, metadata=about("switch", whole(0, MAX_LAYERS)))
    clip_qkv: float | None = field(default=None, metadata=about("switch", optional(POSITIVE), "compiled"))
    sink_layers: tuple[int, ...] | list[int] = field(default=(), metadata=about("layers", LAYERS, "compiled"))
    kv_lora_rank: int | None = field(default=None, metadata=about("switch", optional(SIZE)))
    q_lora_rank: int | None = field(default=None, metadata=about("switch", optional(SIZE)))
    index_topk: int | None = field(default=None, metadata=about("switch", optional(SIZE)))
    index_n_heads: int | None = field(default=None, metadata=about("size", optional(SIZE)))
    index_head_dim: int | None = field(default=None, metadata=about("size", optional(SIZE)))
    index_pairing: str = field(default="half", metadata=about("order", one_of("half", "interleaved")))
    index_layers: tuple[int, ...] | list[int] = field(default=(), metadata=about("layers", LAYERS))
    query_pre_attn_scalar: float | None = field(default=None, metadata=about("number", optional(POSITIVE), "compiled"))
    attn_logit_softcapping: float | None = field(default=None, metadata=about("switch", optional(POSITIVE), "compiled"))
    attn_temperature_tuning: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    attn_output_gate: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    floor_scale: int = field(default=8192, metadata=about("number", SIZE, "compiled"))
    attn_scale: float = field(default=0.1, metadata=about("number", POSITIVE, "compiled"))
    query_temperature: float = field(default=0.0, metadata=about("switch", NOT_NEGATIVE, "compiled"))
    # norms and the feed-forward network
    norm_type: str = field(default="rms", metadata=about("switch", one_of("rms", "layer"), "compiled"))
    norm_parameters: str = field(default="all", metadata=about("switch", one_of("all", "weight", "none"), "compiled"))
    norm_placement: str = field(default="pre", metadata=about("switch", one_of(*PLACEMENTS), "compiled"))
    rms_norm_eps: float = field(default=1e-5, metadata=about("number", POSITIVE, "compiled"))
    rms_norm_offset: float = field(default=0.0, metadata=about("switch", NOT_NEGATIVE, "compiled"))
    sub_norms: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    skip_multiplier: float = field(default=1.0, metadata=about("switch", POSITIVE))
    residual_multiplier: float = field(default=1.0, metadata=about("switch", POSITIVE, "compiled"))
    hidden_act: str = field(
        default="silu",
        metadata=about("switch", one_of("silu", "gelu", "gelu_pytorch_tanh", "relu", "relu2", "xielu"), "compiled"),
    )
    glu_limit: float | None = field(default=None, metadata=about("switch", optional(POSITIVE), "compiled"))
    gated_mlp: bool = field(default=True, metadata=about("switch", FLAG, "compiled"))
    mlp_widths: tuple[int, ...] | list[int] | None = field(
        default=None, metadata=about("layers", optional(LAYERS), "compiled")
    )
    gate_sparsity: tuple[float, ...] | list[float] | None = field(
        default=None, metadata=about("layers", optional(SHARES))
    )
    mlp_bias: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    mixer_only_layers: tuple[int, ...] | list[int] = field(default=(), metadata=about("layers", LAYERS))
    # experts
    num_local_experts: int | None = field(
        default=None, metadata=about("size", optional(whole(1, MAX_EXPERTS)), "compiled")
    )
    num_experts_per_tok: int | None = field(default=None, metadata=about("size", optional(SIZE), "compiled"))
    moe_intermediate_size: int | None = field(default=None, metadata=about("size", optional(SIZE), "compiled"))
    n_shared_experts: int = field(default=0, metadata=about("switch", whole(0, MAX_EXPERTS), "compiled"))
    shared_expert_intermediate_size: int | None = field(
        default=None, metadata=about("size", optional(SIZE), "compiled")
    )
    shared_expert_gate: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    shared_expert_mean: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    router_bias: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    moe_layers: tuple[int, ...] | list[int] | None = field(
        default=None, metadata=about("layers", optional(LAYERS), "compiled")
    )
    dense_beside_experts: bool = field(default=False, metadata=about("switch", FLAG))
    scoring_func: str = field(default="softmax", metadata=about("switch", one_of("softmax", "sigmoid"), "compiled"))
    topk_method: str = field(
        default="greedy",
        metadata=about(
            "switch",
            one_of("greedy", "group_limited_greedy", "noaux_tc", "biased_products", "sparse_mixer"),
            "compiled",
        ),
    )
    router_tolerance: float = field(default=0.01, metadata=about("number", POSITIVE))
    n_group: int = field(default=1, metadata=about("switch", SIZE, "compiled"))
    topk_group: int = field(default=1, metadata=about("size", SIZE, "compiled"))
    norm_topk_prob: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    routed_scaling_factor: float = field(default=1.0, metadata=about("switch", POSITIVE, "compiled"))
    scale_expert_input: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    # layers with a state
    linear_num_key_heads: int | None = field(default=None, metadata=about("size", optional(SIZE)))
    linear_num_value_heads: int | None = field(default=None, metadata=about("size", optional(SIZE)))
    linear_key_head_dim: int | None = field(default=None, metadata=about("size", optional(SIZE)))
    linear_value_head_dim: int | None = field(default=None, metadata=about("size", optional(SIZE)))
    linear_conv_kernel_dim: int | None = field(default=None, metadata=about("size", optional(whole(1, 64))))
    linear_conv_bias: bool = field(default=False, metadata=about("switch", FLAG))
    linear_proj_bias: bool = field(default=False, metadata=about("switch", FLAG))
    time_step_rank: int | None = field(default=None, metadata=about("size", optional(SIZE)))
    time_step_limit: tuple[float, float | None] | list[float | None] = field(
        default=(0.0, None), metadata=about("number", BOUNDS)
    )
    selection_norm: str | None = field(default=None, metadata=about("switch", one_of(None, "plain", "weighted")))
    selection_norm_eps: float | None = field(default=None, metadata=about("number", optional(POSITIVE)))
    gate_norm: str | None = field(default=None, metadata=about("switch", one_of(None, "after", "before")))
    # both ends
    embedding_multiplier: float = field(default=1.0, metadata=about("switch", POSITIVE, "compiled"))
    embedding_norm: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    hidden_size_per_layer_input: int | None = field(default=None, metadata=about("switch", optional(SIZE)))
    vocab_size_per_layer_input: int | None = field(default=None, metadata=about("size", optional(SIZE)))
    layer_scalar: bool = field(default=False, metadata=about("switch", FLAG))
    altup_num_inputs: int = field(default=1, metadata=about("switch", whole(1, 64)))
    laurel_rank: int | None = field(default=None, metadata=about("size", optional(SIZE)))
    logit_scale: float = field(default=1.0, metadata=about("switch", POSITIVE, "compiled"))
    lm_head_bias: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    final_logit_softcapping: float | None = field(
        default=None, metadata=about("switch", optional(POSITIVE), "compiled")
    )
    tie_word_embeddings: bool = field(default=False, metadata=about("switch", FLAG, "compiled"))
    initializer_range: float = field(default=0.02, metadata=about("number", POSITIVE, "compiled"))
    bos_token_id: int | None = field(default=None, metadata=about("token", optional(TOKEN), "compiled"))
    eos_token_id: int | list[int] | tuple[int, ...] | None = field(
        default=(), metadata=about("token", optional(TOKENS), "compiled")
    )

    def __post_init__(self) -> None:
        given = {own.name: checked(own, getattr(self, own.name)) for own in dataclasses.fields(self)}
        for name, value in complete(given).items():
            object.__setattr__(self, name, value)

    @classmethod
    def preset(cls, name: str) -> ModelConfig:
        """The config of a published model, by its lower-case name.

        Raises:
            ValueError: if the name is not one of `ModelConfig.presets(every=True)`.
        """
        known = PRESETS | MORE_PRESETS
        if name not in known:
            allowed = f"{', '.join(PRESETS)} and {len(MORE_PRESETS)} more, see presets(every=True)"
            raise ValueError(f"preset: got {name!r}, allowed {allowed}")
        return cls(**known[name])

    @staticmethod
    def presets(every: bool = False) -> list[str]:
        """The names that `preset` knows: those of families that lessons speak of, or `every` one."""
        return [*PRESETS, *MORE_PRESETS] if every else [*PRESETS]

    def to_dict(self) -> dict[str, Any]:
        """The fields as a plain dict, ready for JSON."""
        values = dataclasses.asdict(self)
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}


refuse_silent_fields(ModelConfig)
