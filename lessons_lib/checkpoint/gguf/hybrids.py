"""llama.cpp's architectures whose layers keep a state."""

from __future__ import annotations

from lessons_lib.checkpoint.gguf import groups, parts, state_parts
from lessons_lib.checkpoint.gguf.architecture import Part
from lessons_lib.checkpoint.gguf.dense import GRANITE, GRANITEMOE, NEOX, PLAIN, SCORED, SIZES, SOFTMAX, SQUARE
from lessons_lib.checkpoint.gguf.mixtures import DEEPSEEK2
from lessons_lib.checkpoint.gguf.parts import computed, experts

_MAMBA_NAMES = {
    "ssm_in": "mixer.in_proj",
    "ssm_conv1d": "mixer.conv1d",
    "ssm_x": "mixer.x_proj",
    "ssm_dt": "mixer.dt_proj",
    "ssm_d": "mixer.D",
    "ssm_out": "mixer.out_proj",
    "ssm_dt_norm": "mixer.dt_layernorm",
    "ssm_b_norm": "mixer.b_layernorm",
    "ssm_c_norm": "mixer.c_layernorm",
}
_MAMBA2_NAMES = {
    "ssm_in": "mixer.in_proj",
    "ssm_conv1d": "mixer.conv1d",
    "ssm_dt.bias": "mixer.dt_bias",
    "ssm_out": "mixer.out_proj",
}
_CONV_BIAS = {"ssm_conv1d.bias": ({"linear_conv_bias": True}, {"linear_conv_bias": False})}
_UNTURNED = {"position_embedding_type": "none"}
_PLAIN_NORM = computed(
    {"ssm.dt_b_c_rms": lambda c: c.selection_norm == "plain"},
    lambda keys: {"selection_norm": "plain" if keys.flag("ssm.dt_b_c_rms", False) else None},
)
MAMBA = NEOX.like(
    "mamba",
    keys={"feed_forward_length": None},
    parts=(state_parts.MAMBA, state_parts.ALONE, _PLAIN_NORM),
    shown=_CONV_BIAS,
    fixed=_UNTURNED,
    block=_MAMBA_NAMES,
    groups=groups.STATE,
    divisors=False,
)
MAMBA2 = MAMBA.like(
    "mamba2",
    parts=(state_parts.GROUPED, state_parts.ALONE2),
    fixed={"gate_norm": "after"},
    block=_MAMBA2_NAMES | {"ssm_dt": None, "ssm_d": None},
    groups=groups.GROUPED_STATE,
)


