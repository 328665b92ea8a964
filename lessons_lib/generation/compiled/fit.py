"""Whether a model is one that compiled code can step: it does not look where it reads, so all is looked at before."""

from __future__ import annotations

from dataclasses import fields

import torch
from torch import nn

from lessons_lib.config import ModelConfig
from lessons_lib.config.states import STATES
from lessons_lib.layers import (
    Attention,
    Block,
    Embedding,
    FeedForward,
    Linear,
    LoraLinear,
    MixtureOfExperts,
    QuantizedEmbedding,
    QuantizedLinear,
    QuantizedLoraLinear,
    RMSNorm,
    Router,
)
from lessons_lib.layers.plain import is_plain
from lessons_lib.model import Transformer


def applies(model: Transformer) -> bool:
    """Whether a model can be stepped here; where not, `aside` says why."""
    return aside(model) is None


def aside(model: Transformer) -> str | None:
    """Name what keeps a model from being stepped here; None for nothing.

    It can be if it is float32 or quantised, on a CPU, no field is set that the step refuses, and every part is as its
    class made it: what a wrapper, a subclass or a hook adds would be left out.

    Example:
        >>> config = ModelConfig(vocab_size=5, hidden_size=4, intermediate_size=6, num_hidden_layers=1,
        ...                      num_attention_heads=2, hidden_act="relu")
        >>> aside(Transformer(config))
        "hidden_act 'relu'"
    """
    if (field := aside_for(model.config)) is not None:
        return field
    for name, parameter in model.named_parameters():
        if parameter.dtype != torch.float32 or not parameter.is_cpu:
            return f"{name} in {parameter.dtype} on {parameter.device.type}"
    for name, part in model.named_modules():
        if not is_plain(part, *_PARTS):
            return f"{name or 'model'}, a {type(part).__name__} that is not as its class made it"
    return None if _fits(model) else "matrices of other shapes than the config says"


def aside_for(config: ModelConfig) -> str | None:
    """Name the first field of a config that the step refuses, with its value: layers with a state before all else."""
    states = [kind for kind in config.layer_types if kind in STATES or kind == "none"]
    if states:
        return f"layer_types {states[0]!r}"
    for name, default in _FIXED.items():
        if getattr(config, name) != default:
            return f"{name} {getattr(config, name)!r:.40}"
    return None


# Fields that have to be as ModelConfig leaves them; compiled code obeys the others, whatever their values.
_FIXED = {field.name: field.default for field in fields(ModelConfig) if not field.metadata["compiled"]}


_PARTS = (
    Transformer,
    nn.ModuleDict,
    nn.ModuleList,
    Block,
    Attention,
    RMSNorm,
    Embedding,
    Linear,
    LoraLinear,
    QuantizedEmbedding,
    QuantizedLinear,
    QuantizedLoraLinear,
    FeedForward,
    MixtureOfExperts,
    Router,
)


def _fits(model: Transformer) -> bool:
    """Whether all matrices have the shapes that the config says: compiled code does not look where it reads."""
    config, embedding = model.config, model.model.embed_tokens
    c, v, d = config.hidden_size, config.vocab_size, config.head_dim
    wide, narrow = config.num_attention_heads * d, config.num_key_value_heads * d
    tied = isinstance(embedding, QuantizedEmbedding)
    ok = embedding.head is model.lm_head if tied else embedding.weight.shape == (v, c)
    ok = ok and _shape(model.lm_head) == (v, c) and model.model.norm.weight.shape == (c,)
    for block in model.model.layers:
        ok = ok and [_shape(part) for part in projections_of(block)] == [(wide, c), (narrow, c), (narrow, c), (c, wide)]
        sizes = zip(norms_of(block), (c, c, d, d), strict=True)
        ok = ok and all(weight is None or weight.shape == (size,) for weight, size in sizes)
        if isinstance(block.mlp, MixtureOfExperts):
            ok = ok and block.mlp.router.weight.shape == (len(block.mlp.experts), c)
        for network in networks_of(block.mlp):
            f = _shape(network[0])[0]
            ok = ok and [_shape(part) for part in network] == [(f, c), (f, c), (c, f)]
    return ok and len(model.model.layers) == config.num_hidden_layers


def _shape(module: Linear | QuantizedLinear) -> tuple[int, int]:
    """[out, in] of a matrix whose weights are as many as that, and whose bias is as long; else nothing."""
    out, inside = shape = (module.out_features, module.in_features)
    if isinstance(module, Linear):
        whole = module.weight.shape == shape
    else:
        parts, groups = (module.quantized, module.scale, module.minimum), inside // module.group_size
        columns = (inside * module.bits // 8, groups, groups)
        whole = all(x is None or x.shape == (out, n) for x, n in zip(parts, columns, strict=True))
    if isinstance(module, LoraLinear | QuantizedLoraLinear):
        rank = len(module.lora_A)
        whole = whole and module.lora_A.shape == (rank, inside) and module.lora_B.shape == (out, rank)
    return shape if whole and (module.bias is None or module.bias.shape == (out,)) else (0, 0)


def projections_of(block: Block) -> tuple:
    """The matrices of a block's attention."""
    attention = block.self_attn
    return attention.q_proj, attention.k_proj, attention.v_proj, attention.o_proj


def networks_of(mlp: FeedForward | MixtureOfExperts) -> list[tuple]:
    """The matrices of a block's feed-forward networks: one network, or the experts and the shared one behind them."""
    if isinstance(mlp, FeedForward):
        return [(mlp.gate_proj, mlp.up_proj, mlp.down_proj)]
    networks = [*mlp.experts] if mlp.shared_expert is None else [*mlp.experts, mlp.shared_expert]
    return [parts for network in networks for parts in networks_of(network)]


def norms_of(block: Block) -> tuple:
    """The weights of a block's norms; None for those that it lacks."""
    attention = block.self_attn
    within = (getattr(attention, name, None) for name in ("q_norm", "k_norm"))
    return (
        block.input_layernorm.weight,
        block.post_attention_layernorm.weight,
        *(None if norm is None else norm.weight for norm in within),
    )
