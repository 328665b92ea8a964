"""Linear attention in most layers: Qwen's gated delta nets, Kimi Linear, and the lightning attention of MiniMax-01.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

from dataclasses import replace
from typing import Any

from lessons_lib.checkpoint.families.experts import EXPERTS, MIXTRAL, MIXTRAL_NAMES, QWEN3_MOE, TRAINING
from lessons_lib.checkpoint.families.llama import LLAMA
from lessons_lib.checkpoint.families.mixtures import SHARED
from lessons_lib.checkpoint.mapping.cuts import BY_KEY_HEAD, by_head
from lessons_lib.checkpoint.mapping.family import Values
from lessons_lib.checkpoint.mapping.mixers import W123, called_attention, mixers
from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.parts import computed, dense_first
from lessons_lib.checkpoint.mapping.positions import head_width, rope
from lessons_lib.checkpoint.mapping.rotations import text_rope
from lessons_lib.checkpoint.mapping.spans import layer_numbers


# Qwen's gated delta nets.
def _interval(values: Values) -> list[str]:
    every = values.get("full_attention_interval", 4)
    return ["full_attention" if (i + 1) % every == 0 else "linear_attention" for i in layer_numbers(values)]


_LINEAR = {
    f"linear_{name}": f"linear_{name}"
    for name in ("num_key_heads", "num_value_heads", "key_head_dim", "value_head_dim", "conv_kernel_dim")
}
_LINEAR_DEFAULTS = dict(zip(_LINEAR, (16, 32, 128, 128, 4), strict=True))
_QWEN = {"qk_norm": "before", "rms_norm_offset": 1.0, "attn_output_gate": True}
_QWEN_MIXERS = mixers("gated_delta", "layer_types", _interval, "full_attention_interval")
_GATED = (by_head("self_attn.q_proj", ("self_attn.q_proj", "self_attn.output_gate")),)
_QWEN_NAMES = Names(block={"linear_attn": "mixer"}, cuts=_GATED)
QWEN3_5 = LLAMA.like(
    "qwen3_5_text",
    "Qwen3_5ForCausalLM",
    without=("mlp_bias",),
    keys=_LINEAR,
    defaults=_LINEAR_DEFAULTS
    | {"num_key_value_heads": 4, "head_dim": 256, "max_position_embeddings": 32768}
    | {"bos_token_id": None, "eos_token_id": None},
    fixed=_QWEN,
    parts=(text_rope(), _QWEN_MIXERS),
    harmless=frozenset(
        {"attn_output_gate", "mamba_ssm_dtype", "mtp_num_hidden_layers", "mtp_use_dedicated_embeddings"}
    ),
    names=_QWEN_NAMES,
)

QWEN3_5_MOE = QWEN3_5.like(
    "qwen3_5_moe_text",
    "Qwen3_5MoeForCausalLM",
    without=("intermediate_size",),
    keys={"num_experts": "num_local_experts", "num_experts_per_tok": "num_experts_per_tok"}
    | {"moe_intermediate_size": "moe_intermediate_size"},
    defaults={"num_key_value_heads": 2, "num_experts_per_tok": 8, "moe_intermediate_size": 512},
    fixed={"norm_topk_prob": True, "shared_expert_gate": True},
    parts=(
        *(text_rope(), _QWEN_MIXERS, SHARED),
        computed(lambda values: {"intermediate_size": values.get("moe_intermediate_size", 512)}),
    ),
    harmless=TRAINING,
    names=replace(_QWEN_NAMES, block=_QWEN_NAMES.block | EXPERTS),
)


QWEN3_NEXT = QWEN3_MOE.like(
    "qwen3_next",
    keys=_LINEAR,
    defaults=_LINEAR_DEFAULTS
    | {"num_key_value_heads": 2, "head_dim": 256, "num_experts_per_tok": 10}
    | {"moe_intermediate_size": 512, "norm_topk_prob": True},
    fixed=_QWEN | {"shared_expert_gate": True},
    parts=(text_rope(), _QWEN_MIXERS, SHARED, *QWEN3_MOE.parts[2:]),
    names=Names(block=_QWEN_NAMES.block | EXPERTS, cuts=(*_GATED, *BY_KEY_HEAD)),
)

# Kimi Linear: its delta attention, and latent attention without positions in every fourth layer.
_KIMI_NAMES = Names(
    block={
        **{f"block_sparse_moe.experts.#.w{n}": f"mlp.experts.#.{ours}_proj" for n, ours in W123},
        "block_sparse_moe.gate": "mlp.router",
        "block_sparse_moe.shared_experts": "mlp.shared_expert",
        "block_sparse_moe": "mlp",
    }
)


def _nested(values: Values) -> Values:
    nested = values.get("linear_attn_config") or {}
    if not isinstance(nested, dict):
        raise ValueError(f"linear_attn_config: got {nested!r:.60}, allowed an object")
    return nested


def _read_kimi(values: Values) -> dict[str, Any]:
    nested = _nested(values)
    heads = nested.get("num_heads", values.get("linear_num_heads", 32))
    width = nested.get("head_dim", values.get("linear_head_dim", 128))
    kernel = nested.get("short_conv_kernel_size", values.get("linear_conv_kernel_dim", 4))
    found = {"linear_num_key_heads": heads, "linear_num_value_heads": heads, "linear_conv_kernel_dim": kernel}
    found |= {"linear_key_head_dim": width, "linear_value_head_dim": width}
    return found | {"head_dim": values.get("qk_nope_head_dim", 128) + values.get("qk_rope_head_dim", 64)}


def _kimi_kinds(values: Values) -> list[str]:
    full = _nested(values).get("full_attn_layers")
    full = [i for i in layer_numbers(values) if i and i % 4 == 0] if full is None else [i - 1 for i in full]
    return ["full_attention" if i in full else "linear_attention" for i in layer_numbers(values)]


_KIMI_KEYS = {
    **{name: name for name in ("kv_lora_rank", "q_lora_rank", "qk_rope_head_dim", "v_head_dim", "attention_bias")},
    **{name: name for name in ("moe_intermediate_size", "routed_scaling_factor", "topk_group")},
    "model_max_length": "max_position_embeddings",
    "moe_renormalize": "norm_topk_prob",
    "num_expert_group": "n_group",
    "num_experts": "num_local_experts",
    "num_experts_per_token": "num_experts_per_tok",
    "num_shared_experts": "n_shared_experts",
}
KIMI_LINEAR = LLAMA.like(
    "kimi_linear",
    without=("head_dim", "mlp_bias", "max_position_embeddings"),
    keys=_KIMI_KEYS,
    defaults={"kv_lora_rank": 512, "q_lora_rank": None, "qk_rope_head_dim": 64, "v_head_dim": 128}
    | {"num_shared_experts": 1, "num_experts_per_token": 8, "moe_intermediate_size": 1024, "moe_renormalize": True}
    | {"routed_scaling_factor": 2.446, "num_expert_group": 1, "topk_group": 1, "num_experts": 256}
    | {"num_key_value_heads": 32, "model_max_length": 1048576, "bos_token_id": 163584, "eos_token_id": 163586},
    fixed={"position_embedding_type": "none", "scoring_func": "sigmoid", "topk_method": "noaux_tc"},
    parts=(
        mixers("kimi_delta", "layer_types", _kimi_kinds),
        dense_first(1),
        computed(
            _read_kimi,
            *("linear_attn_config", "head_dim", "qk_head_dim"),
            linear_num_heads=lambda config: config.linear_num_value_heads,
            linear_head_dim=lambda config: config.linear_value_head_dim,
            linear_conv_kernel_dim=lambda config: config.linear_conv_kernel_dim,
            qk_nope_head_dim=lambda config: config.head_dim - config.qk_rope_head_dim,
        ),
    ),
    harmless=TRAINING | {"use_grouped_topk", "num_nextn_predict_layers", "rope_theta"},
    only={"moe_router_activation_func": "sigmoid", "mla_use_nope": True, "moe_layer_freq": 1},
    **called_attention("kimi_delta", _KIMI_NAMES),
)

# MiniMax-01: lightning attention, and attention in every few layers; experts in all.
_FACTORS = [f"{part}_{which}_factor" for part in ("full_attn", "linear_attn", "mlp") for which in ("alpha", "beta")]


def _read_factors(values: Values) -> dict[str, Any]:
    found = {}
    for field, names in (("skip_multiplier", _FACTORS[::2]), ("residual_multiplier", _FACTORS[1::2])):
        numbers = {float(values.get(name, 1)) for name in names}
        if len(numbers) > 1:
            raise ValueError(f"{', '.join(names)}: got {sorted(numbers)}, allowed one number for all three")
        found[field] = numbers.pop()
    return found


def _read_own_heads(values: Values) -> dict[str, Any]:
    heads, width = values["num_attention_heads"], head_width(values)
    found = {"linear_num_key_heads": heads, "linear_num_value_heads": heads}
    return found | {"linear_key_head_dim": width, "linear_value_head_dim": width}


_DECAYS = ("slope_rate", "query_decay", "key_decay", "diagonal_decay")

MINIMAX = MIXTRAL.like(
    "minimax",
    "MiniMaxForCausalLM",
    defaults={"num_key_value_heads": 8, "head_dim": None},
    fixed={"norm_placement": "stream"},
    parts=(
        rope(1e6),
        mixers(
            "lightning",
            "layer_types",
            lambda values: ["linear_attention" if i % 2 else "full_attention" for i in layer_numbers(values)],
        ),
        computed(
            _read_factors,
            **{name: (lambda c: c.skip_multiplier) for name in _FACTORS[::2]},
            **{name: (lambda c: c.residual_multiplier) for name in _FACTORS[1::2]},
        ),
        computed(_read_own_heads),
    ),
    harmless=frozenset({"block_size", "sliding_window"}),
    **called_attention("lightning", MIXTRAL_NAMES),
    skipped=lambda name, names: name.endswith(_DECAYS),
)
