"""DeepSeek V2 and V3: latent attention, dense layers first, then many narrow experts beside a shared one.

Source: the configuration and modelling files of Hugging Face transformers 5, and those that DeepSeek publishes with its
models.
"""

import math
import re
from collections.abc import Collection
from typing import Any

from lessons_lib.checkpoint.families.experts import EXPERTS, TRAINING
from lessons_lib.checkpoint.families.llama import LLAMA
from lessons_lib.checkpoint.mapping.family import Family, KeyGroup, Values
from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.parts import computed, dense_first, short
from lessons_lib.checkpoint.mapping.positions import rope
from lessons_lib.checkpoint.mapping.spans import layer_numbers
from lessons_lib.config import ModelConfig


def _read_heads(values: Values) -> dict[str, Any]:
    """A head's two parts together are `head_dim`; where yarn sharpens them, scores are divided by a smaller root."""
    width = values.get("qk_nope_head_dim", 128) + values.get("qk_rope_head_dim", 64)
    scaling = rope().read(values)["rope_scaling"] or {}
    factor, mscale = scaling.get("factor", 1), scaling.get("mscale_all_dim")
    if not mscale or factor <= 1:
        return {"head_dim": width}
    sharper = 0.1 * mscale * math.log(factor) + 1  # of queries and of keys, both times by this factor
    return {"head_dim": width, "query_pre_attn_scalar": width / sharper**4}


def _write_heads(config: ModelConfig) -> dict[str, Any]:
    if config.qk_rope_head_dim is None:
        raise ValueError("qk_rope_head_dim: got None, allowed a number")
    return {"qk_nope_head_dim": config.head_dim - config.qk_rope_head_dim}


def _experts(first: int) -> KeyGroup:
    """The layers from `first_k_dense_replace` on have experts, and always a shared one.

    Args:
        first: `first_k_dense_replace` where a file states none.
    """

    def read(values: Values) -> dict[str, Any]:
        if values.get("n_shared_experts") == 0:
            raise ValueError("n_shared_experts: got 0, allowed 1 or more")
        dense = values.get("first_k_dense_replace", first)
        return {"moe_layers": [i for i in layer_numbers(values) if i >= dense]}

    def write(config: ModelConfig) -> dict[str, Any]:
        return {"first_k_dense_replace": config.num_hidden_layers - len(config.moe_layers)}

    return KeyGroup(("first_k_dense_replace",), read, write)


def _read_groups(values: Values) -> dict[str, Any]:
    method = values.get("topk_method", "greedy")
    if method not in ("greedy", "group_limited_greedy"):
        raise ValueError(f"topk_method: got {method!r:.60}, allowed 'greedy' and 'group_limited_greedy'")
    groups = {name: values.get(name) for name in ("n_group", "topk_group")}
    return {"topk_method": method} | {name: 1 if value is None else value for name, value in groups.items()}


def _write_groups(config: ModelConfig) -> dict[str, Any]:
    return {name: getattr(config, name) for name in ("topk_method", "n_group", "topk_group")}


def _read_pairs(values: Values) -> dict[str, Any]:
    return {"rope_pairing": "interleaved" if values.get("rope_interleave", True) else "half"}


def _write_pairs(config: ModelConfig) -> dict[str, Any]:
    return {"rope_interleave": config.rope_pairing == "interleaved"}


def _write_for_others(config: ModelConfig) -> dict[str, Any]:
    """What readers other than transformers ask for; no layer is written that predicts further ahead."""
    router = {"scoring_func": config.scoring_func, "topk_method": config.topk_method}
    return router | {"moe_layer_freq": 1, "num_nextn_predict_layers": 0}


_NAMES = Names(block=EXPERTS | {"mlp.shared_experts": "mlp.shared_expert"})


def _predicts_further(name: str, names: Collection[str]) -> bool:
    """Whether a tensor is of the layer after the last, which learns to guess the token after the next."""
    layer = re.match(r"model\.layers\.\d+\.", name)
    return layer is not None and f"{layer[0]}eh_proj.weight" in names


