"""Families with LayerNorm: the line of GPT-NeoX, GPT-J, OPT, BLOOM and Falcon, that of Phi and StableLM, and Cohere's.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from torch import Tensor

from lessons_lib.checkpoint.families.gpt2 import GELU_NEW, GPT2, NAMES
from lessons_lib.checkpoint.families.llama import LLAMA
from lessons_lib.checkpoint.mapping.cuts import by_group, codegens, stacked
from lessons_lib.checkpoint.mapping.family import Family, KeyGroup, Values
from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.offset import with_offset
from lessons_lib.checkpoint.mapping.parts import computed, inner_width, one_bias, root_of_width, switch
from lessons_lib.checkpoint.mapping.positions import rope
from lessons_lib.checkpoint.mapping.rotations import by_type_or_none
from lessons_lib.checkpoint.mapping.spans import global_and_local, one_window, sliding_but_each, turning_where_sliding
from lessons_lib.config import ModelConfig
from lessons_lib.formats.lazy import LazyTensor

_BIASES = {"attention_bias": True, "mlp_bias": True}
_PLAIN = {"norm_type": "layer", "gated_mlp": False}
_NOTHING: Mapping[str, Any] = {}


def _layered(
    model_type: str,
    architecture: str | None = None,
    *,
    eps: str = "layer_norm_eps",
    without: Iterable[str] = (),
    keys: Mapping[str, str] = _NOTHING,
    fixed: Mapping[str, Any] = _NOTHING,
    **changes: Any,
) -> Family:
    """A family with Llama's config and LayerNorm; `eps` is what its files call that number."""
    keys, fixed = {eps: "rms_norm_eps", **keys}, {"norm_type": "layer", **fixed}
    return LLAMA.like(model_type, architecture, without=("rms_norm_eps", *without), keys=keys, fixed=fixed, **changes)


def _residual(default: bool) -> KeyGroup:
    """`use_parallel_residual`: attention and feed-forward network read the same stream, by norms of their own."""
    places = {True: "parallel_two", False: "pre"}
    return switch("use_parallel_residual", "norm_placement", places, default)


_UP_AND_DOWN = {"mlp.dense_h_to_4h": "mlp.up_proj", "mlp.dense_4h_to_h": "mlp.down_proj"}
_NORMED_HEADS = {"self_attn.dense": "self_attn.o_proj", "self_attn.q_layernorm": "self_attn.q_norm"} | {
    "self_attn.k_layernorm": "self_attn.k_norm"
}
_NEOX_BLOCK = _UP_AND_DOWN | {"attention.dense": "self_attn.o_proj"}
_NEOX_ENDS = {"embed_in": "embed_tokens", "final_layer_norm": "norm", "embed_out": "lm_head"}
GPT_NEOX = _layered(
    "gpt_neox",
    "GPTNeoXForCausalLM",
    without=("num_key_value_heads", "head_dim"),
    defaults={"hidden_act": "gelu", "attention_bias": True, "bos_token_id": 0},
    fixed=_PLAIN | {"mlp_bias": True},
    parts=(rope(partial=0.25, theta_key="rotary_emb_base", partial_key="rotary_pct"), _residual(True)),
    harmless={"hidden_dropout", "classifier_dropout", "gpt_j_residual"},
    names=Names(prefix="gpt_neox.", top=_NEOX_ENDS, block=_NEOX_BLOCK, cuts=(by_group("attention.query_key_value"),)),
    skipped=lambda name, names: name.endswith((".attention.bias", ".attention.masked_bias", ".rotary_emb.inv_freq")),
)

PERSIMMON = GPT_NEOX.like(
    "persimmon",
    without=("attention_bias",),
    defaults={"hidden_act": "relu2", "max_position_embeddings": 16384, "bos_token_id": 1},
    fixed=_BIASES | {"norm_placement": "pre"},
    parts=(rope(partial=0.5), switch("qk_layernorm", "qk_norm", {True: "before", False: None}, True)),
    names=Names(
        top={"final_layernorm": "norm"},
        block=_UP_AND_DOWN | _NORMED_HEADS,
        cuts=(by_group("self_attn.query_key_value"),),
    ),
)

PHI = _layered(
    "phi",
    without=("head_dim",),
    defaults={"hidden_act": "gelu_pytorch_tanh"},
    fixed=_PLAIN | _BIASES | {"norm_placement": "parallel", "lm_head_bias": True},
    parts=(rope(partial=0.5), switch("qk_layernorm", "qk_norm", {True: "before", False: None}, False)),
    names=Names(
        top={"final_layernorm": "norm"}, block=_NORMED_HEADS | {"mlp.fc1": "mlp.up_proj", "mlp.fc2": "mlp.down_proj"}
    ),
)


