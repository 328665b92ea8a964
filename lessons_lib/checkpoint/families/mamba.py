"""Mamba 1 and 2, and its hybrids with attention: Falcon-Mamba, Bamba, Granite 4, Nemotron-H and Jamba.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

import math
from typing import Any

from lessons_lib.checkpoint.families.experts import TRAINING
from lessons_lib.checkpoint.families.llama import LLAMA
from lessons_lib.checkpoint.families.mixtures import GRANITE_NAMES, GRANITEMOESHARED
from lessons_lib.checkpoint.mapping.cuts import GATE_UP, stacked
from lessons_lib.checkpoint.mapping.family import Family, Values
from lessons_lib.checkpoint.mapping.mixers import listed_parts, mixers, turn, turns
from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.parts import computed, switch
from lessons_lib.checkpoint.mapping.positions import rope
from lessons_lib.checkpoint.mapping.spans import layer_numbers
from lessons_lib.config import ModelConfig

_ENDLESS = {"__float__": "Infinity"}  # how transformers writes it, for JSON has none
_NO_BOUND = 1 << 20  # the context of a model that states none
_FOR_FRESH_WEIGHTS = frozenset(
    (
        *("time_step_min", "time_step_max", "time_step_floor", "time_step_scale", "time_step_init_scheme"),
        *("rescale_prenorm_residual", "residual_in_fp32", "mamba_ssm_cache_dtype"),
        # which of their programs runs, and how many tokens it takes at a time
        *("chunk_size", "mamba_chunk_size", "use_mambapy", "use_falcon_mambapy", "use_associative_scan"),
        *("use_mamba_kernels", "num_logits_to_keep", "d_inner", "d_model", "n_layer", "pad_vocab_size_multiple"),
        *("fused_add_norm", "rms_norm", "ssm_cfg"),
    )
)


def _limit(values: Values) -> dict[str, Any]:
    low, high = values.get("time_step_limit") or (0.0, None)
    return {"time_step_limit": [low, None if high in (_ENDLESS, math.inf) else high]}


_LIMIT = computed(_limit, time_step_limit=lambda c: [c.time_step_limit[0], c.time_step_limit[1] or _ENDLESS])


# Mamba alone.
_ALONE = {"num_attention_heads": 1, "position_embedding_type": "none", "max_position_embeddings": _NO_BOUND}
_MAMBA_NAMES = Names(
    prefix="backbone.", top={"embeddings": "embed_tokens", "norm_f": "norm"}, block={"norm": "input_layernorm"}
)


def _alone(values: Values, kind: str) -> dict[str, Any]:
    """No layer has attention or a feed-forward network."""
    layers, inner = list(layer_numbers(values)), _expanded(values, "expand")
    return {"mixer_only_layers": layers, "layer_types": [kind for _ in layers], "intermediate_size": inner}


def _expanded(values: Values, key: str) -> int:
    """The width inside a mixer, twice that of the model where a file does not say how many times."""
    return int(float(values.get(key, 2)) * values["hidden_size"])


def _expansion(config: ModelConfig) -> int:
    return config.linear_num_value_heads * config.linear_value_head_dim // config.hidden_size


MAMBA2 = Family(
    model_type="mamba2",
    architecture="Mamba2ForCausalLM",
    keys={
        **{name: name for name in ("vocab_size", "hidden_size", "num_hidden_layers", "initializer_range")},
        **{name: name for name in ("tie_word_embeddings", "bos_token_id", "eos_token_id")},
        "layer_norm_epsilon": "rms_norm_eps",
        "state_size": "linear_key_head_dim",
        "conv_kernel": "linear_conv_kernel_dim",
        "use_bias": "linear_proj_bias",
        "use_conv_bias": "linear_conv_bias",
        "num_heads": "linear_num_value_heads",
        "head_dim": "linear_value_head_dim",
        "n_groups": "linear_num_key_heads",
    },
    defaults={"layer_norm_epsilon": 1e-5, "conv_kernel": 4, "use_bias": False, "use_conv_bias": True}
    | {"initializer_range": 0.1, "bos_token_id": 0, "eos_token_id": 2, "tie_word_embeddings": False}
    | {"state_size": 128, "num_heads": 128, "head_dim": 64, "n_groups": 8},
    fixed=_ALONE | {"gate_norm": "after"},
    parts=(computed(lambda values: _alone(values, "mamba2"), "intermediate_size", expand=_expansion), _LIMIT),
    harmless=_FOR_FRESH_WEIGHTS | {"time_step_rank"},
    only={"hidden_act": "silu"},
    to_ours=_MAMBA_NAMES.to_ours,
    from_ours=_MAMBA_NAMES.from_ours,
)


def _rank(values: Values, key: str) -> int:
    rank = values.get(key, "auto")
    return math.ceil(values["hidden_size"] / 16) if rank == "auto" else rank


def _read_channels(values: Values) -> dict[str, Any]:
    found = _alone(values, "mamba")
    return (
        found
        | {"linear_num_value_heads": found["intermediate_size"]}
        | {"time_step_rank": _rank(values, "time_step_rank")}
    )


MAMBA = MAMBA2.like(
    "mamba",
    without=("num_heads", "head_dim", "n_groups"),
    defaults={"state_size": 16, "eos_token_id": 0, "tie_word_embeddings": True},
    fixed={"linear_num_key_heads": 1, "linear_value_head_dim": 1, "gate_norm": None},
    parts=(
        computed(
            _read_channels, "intermediate_size", expand=_expansion, time_step_rank=lambda config: config.time_step_rank
        ),
    ),
)

FALCON_MAMBA = MAMBA.like(
    "falcon_mamba",
    keys={"mixer_rms_eps": "selection_norm_eps"},
    defaults={"mixer_rms_eps": 1e-6},
    fixed={"selection_norm": "plain"},
)

_BESIDE_ATTENTION = Names(
    top={"final_layernorm": "norm"},
    block={"mamba": "mixer", "feed_forward": "mlp", "pre_ff_layernorm": "post_attention_layernorm"},
)

# Mamba-2 beside attention.
_MAMBA2_KEYS = (
    {"mamba_n_heads": "linear_num_value_heads", "mamba_n_groups": "linear_num_key_heads"}
    | {"mamba_d_state": "linear_key_head_dim", "mamba_d_conv": "linear_conv_kernel_dim"}
    | {"mamba_conv_bias": "linear_conv_bias", "mamba_proj_bias": "linear_proj_bias"}
)
_MAMBA2_DEFAULTS = {"mamba_n_heads": 128, "mamba_n_groups": 1, "mamba_d_state": 256, "mamba_d_conv": 4}
_MAMBA2_DEFAULTS |= {"mamba_conv_bias": True, "mamba_proj_bias": False}


def _read_width(values: Values) -> dict[str, Any]:
    width = values.get("mamba_d_head", "auto")
    inner = _expanded(values, "mamba_expand")
    return {"linear_value_head_dim": inner // values.get("mamba_n_heads", 128) if width == "auto" else width}


_WIDTH = computed(_read_width, mamba_d_head=lambda c: c.linear_value_head_dim, mamba_expand=_expansion)


def _where_full(values: Values) -> list[str]:
    full = values.get("attn_layer_indices") or ()
    return ["full_attention" if i in full else "mamba2" for i in layer_numbers(values)]


def _full(config: ModelConfig) -> list[int]:
    return [i for i, kind in enumerate(config.layer_types) if kind == "full_attention"]


BAMBA = LLAMA.like(
    "bamba",
    without=("head_dim",),
    keys=_MAMBA2_KEYS,
    defaults=_MAMBA2_DEFAULTS | {"num_key_value_heads": 8, "max_position_embeddings": 262144},
    fixed={"gate_norm": "after"},
    parts=(
        rope(partial=0.5),
        computed(
            lambda values: {"layer_types": _where_full(values)},
            "layers_block_type",
            "layer_types",
            attn_layer_indices=_full,
        ),
        *(_WIDTH, _LIMIT),
    ),
    harmless=_FOR_FRESH_WEIGHTS | {"z_loss_coefficient"},
    names=_BESIDE_ATTENTION,
)

_GRANITE_DENSE = Names(
    block={"mamba": "mixer", "shared_mlp.output_linear": "mlp.down_proj"},
    cuts=(stacked("shared_mlp.input_linear", GATE_UP),),
)
_GRANITE_MIXED = Names(block=GRANITE_NAMES.block | {"mamba": "mixer"}, cuts=GRANITE_NAMES.cuts, experts="packed")


def _granite(config: ModelConfig) -> Names:
    return _GRANITE_MIXED if config.moe_layers else _GRANITE_DENSE


def _read_granite(values: Values) -> dict[str, Any]:
    """Without experts, the shared one is the feed-forward network."""
    shared = values.get("shared_intermediate_size", 1024)
    if values.get("num_local_experts", 8):
        experts = {
            name: values.get(name, default) for name, default in (("num_local_experts", 8), ("num_experts_per_tok", 2))
        }
        return (
            experts
            | {"intermediate_size": values.get("intermediate_size", 11008), "n_shared_experts": 1}
            | {"shared_expert_intermediate_size": shared, "norm_topk_prob": True}
        )
    return {"intermediate_size": shared}


GRANITEMOEHYBRID = GRANITEMOESHARED.like(
    "granitemoehybrid",
    "GraniteMoeHybridForCausalLM",
    without=("num_local_experts", "num_experts_per_tok", "intermediate_size", "norm_topk_prob"),
    keys=_MAMBA2_KEYS,
    defaults=_MAMBA2_DEFAULTS,
    fixed={"gate_norm": "after", "norm_topk_prob": None},
    parts=(
        *GRANITEMOESHARED.parts[:-1],
        mixers("mamba2", "layer_types", lambda values: ["mamba2" for _ in layer_numbers(values)], "layers_block_type"),
        switch(
            "position_embedding_type", "position_embedding_type", {"rope": "rotary", None: "none", "nope": "none"}, None
        ),
        computed(
            _read_granite,
            num_local_experts=lambda c: c.num_local_experts or 0,
            num_experts_per_tok=lambda c: c.num_experts_per_tok or 2,
            intermediate_size=lambda c: c.intermediate_size,
            shared_intermediate_size=lambda c: (
                c.shared_expert_intermediate_size or c.moe_intermediate_size or c.intermediate_size
            ),
        ),
        *(_WIDTH, _LIMIT),
    ),
    harmless=_FOR_FRESH_WEIGHTS,
    to_ours=lambda name, tensor, config: _granite(config).to_ours(name, tensor, config),
    from_ours=lambda tensors, config: _granite(config).from_ours(tensors, config),
)


# Nemotron-H: each layer is one part: Mamba-2, attention, a feed-forward network or experts.
def _read_parts(values: Values) -> dict[str, Any]:
    parts = listed_parts(values)
    alone = [i for i, part in enumerate(parts) if part not in ("mlp", "moe")]
    experts = [i for i, part in enumerate(parts) if part == "moe"]
    found: dict[str, Any] = {"mixer_only_layers": alone, "num_hidden_layers": len(parts)}
    if experts:
        found |= {"moe_layers": experts, "num_local_experts": values.get("n_routed_experts", 8)}
        found |= {name: values.get(name, default) for name, default in _NEMOTRON_ROUTED.items()}
        found |= {"shared_expert_intermediate_size": values.get("moe_shared_expert_intermediate_size", 7688)}
        found |= {"scoring_func": "sigmoid", "topk_method": "noaux_tc"}
    return found


def _write_parts(config: ModelConfig) -> list[str]:
    names = {"mamba2": "linear_attention", "full_attention": "full_attention"}
    return [
        names.get(kind) or ("moe" if i in config.moe_layers else "mlp") for i, kind in enumerate(config.layer_types)
    ]


_NEMOTRON_ROUTED = {"num_experts_per_tok": 2, "n_shared_experts": 1, "moe_intermediate_size": 7688, "n_group": 1}
_NEMOTRON_ROUTED |= {"topk_group": 1, "norm_topk_prob": True, "routed_scaling_factor": 1.0}
NEMOTRON_H = LLAMA.like(
    "nemotron_h",
    without=("num_hidden_layers", "hidden_act", "rms_norm_eps"),
    keys={"layer_norm_epsilon": "rms_norm_eps", "mlp_hidden_act": "hidden_act"}
    | {"ssm_state_size": "linear_key_head_dim", "mamba_num_heads": "linear_num_value_heads"}
    | {"mamba_head_dim": "linear_value_head_dim", "n_groups": "linear_num_key_heads"}
    | {"conv_kernel": "linear_conv_kernel_dim", "use_conv_bias": "linear_conv_bias"}
    | {"mamba_proj_bias": "linear_proj_bias"},
    defaults={"layer_norm_epsilon": 1e-5, "mlp_hidden_act": "relu2", "ssm_state_size": 128, "mamba_num_heads": 128}
    | {"mamba_head_dim": 64, "n_groups": 8, "conv_kernel": 4, "use_conv_bias": True, "mamba_proj_bias": False}
    | {"head_dim": 128, "num_key_value_heads": 8, "max_position_embeddings": 4096},
    fixed={"gated_mlp": False, "gate_norm": "after", "position_embedding_type": "none"},
    parts=(
        mixers("mamba2", "layers_block_type", listed_parts, "layer_types", "hybrid_override_pattern"),
        computed(
            _read_parts,
            "num_hidden_layers",
            "expand",
            layers_block_type=_write_parts,
            n_routed_experts=lambda c: c.num_local_experts or 8,
            moe_shared_expert_intermediate_size=lambda c: (
                c.shared_expert_intermediate_size or (c.moe_intermediate_size or 1) * (c.n_shared_experts or 1)
            ),
            **{
                name: (lambda c, name=name, least=least: getattr(c, name) or least)
                for name, least in _NEMOTRON_ROUTED.items()
            },
        ),
        _LIMIT,
    ),
    harmless=_FOR_FRESH_WEIGHTS
    | TRAINING
    | {"moe_shared_expert_overlap", "mtp_layers_block_type", "num_nextn_predict_layers", "mtp_hybrid_override_pattern"},
    only={"mamba_hidden_act": "silu", "sliding_window": None, "moe_latent_size": None, "use_bias": False},
    names=Names(
        prefix="backbone.",
        top={"embeddings": "embed_tokens", "norm_f": "norm"},
        block={"norm": "input_layernorm"}
        | {f"mixer.{letter}_proj": f"self_attn.{letter}_proj" for letter in "qkvo"}
        | {f"mixer.{name}": f"mlp.{name}" for name in ("up_proj", "down_proj", "experts")}
        | {"mixer.gate": "mlp.router", "mixer.shared_experts": "mlp.shared_expert"},
    ),
)


# Jamba: the first Mamba and attention in turn, and experts in every few layers.
def _read_jamba(values: Values) -> dict[str, Any]:
    full, experts = turns(values, "attn", 8, 4), turns(values, "expert", 2, 1)
    found = (
        {"layer_types": ["full_attention" if here else "mamba" for here in full]}
        | {"linear_num_value_heads": _expanded(values, "mamba_expand")}
        | {"time_step_rank": _rank(values, "mamba_dt_rank")}
    )
    if any(experts) and values.get("num_experts", 16) > 1:
        found |= {"moe_layers": [i for i, here in enumerate(experts) if here]}
        found |= {"num_local_experts": values.get("num_experts", 16)}
        found |= {"num_experts_per_tok": values.get("num_experts_per_tok", 2)}
    return found


JAMBA = LLAMA.like(
    "jamba",
    without=("head_dim", "attention_bias", "mlp_bias"),
    keys={"mamba_d_state": "linear_key_head_dim", "mamba_d_conv": "linear_conv_kernel_dim"}
    | {"mamba_conv_bias": "linear_conv_bias", "mamba_proj_bias": "linear_proj_bias"},
    defaults={"mamba_d_state": 16, "mamba_d_conv": 4, "mamba_conv_bias": True, "mamba_proj_bias": False}
    | {"num_key_value_heads": 8, "max_position_embeddings": 262144},
    fixed={"position_embedding_type": "none", "selection_norm": "weighted"}
    | {"linear_num_key_heads": 1, "linear_value_head_dim": 1},
    parts=(
        computed(
            _read_jamba,
            attn_layer_period=lambda c: turn(_full(c), c.num_hidden_layers)[0],
            attn_layer_offset=lambda c: turn(_full(c), c.num_hidden_layers)[1],
            expert_layer_period=lambda c: turn(c.moe_layers, c.num_hidden_layers)[0],
            expert_layer_offset=lambda c: turn(c.moe_layers, c.num_hidden_layers)[1],
            num_experts=lambda c: c.num_local_experts or 1,
            num_experts_per_tok=lambda c: c.num_experts_per_tok or 2,
            mamba_expand=_expansion,
            mamba_dt_rank=lambda c: c.time_step_rank,
        ),
    ),
    harmless=_FOR_FRESH_WEIGHTS | TRAINING,
    names=_BESIDE_ATTENTION,
)
