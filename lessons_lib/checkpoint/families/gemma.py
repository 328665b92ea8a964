"""Gemma 2 and the text models of Gemma 3: four norms a block, embeddings times the root of the width, tied ends.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

from lessons_lib.checkpoint.families.family import Family
from lessons_lib.checkpoint.families.llama import SIZES
from lessons_lib.checkpoint.families.names import Names
from lessons_lib.checkpoint.families.parts import root_of_width
from lessons_lib.checkpoint.families.positions import rope, rope_by_layer
from lessons_lib.checkpoint.families.spans import sliding_but_each

_MULTIPLIER = root_of_width()  # in the code, and in no file

_KEYS = SIZES | {
    "hidden_activation": "hidden_act",
    "attention_bias": "attention_bias",
    "query_pre_attn_scalar": "query_pre_attn_scalar",
    "final_logit_softcapping": "final_logit_softcapping",
}
_DEFAULTS = {
    "num_key_value_heads": 4,
    "head_dim": 256,
    "initializer_range": 0.02,
    "tie_word_embeddings": True,
    "bos_token_id": 2,
    "eos_token_id": 1,
    "hidden_activation": "gelu_pytorch_tanh",
    "attention_bias": False,
    "query_pre_attn_scalar": 256,
}
_FIXED = {"norm_placement": "sandwich", "rms_norm_offset": 1.0}
_HARMLESS = frozenset({"hidden_act"})  # the code reads `hidden_activation`

GEMMA2 = Family(
    model_type="gemma2",
    architecture="Gemma2ForCausalLM",
    keys=_KEYS | {"attn_logit_softcapping": "attn_logit_softcapping"},
    defaults=_DEFAULTS
    | {"max_position_embeddings": 8192, "attn_logit_softcapping": 50.0, "final_logit_softcapping": 30.0},
    fixed=_FIXED,
    parts=(rope(), sliding_but_each(2, default=4096), _MULTIPLIER),
    harmless=_HARMLESS,
)

GEMMA3 = Family(
    model_type="gemma3_text",
    architecture="Gemma3ForCausalLM",
    keys=_KEYS,
    defaults=_DEFAULTS | {"max_position_embeddings": 131072, "final_logit_softcapping": None},
    fixed=_FIXED | {"qk_norm": "before"},
    parts=(rope_by_layer(full_theta=1e6, sliding_theta=1e4), sliding_but_each(6, default=4096), _MULTIPLIER),
    harmless=_HARMLESS,
    only={"attn_logit_softcapping": None},  # transformers keeps a bound and never applies it
)

GEMMA = GEMMA2.like(
    "gemma",
    "GemmaForCausalLM",
    without=("hidden_activation", "query_pre_attn_scalar", "attn_logit_softcapping", "final_logit_softcapping"),
    keys={"hidden_act": "hidden_act"},
    defaults={"num_key_value_heads": 16, "hidden_act": "gelu_pytorch_tanh"},
    fixed={"norm_placement": "pre"},
    parts=(rope(), _MULTIPLIER),
    harmless={"hidden_activation"},  # some files have both, and say the same
    only={"use_bidirectional_attention": None},
)

VAULTGEMMA = GEMMA2.like(
    "vaultgemma",
    "VaultGemmaForCausalLM",
    fixed={"norm_placement": "pre"},
    names=Names(block={"pre_feedforward_layernorm": "post_attention_layernorm"}),
)
