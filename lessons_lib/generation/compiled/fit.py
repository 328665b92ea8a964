"""Whether a model is one that compiled code can step: it does not look where it reads, so all is looked at before."""

from __future__ import annotations

from dataclasses import fields

import torch
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.config.states import STATES
from lessons_lib.layers import (
    Attention,
    Block,
    Embedding,
    FeedForward,
    LayerNorm,
    LearnedPositions,
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
from lessons_lib.layers.variants.qk_norm import HeadsNorm, WidthNorm
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
        ...                      num_attention_heads=2, hidden_act="xielu")
        >>> aside(Transformer(config))
        "hidden_act 'xielu'"
    """
    if (field := aside_for(model.config)) is not None:
        return field
    for name, parameter in model.named_parameters():
        if parameter.dtype != torch.float32 or not parameter.is_cpu:
            return f"{name} in {parameter.dtype} on {parameter.device.type}"
    for name, part in model.named_modules():
        nothing = (nn.Identity,) if name == "model.norm" and model.config.norm_placement == "post" else ()
        if not is_plain(part, *_PARTS, *nothing):
            return f"{name or 'model'}, a {type(part).__name__} that is not as its class made it"
    return None if _fits(model) else "matrices of other shapes than the config says"


def aside_for(config: ModelConfig) -> str | None:
    """Name the first field of a config that the step refuses, with its value: layers with a state before all else."""
    states = [kind for kind in config.layer_types if kind in STATES or kind == "none"]
    if states:
        return f"layer_types {states[0]!r}"
    refused = [name for name, values in _REFUSED.items() if getattr(config, name) in values]
    for name in [*refused, *(name for name, default in _FIXED.items() if getattr(config, name) != default)]:
        return f"{name} {getattr(config, name)!r:.40}"
    return None


# Values that compiled code does not know, of fields that it obeys otherwise.
_REFUSED = {"hidden_act": ("xielu",), "norm_placement": ("stream",), "topk_method": ("sparse_mixer",)}
# Fields that have to be as ModelConfig leaves them; compiled code obeys the others.
_FIXED = {field.name: field.default for field in fields(ModelConfig) if not field.metadata["compiled"]}


_PARTS = (
    Transformer,
    nn.ModuleDict,
    nn.ModuleList,
    Block,
    Attention,
    RMSNorm,
    LayerNorm,
    HeadsNorm,
    WidthNorm,
    Embedding,
    LearnedPositions,
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
    config, embedding, rows = model.config, model.model.embed_tokens, model.model
    c, v, d = config.hidden_size, config.vocab_size, config.head_dim
    wide, narrow = config.num_attention_heads * d, config.num_key_value_heads * d
    gate = (wide, c) if config.attn_output_gate else None
    tied = isinstance(embedding, QuantizedEmbedding)
    ok = embedding.head is model.lm_head if tied else embedding.weight.shape == (v, c)
    ok = ok and _shape(model.lm_head) == (v, c)
    ok = ok and all(_norm_fits(norm, 1, c) for norm in (rows.norm, getattr(rows, "embed_norm", None)))
    if config.position_embedding_type == "learned":
        ok = ok and rows.embed_positions.weight.shape == (config.max_position_embeddings, c)
    for block in rows.layers:
        found = [_shape(part) for part in projections_of(block)]
        ok = ok and found == [(wide, c), (narrow, c), (narrow, c), gate, (c, wide)]
        ok = ok and all(_norm_fits(*each) for each in norms_of(config, block))
        ok = ok and _vector_fits(block.self_attn.sinks, config.num_attention_heads)
        if isinstance(block.mlp, MixtureOfExperts):
            router, experts = block.mlp.router, len(block.mlp.experts)
            ok = ok and router.weight.shape == (experts, c) and _shape(block.mlp.shared_expert_gate) in (None, (1, c))
            ok = ok and all(_vector_fits(x, experts) for x in (router.bias, router.e_score_correction_bias))
        for network in networks_of(block.mlp):
            f = network.down_proj.in_features
            gated = (f, c) if config.gated_mlp else None
            ok = ok and [_shape(part) for part in matrices_of(network)] == [(f, c), gated, (c, f)]
            ok = ok and _norm_fits(network.sub_norm, 1, f)
    return ok and len(rows.layers) == config.num_hidden_layers


def _vector_fits(vector: Tensor | None, size: int) -> bool:
    return vector is None or (vector.shape == (size,) and vector.dtype == torch.float32 and vector.is_cpu)


def _norm_fits(norm: nn.Module | None, rows: int, size: int) -> bool:
    weight, bias = (getattr(norm, name, None) for name in ("weight", "bias"))
    return (weight is None or weight.numel() == rows * size) and _vector_fits(bias, size)


def _shape(module: Linear | QuantizedLinear | None) -> tuple[int, int] | None:
    """[out, in] of a matrix whose weights are as many as that, and whose bias is as long; else zeros. None for none."""
    if module is None:
        return None
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
    """The matrices of a block's attention; None for a gate that it lacks."""
    attention = block.self_attn
    return attention.q_proj, attention.k_proj, attention.v_proj, attention.output_gate, attention.o_proj


def networks_of(mlp: FeedForward | MixtureOfExperts) -> list[FeedForward]:
    """A block's feed-forward networks: one network, or the experts and the shared one behind them."""
    if isinstance(mlp, FeedForward):
        return [mlp]
    return [*mlp.experts] if mlp.shared_expert is None else [*mlp.experts, mlp.shared_expert]


def matrices_of(network: FeedForward) -> tuple:
    """The matrices of a network; None for a gate that it lacks."""
    return network.up_proj, getattr(network, "gate_proj", None), network.down_proj


# The norms before, of and after attention, and those of the feed-forward network, by the block's names for them.
_FIRST, _SECOND, _THIRD, _FOURTH = (
    "input_layernorm",
    "post_attention_layernorm",
    "pre_feedforward_layernorm",
    "post_feedforward_layernorm",
)
_PLACES = {
    "pre": (_FIRST, "", "", _SECOND, "", ""),
    "sandwich": (_FIRST, _SECOND, "", _THIRD, _FOURTH, ""),
    "output": ("", _SECOND, "", "", _FOURTH, ""),
    "post": ("", "", _SECOND, "", "", _FOURTH),
    "parallel": (_FIRST, "", "", _FIRST, "", ""),
    "parallel_two": (_FIRST, "", "", _SECOND, "", ""),
}


def norms_of(config: ModelConfig, block: Block) -> list[tuple[nn.Module | None, int, int]]:
    """The norms of a block, None for those that it lacks, each with the rows of its weights and the size of a row.

    Those before, of and after attention; those of the network; those of queries, keys and what attention mixes.
    """
    attention, c, d = block.self_attn, config.hidden_size, config.head_dim
    found = [(getattr(block, name, None), 1, c) for name in _PLACES[config.norm_placement]]
    for norm, heads in ((attention.q_norm, config.num_attention_heads), (attention.k_norm, config.num_key_value_heads)):
        if norm is None and config.qk_norm == "after":
            norm = RMSNorm(d, config.rms_norm_eps, has_weight=False)
        rows, size = {"heads": (heads, d), "width": (1, heads * d)}.get(config.qk_norm_weight, (1, d))
        found.append((norm, rows, size))
    return [*found, (attention.sub_norm, 1, config.num_attention_heads * d)]
