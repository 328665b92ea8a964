"""Llama 4: most layers turn queries and keys and see their own chunk, each fourth sees everything unturned; experts.

The files on the Hub hold a model that reads pictures too. Their text model loads, and the tensors of the rest are left
out.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

import dataclasses
from collections.abc import Collection
from typing import Any

from torch import Tensor

from lessons_lib.checkpoint.families.experts import TRAINING
from lessons_lib.checkpoint.families.llama import LLAMA
from lessons_lib.checkpoint.mapping.family import Family, KeyGroup, Values
from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.positions import rope
from lessons_lib.checkpoint.mapping.spans import chunked_where_turning, layer_numbers
from lessons_lib.config import ModelConfig


def _read_experts(values: Values) -> dict[str, Any]:
    layers, step = values.get("moe_layers"), values.get("interleave_moe_layer_step", 1)
    return {"moe_layers": [i for i in layer_numbers(values) if (i + 1) % step == 0] if layers is None else layers}


def _write_experts(config: ModelConfig) -> dict[str, Any]:
    end, written = config.num_hidden_layers, {"moe_layers": list(config.moe_layers)}
    for step in range(1, end + 1):
        if config.moe_layers == tuple(range(step - 1, end, step)):
            written["interleave_moe_layer_step"] = step  # transformers reads the layers, others read this
    return written


def _read_switches(values: Values) -> dict[str, Any]:
    # The early files say 4 where later ones say true.
    tuned = bool(values.get("attn_temperature_tuning", True))
    return {"qk_norm": "after" if values.get("use_qk_norm", True) else None, "attn_temperature_tuning": tuned}


def _write_switches(config: ModelConfig) -> dict[str, Any]:
    return {"use_qk_norm": config.qk_norm == "after", "attn_temperature_tuning": config.attn_temperature_tuning}


_NAMES = Names(block={"feed_forward": "mlp"}, experts="input-major")


def to_ours(name: str, tensor: Tensor, config: ModelConfig) -> dict[str, Tensor]:
    """Rename a tensor, of the text model alone or inside the one that reads pictures."""
    return _NAMES.to_ours(name.removeprefix("language_model."), tensor, config)


def _is_for_pictures(name: str, names: Collection[str]) -> bool:
    return name.startswith(("vision_model.", "multi_modal_projector."))


LLAMA4 = Family(
    model_type="llama4_text",
    architecture="Llama4ForCausalLM",
    keys={key: name for key, name in LLAMA.keys.items() if key not in ("intermediate_size", "mlp_bias")}
    | {"intermediate_size_mlp": "intermediate_size", "intermediate_size": "moe_intermediate_size"}
    | {"num_local_experts": "num_local_experts", "num_experts_per_tok": "num_experts_per_tok"}
    | {"floor_scale": "floor_scale", "attn_scale": "attn_scale"},
    defaults=LLAMA.defaults
    | {"num_key_value_heads": 8, "head_dim": 128, "max_position_embeddings": 131072}
    | {"intermediate_size_mlp": 16384, "num_experts_per_tok": 1, "floor_scale": 8192, "attn_scale": 0.1},
    fixed={"rope_pairing": "interleaved", "scoring_func": "sigmoid", "scale_expert_input": True, "n_shared_experts": 1},
    parts=(
        rope(500000.0),
        chunked_where_turning(4, default=8192),
        KeyGroup(("moe_layers", "interleave_moe_layer_step"), _read_experts, _write_experts),
        KeyGroup(("use_qk_norm", "attn_temperature_tuning"), _read_switches, _write_switches),
    ),
    harmless=TRAINING | {"for_llm_compressor"},
    to_ours=to_ours,
    from_ours=_NAMES.from_ours,
)

LLAMA4_WITH_PICTURES = dataclasses.replace(
    LLAMA4,
    model_type="llama4",
    architecture="Llama4ForConditionalGeneration",
    harmless=LLAMA4.harmless | {"vision_config", "boi_token_index", "eoi_token_index", "image_token_index"},
    skipped=_is_for_pictures,
    text="text_config",
)