STABLELM = _layered(
    "stablelm",
    "StableLmForCausalLM",
    without=("head_dim", "mlp_bias", "attention_bias"),
    keys={"use_qkv_bias": "attention_bias"},
    defaults={"use_qkv_bias": False, "max_position_embeddings": 4096, "bos_token_id": 0, "eos_token_id": 0},
    fixed={"attention_output_bias": False},
    parts=(
        rope(partial=0.25),
        switch("use_parallel_residual", "norm_placement", {True: "parallel", False: "pre"}, False),
    ),
    harmless={"hidden_dropout"},
    only={"qk_layernorm": False},
)

STARCODER2 = _layered(
    "starcoder2",
    eps="norm_epsilon",
    without=("head_dim", *_BIASES),
    defaults={"hidden_act": "gelu_pytorch_tanh", "norm_epsilon": 1e-5, "tie_word_embeddings": True}
    | {"num_key_value_heads": 2, "max_position_embeddings": 4096, "bos_token_id": 50256, "eos_token_id": 50256},
    fixed={"gated_mlp": False},
    parts=(rope(), one_window(None), one_bias("use_bias", True)),
    harmless={"residual_dropout", "embedding_dropout", "norm_type", "mlp_type", "attention_softmax_in_fp32"}
    | {"scale_attention_softmax_in_fp32", "scale_attn_weights"},
    names=Names(block={"mlp.c_fc": "mlp.up_proj", "mlp.c_proj": "mlp.down_proj"}),
)

NEMOTRON = _layered(
    "nemotron",
    eps="norm_eps",
    defaults={"hidden_act": "relu2", "norm_eps": 1e-5, "max_position_embeddings": 4096}
    | {"bos_token_id": 2, "eos_token_id": 3},
    fixed={"gated_mlp": False, "rms_norm_offset": 1.0},
    parts=(rope(partial=0.5, partial_key="rope_percent"),),
)

JAIS2 = _layered(
    "jais2",
    defaults=_BIASES
    | {"hidden_act": "relu2", "layer_norm_eps": 1e-5, "head_dim": 128, "max_position_embeddings": 8192}
    | {"bos_token_id": 0, "eos_token_id": 150024},
    fixed={"gated_mlp": False},
)

_COHERE = {"norm_parameters": "weight", "norm_placement": "parallel", "rope_pairing": "interleaved"}
COHERE = _layered(
    "cohere",
    without=("head_dim", "mlp_bias"),
    keys={"logit_scale": "logit_scale"},
    defaults={"logit_scale": 0.0625, "max_position_embeddings": 8192, "tie_word_embeddings": True}
    | {"layer_norm_eps": 1e-5, "bos_token_id": 5, "eos_token_id": 255001},
    fixed=_COHERE,
    parts=(
        rope(5e5),
        computed(
            lambda values: {"qk_norm": "before", "qk_norm_weight": "heads"} if values.get("use_qk_norm") else {},
            use_qk_norm=lambda config: config.qk_norm == "before",
        ),
    ),
)


COHERE_COMPASS = COHERE.like(
    "cohere_compass_text",
    "CohereCompassForCausalLM",
    without=("logit_scale",),
    fixed={"rope_pairing": "half"},
    parts=(
        by_type_or_none(),
        computed(lambda values: {"logit_scale": values.get("logit_scale") or 1.0}, logit_scale=lambda c: c.logit_scale),
    ),
    harmless={"head_dim", "pooling"},
)

COHERE2 = COHERE.like(
    "cohere2",
    parts=(rope(), turning_where_sliding(sliding_but_each(4, default=4096))),
    harmless={"head_dim", "cache_implementation", "order_of_interleaved_layers", "position_embedding_type"}
    | {"rotary_pct", "use_embedding_sharing", "use_gated_activation", "use_parallel_block", "use_parallel_embedding"},
)

