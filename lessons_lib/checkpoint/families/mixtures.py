"""Mixtures of experts: Qwen's, OLMo's, GLM's and those of their kind, Granite's, MiniMax's and gpt-oss.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

from dataclasses import replace
from typing import Any

from lessons_lib.checkpoint.families.experts import EXPERTS, MIXTRAL, MIXTRAL_NAMES, QWEN3_MOE, TRAINING
from lessons_lib.checkpoint.families.layer_norm import COHERE, MPT
from lessons_lib.checkpoint.families.llama import LLAMA, QWEN3
from lessons_lib.checkpoint.families.llama_like import GRANITE, GRANITE_SWA, OLMO2, TENCENTS_NORMS, WHOLE_NORM
from lessons_lib.checkpoint.mapping.cuts import GATE_UP, as_row, stacked
from lessons_lib.checkpoint.mapping.family import Values
from lessons_lib.checkpoint.mapping.mxfp4 import dequantized_experts
from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.parts import computed, dense_first, root_of_width
from lessons_lib.checkpoint.mapping.positions import rope, rope_by_layer
from lessons_lib.checkpoint.mapping.rotations import sharpened, tencents
from lessons_lib.checkpoint.mapping.spans import (
    layer_numbers,
    listed_window,
    one_window,
    sliding_but_each,
    turning_where_sliding,
)
from lessons_lib.config import ModelConfig

_ROUTED = {"num_experts_per_tok": "num_experts_per_tok", "norm_topk_prob": "norm_topk_prob"}
_MOE_WIDTH = {"moe_intermediate_size": "moe_intermediate_size"}
_SIGMOID = {"scoring_func": "sigmoid", "topk_method": "noaux_tc"}
_QUIET = TRAINING | {"num_nextn_predict_layers", "mtp_layer_types", "mtp_mlp_layer_types"}


def _shared_width(values: Values) -> dict[str, Any]:
    """The width of the shared expert by itself, as in Qwen2-MoE; 0 for no such expert."""
    width = values.get("shared_expert_intermediate_size")
    return {"n_shared_experts": 1 if width else 0, "shared_expert_intermediate_size": width or None}


def _width_of_shared(config: Any) -> int:
    width = config.shared_expert_intermediate_size or config.moe_intermediate_size
    return width if config.n_shared_experts else 0


SHARED = computed(_shared_width, shared_expert_intermediate_size=_width_of_shared)
NO_DENSE = computed(lambda values: {"intermediate_size": values["moe_intermediate_size"]})  # for all have experts

_qkv = computed(lambda values: {"attention_bias": values.get("qkv_bias", True)}, qkv_bias=lambda c: c.attention_bias)
QWEN2_MOE = QWEN3_MOE.like(
    "qwen2_moe",
    without=("head_dim", "attention_bias"),
    defaults={"num_key_value_heads": 16, "moe_intermediate_size": 1408, "num_experts_per_tok": 4},
    fixed={"qk_norm": None, "attention_output_bias": False, "shared_expert_gate": True},
    parts=(*QWEN3_MOE.parts, SHARED, _qkv),
)

OLMOE = LLAMA.like(
    "olmoe",
    without=("mlp_bias", "head_dim"),
    keys=_ROUTED | {"num_experts": "num_local_experts", "clip_qkv": "clip_qkv"},
    defaults={"num_experts_per_tok": 8, "norm_topk_prob": False, "clip_qkv": None, "max_position_embeddings": 4096}
    | {"num_key_value_heads": 16, "bos_token_id": None, "eos_token_id": 50279},
    fixed=WHOLE_NORM,
    harmless=TRAINING,
    names=Names(block=EXPERTS),
)

FLEX_OLMO = OLMO2.like(
    "flex_olmo",
    keys=_ROUTED | {"num_experts": "num_local_experts"},
    defaults={"num_experts_per_tok": 5, "norm_topk_prob": False, "max_position_embeddings": 4096},
    parts=(rope(5e5),),
    harmless=TRAINING,
    names=Names(block=EXPERTS),
)

MELLUM = QWEN3.like(
    "mellum",
    keys=_ROUTED | _MOE_WIDTH | {"num_local_experts": "num_local_experts"},
    defaults={"num_key_value_heads": 4, "max_position_embeddings": 131072, "num_experts_per_tok": 8}
    | {"norm_topk_prob": True, "moe_intermediate_size": 896},
    parts=(rope_by_layer(5e5, 1e4), listed_window(1024), dense_first(0)),
    harmless=_QUIET,
    names=Names(block=EXPERTS),
)

# The line of DeepSeek V3's router over ordinary attention.
_SHARED_NAMES = EXPERTS | {"mlp.shared_experts": "mlp.shared_expert"}
_V3 = _ROUTED | _MOE_WIDTH | {name: name for name in ("n_group", "topk_group", "routed_scaling_factor")}
_V3 |= {"n_routed_experts": "num_local_experts", "n_shared_experts": "n_shared_experts"}
_V3_DEFAULTS = {"n_group": 1, "topk_group": 1, "norm_topk_prob": True, "routed_scaling_factor": 1.0}
_V3_DEFAULTS |= {"num_experts_per_tok": 8, "n_shared_experts": 1, "moe_intermediate_size": 1408}
_V3_DEFAULTS |= {"max_position_embeddings": 131072, "bos_token_id": None, "eos_token_id": None}


GLM4_MOE = LLAMA.like(
    "glm4_moe",
    without=("mlp_bias",),
    keys=_V3,
    defaults=_V3_DEFAULTS | {"num_key_value_heads": 8},
    fixed=_SIGMOID | {"attention_output_bias": False},
    parts=(
        rope(partial=0.5),
        dense_first(1),
        computed(
            lambda values: {"qk_norm": "before" if values.get("use_qk_norm") else None},
            use_qk_norm=lambda config: config.qk_norm == "before",
        ),
    ),
    harmless=_QUIET,
    names=Names(block=_SHARED_NAMES),
)

SOLAR_OPEN = GLM4_MOE.like(
    "solar_open",
    without=("intermediate_size",),
    defaults={"moe_intermediate_size": 1280, "head_dim": 128},
    parts=(
        rope(1e6, partial=1.0),
        dense_first(0),
        computed(
            lambda values: {"intermediate_size": values.get("intermediate_size", values["moe_intermediate_size"])}
        ),
    ),
    harmless={"intermediate_size"},
)

DOTS1 = GLM4_MOE.like(
    "dots1",
    defaults={"norm_topk_prob": False, "max_position_embeddings": 2048, "num_key_value_heads": 32},
    fixed={"qk_norm": "before"},
    parts=(rope(), dense_first(0), listed_window(4096)),
    harmless={"max_window_layers"},
)

EXAONE_MOE = DOTS1.like(
    "exaone_moe",
    without=("attention_bias", "n_routed_experts", "n_shared_experts"),
    keys={"num_experts": "num_local_experts", "num_shared_experts": "n_shared_experts"},
    defaults={"norm_topk_prob": True, "routed_scaling_factor": 2.5, "num_shared_experts": 1, "bos_token_id": 1}
    | {"eos_token_id": 53, "moe_intermediate_size": 1024},
    fixed={"attention_output_bias": None},
    parts=(rope(), dense_first(1), turning_where_sliding(sliding_but_each(4, default=4096))),
    names=Names(block=_SHARED_NAMES | {"mlp.e_score_correction_bias": "mlp.router.e_score_correction_bias"}),
)

HY_V3 = LLAMA.like(
    "hy_v3",
    "HYV3ForCausalLM",
    keys={key: name for key, name in (_ROUTED | _MOE_WIDTH).items() if key != "norm_topk_prob"}
    | {"num_experts": "num_local_experts", "num_shared_experts": "n_shared_experts"}
    | {"router_scaling_factor": "routed_scaling_factor"},
    defaults={"num_key_value_heads": 8, "head_dim": 128, "max_position_embeddings": 131072, "num_experts_per_tok": 8}
    | {"num_shared_experts": 1, "moe_intermediate_size": 1536, "router_scaling_factor": 2.826}
    | {"bos_token_id": None, "eos_token_id": None},
    fixed=_SIGMOID | {"qk_norm": "before", "norm_topk_prob": True},
    parts=(rope(11158840.0), dense_first(1)),
    harmless=_QUIET | {"enable_moe_fp32_combine"},
    names=Names(
        block={"mlp.router.gate": "mlp.router", "mlp.expert_bias": "mlp.router.e_score_correction_bias"}
        | {"mlp.shared_mlp": "mlp.shared_expert"}
    ),
)

MINIMAX_M2 = LLAMA.like(
    "minimax_m2",
    "MiniMaxM2ForCausalLM",
    without=("mlp_bias", "attention_bias"),
    keys={"num_experts_per_tok": "num_experts_per_tok", "num_local_experts": "num_local_experts"},
    defaults={"num_key_value_heads": 8, "head_dim": 128, "max_position_embeddings": 196608, "num_experts_per_tok": 8}
    | {"bos_token_id": 200034, "eos_token_id": 200020},
    fixed=_SIGMOID | WHOLE_NORM | {"norm_topk_prob": True},
    parts=(rope(5e6, partial=1.0),),
    harmless=_QUIET,
    names=Names(
        block=MIXTRAL_NAMES.block | {"block_sparse_moe.e_score_correction_bias": "mlp.router.e_score_correction_bias"}
    ),
)

_CORRECTION = "e_score_correction_bias"
_ERNIE = {"moe_k": "num_experts_per_tok", "moe_num_experts": "num_local_experts"}


def _read_ernie(values: Values) -> dict[str, Any]:
    first, last = values.get("moe_layer_start_index", 1), values.get("moe_layer_end_index", -1)
    step, count = values.get("moe_layer_interval", 1), len(layer_numbers(values))
    last = count - 1 if last == -1 else last
    layers = [i for i in layer_numbers(values) if (i + 1) % step == 0 and first <= i <= last]
    bias = values.get("use_bias", False)
    return {"moe_layers": layers, "attention_bias": bias, "mlp_bias": bias}


ERNIE4_5_MOE = LLAMA.like(
    "ernie4_5_moe",
    "Ernie4_5_MoeForCausalLM",
    without=("attention_bias", "mlp_bias", "head_dim"),
    keys=_ERNIE | _MOE_WIDTH | {"moe_num_shared_experts": "n_shared_experts"},
    defaults={"num_key_value_heads": 4, "max_position_embeddings": 131072, "tie_word_embeddings": True}
    | {"moe_k": 6, "moe_num_shared_experts": 2, "moe_intermediate_size": 1536},
    fixed={"rope_pairing": "interleaved", "topk_method": "noaux_tc", "norm_topk_prob": True},
    parts=(
        rope(5e5),
        computed(
            _read_ernie,
            moe_layer_start_index=lambda config: next(iter(config.moe_layers), 0),
            moe_layer_end_index=lambda config: next(reversed(config.moe_layers), 0),
            moe_layer_interval=lambda config: 1,
            use_bias=lambda config: config.mlp_bias,
        ),
    ),
    harmless=TRAINING | {"moe_norm_min"},
    names=Names(
        block=_SHARED_NAMES,
        cuts=tuple(as_row(theirs, "mlp.router", _CORRECTION) for theirs in ("mlp.gate.moe_statics", "mlp.moe_statics")),
    ),
)

HUNYUAN_MOE = LLAMA.like(
    "hunyuan_v1_moe",
    "HunYuanMoEV1ForCausalLM",
    without=("mlp_bias",),
    keys={"num_experts": "num_local_experts", "moe_topk": "num_experts_per_tok"},
    defaults={"moe_topk": 1},
    fixed={"qk_norm": "after", "qk_norm_weight": "head", "n_shared_experts": 1, "norm_topk_prob": True},
    parts=(tencents(rope()),),
    harmless=TRAINING | {"eod_token_id"},
    names=Names(block=TENCENTS_NORMS | {"mlp.gate.wg": "mlp.router", "mlp.shared_mlp": "mlp.shared_expert"}),
)

_GRANITE_BLOCK = (
    {"block_sparse_moe.router.layer": "mlp.router"}
    | {"block_sparse_moe.input_linear.weight": "mlp.experts.gate_up_proj"}
    | {"block_sparse_moe.output_linear.weight": "mlp.experts.down_proj"}
    | {"shared_mlp.output_linear": "mlp.shared_expert.down_proj"}
    | {"block_sparse_moe.router": "mlp.router", "block_sparse_moe": "mlp"}
)
GRANITE_NAMES = Names(
    block=_GRANITE_BLOCK,
    cuts=(stacked("shared_mlp.input_linear", tuple(f"mlp.shared_expert.{name[4:]}" for name in GATE_UP)),),
    experts="packed",
)
GRANITEMOE = GRANITE.like(
    "granitemoe",
    "GraniteMoeForCausalLM",
    without=("mlp_bias", "head_dim"),
    keys={"num_local_experts": "num_local_experts", "num_experts_per_tok": "num_experts_per_tok"},
    defaults={"num_experts_per_tok": 2},
    fixed={"norm_topk_prob": True},
    harmless=TRAINING,
    names=GRANITE_NAMES,
)


def _read_shared_mlp(values: Values) -> dict[str, Any]:
    return _shared_width({"shared_expert_intermediate_size": values.get("shared_intermediate_size", 0)})


GRANITEMOESHARED = GRANITEMOE.like(
    "granitemoeshared",
    "GraniteMoeSharedForCausalLM",
    parts=(*GRANITEMOE.parts, computed(_read_shared_mlp, shared_intermediate_size=_width_of_shared)),
)

GRANITEMOE_SWA = GRANITEMOESHARED.like(
    "granitemoe_swa",
    "GraniteMoeSWAForCausalLM",
    parts=(*GRANITE_SWA.parts, *GRANITEMOESHARED.parts[len(GRANITEMOE.parts) :]),
    names=replace(
        GRANITE_NAMES, block={"block_sparse_moe": "mlp", "shared_mlp.output_linear": "mlp.shared_expert.down_proj"}
    ),
)

ARIA = LLAMA.like(
    "aria_text",
    keys={"moe_num_experts": "num_local_experts", "moe_topk": "num_experts_per_tok"}
    | {"moe_num_shared_experts": "n_shared_experts"},
    defaults={"moe_topk": 2, "moe_num_shared_experts": 2, "head_dim": None},
    fixed={"norm_topk_prob": True, "mlp_bias": False},
    harmless=TRAINING,
    names=Names(
        block={"mlp.experts.fc1.weight": "mlp.experts.gate_up_proj"}
        | {"mlp.experts.fc2.weight": "mlp.experts.down_proj", "mlp.shared_experts": "mlp.shared_expert"},
        experts="input-major",
    ),
)

_ALL_SINKS = computed(lambda values: {"sink_layers": list(layer_numbers(values))})


def _flints_spans(values: Values) -> dict[str, Any]:
    numbers = layer_numbers(values)
    kinds = [_FULL if i < 2 or i % 4 == 1 or i == len(numbers) - 1 else _SLIDING for i in numbers]
    spans = turning_where_sliding(listed_window(513))
    return spans.read({"layer_types": kinds} | {key: value for key, value in values.items() if value is not None})


def _flints_layers(values: Values) -> dict[str, Any]:
    dense, step = values.get("mlp_only_layers", [0, 1]), values.get("decoder_sparse_step", 1)
    return {"moe_layers": [i for i in layer_numbers(values) if i not in dense and (i + 1) % step == 0]}


_FULL, _SLIDING = "full_attention", "sliding_attention"
FLINT = QWEN3.like(
    "flint",
    keys=_ROUTED | _MOE_WIDTH | {"num_experts": "num_local_experts"},
    defaults={"num_key_value_heads": 4, "max_position_embeddings": 262144, "num_experts_per_tok": 6}
    | {"norm_topk_prob": True, "moe_intermediate_size": 512},
    fixed={"scoring_func": "sigmoid"},
    parts=(
        rope(),
        computed(
            _flints_spans,
            layer_types=lambda config: list(config.layer_types),
            sliding_window=lambda config: config.sliding_window or 513,
        ),
        computed(
            _flints_layers,
            "decoder_sparse_step",
            mlp_only_layers=lambda config: [i for i in range(config.num_hidden_layers) if i not in config.moe_layers],
        ),
        SHARED,
        _ALL_SINKS,
    ),
    harmless=_QUIET,
    names=Names(block=EXPERTS | {"self_attn.softmax_offset": "self_attn.sinks"}),
)

GPT_OSS = LLAMA.like(
    "gpt_oss",
    keys={"num_local_experts": "num_local_experts", "num_experts_per_tok": "num_experts_per_tok"}
    | {"swiglu_limit": "glu_limit"},
    defaults={"num_key_value_heads": 8, "head_dim": 64, "max_position_embeddings": 131072, "attention_bias": True}
    | {"num_experts_per_tok": 4, "swiglu_limit": 7.0, "bos_token_id": None, "eos_token_id": None},
    fixed={"norm_topk_prob": True, "router_bias": True, "mlp_bias": True},
    parts=(rope(150000.0), sliding_but_each(2, default=128), _ALL_SINKS),
    harmless=_QUIET | {"experts_per_token", "initial_context_length"},  # what other readers ask for
    only={"swiglu_alpha": 1.702},
    names=Names(experts="interleaved"),
    quantized="mxfp4",
    joined=dequantized_experts,
)


# Norms on both sides of each part, a router that a bias shifts, and shared experts.
_BOTH_SIDES = {"norm_placement": "sandwich", "qk_norm": "before"}
KOLIBRI1 = QWEN3_MOE.like(
    "kolibri1",
    without=("intermediate_size", "attention_bias"),
    defaults={"head_dim": 128, "max_position_embeddings": 262144, "num_experts_per_tok": 6}
    | {"moe_intermediate_size": 512, "shared_expert_intermediate_size": 512},
    fixed=_BOTH_SIDES | {"scoring_func": "sigmoid", "topk_method": "biased_products"},
    parts=(rope(), QWEN3_MOE.parts[2], turning_where_sliding(sliding_but_each(5, default=513)), SHARED, NO_DENSE),
    names=Names(
        block=_SHARED_NAMES
        | {"moe.router.expert_bias": "mlp.router.e_score_correction_bias", "post_attn_norm": "post_attention_layernorm"}
        | {"post_attention_layernorm": "pre_feedforward_layernorm", "post_ffn_norm": "post_feedforward_layernorm"}
    ),
)

AFMOE = LLAMA.like(
    "afmoe",
    without=("mlp_bias", "attention_bias"),
    keys=_MOE_WIDTH
    | {"num_experts": "num_local_experts", "num_experts_per_tok": "num_experts_per_tok"}
    | {"num_shared_experts": "n_shared_experts", "route_scale": "routed_scaling_factor"},
    defaults={"num_experts": 64, "num_experts_per_tok": 6, "num_shared_experts": 2, "moe_intermediate_size": 1408}
    | {"route_scale": 1.0, "head_dim": 128, "max_position_embeddings": 16384, "mup_enabled": False}
    | {"bos_token_id": None, "eos_token_id": None},
    fixed=_BOTH_SIDES | _SIGMOID | {"norm_topk_prob": True, "attn_output_gate": True},
    parts=(
        rope(),
        dense_first(1, "num_dense_layers"),
        turning_where_sliding(sliding_but_each(4, default=1024, key="global_attn_every_n_layers")),
        root_of_width("mup_enabled"),
    ),
    harmless=TRAINING,
    names=Names(
        block={"self_attn.gate_proj": "self_attn.output_gate", "mlp.shared_experts": "mlp.shared_expert"}
        | {"mlp.router.gate": "mlp.router", "mlp.expert_bias": "mlp.router.e_score_correction_bias"}
        | {"pre_mlp_layernorm": "pre_feedforward_layernorm", "post_mlp_layernorm": "post_feedforward_layernorm"}
    ),
)


PHIMOE = MIXTRAL.like(
    "phimoe",
    keys={name: name for name in ("attention_bias", "lm_head_bias")} | {"router_jitter_noise": "router_tolerance"},
    defaults={"attention_bias": False, "lm_head_bias": False, "router_jitter_noise": 0.01},
    fixed={"norm_type": "layer", "topk_method": "sparse_mixer", "norm_topk_prob": None},
    parts=(sharpened(rope(1e6)), one_window(None)),
    harmless={"input_jitter_noise"},
)


def _read_cohere2_moe(values: Values) -> dict[str, Any]:
    dense, numbers = values.get("first_k_dense_replace", 0), layer_numbers(values)
    every = {True: values.get("prefix_dense_sliding_window_pattern", 1), False: values.get("sliding_window_pattern", 4)}
    spans = [_SLIDING if (i + 1 - dense * (i >= dense)) % every[i < dense] else _FULL for i in numbers]
    spans = values.get("layer_types") or spans
    kinds = values.get("mlp_layer_types") or ["dense" if i < dense else "sparse" for i in numbers]
    found = {"layer_types": spans, "moe_layers": [i for i, kind in enumerate(kinds) if kind == "sparse"]}
    turns = zip(spans, kinds, strict=False)
    found |= {"no_rope_layers": [int(s == _SLIDING or (k == "dense" and every[True] == 1)) for s, k in turns]}
    width, how = values["intermediate_size"], values.get("shared_expert_combination_strategy", "average")
    shared, softmax = values.get("num_shared_experts", 0), values.get("expert_selection_fn", "softmax") == "softmax"
    rms = values.get("rms_norm_eps")
    return (
        found
        | {"sliding_window": values.get("sliding_window", 4096) if _SLIDING in spans else None}
        | {"moe_intermediate_size": width}
        | {"intermediate_size": values.get("prefix_dense_intermediate_size") or width}
        | {"shared_expert_mean": shared > 0 and how == "average"}
        | {"scoring_func": "softmax" if softmax else "sigmoid"}
        | {"norm_topk_prob": softmax or values.get("norm_topk_prob", True)}
        | {"norm_type": "layer" if rms is None else "rms"}
        | {"rms_norm_eps": values.get("layer_norm_eps", 1e-5) if rms is None else rms}
    )


def _dense_and_full_turns(config: ModelConfig) -> int:
    """1 if the full layers without experts turn, as no others do."""
    kinds = zip(config.layer_types, config.no_rope_layers, strict=True)
    return 1 if any(turns and kind == _FULL for kind, turns in kinds) else 2


COHERE2_MOE = COHERE.like(
    "cohere2_moe",
    without=("layer_norm_eps", "intermediate_size"),
    keys={"head_dim": "head_dim", "num_experts": "num_local_experts", "num_experts_per_tok": "num_experts_per_tok"}
    | {"num_shared_experts": "n_shared_experts"},
    defaults={"head_dim": 128, "num_experts": 8, "num_experts_per_tok": 2, "num_shared_experts": 0},
    fixed={"norm_type": None},
    parts=(
        rope(),
        computed(
            _read_cohere2_moe,
            *("first_k_dense_replace", "sliding_window_pattern"),
            layer_types=lambda c: list(c.layer_types),
            mlp_layer_types=lambda c: dense_first(0).write(c)["mlp_layer_types"],
            prefix_dense_sliding_window_pattern=_dense_and_full_turns,
            sliding_window=lambda c: c.sliding_window or 4096,
            intermediate_size=lambda c: c.moe_intermediate_size,
            prefix_dense_intermediate_size=lambda c: c.intermediate_size,
            shared_expert_combination_strategy=lambda c: "average" if c.shared_expert_mean else "sum",
            expert_selection_fn=lambda c: c.scoring_func,
            norm_topk_prob=lambda c: c.norm_topk_prob,
            rms_norm_eps=lambda c: c.rms_norm_eps if c.norm_type == "rms" else None,
            layer_norm_eps=lambda c: c.rms_norm_eps,
        ),
    ),
    harmless=TRAINING,
    names=Names(block=_SHARED_NAMES),
)


def _read_dbrx(values: Values) -> dict[str, Any]:
    attention, experts = values.get("attn_config") or {}, values.get("ffn_config") or {}
    if experts.get("moe_normalize_expert_weights", 1) not in (None, 1):
        raise ValueError(f"moe_normalize_expert_weights: got {experts['moe_normalize_expert_weights']}, allowed 1")
    return (
        {"clip_qkv": attention.get("clip_qkv"), "num_key_value_heads": attention.get("kv_n_heads", 1)}
        | {"rope_theta": (values.get("rope_parameters") or attention).get("rope_theta", 10000.0)}
        | {"intermediate_size": experts.get("ffn_hidden_size", 3584)}
        | {"num_local_experts": experts.get("moe_num_experts", 4)}
        | {"num_experts_per_tok": experts.get("moe_top_k", 1)}
        | {"norm_topk_prob": experts.get("moe_normalize_expert_weights", 1) == 1}
        | {"hidden_act": (experts.get("ffn_act_fn") or {"name": "silu"})["name"]}
    )


def _dbrx_experts(config: ModelConfig) -> dict[str, Any]:
    found = {"ffn_hidden_size": config.moe_intermediate_size, "moe_num_experts": config.num_local_experts}
    found |= {"moe_top_k": config.num_experts_per_tok, "ffn_act_fn": {"name": config.hidden_act}}
    return found | {"moe_normalize_expert_weights": 1.0 if config.norm_topk_prob else None}


def _dbrx_attention(config: ModelConfig) -> dict[str, Any]:
    found = {"clip_qkv": config.clip_qkv, "kv_n_heads": config.num_key_value_heads}
    return found | {"rope_theta": config.rope_theta}


DBRX = MPT.like(
    "dbrx",
    without=("layer_norm_epsilon",),
    defaults={"tie_word_embeddings": False},
    fixed={"position_embedding_type": "rotary", "gated_mlp": True, "rms_norm_eps": 1e-5, "hidden_act": None},
    parts=(
        computed(
            _read_dbrx,
            attn_config=_dbrx_attention,
            ffn_config=_dbrx_experts,
            rope_parameters=lambda config: {"rope_type": "default", "rope_theta": config.rope_theta},
        ),
    ),
    harmless=TRAINING | {"emb_pdrop", "resid_pdrop", "rope_theta"},
    names=Names(
        prefix="transformer.",
        layers="blocks",
        top={"wte": "embed_tokens", "norm_f": "norm"},
        block={"norm_attn_norm.norm_1": "input_layernorm", "norm_attn_norm.norm_2": "post_attention_layernorm"}
        | {"norm_attn_norm.attn.out_proj": "self_attn.o_proj", "ffn.router.layer": "mlp.router"}
        | {"ffn.experts.mlp.w1": "mlp.experts.gate_proj", "ffn.experts.mlp.v1": "mlp.experts.up_proj"}
        | {"ffn.experts.mlp.w2": "mlp.experts.down_proj"},
        cuts=(stacked("norm_attn_norm.attn.Wqkv"),),
        experts="rows",
    ),
)
