"""GPT-2: learned positions, LayerNorm and names of its own; matrices input-major, queries, keys and values in one.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

import re
from collections.abc import Collection

from lessons_lib.checkpoint.mapping.cuts import stacked
from lessons_lib.checkpoint.mapping.family import Family
from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.parts import computed, inner_width

NAMES = Names(
    prefix="transformer.",  # which the oldest files lack
    layers="h",
    top={"wte": "embed_tokens", "wpe": "embed_positions", "ln_f": "norm"},
    block={"ln_1": "input_layernorm", "attn.c_proj": "self_attn.o_proj", "ln_2": "post_attention_layernorm"}
    | {"mlp.c_fc": "mlp.up_proj", "mlp.c_proj": "mlp.down_proj"},
    cuts=(stacked("attn.c_attn"),),
    turned=frozenset(("attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj")),
)


def _is_mask(name: str, names: Collection[str]) -> bool:
    return re.fullmatch(r"(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)", name) is not None


# The same function, under the name that GPT-2's files have.
GELU_NEW = computed(lambda values: {}, activation_function=lambda c: _PUBLISHED.get(c.hidden_act, c.hidden_act))
_PUBLISHED = {"gelu_pytorch_tanh": "gelu_new"}

_HARMLESS = frozenset(
    (
        *("n_ctx", "attn_pdrop", "embd_pdrop", "resid_pdrop", "reorder_and_upcast_attn", "summary_activation"),
        *("summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj"),
    )
)

GPT2 = Family(
    model_type="gpt2",
    architecture="GPT2LMHeadModel",
    keys={"vocab_size": "vocab_size", "n_embd": "hidden_size", "n_layer": "num_hidden_layers"}
    | {"n_head": "num_attention_heads", "n_positions": "max_position_embeddings"}
    | {"layer_norm_epsilon": "rms_norm_eps", "activation_function": "hidden_act"}
    | {"initializer_range": "initializer_range", "tie_word_embeddings": "tie_word_embeddings"}
    | {"bos_token_id": "bos_token_id", "eos_token_id": "eos_token_id"},
    defaults={"activation_function": "gelu_new", "initializer_range": 0.02, "tie_word_embeddings": True}
    | {"bos_token_id": 50256, "eos_token_id": 50256},
    fixed={"position_embedding_type": "learned", "norm_type": "layer", "gated_mlp": False}
    | {"attention_bias": True, "mlp_bias": True},
    parts=(inner_width("n_inner", "n_embd"), GELU_NEW),
    harmless=_HARMLESS,
    only={"scale_attn_weights": True},
    to_ours=NAMES.to_ours,
    from_ours=NAMES.from_ours,
    skipped=_is_mask,
)
