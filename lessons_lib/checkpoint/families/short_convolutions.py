"""LFM2: short convolutions, and attention in every few layers; dense or with experts.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

from typing import Any

from lessons_lib.checkpoint.families.experts import TRAINING
from lessons_lib.checkpoint.families.llama import LLAMA
from lessons_lib.checkpoint.mapping.family import Values
from lessons_lib.checkpoint.mapping.mixers import W123, mixers
from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.parts import computed, one_bias
from lessons_lib.checkpoint.mapping.positions import rope
from lessons_lib.checkpoint.mapping.spans import layer_numbers


def _read_adjusted(values: Values) -> dict[str, Any]:
    width = values.get("block_ff_dim", values.get("intermediate_size", 12288))
    if values.get("block_auto_adjust_ff_dim", True):
        width = int(2 * width / 3)
        factor, multiple = values.get("block_ffn_dim_multiplier", 1.0), values.get("block_multiple_of", 256)
        width = width if factor is None else multiple * -(-int(factor * width) // multiple)
    return {"intermediate_size": width}


def _where_listed(values: Values) -> list[str]:
    full = values.get("full_attn_idxs")
    return ["full_attention" if full is None or i in full else "conv" for i in layer_numbers(values)]


def _read_tied(values: Values) -> dict[str, Any]:
    return {"tie_word_embeddings": bool(values.get("tie_embedding", values.get("tie_word_embeddings", True)))}


_TIED = computed(_read_tied, "tie_embedding", tie_word_embeddings=lambda config: config.tie_word_embeddings)
_BOTH_BIASES = one_bias("conv_bias", False, ("linear_proj_bias", "linear_conv_bias"))
_LFM2_BLOCK = (
    {"operator_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm", "conv": "mixer"}
    | {"self_attn.out_proj": "self_attn.o_proj", "self_attn.q_layernorm": "self_attn.q_norm"}
    | {"self_attn.k_layernorm": "self_attn.k_norm", "feed_forward.w1": "mlp.gate_proj"}
    | {"feed_forward.w3": "mlp.up_proj", "feed_forward.w2": "mlp.down_proj"}
)
LFM2 = LLAMA.like(
    "lfm2",
    without=(
        "head_dim",
        "attention_bias",
        "mlp_bias",
        "hidden_act",
        "rms_norm_eps",
        "intermediate_size",
        "tie_word_embeddings",
    ),
    keys={"norm_eps": "rms_norm_eps", "conv_L_cache": "linear_conv_kernel_dim"},
    defaults={"norm_eps": 1e-5, "conv_L_cache": 3, "num_key_value_heads": 8, "max_position_embeddings": 128000},
    fixed={"qk_norm": "before"},
    parts=(
        rope(1e6),
        mixers("conv", "layer_types", _where_listed, "full_attn_idxs"),
        _TIED,
        _BOTH_BIASES,
        computed(
            _read_adjusted,
            *("block_ff_dim", "block_multiple_of", "block_ffn_dim_multiplier"),
            block_auto_adjust_ff_dim=lambda config: False,
            intermediate_size=lambda config: config.intermediate_size,
        ),
    ),
    names=Names(top={"embedding_norm": "norm"}, block=_LFM2_BLOCK),
)


def _read_dense_first(values: Values) -> dict[str, Any]:
    corrected = values.get("use_expert_bias", True)
    layers = [i for i in layer_numbers(values) if i >= values.get("num_dense_layers", 2)]
    return {"moe_layers": layers, "topk_method": "noaux_tc" if corrected else "greedy"}


LFM2_MOE = LFM2.like(
    "lfm2_moe",
    keys={name: name for name in ("intermediate_size", "num_experts_per_tok", "moe_intermediate_size")}
    | {"num_experts": "num_local_experts", "norm_topk_prob": "norm_topk_prob"}
    | {"routed_scaling_factor": "routed_scaling_factor"},
    defaults={"num_experts_per_tok": 4, "norm_topk_prob": True, "routed_scaling_factor": 1.0},
    fixed={"scoring_func": "sigmoid"},
    parts=(
        *(rope(1e6), mixers("conv", "layer_types", _where_listed, "full_attn_idxs"), _TIED, _BOTH_BIASES),
        computed(
            _read_dense_first,
            num_dense_layers=lambda config: config.num_hidden_layers - len(config.moe_layers),
            use_expert_bias=lambda config: config.topk_method == "noaux_tc",
        ),
    ),
    harmless=TRAINING,
    names=Names(
        top={"embedding_norm": "norm"},
        block=_LFM2_BLOCK
        | {f"feed_forward.experts.#.w{n}": f"mlp.experts.#.{ours}_proj" for n, ours in W123}
        | {"feed_forward.gate": "mlp.router", "feed_forward.expert_bias": "mlp.router.e_score_correction_bias"},
    ),
)