_J_BLOCK = (
    {"ln_1": "input_layernorm", "attn.q_proj": "self_attn.q_proj", "attn.k_proj": "self_attn.k_proj"}
    | {"attn.v_proj": "self_attn.v_proj", "attn.out_proj": "self_attn.o_proj"}
    | {"mlp.fc_in": "mlp.up_proj", "mlp.fc_out": "mlp.down_proj"}
)
_J_NAMES = {"prefix": "transformer.", "layers": "h", "top": NAMES.top, "block": _J_BLOCK}
_INNER = (inner_width("n_inner", "n_embd"), GELU_NEW)
_J_MASKS = (".attn.bias", ".attn.masked_bias", ".attn.causal_mask")
GPTJ = GPT2.like(
    "gptj",
    "GPTJForCausalLM",
    keys={"rotary_dim": "rotary_dim"},
    defaults={"rotary_dim": 64, "tie_word_embeddings": False},
    fixed={"position_embedding_type": "rotary", "rope_pairing": "interleaved", "norm_placement": "parallel"}
    | {"attention_bias": False, "lm_head_bias": True},
    parts=_INNER,
    harmless={"rotary", "scale_attn_weights"},
    names=Names(**_J_NAMES),
    skipped=lambda name, names: name.endswith(_J_MASKS),
)


CODEGEN = GPTJ.like("codegen", "CodeGenForCausalLM", names=Names(**_J_NAMES, cuts=(codegens("attn.qkv_proj"),)))

GPT_BIGCODE = GPT2.like(
    "gpt_bigcode",
    "GPTBigCodeForCausalLM",
    defaults={"activation_function": "gelu_pytorch_tanh"},
    parts=(
        inner_width("n_inner", "n_embd"),
        computed(
            lambda values: {"num_key_value_heads": 1 if values.get("multi_query", True) else None},
            multi_query=lambda config: config.num_key_value_heads == 1,
        ),
    ),
    harmless={"attention_softmax_in_fp32", "scale_attention_softmax_in_fp32", "num_key_value_heads"}
    | {"inference_runner", "max_batch_size", "pre_allocate_kv_cache", "validate_runner_input"},
    names=Names(prefix="transformer.", layers="h", top=NAMES.top, block=NAMES.block, cuts=(by_group("attn.c_attn"),)),
)


GPT_NEO = GPT2.like(
    "gpt_neo",
    "GPTNeoForCausalLM",
    without=("n_embd", "n_layer", "n_head", "n_positions"),
    keys={"hidden_size": "hidden_size", "num_layers": "num_hidden_layers", "num_heads": "num_attention_heads"}
    | {"max_position_embeddings": "max_position_embeddings"},
    defaults={"max_position_embeddings": 2048},
    fixed={"attention_bias": False, "attention_output_bias": True, "query_pre_attn_scalar": 1.0},
    parts=(inner_width("intermediate_size"), GELU_NEW, global_and_local(256, "num_layers")),
    harmless={"resid_dropout", "embed_dropout", "classifier_dropout"},
    names=Names(
        prefix="transformer.",
        layers="h",
        top=NAMES.top,
        block={
            **{f"attn.attention.{kind}_proj": f"self_attn.{kind}_proj" for kind in "qkv"},
            "attn.attention.out_proj": "self_attn.o_proj",
            "ln_1": "input_layernorm",
            "ln_2": "post_attention_layernorm",
            "mlp.c_fc": "mlp.up_proj",
            "mlp.c_proj": "mlp.down_proj",
        },
    ),
    skipped=lambda name, names: name.endswith((".attn.attention.bias", ".attn.attention.masked_bias")),
)

GPT1 = GPT2.like(
    "openai-gpt",
    "OpenAIGPTLMHeadModel",
    without=("activation_function",),
    keys={"afn": "hidden_act"},
    defaults={"afn": "gelu_pytorch_tanh", "bos_token_id": None, "eos_token_id": None},
    fixed={"norm_placement": "post"},
    parts=(
        computed(lambda values: {"intermediate_size": 4 * values["n_embd"]}),
        computed(
            lambda values: {"hidden_act": _GPT1_ACTS.get(values.get("afn", "gelu"), values.get("afn"))},
            afn=lambda config: {ours: theirs for theirs, ours in _GPT1_ACTS.items()}.get(config.hidden_act),
        ),
    ),
    names=Names(
        prefix="transformer.",
        layers="h",
        top={"tokens_embed": "embed_tokens", "positions_embed": "embed_positions"},
        block=NAMES.block | {"ln_1": "post_attention_layernorm", "ln_2": "post_feedforward_layernorm"},
        cuts=NAMES.cuts,
        turned=NAMES.turned,
    ),
    skipped=lambda name, names: name.endswith((".attn.bias", "position_ids")),
)
_GPT1_ACTS = {"gelu": "gelu_pytorch_tanh", "relu": "relu", "silu": "silu", "swish": "silu"}  # its gelu is the other

