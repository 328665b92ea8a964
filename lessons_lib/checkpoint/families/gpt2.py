"""GPT-2: learned positions, LayerNorm and names of its own; matrices input-major, queries, keys and values in one.

Source: the configuration and modelling files of Hugging Face transformers 5.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

import torch
from torch import Tensor

from lessons_lib.checkpoint.families.family import Family, KeyGroup, Values
from lessons_lib.config import ModelConfig
from lessons_lib.formats.lazy import LazyTensor

_TOP = {"wte": "model.embed_tokens", "wpe": "model.embed_positions", "ln_f": "model.norm"}
_BLOCK = {
    "ln_1": "input_layernorm",
    "attn.c_proj": "self_attn.o_proj",
    "ln_2": "post_attention_layernorm",
    "mlp.c_fc": "mlp.up_proj",
    "mlp.c_proj": "mlp.down_proj",
}
_FUSED = "attn.c_attn"
_QKV = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")


def to_ours(name: str, tensor: Tensor) -> dict[str, Tensor]:
    """Rename a tensor, turn an input-major matrix round and cut the fused one in three; an unknown name stays."""
    bare = name.removeprefix("transformer.")  # the oldest files have none
    module, _, kind = bare.rpartition(".")
    if module in _TOP:
        return {f"{_TOP[module]}.{kind}": tensor}
    found = re.fullmatch(r"h\.(\d+)\.(.+)", module)
    if not found or found[2] not in {*_BLOCK, _FUSED}:
        return {name: tensor}
    layer = f"model.layers.{found[1]}"
    turned = tensor.T if ".c_" in module and tensor.dim() == 2 else tensor
    if found[2] in _BLOCK:
        return {f"{layer}.{_BLOCK[found[2]]}.{kind}": turned}
    thirds = turned.tensor_split(3) if turned.dim() else [turned] * 3
    return {f"{layer}.{part}.{kind}": third for part, third in zip(_QKV, thirds, strict=True)}


def from_ours(tensors: Mapping[str, Tensor]) -> dict[str, Tensor | LazyTensor]:
    """Undo `to_ours`, with the prefix that files have had for years."""
    top = {ours: theirs for theirs, ours in _TOP.items()}
    block = {ours: theirs for theirs, ours in _BLOCK.items()} | dict.fromkeys(_QKV, _FUSED)
    made: dict[str, Tensor | LazyTensor] = {}
    for name, tensor in tensors.items():
        module, _, kind = name.rpartition(".")
        found = re.fullmatch(r"model\.layers\.(\d+)\.(.+)", module)
        if not found:
            made[f"transformer.{top[module]}.{kind}" if module in top else name] = tensor
            continue
        layer, part = f"model.layers.{found[1]}", found[2]
        theirs = f"transformer.h.{found[1]}.{block[part]}.{kind}"
        if part == _QKV[0]:
            made[theirs] = _fused([tensors[f"{layer}.{one}.{kind}"] for one in _QKV])
        elif part not in _QKV:
            made[theirs] = tensor.T if ".c_" in theirs and tensor.dim() == 2 else tensor
    return made


def _fused(thirds: list[Tensor]) -> LazyTensor:
    """Put queries, keys and values into one when it is needed: matrices [C, C] into [C, 3C], biases [C] into [3C]."""
    outputs, *inputs = thirds[0].shape

    def make() -> Tensor:
        whole = torch.cat(thirds)
        return whole.T if inputs else whole

    return LazyTensor((*inputs, 3 * outputs), thirds[0].dtype, make)


def _is_mask(name: str, names: Collection[str]) -> bool:
    return re.fullmatch(r"(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)", name) is not None


def _read_inner(values: Values) -> dict[str, Any]:
    return {"intermediate_size": values.get("n_inner") or 4 * values["n_embd"]}


def _write_inner(config: ModelConfig) -> dict[str, Any]:
    published = {"gelu_pytorch_tanh": "gelu_new"}  # the same function, under the name that GPT-2's files have
    activation = published.get(config.hidden_act, config.hidden_act)
    return {"n_inner": config.intermediate_size, "activation_function": activation}


_HARMLESS = frozenset(
    (
        *("n_ctx", "attn_pdrop", "embd_pdrop", "resid_pdrop", "reorder_and_upcast_attn", "summary_activation"),
        *("summary_first_dropout", "summary_proj_to_labels", "summary_type", "summary_use_proj"),
    )
)

GPT2 = Family(
    model_type="gpt2",
    architecture="GPT2LMHeadModel",
    keys={
        "vocab_size": "vocab_size",
        "n_embd": "hidden_size",
        "n_layer": "num_hidden_layers",
        "n_head": "num_attention_heads",
        "n_positions": "max_position_embeddings",
        "layer_norm_epsilon": "rms_norm_eps",
        "activation_function": "hidden_act",
        "initializer_range": "initializer_range",
        "tie_word_embeddings": "tie_word_embeddings",
        "bos_token_id": "bos_token_id",
        "eos_token_id": "eos_token_id",
    },
    defaults={
        "activation_function": "gelu_new",
        "initializer_range": 0.02,
        "tie_word_embeddings": True,
        "bos_token_id": 50256,
        "eos_token_id": 50256,
    },
    fixed={
        "position_embedding_type": "learned",
        "norm_type": "layer",
        "gated_mlp": False,
        "attention_bias": True,
        "mlp_bias": True,
    },
    parts=(KeyGroup(("n_inner",), _read_inner, _write_inner),),
    harmless=_HARMLESS,
    only={"scale_attn_weights": True},
    to_ours=to_ours,
    from_ours=from_ours,
    skipped=_is_mask,
)