JAMBA = MAMBA.like(
    "jamba",
    limits=SQUARE,
    keys=SIZES,
    parts=(
        *(parts.HEADS, state_parts.beside("mamba"), state_parts.MAMBA),
        experts("feed_forward_length", optional=True, **(SOFTMAX | {"norm_topk_prob": False})),
    ),
    fixed={"selection_norm": "weighted"},
    groups=(*groups.STATE, *groups.EXPERTS),
    scattered=True,
)
NEMOTRON_H = MAMBA2.like(
    "nemotron_h",
    parts=(parts.HEADS, state_parts.GROUPED, state_parts.ONE_EACH, state_parts.BOTH_EPS),
    fixed={"hidden_act": "relu2", "gated_mlp": False},
    block={"ffn_gate": None},
)
NEMOTRON_H_MOE = NEMOTRON_H.like(
    "nemotron_h_moe",
    parts=(
        *(parts.HEADS, state_parts.GROUPED, experts(scoring="sigmoid", topk_method="noaux_tc"), state_parts.ONE_EACH),
        state_parts.BOTH_EPS,
        Part(state_parts.thinking, lambda config: {}),
    ),
    block={"ffn_gate_shexp": None},
    groups=(*groups.GROUPED_STATE, *groups.stacks("up", "down")),
)
_KDA_NAMES = {f"attn_{each}": f"mixer.{each}_proj" for each in "qkv"} | {"attn_output": "mixer.o_proj"}
_KDA_NAMES |= {f"ssm_{each}": f"mixer.{each}_proj" for each in ("f_a", "f_b", "g_a", "g_b")}
_KDA_NAMES |= {f"ssm_conv1d_{each}": f"mixer.{each}_conv1d" for each in "qkv"}
_KDA_NAMES |= {"ssm_beta": "mixer.b_proj", "ssm_dt.bias": "mixer.dt_bias", "ssm_norm": "mixer.o_norm"}
KIMI_LINEAR = DEEPSEEK2.like(
    "kimi-linear",
    keys={"ssm.conv_kernel": "linear_conv_kernel_dim"},
    parts=(
        *(parts.LATENT_HEADS, experts(dense=True, scoring="sigmoid", topk_method="noaux_tc")),
        *(state_parts.beside("kimi_delta"), state_parts.KDA),
    ),
    fixed={"position_embedding_type": "none", "no_rope_layers": None, "rope_pairing": None},
    shown={"exp_probs_b.bias": None},
    named=lambda config, layer: _KDA_NAMES if config.layer_types[layer] == "kimi_delta" else {},
    groups=(*groups.LATENT, *groups.EXPERTS, *groups.KDA_STATE),
)
_CONVOLVED = {
    "shortconv.in_proj": "mixer.in_proj",
    "shortconv.out_proj": "mixer.out_proj",
}
_SHORT = groups.one("shortconv.conv", "mixer.conv", lambda t, c: t.squeeze(1), lambda t, c: t[:, None])
LFM2 = NEOX.like(
    "lfm2",
    limits=SQUARE,
    keys={"shortconv.l_cache": "linear_conv_kernel_dim"},
    parts=(*PLAIN, state_parts.beside("conv")),
    fixed={"qk_norm": "before"},
    top={"output_norm": None, "token_embd_norm": "model.norm"},
    block=_CONVOLVED,
    groups=(_SHORT,),
    divisors=False,
)
LFM2MOE = LFM2.like(
    "lfm2moe",
    parts=(*LFM2.parts, experts(dense=True, scoring="sigmoid", topk_method="noaux_tc", norm_topk_prob=True)),
    groups=(*LFM2.groups, *groups.EXPERTS),
)
GRANITEHYBRID = GRANITEMOE.like(
    "granitehybrid",
    parts=(
        *(*GRANITE.parts, experts("feed_forward_length", optional=True, norm_topk_prob=True, **SCORED)),
        *(state_parts.beside("mamba2"), state_parts.GROUPED, state_parts.TURNS_OR_NOT),
    ),
    fixed={"gate_norm": "after"},
    shown=_CONV_BIAS,
    block=_MAMBA2_NAMES,
    groups=(*GRANITE.groups, *groups.GROUPED_STATE),
)
_DELTA_NAMES = {
    "attn_qkv": "mixer.in_proj_qkv",
    "attn_gate": "mixer.in_proj_z",
    "ssm_beta": "mixer.in_proj_b",
    "ssm_alpha": "mixer.in_proj_a",
    "ssm_dt.bias": "mixer.dt_bias",
    "ssm_norm": "mixer.norm",
    "ssm_out": "mixer.out_proj",
    "post_attention_norm": "post_attention_layernorm",
    "ffn_norm": None,
}
QWEN35 = NEOX.like(
    "qwen35",
    parts=(*PLAIN, state_parts.INTERVAL, state_parts.GROUPED, parts.SECTIONS),
    fixed={"qk_norm": "before", "attn_output_gate": True, "rms_norm_offset": 1.0},
    block=_DELTA_NAMES,
    groups=(groups.GATED_QUERY, *groups.TURNED),
    sums=True,
    divisors=False,
)
_SHARED_GATE = {"ffn_gate_inp_shexp": "mlp.shared_expert_gate"}
_GATED_EXPERTS = experts(norm_topk_prob=True, shared_expert_gate=True, n_shared_experts=1)
QWEN35MOE = QWEN35.like(
    "qwen35moe", parts=(*QWEN35.parts, _GATED_EXPERTS), block=_SHARED_GATE, groups=(*QWEN35.groups, *groups.EXPERTS)
)
QWEN3NEXT = QWEN35MOE.like(
    "qwen3next",
    parts=(*PLAIN, state_parts.INTERVAL, state_parts.GROUPED, _GATED_EXPERTS),
    block=dict.fromkeys(("ssm_beta", "ssm_alpha")),
    groups=(groups.GATED_QUERY, *groups.STATE, *groups.EXPERTS, groups.BETA_ALPHA),
)