_FALCON_BLOCK = _UP_AND_DOWN | {"self_attention.dense": "self_attn.o_proj"}
BLOOM = GPT2.like(
    "bloom",
    without=("n_embd", "n_positions", "activation_function"),
    keys={"hidden_size": "hidden_size"},
    defaults={"bos_token_id": 1, "eos_token_id": 2},
    fixed={"position_embedding_type": "alibi", "embedding_norm": True, "hidden_act": "gelu_pytorch_tanh"},
    parts=(
        computed(lambda values: {"intermediate_size": 4 * values["hidden_size"]}),
        computed(  # of the texts that it has learnt from, for it knows no bound
            lambda values: {"max_position_embeddings": values.get("seq_length", 2048)},
            seq_length=lambda config: config.max_position_embeddings,
        ),
    ),
    harmless={"hidden_dropout", "slow_but_exact", "offset_alibi", "masked_softmax_fusion", "bias_dropout_fusion"}
    | {"attention_softmax_in_fp32", "skip_bias_add", "skip_bias_add_qkv", "unk_token_id", "n_inner", "seq_length"},
    only={"apply_residual_connection_post_layernorm": False},
    names=Names(
        prefix="transformer.",
        layers="h",
        top={"word_embeddings": "embed_tokens", "word_embeddings_layernorm": "embed_norm", "ln_f": "norm"},
        block=_FALCON_BLOCK,
        cuts=(by_group("self_attention.query_key_value"),),
    ),
)


def _read_falcon(values: Values) -> dict[str, Any]:
    new, heads = values.get("new_decoder_architecture", False), values["num_attention_heads"]
    norms = values.get("num_ln_in_parallel_attn") or (2 if new else 1)
    parallel = new or values.get("parallel_attn", True)
    one = 1 if values.get("multi_query", True) else heads
    placement = "pre" if not parallel else "parallel_two" if new and norms == 2 else "parallel"
    bias = values.get("bias", False)
    return {"num_key_value_heads": (values.get("num_kv_heads") or heads) if new else one} | {
        "norm_placement": placement,
        "attention_bias": bias,
        "mlp_bias": bias,
    }


def _is_new(config: ModelConfig) -> bool:
    return config.norm_placement == "parallel_two" or 1 < config.num_key_value_heads < config.num_attention_heads


_FALCON = Names(
    prefix="transformer.",
    layers="h",
    top={"word_embeddings": "embed_tokens", "ln_f": "norm"},
    block=_FALCON_BLOCK,
    cuts=(by_group("self_attention.query_key_value"),),
)
_TWO_NORMS = {"ln_attn": "input_layernorm", "ln_mlp": "post_attention_layernorm"}
_FALCON_NEW = replace(_FALCON, block=_FALCON_BLOCK | _TWO_NORMS)


def _written_falcon(tensors: Mapping[str, Tensor], config: ModelConfig) -> dict[str, Tensor | LazyTensor]:
    names = _FALCON_NEW if config.norm_placement == "parallel_two" else _FALCON
    return names.from_ours(tensors, config)


FALCON = _layered(
    "falcon",
    eps="layer_norm_epsilon",
    without=("num_key_value_heads", "intermediate_size", "head_dim", "hidden_act", *_BIASES),
    keys={"activation": "hidden_act"},
    defaults={"layer_norm_epsilon": 1e-5, "tie_word_embeddings": True, "bos_token_id": 11, "eos_token_id": 11}
    | {"activation": "gelu"},
    fixed={"gated_mlp": False},
    parts=(
        rope(),
        inner_width("ffn_hidden_size"),
        computed(
            _read_falcon,
            new_decoder_architecture=_is_new,
            num_kv_heads=lambda config: config.num_key_value_heads,
            multi_query=lambda config: config.num_key_value_heads == 1,
            parallel_attn=lambda config: config.norm_placement != "pre",
            num_ln_in_parallel_attn=lambda config: {"parallel_two": 2, "parallel": 1}.get(config.norm_placement),
            bias=lambda config: config.mlp_bias,
        ),
    ),
    harmless={"hidden_dropout", "head_dim"},
    only={"alibi": False},
    to_ours=_FALCON_NEW.to_ours,
    from_ours=_written_falcon,
)

