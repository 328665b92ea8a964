"""Mixtral and Qwen3-MoE: Mistral and Qwen3 with experts in place of the feed-forward network.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

from typing import Any

from lessons_lib.checkpoint.families.llama import MISTRAL, QWEN3
from lessons_lib.checkpoint.mapping.family import Family, KeyGroup, Values
from lessons_lib.checkpoint.mapping.names import Names
from lessons_lib.checkpoint.mapping.positions import rope
from lessons_lib.checkpoint.mapping.spans import layer_numbers, one_window, switched_window
from lessons_lib.config import ModelConfig

EXPERTS = {"mlp.gate": "mlp.router"}
# Settings of training, such as how much an uneven load costs.
TRAINING = frozenset({"output_router_logits", "router_aux_loss_coef", "router_jitter_noise"})


def _read_count(values: Values) -> dict[str, Any]:
    found = {values[name] for name in ("num_experts", "num_local_experts") if values.get(name) is not None}
    if len(found) != 1:
        raise ValueError(f"num_experts: got {sorted(found, key=repr) or 'nothing'}, allowed one value")
    return {"num_local_experts": found.pop()}


def _write_count(config: ModelConfig) -> dict[str, Any]:
    return {"num_experts": config.num_local_experts}


def _read_layers(values: Values) -> dict[str, Any]:
    dense, step = values.get("mlp_only_layers") or [], values.get("decoder_sparse_step", 1)
    return {"moe_layers": [i for i in layer_numbers(values) if i not in dense and (i + 1) % step == 0]}


def _write_layers(config: ModelConfig) -> dict[str, Any]:
    dense = [i for i in range(config.num_hidden_layers) if i not in config.moe_layers]
    return {"mlp_only_layers": dense, "decoder_sparse_step": 1}


MIXTRAL_NAMES = Names(
    block={
        "block_sparse_moe.gate": "mlp.router",
        "block_sparse_moe.experts.#.w1": "mlp.experts.#.gate_proj",
        "block_sparse_moe.experts.#.w3": "mlp.experts.#.up_proj",
        "block_sparse_moe.experts.#.w2": "mlp.experts.#.down_proj",
    }
    | EXPERTS
)
_QWEN_NAMES = Names(block=EXPERTS)

MIXTRAL = Family(
    model_type="mixtral",
    architecture="MixtralForCausalLM",
    keys=MISTRAL.keys | {"num_local_experts": "num_local_experts", "num_experts_per_tok": "num_experts_per_tok"},
    defaults=MISTRAL.defaults | {"num_experts_per_tok": 2},
    fixed={"norm_topk_prob": True},
    parts=(rope(1e6), one_window(None)),
    harmless=TRAINING,
    to_ours=MIXTRAL_NAMES.to_ours,
    from_ours=MIXTRAL_NAMES.from_ours,
)

QWEN3_MOE = Family(
    model_type="qwen3_moe",
    architecture="Qwen3MoeForCausalLM",
    keys=QWEN3.keys | {name: name for name in ("num_experts_per_tok", "moe_intermediate_size", "norm_topk_prob")},
    defaults=QWEN3.defaults
    | {"num_key_value_heads": 4, "head_dim": None, "num_experts_per_tok": 8}
    | {"moe_intermediate_size": 768, "norm_topk_prob": False},
    fixed=QWEN3.fixed,
    parts=(
        rope(),
        switched_window(4096),
        KeyGroup(("num_experts", "num_local_experts"), _read_count, _write_count),
        KeyGroup(("mlp_only_layers", "decoder_sparse_step"), _read_layers, _write_layers),
    ),
    harmless=TRAINING | {"max_window_layers"},  # the code lets all layers slide, or none
    to_ours=_QWEN_NAMES.to_ours,
    from_ours=_QWEN_NAMES.from_ours,
)
