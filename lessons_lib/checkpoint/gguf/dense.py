"""llama.cpp's dense architectures: how the files of each differ from Llama's."""

from __future__ import annotations

from typing import Any

from lessons_lib.checkpoint.gguf import groups, parts
from lessons_lib.checkpoint.gguf.architecture import Architecture, Part
from lessons_lib.checkpoint.gguf.keys import Keys
from lessons_lib.checkpoint.gguf.parts import SLIDING, computed, experts, stated, windows

_TIED = {"output.weight": ({"tie_word_embeddings": False}, {"tie_word_embeddings": True})}
QKV_BIAS = {"attn_q.bias": ({"attention_bias": True}, {"attention_bias": False})}
OUT_BIAS = {"attn_output.bias": ({"attention_output_bias": True}, {"attention_output_bias": False})}
MLP_BIAS = {"ffn_up.bias": ({"mlp_bias": True}, {"mlp_bias": False})}
HEAD_NORMS = {"attn_q_norm.weight": ({"qk_norm": "before"}, {"qk_norm": None})}
_HEAD_BIAS = {"output.bias": ({"lm_head_bias": True}, {"lm_head_bias": False})}
_EPS = {"attention.layer_norm_rms_epsilon": "rms_norm_eps"}
SIZES = {"feed_forward_length": "intermediate_size"} | _EPS
PLAIN = (parts.HEADS, parts.ROTATION)
SQUARE = {"head_dim": lambda config: config.hidden_size // config.num_attention_heads}
ALL_HEADS = {"num_key_value_heads": lambda config: config.num_attention_heads}

SCORED = {"scoring_func": "softmax", "routed_scaling_factor": 1.0, "n_group": 1, "topk_group": 1}
_UNSHARED = {"n_shared_experts": 0, "shared_expert_intermediate_size": None}
SOFTMAX = SCORED | _UNSHARED | {"norm_topk_prob": True}

LLAMA = Architecture(
    name="llama",
    keys=SIZES,
    parts=(*PLAIN, experts("feed_forward_length", optional=True, **SOFTMAX)),
    shown=_TIED | QKV_BIAS | OUT_BIAS | MLP_BIAS,
    block=parts.MIXTURE,
    groups=groups.INTERLEAVED + groups.EXPERTS,
    limits={"rotary_dim": lambda config: None},
    divisors=True,
)
NEOX = LLAMA.like(
    "",
    parts=PLAIN,
    limits={"rotary_dim": None},
    shown={name: None for name in LLAMA.shown if name not in _TIED},
    groups=(),
)

# Dense, with pairs of numbers that lie half a head apart.
QWEN2 = NEOX.like("qwen2", fixed={"attention_bias": True}, limits=SQUARE, divisors=False)
QWEN3 = NEOX.like("qwen3", fixed={"qk_norm": "before"}, divisors=False)
SEED_OSS = NEOX.like(
    "seed_oss",
    fixed={"attention_bias": True},
    block={"post_attention_norm": "post_attention_layernorm", "ffn_norm": None},
)
BITNET = NEOX.like(
    "bitnet",
    limits=SQUARE,
    fixed={"sub_norms": True},
    block={"attn_sub_norm": "self_attn.sub_norm", "ffn_sub_norm": "mlp.sub_norm"},
)
HUNYUAN = NEOX.like("hunyuan-dense", fixed={"qk_norm": "after", "qk_norm_weight": "head"})
MISTRAL3 = LLAMA.like(
    "mistral3",
    parts=PLAIN,
    keys={"attention.temperature_scale": "query_temperature", "rope.scaling.original_context_length": "floor_scale"},
)
ARCEE = LLAMA.like("arcee", parts=PLAIN, fixed={"hidden_act": "relu2", "gated_mlp": False}, block={"ffn_gate": None})
_STANDING = Part(parts.every_fourth_stands, lambda config: {})
SMOLLM3 = LLAMA.like("smollm3", parts=(*PLAIN, _STANDING))
GRANITE = LLAMA.like(
    "granite",
    keys={"embedding_scale": "embedding_multiplier", "residual_scale": "residual_multiplier"},
    parts=(
        *PLAIN,
        computed(
            {
                "attention.scale": lambda c: c.query_pre_attn_scalar and float(c.query_pre_attn_scalar**-0.5),
                "logit_scale": lambda c: 1 / c.logit_scale,
            },
            lambda keys: {
                "query_pre_attn_scalar": keys.number("attention.scale", 0.0) ** -2.0
                if keys.number("attention.scale", 0.0)
                else None,
                "logit_scale": 1 / keys.number("logit_scale", 1.0),
            },
        ),
    ),
)
GRANITEMOE = GRANITE.like(
    "granitemoe", parts=(*GRANITE.parts, experts("feed_forward_length", norm_topk_prob=True, **SCORED))
)
_OUTPUT_NORMS = {"attn_norm": None, "ffn_norm": None, "post_attention_norm": "post_attention_layernorm"}
_OUTPUT_NORMS |= {"post_ffw_norm": "post_feedforward_layernorm"}
OLMO2 = NEOX.like(
    "olmo2",
    limits=SQUARE,
    parts=(*PLAIN, windows(4, base="rope.freq_base")),
    fixed={"qk_norm": "before", "qk_norm_weight": "width", "norm_placement": "output"},
    block=_OUTPUT_NORMS,
)
EXAONE4 = NEOX.like(
    "exaone4",
    limits=SQUARE,
    parts=(*PLAIN, windows(4, turning=(SLIDING,), layers=64)),
    fixed={"qk_norm": "before", "norm_placement": "output"},
    block=_OUTPUT_NORMS,
)
SANDWICH = {"post_attention_norm": "post_attention_layernorm", "ffn_norm": "pre_feedforward_layernorm"}
SANDWICH |= {"post_ffw_norm": "post_feedforward_layernorm"}
GLM4 = NEOX.like(
    "glm4",
    shown=QKV_BIAS,
    fixed={"rope_pairing": "interleaved", "norm_placement": "sandwich"},
    block=SANDWICH,
    groups=(groups.GATE_UP,),
)
ERNIE = NEOX.like("ernie4_5", shown=QKV_BIAS | OUT_BIAS, fixed={"rope_pairing": "interleaved"}, divisors=False)
CHATGLM = NEOX.like(
    "chatglm",
    fixed={"rope_pairing": "interleaved", "attention_bias": True},
    groups=(groups.QKV, groups.GATE_UP),
    limits=SQUARE,
    divisors=False,
)
_ALL_SLIDE = Part(windows(1 << 30).read, lambda config: {})  # only read: llama.cpp leaves that window out
PHI3 = NEOX.like("phi3", parts=(*PLAIN, _ALL_SLIDE), limits=SQUARE, groups=(groups.QKV, groups.GATE_UP))


# Gemma
def _gemma(layers_of_27b: int) -> Part:
    """Scores are divided in another way in the largest model of two generations, and files don't say it."""

    def read(keys: Keys) -> dict[str, Any]:
        width, heads = keys.whole("embedding_length"), keys.whole("attention.head_count")
        head_dim = keys.whole("attention.key_length", width // max(heads, 1))
        largest = keys.whole("block_count") == layers_of_27b
        return {
            "embedding_multiplier": width**0.5,
            "query_pre_attn_scalar": width / heads if largest else head_dim if layers_of_27b else None,
        }

    return Part(read, lambda config: {})


def _bounds(**usual: float) -> Part:
    """The bounds of scores; 0 for none."""
    return Part(
        lambda keys: {name: keys.number(name, value) or None for name, value in usual.items()},
        lambda config: {name: float(getattr(config, name) or 0) for name in usual},
    )


GEMMA = NEOX.like(
    "gemma",
    parts=(*PLAIN, _gemma(0)),
    fixed={"rms_norm_offset": 1.0, "hidden_act": "gelu_pytorch_tanh"},
    sums=True,
    divisors=False,
)
GEMMA2 = GEMMA.like(
    "gemma2",
    parts=(*PLAIN, _gemma(46), windows(2), _bounds(attn_logit_softcapping=50.0, final_logit_softcapping=30.0)),
    fixed={"norm_placement": "sandwich"},
    block=SANDWICH,
)
GEMMA3 = GEMMA2.like(
    "gemma3",
    parts=(*PLAIN, _gemma(62), windows(6, base="rope.freq_base_swa"), _bounds(final_logit_softcapping=0.0)),
    fixed={"qk_norm": "before"},
)

# LayerNorm
LAYER = {"norm_type": "layer"}
LAYER_EPS = {"attention.layer_norm_rms_epsilon": None, "attention.layer_norm_epsilon": "rms_norm_eps"}
_GPT = LAYER | {"gated_mlp": False, "attention_bias": True, "attention_output_bias": True, "mlp_bias": True}
_UNGATED = {"ffn_gate": None}
STARCODER2 = NEOX.like(
    "starcoder2",
    limits=SQUARE,
    keys=LAYER_EPS,
    fixed=_GPT | {"hidden_act": "gelu_pytorch_tanh"},
    block=_UNGATED,
    divisors=False,
)
GPT2 = STARCODER2.like(
    "gpt2",
    parts=(parts.HEADS,),
    fixed={"position_embedding_type": "learned"},
    top={"position_embd": "model.embed_positions"},
    groups=(groups.QKV,),
)
STARCODER = GPT2.like("starcoder")
BLOOM = GPT2.like(
    "bloom",
    fixed={"position_embedding_type": "alibi", "embedding_norm": True},
    top={"position_embd": None, "token_embd_norm": "model.embed_norm"},
)
GPTNEOX = STARCODER2.like(
    "gptneox",
    parts=(
        *PLAIN,
        computed(
            {"use_parallel_residual": lambda c: c.norm_placement == "parallel_two"},
            lambda keys: {"norm_placement": "parallel_two" if keys.flag("use_parallel_residual", True) else "pre"},
        ),
    ),
    fixed={"hidden_act": "gelu"},
    groups=(groups.QKV,),
)
_TWO_NORMS = {"attn_norm_2": "input_layernorm", "attn_norm": "post_attention_layernorm", "ffn_norm": None}
FALCON = GPTNEOX.like(
    "falcon",
    parts=PLAIN,
    fixed={"attention_bias": None, "attention_output_bias": None, "mlp_bias": None},
    shown={"attn_norm_2.weight": ({"norm_placement": "parallel_two"}, {"norm_placement": "parallel"})},
    named=lambda config, layer: _TWO_NORMS if config.norm_placement == "parallel_two" else {},
)
MPT = GPT2.like(
    "mpt",
    keys={"attention.clamp_kqv": "clip_qkv"},
    parts=(parts.HEADS, stated(attention__max_alibi_bias=8.0)),
    fixed=dict.fromkeys(("attention_bias", "attention_output_bias", "mlp_bias"))
    | {"position_embedding_type": "alibi", "hidden_act": "gelu", "norm_parameters": "weight"},
    top={"position_embd": None},
)
PHI2 = STARCODER2.like("phi2", fixed={"norm_placement": "parallel"}, shown=_HEAD_BIAS, groups=(groups.QKV,))
_BIAS_SCORED = QKV_BIAS | {"ffn_norm.weight": ({"norm_placement": "pre"}, {"norm_placement": "parallel"})}
STABLELM = NEOX.like("stablelm", limits=SQUARE, keys=LAYER_EPS, fixed=LAYER, shown=_BIAS_SCORED, divisors=False)
NEMOTRON = STARCODER2.like(
    "nemotron",
    fixed=dict.fromkeys(("attention_bias", "attention_output_bias", "mlp_bias"))
    | {"rms_norm_offset": 1.0, "hidden_act": "relu2"},
    sums=True,
)
JAIS2 = STARCODER2.like("jais2", limits={"head_dim": None}, fixed={"hidden_act": "relu2"})
OLMO = LLAMA.like(
    "olmo",
    limits=SQUARE,
    keys=LAYER_EPS | {"attention.clamp_kqv": "clip_qkv"},
    parts=PLAIN,
    fixed=LAYER | {"norm_parameters": "none"},
)
_HEADS_NORMED = {"qk_norm": "before", "qk_norm_weight": "heads"}
COMMAND_R = NEOX.like(
    "command-r",
    limits=SQUARE | {"qk_norm": lambda config: "before" if config.num_hidden_layers >= 64 else None},
    keys=LAYER_EPS | {"logit_scale": "logit_scale"},
    fixed=LAYER | {"rope_pairing": "interleaved", "norm_parameters": "weight", "norm_placement": "parallel"},
    shown={"attn_q_norm.weight": (_HEADS_NORMED, {"qk_norm": None, "qk_norm_weight": None})},
    divisors=False,
)
COHERE2 = COMMAND_R.like(
    "cohere2",
    limits={"qk_norm": lambda config: None},
    parts=(*PLAIN, windows(4, turning=(SLIDING,))),
    shown={"attn_q_norm.weight": None},
)
