"""Families that are Llama with other defaults, another order of pairs, or norms in other places.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

import math
from typing import Any

from lessons_lib.checkpoint.families.llama import LLAMA, MISTRAL
from lessons_lib.checkpoint.mapping.cuts import GATE_UP, stacked, swapped
from lessons_lib.checkpoint.mapping.family import Values
from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.parts import computed, inverse, one_bias, score_scale
from lessons_lib.checkpoint.mapping.positions import rope, rope_by_layer
from lessons_lib.checkpoint.mapping.rotations import THETAS_AND_SINKS, mistral3, tencents
from lessons_lib.checkpoint.mapping.spans import (
    layer_numbers,
    listed_window,
    one_window,
    sliding_but_each,
    turning_where_sliding,
)

_WIDE_HEADS = {"head_dim": 128}
_NO_BIAS = ("attention_bias", "mlp_bias")
_LLAMA3 = {"bos_token_id": 128000, "eos_token_id": 128001}
_INTERLEAVED = {"rope_pairing": "interleaved"}

CWM = LLAMA.like(
    "cwm",
    without=_NO_BIAS,
    defaults=_WIDE_HEADS | {"num_key_value_heads": 8, "bos_token_id": 128000, "eos_token_id": [128001, 128008, 128009]},
    parts=(rope(1e6), listed_window(8192)),
)

SEED_OSS = LLAMA.like(
    "seed_oss",
    keys={"attention_out_bias": "attention_output_bias"},
    defaults=_WIDE_HEADS
    | {"num_key_value_heads": 8, "attention_bias": True, "attention_out_bias": False}
    | {"max_position_embeddings": 524288, "bos_token_id": 0},
    harmless={"residual_dropout"},
)

_LONG = {"max_position_embeddings": 131072}
IQUESTCODER = LLAMA.like("iquestcoder", "LlamaForCausalLM", defaults=_WIDE_HEADS | _LONG | {"num_key_value_heads": 8})

INTERNLM3 = LLAMA.like(
    "internlm3", "LlamaForCausalLM", defaults=_WIDE_HEADS | {"num_key_value_heads": 2, "max_position_embeddings": 32768}
)


def _read_turning(values: Values) -> dict[str, Any]:
    every = values.get("no_rope_layer_interval", 4)
    turned = values.get("no_rope_layers") or [int(i % every != 0) for i in layer_numbers(values, first=1)]
    return {"no_rope_layers": turned}


SMOLLM3 = LLAMA.like(
    "smollm3",
    "SmolLM3ForCausalLM",
    defaults=_LLAMA3 | {"num_key_value_heads": 4, "max_position_embeddings": 32768, "tie_word_embeddings": True},
    parts=(
        rope(2e6),
        computed(_read_turning, "no_rope_layer_interval", no_rope_layers=lambda c: list(c.no_rope_layers)),
    ),
    harmless={"max_window_layers"},
    only={"use_sliding_window": False},
)

HELIUM = LLAMA.like(
    "helium",
    defaults={"num_key_value_heads": 20, "head_dim": 128, "max_position_embeddings": 4096},
    fixed=_INTERLEAVED | {"attention_output_bias": False},
    parts=(rope(1e5),),
)

ERNIE4_5 = LLAMA.like(
    "ernie4_5",
    "Ernie4_5ForCausalLM",
    without=_NO_BIAS,
    defaults=_WIDE_HEADS | _LONG | {"num_key_value_heads": 2, "tie_word_embeddings": True},
    fixed=_INTERLEAVED,
    parts=(rope(5e5), one_bias("use_bias", False)),
)

MINISTRAL = MISTRAL.like("ministral", parts=(rope(), listed_window(4096, "sliding_attention")))


MINISTRAL3 = MISTRAL.like(
    "ministral3",
    defaults=_WIDE_HEADS | {"max_position_embeddings": 262144},
    parts=(mistral3(rope(1e6)), one_window(None)),
)

_PLAIN = {"gated_mlp": False}
ARCEE = LLAMA.like("arcee", defaults=_LLAMA3 | {"hidden_act": "relu2", "max_position_embeddings": 4096}, fixed=_PLAIN)

APERTUS = LLAMA.like(
    "apertus",
    without=("mlp_bias",),
    defaults={"hidden_act": "xielu", "max_position_embeddings": 65536},
    fixed=_PLAIN | {"qk_norm": "before"},
    parts=(rope(12e6),),
    names=Names(
        block={"attention_layernorm": "input_layernorm", "feedforward_layernorm": "post_attention_layernorm"}
        | {"mlp.act_fn": "mlp.activation"},
        constants={"mlp.act_fn.beta": 0.5, "mlp.act_fn.eps": -1e-6},
    ),
)

BITNET = LLAMA.like(
    "bitnet",
    "BitNetForCausalLM",
    without=("mlp_bias",),
    defaults=_LLAMA3 | {"hidden_act": "relu2", "num_key_value_heads": 5},
    fixed={"sub_norms": True},
    parts=(rope(5e5),),
    names=Names(block={"self_attn.attn_sub_norm": "self_attn.sub_norm", "mlp.ffn_sub_norm": "mlp.sub_norm"}),
)


NANOCHAT = LLAMA.like(
    "nanochat",
    "NanoChatForCausalLM",
    without=("mlp_bias", "head_dim"),
    keys={"final_logit_softcapping": "final_logit_softcapping"},
    defaults={"hidden_act": "relu2", "num_key_value_heads": 6, "bos_token_id": 0, "eos_token_id": 1}
    | {"final_logit_softcapping": 15.0},
    fixed=_PLAIN | {"norm_parameters": "none", "embedding_norm": True, "qk_norm": "after"},
    names=Names(
        block={"mlp.fc1": "mlp.up_proj", "mlp.fc2": "mlp.down_proj"},
        cuts=(swapped("self_attn.q_proj"), swapped("self_attn.k_proj")),
    ),
)


TENCENTS_NORMS = {"self_attn.query_layernorm": "self_attn.q_norm", "self_attn.key_layernorm": "self_attn.k_norm"}
HUNYUAN_DENSE = LLAMA.like(
    "hunyuan_v1_dense",
    "HunYuanDenseV1ForCausalLM",
    without=("mlp_bias",),
    fixed={"qk_norm": "after", "qk_norm_weight": "head"},
    parts=(tencents(rope()),),
    harmless={"eod_token_id"},
    names=Names(block=TENCENTS_NORMS),
)

PHI3 = LLAMA.like(
    "phi3",
    without=_NO_BIAS,
    defaults={"max_position_embeddings": 4096, "eos_token_id": 32000},
    parts=(
        rope(partial=1.0),
        one_window(None),
        computed(
            lambda values: {},
            original_max_position_embeddings=lambda c: (c.rope_scaling or {}).get(
                "original_max_position_embeddings", c.max_position_embeddings
            ),
        ),
    ),
    names=Names(cuts=(stacked("self_attn.qkv_proj"), stacked("mlp.gate_up_proj", GATE_UP))),
)

_GLM = {"num_key_value_heads": 2, "head_dim": 128, "attention_bias": True, "max_position_embeddings": 131072}
_GLM |= {"bos_token_id": None, "eos_token_id": [151329, 151336, 151338]}
GLM = LLAMA.like(
    "glm",
    without=("mlp_bias",),
    defaults=_GLM,
    fixed=_INTERLEAVED | {"attention_output_bias": False},
    parts=(rope(partial=0.5),),
    names=Names(cuts=(stacked("mlp.gate_up_proj", GATE_UP),)),
)

GLM4 = GLM.like(
    "glm4",
    fixed={"norm_placement": "sandwich"},
    names=Names(
        block={"post_self_attn_layernorm": "post_attention_layernorm"}
        | {"post_attention_layernorm": "pre_feedforward_layernorm"}
        | {"post_mlp_layernorm": "post_feedforward_layernorm"},
        cuts=(stacked("mlp.gate_up_proj", GATE_UP),),
    ),
)

WHOLE_NORM = {"qk_norm": "before", "qk_norm_weight": "width"}
OLMO2 = LLAMA.like(
    "olmo2",
    without=("mlp_bias", "head_dim"),
    defaults={"bos_token_id": None, "eos_token_id": 50279},
    fixed=WHOLE_NORM | {"norm_placement": "output"},
)

OLMO3 = OLMO2.like("olmo3", parts=(rope_by_layer(5e5, 5e5), sliding_but_each(4, default=4096)))

EXAONE4 = LLAMA.like(
    "exaone4",
    without=_NO_BIAS,
    defaults={"bos_token_id": 0},
    fixed={"qk_norm": "before", "norm_placement": "output"},
    parts=(rope(), turning_where_sliding(sliding_but_each(4, default=4096))),
)

MULTIPLIERS = {"embedding_multiplier": "embedding_multiplier", "residual_multiplier": "residual_multiplier"}
GRANITE = LLAMA.like(
    "granite",
    keys=MULTIPLIERS,
    defaults=dict.fromkeys(MULTIPLIERS, 1.0),
    parts=(rope(), score_scale("attention_multiplier", 1.0), inverse("logits_scaling", "logit_scale")),
)

HYPERCLOVAX = GRANITE.like(
    "hyperclovax",
    "HyperCLOVAXForCausalLM",
    keys={"logits_scaling": "logit_scale"},
    defaults=_WIDE_HEADS | {"logits_scaling": 1.0},
    parts=(rope(), score_scale("attention_multiplier", 1 / math.sqrt(128))),
    fixed={"norm_placement": "sandwich"},
    only={"use_post_norm": True},
    names=Names(
        block={"post_norm1": "post_attention_layernorm"}
        | {"post_attention_layernorm": "pre_feedforward_layernorm"}
        | {"post_norm2": "post_feedforward_layernorm"}
    ),
)

OLMO = LLAMA.like(
    "olmo",
    without=("mlp_bias", "head_dim"),
    keys={"clip_qkv": "clip_qkv"},
    defaults={"clip_qkv": None, "bos_token_id": None, "eos_token_id": 50279},
    fixed={"norm_type": "layer", "norm_parameters": "none", "rms_norm_eps": 1e-5},
)


GRANITE_SWA = GRANITE.like(
    "granite_swa",
    "GraniteSWAForCausalLM",
    defaults={"num_key_value_heads": 4, "max_position_embeddings": 8192, "tie_word_embeddings": True}
    | {"bos_token_id": 100257, "eos_token_id": 100257},
    parts=(*GRANITE.parts[1:], THETAS_AND_SINKS),
)