def _published_code(version: str) -> dict[str, str]:
    """What `auto_map` says in the published files, whose code does what is built here. No code of a folder is run."""
    classes = {"AutoModel": f"Deepseek{version}Model", "AutoModelForCausalLM": f"Deepseek{version}ForCausalLM"}
    models = {auto: f"modeling_deepseek.{name}" for auto, name in classes.items()}
    return {"AutoConfig": f"configuration_deepseek.Deepseek{version}Config"} | models


_KEYS = {key: name for key, name in LLAMA.keys.items() if key not in ("head_dim", "mlp_bias")} | {
    "n_routed_experts": "num_local_experts",
    **{
        name: name
        for name in (
            *("kv_lora_rank", "q_lora_rank", "qk_rope_head_dim", "v_head_dim", "num_experts_per_tok"),
            *("moe_intermediate_size", "n_shared_experts", "routed_scaling_factor"),
        )
    },
}
_DEFAULTS = LLAMA.defaults | {"q_lora_rank": 1536, "qk_rope_head_dim": 64, "v_head_dim": 128}
HEADS = KeyGroup(("qk_nope_head_dim",), _read_heads, _write_heads)
PAIRS = KeyGroup(("rope_interleave",), _read_pairs, _write_pairs)
_FOR_OTHERS = KeyGroup((), lambda values: {}, _write_for_others)
_HARMLESS = TRAINING | {
    *("aux_loss_alpha", "seq_aux", "ep_size", "num_nextn_predict_layers"),
    *("head_dim", "qk_head_dim"),  # the code computes both
}

DEEPSEEK2 = Family(
    model_type="deepseek_v2",
    architecture="DeepseekV2ForCausalLM",
    keys=_KEYS,
    defaults=_DEFAULTS | {"moe_intermediate_size": 1407, "n_shared_experts": 2, "routed_scaling_factor": 1.0},
    fixed={"rope_pairing": "interleaved"},
    parts=(
        rope(),
        HEADS,
        _experts(first=0),
        KeyGroup(("topk_method", "n_group", "topk_group"), _read_groups, _write_groups),
        _FOR_OTHERS,
    ),
    harmless=_HARMLESS,
    only={"scoring_func": "softmax", "norm_topk_prob": False, "moe_layer_freq": 1, "mlp_bias": False}
    | {"auto_map": _published_code("V2")},
    to_ours=_NAMES.to_ours,
    from_ours=_NAMES.from_ours,
)

DEEPSEEK3 = Family(
    model_type="deepseek_v3",
    architecture="DeepseekV3ForCausalLM",
    keys=_KEYS | {name: name for name in ("n_group", "topk_group", "norm_topk_prob")},
    defaults=_DEFAULTS
    | {"num_key_value_heads": 128, "max_position_embeddings": 4096, "bos_token_id": 0}
    | {"eos_token_id": 1, "num_experts_per_tok": 8, "moe_intermediate_size": 2048}
    | {"n_shared_experts": 1, "routed_scaling_factor": 2.5, "n_group": 8, "topk_group": 4}
    | {"norm_topk_prob": True},
    fixed={"scoring_func": "sigmoid", "topk_method": "noaux_tc"},
    parts=(rope(), HEADS, _experts(first=3), PAIRS, _FOR_OTHERS),
    harmless=_HARMLESS,
    only={"scoring_func": "sigmoid", "topk_method": "noaux_tc", "moe_layer_freq": 1, "auto_map": _published_code("V3")},
    to_ours=_NAMES.to_ours,
    from_ours=_NAMES.from_ours,
    skipped=_predicts_further,
)

GLM4_MOE_LITE = DEEPSEEK3.like(
    "glm4_moe_lite",
    defaults={"num_key_value_heads": 20, "max_position_embeddings": 202752, "q_lora_rank": 768, "v_head_dim": 256}
    | {"num_experts_per_tok": 4, "moe_intermediate_size": 1536, "routed_scaling_factor": 1.8, "n_group": 1}
    | {"topk_group": 1, "qk_nope_head_dim": 192},
    parts=(rope(), HEADS, dense_first(1), PAIRS),
    only={"auto_map": None},
)


