"""llama.cpp's architectures with experts, and those with latent attention."""

from __future__ import annotations

from lessons_lib.checkpoint.gguf import groups, parts, state_parts
from lessons_lib.checkpoint.gguf.architecture import Part
from lessons_lib.checkpoint.gguf.dense import (
    ALL_HEADS,
    HEAD_NORMS,
    HUNYUAN,
    LAYER,
    LAYER_EPS,
    LLAMA,
    MLP_BIAS,
    NEOX,
    OUT_BIAS,
    PLAIN,
    QKV_BIAS,
    QWEN2,
    QWEN3,
    SANDWICH,
    SCORED,
    SOFTMAX,
    SQUARE,
)
from lessons_lib.checkpoint.gguf.parts import SLIDING, experts, stated, windows

QWEN2MOE = QWEN2.like(
    "qwen2moe",
    parts=(*PLAIN, experts(norm_topk_prob=False, shared_expert_gate=True, n_shared_experts=1, **SCORED)),
    block={"ffn_gate_inp_shexp": "mlp.shared_expert_gate"},
    groups=groups.EXPERTS,
)
QWEN3MOE = QWEN3.like("qwen3moe", parts=(*PLAIN, experts(**SOFTMAX)), groups=groups.EXPERTS)
OLMOE = QWEN3.like(
    "olmoe",
    limits=SQUARE | ALL_HEADS,
    parts=(*PLAIN, experts("feed_forward_length", **(SOFTMAX | {"norm_topk_prob": False}))),
    fixed={"qk_norm_weight": "width"},
    groups=groups.EXPERTS,
)
HUNYUAN_MOE = HUNYUAN.like(
    "hunyuan-moe",
    parts=(
        *PLAIN,
        parts.ALSO_WIDTH,
        experts("feed_forward_length", norm_topk_prob=True, n_shared_experts=1, **SCORED),
    ),
    groups=groups.EXPERTS,
)
_BIASED = experts(scoring="sigmoid", dense=True, topk_method="noaux_tc")
DOTS1 = QWEN3MOE.like("dots1", limits=ALL_HEADS, parts=(*PLAIN, _BIASED))
GLM4MOE = QWEN3MOE.like(
    "glm4moe",
    parts=(*PLAIN, _BIASED),
    shown=QKV_BIAS | HEAD_NORMS,
    fixed={"qk_norm": None},
    block={"post_attention_norm": "post_attention_layernorm", "ffn_norm": None},
)
EXAONE_MOE = QWEN3MOE.like("exaone-moe", parts=(*PLAIN, windows(4, turning=(SLIDING,)), _BIASED))
HY_V3 = QWEN3MOE.like(
    "hy_v3",
    parts=(*PLAIN, _BIASED),
    block={"exp_probs_b.bias": None, "exp_probs_b": "mlp.router.e_score_correction_bias"},
)
MINIMAX_M2 = QWEN3MOE.like(
    "minimax-m2",
    parts=(
        *PLAIN,
        parts.ALSO_WIDTH,
        experts("feed_forward_length", scoring="sigmoid", topk_method="noaux_tc", norm_topk_prob=True),
    ),
    fixed={"qk_norm_weight": "width"},
)
_ALL_SINKS = Part(lambda keys: {"sink_layers": [*keys.layers()]}, lambda config: {})
GPT_OSS = NEOX.like(
    "gpt-oss",
    parts=(
        *(*PLAIN, windows(2), _ALL_SINKS),
        experts(router_bias=True, **SOFTMAX),
    ),
    fixed={"attention_bias": True, "attention_output_bias": True, "mlp_bias": True, "glu_limit": 7.0},
    block={"post_attention_norm": "post_attention_layernorm", "ffn_norm": None, "attn_sinks.weight": "self_attn.sinks"},
    groups=groups.EXPERTS,
)
ERNIE_MOE = NEOX.like(
    "ernie4_5-moe",
    parts=(
        *(*PLAIN, stated(interleave_moe_layer_step=1)),
        experts(dense=True, topk_method="noaux_tc", norm_topk_prob=True),
    ),
    fixed={"rope_pairing": "interleaved"},
    groups=groups.EXPERTS,
)
DBRX = NEOX.like(
    "dbrx",
    limits=SQUARE,
    keys=LAYER_EPS | {"attention.clamp_kqv": "clip_qkv"},
    parts=(*PLAIN, experts("feed_forward_length", **SOFTMAX)),
    fixed=LAYER | {"norm_parameters": "weight"},
    block={"attn_output_norm": "post_attention_layernorm", "ffn_norm": None},
    groups=(groups.QKV, *groups.EXPERTS),
)
AFMOE = QWEN3MOE.like(
    "afmoe",
    parts=(
        *(*PLAIN, windows(4, turning=(SLIDING,)), _BIASED),
        Part(lambda keys: {"embedding_multiplier": keys.whole("embedding_length") ** 0.5}, lambda config: {}),
    ),
    fixed={"attn_output_gate": True, "norm_placement": "sandwich"},
    block=SANDWICH | {"attn_gate": "self_attn.output_gate"},
)

LLAMA4 = LLAMA.like(
    "llama4",
    parts=(*PLAIN, state_parts.CHUNKS, experts(scoring="sigmoid", n_shared_experts=1, scale_expert_input=True)),
    shown=dict.fromkeys((*QKV_BIAS, *OUT_BIAS, *MLP_BIAS)),
    fixed={"rope_pairing": "interleaved"},
    groups=groups.EXPERTS,
)
MELLUM = QWEN3MOE.like("mellum", parts=(*PLAIN, windows(4, base="rope.freq_base"), experts(**SOFTMAX)))

# Latent attention
_LATENT_NAMES = {
    "attn_q_a": "self_attn.q_a_proj",
    "attn_q_a_norm": "self_attn.q_a_layernorm",
    "attn_q_b": "self_attn.q_b_proj",
    "attn_kv_a_mqa": "self_attn.kv_a_proj_with_mqa",
    "attn_kv_a_norm": "self_attn.kv_a_layernorm",
}
DEEPSEEK2 = NEOX.like(
    "deepseek2",
    keys={"attention.q_lora_rank": "q_lora_rank", "attention.kv_lora_rank": "kv_lora_rank"},
    parts=(parts.LATENT_HEADS, experts(dense=True)),
    fixed={"rope_pairing": "interleaved"},
    shown=parts.CORRECTED,
    block=_LATENT_NAMES,
    groups=(*groups.LATENT, *groups.EXPERTS),
    divisors=False,
)
_INDEX = {
    "attention.indexer.head_count": "index_n_heads",
    "attention.indexer.key_length": "index_head_dim",
    "attention.indexer.top_k": "index_topk",
}
_INDEX_NAMES = {
    "indexer.k_norm": "self_attn.indexer.k_norm",
    "indexer.proj": "self_attn.indexer.weights_proj",
    "indexer.attn_k": "self_attn.indexer.wk",
    "indexer.attn_q_b": "self_attn.indexer.wq_b",
}
_HALF_TURNS = {"index_head_dim": lambda config: 2 * (config.qk_rope_head_dim or 0)}
DEEPSEEK32 = DEEPSEEK2.like("deepseek32", keys=_INDEX, block=_INDEX_NAMES, limits=_HALF_TURNS)
GLM_DSA = DEEPSEEK32.like("glm-dsa", fixed={"index_pairing": "interleaved"})