_LEARNED = _PLAIN | {"position_embedding_type": "learned"}
_OPT_BLOCK = {"self_attn.out_proj": "self_attn.o_proj", "self_attn_layer_norm": "input_layernorm"} | {
    "final_layer_norm": "post_attention_layernorm",
    "fc1": "mlp.up_proj",
    "fc2": "mlp.down_proj",
}
OPT = LLAMA.like(
    "opt",
    "OPTForCausalLM",
    without=("num_key_value_heads", "head_dim", "hidden_act", "intermediate_size", "initializer_range", *_BIASES),
    keys={"ffn_dim": "intermediate_size", "activation_function": "hidden_act", "init_std": "initializer_range"},
    defaults={"activation_function": "relu", "init_std": 0.02, "tie_word_embeddings": True, "bos_token_id": 2},
    fixed=_LEARNED | {"rms_norm_eps": 1e-5},
    parts=(
        one_bias("enable_bias", True),
        computed(lambda values: _same_width(values), word_embed_proj_dim=lambda config: config.hidden_size),
    ),
    harmless={"dropout", "layerdrop", "activation_dropout"},
    only={"do_layer_norm_before": True, "layer_norm_elementwise_affine": True, "_remove_final_layer_norm": False},
    **with_offset(
        Names(prefix="model.decoder.", top={"final_layer_norm": "norm"}, block=_OPT_BLOCK), "embed_positions.weight"
    ),
)


XGLM = OPT.like(
    "xglm",
    "XGLMForCausalLM",
    without=("hidden_size", "num_hidden_layers", "num_attention_heads"),
    keys={"d_model": "hidden_size", "num_layers": "num_hidden_layers", "attention_heads": "num_attention_heads"},
    defaults={"activation_function": "gelu", "bos_token_id": 0},
    fixed=_BIASES | {"position_embedding_type": "sinusoidal_halves"},
    parts=(root_of_width("scale_embedding", "d_model"),),
    only={"add_cross_attention": False},
    names=Names(top={"layer_norm": "norm"}, block=_OPT_BLOCK),
)


def _same_width(values: Values) -> dict[str, Any]:
    width = values.get("word_embed_proj_dim") or values["hidden_size"]
    if width != values["hidden_size"]:
        raise ValueError(f"word_embed_proj_dim: got {width!r:.60}, allowed hidden_size ({values['hidden_size']})")
    return {}


BIOGPT = _layered(
    "biogpt",
    "BioGptForCausalLM",
    without=("num_key_value_heads", "head_dim", *_BIASES),
    defaults={"hidden_act": "gelu", "max_position_embeddings": 1024, "tie_word_embeddings": True, "bos_token_id": 0},
    fixed=_LEARNED | _BIASES | {"rms_norm_eps": 1e-5},  # whatever `layer_norm_eps` says: the code has its own
    parts=(root_of_width("scale_embedding"),),
    harmless={"hidden_dropout_prob", "attention_probs_dropout_prob", "layerdrop", "activation_dropout"}
    | {"layer_norm_eps"},
    **with_offset(
        Names(prefix="biogpt.", top={"layer_norm": "norm", "output_projection": "lm_head"}, block=_OPT_BLOCK),
        "embed_positions.weight",
    ),
)


def _read_mpt(values: Values) -> dict[str, Any]:
    attention = values.get("attn_config") or {}
    wanted = {"alibi": True, "alibi_bias_max": 8, "qk_ln": False, "prefix_lm": False, "softmax_scale": None}
    for key, value in wanted.items():
        if attention.get(key, value) != value:
            raise ValueError(f"attn_config[{key!r}]: got {attention[key]!r:.60}, allowed {value!r}")
    return {"clip_qkv": attention.get("clip_qkv")}


MPT = GPT2.like(
    "mpt",
    without=("n_embd", "n_layer", "n_head", "n_positions", "activation_function"),
    keys={"d_model": "hidden_size", "n_layers": "num_hidden_layers", "n_heads": "num_attention_heads"}
    | {"max_seq_len": "max_position_embeddings"},
    defaults={"max_seq_len": 2048, "layer_norm_epsilon": 1e-5, "bos_token_id": None, "eos_token_id": None},
    fixed={"position_embedding_type": "alibi", "norm_parameters": "weight", "hidden_act": "gelu"}
    | {"attention_bias": False, "mlp_bias": False},
    parts=(
        computed(
            lambda values: {"intermediate_size": values.get("expansion_ratio", 4) * values["d_model"]},
            expansion_ratio=lambda config: config.intermediate_size // config.hidden_size,
        ),
        computed(_read_mpt, attn_config=lambda config: {"alibi": True, "clip_qkv": config.clip_qkv}),
    ),
    harmless={"init_device", "learned_pos_emb", "norm_type", "verbose", "init_config"},  # none is read
    only={"no_bias": True, "embedding_fraction": 1.0, "logit_scale": None},
    names=Names(
        prefix="transformer.",
        layers="blocks",
        top={"wte": "embed_tokens", "norm_f": "norm"},
        block={"norm_1": "input_layernorm", "attn.out_proj": "self_attn.o_proj"}
        | {"norm_2": "post_attention_layernorm", "ffn": "mlp"},
        cuts=(stacked("attn.Wqkv"),),
    ),
)