def _indexed(values: Values) -> list[str]:
    """For each layer whether it has an indexer of its own: "full", or "shared" with the one before it."""
    kinds, pattern = values.get("indexer_types"), values.get("index_topk_pattern")
    if kinds or pattern:
        return kinds or [{"F": "full", "S": "shared"}.get(kind, kind) for kind in pattern]
    every, offset = max(values.get("index_topk_freq") or 1, 1), values.get("index_skip_topk_offset", 2)
    return ["shared" if max(i - offset + 1, 0) % every else "full" for i in layer_numbers(values)]


_INDEX = ("index_topk", "index_n_heads", "index_head_dim")
_ONLY_INDEXED = computed(lambda values: {}, layer_types=lambda config: ["indexed_attention"] * config.num_hidden_layers)
DEEPSEEK32 = GLM4_MOE_LITE.like(
    "deepseek_v32",
    keys={name: name for name in _INDEX},
    defaults={"num_key_value_heads": 128, "max_position_embeddings": 163840, "q_lora_rank": 1536, "v_head_dim": 128}
    | {"num_experts_per_tok": 8, "moe_intermediate_size": 2048, "routed_scaling_factor": 2.5, "n_group": 8}
    | {"topk_group": 4, "qk_nope_head_dim": 128, "index_topk": 2048, "index_n_heads": 64, "index_head_dim": 128},
    fixed={"rope_pairing": "interleaved"},
    parts=(rope(), HEADS, dense_first(3), _ONLY_INDEXED),
    harmless={"ep_size", "quantization_config", "scoring_func", "topk_method", "num_nextn_predict_layers"},
    only={"mlp_bias": False},
)

GLM_MOE_DSA = DEEPSEEK32.like(
    "glm_moe_dsa",
    defaults={"num_key_value_heads": 64, "max_position_embeddings": 202752, "q_lora_rank": 2048, "v_head_dim": 256}
    | {"qk_nope_head_dim": 192, "n_group": 1, "topk_group": 1, "index_n_heads": 32},
    fixed={"index_pairing": "interleaved"},
    parts=(
        *DEEPSEEK32.parts,
        computed(
            lambda values: {"index_layers": [i for i, kind in enumerate(_indexed(values)) if kind == "full"]},
            *("index_topk_pattern", "index_topk_freq", "index_skip_topk_offset"),
            indexer_types=lambda c: ["full" if i in c.index_layers else "shared" for i in range(c.num_hidden_layers)],
        ),
    ),
)

_OF_EXPERTS = ("n_routed_experts", "n_shared_experts", "num_experts_per_tok", "moe_intermediate_size", "n_group")
_OF_EXPERTS += ("topk_group", "norm_topk_prob", "routed_scaling_factor")
YOUTU = DEEPSEEK3.like(
    "youtu",
    without=_OF_EXPERTS,
    defaults={"num_key_value_heads": 16, "max_position_embeddings": 131072, "tie_word_embeddings": True}
    | {"bos_token_id": 128000, "eos_token_id": 128001, "num_experts_per_tok": None},
    fixed={"scoring_func": None, "topk_method": None},
    parts=(rope(), HEADS, PAIRS),
    harmless={"embedding_initializer_range"},
    only={"auto_map": None},
)

MINICPM3 = YOUTU.like(
    "minicpm3",
    "MiniCPM3ForCausalLM",
    keys={"scale_emb": "embedding_multiplier"},
    defaults={"num_key_value_heads": 40, "max_position_embeddings": 32768, "bos_token_id": 1, "eos_token_id": 2}
    | {"q_lora_rank": 768, "qk_rope_head_dim": 32, "qk_nope_head_dim": 64, "v_head_dim": 64, "scale_emb": 12.0},
    parts=(
        rope(),
        HEADS,
        computed(
            lambda values: {
                "residual_multiplier": values.get("scale_depth", 1.4) / values["num_hidden_layers"] ** 0.5,
                "logit_scale": values.get("dim_model_base", 256) / values["hidden_size"],
            },
            scale_depth=lambda config: short(config.residual_multiplier * config.num_hidden_layers**0.5),
            dim_model_base=lambda config: round(config.logit_scale * config.hidden_size),
        ),
    ),
    only={"mlp_bias": False},
)
