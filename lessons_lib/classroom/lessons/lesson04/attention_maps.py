"""Looks into a model's attention without changing the model: what every head looks at, and what it is good for.

`attention_maps` gathers the weights of all heads while the model reads a text, and `attention_values` what they mix.
`silenced` switches heads off for the
length of a `with` block, which shows what the weights alone can't: whether anything depends on them.
"""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import torch
from torch import Tensor

from lessons_lib.layers import Attention, attention_weights, layer_mask
from lessons_lib.model import Transformer


@torch.no_grad()
def attention_maps(model: Transformer, token_ids: Sequence[int]) -> Tensor:
    """How much each token looks at each other, in every head of every layer.

    Args:
        model: a decoder; it is left as it was.
        token_ids: one text, T tokens.

    Returns:
        [layers, H, T, T]: `[layer, head, i, j]` is how much token `i` looks at token `j`.

    Example:
        >>> from lessons_lib import ModelConfig
        >>> model = Transformer(ModelConfig(vocab_size=50, hidden_size=16, intermediate_size=40, num_hidden_layers=3,
        ...                                 num_attention_heads=4, num_key_value_heads=2))
        >>> attention_maps(model, [7, 7, 9, 1, 2]).shape
        torch.Size([3, 4, 5, 5])
    """
    maps = []

    def keep(layer: Attention, args: tuple, kwargs: dict, _output: Tensor) -> None:
        maps.append(_weights(layer, **inspect.signature(layer.forward).bind(*args, **kwargs).arguments)[0])  # [H, T, T]

    with ExitStack() as hooks:
        for block in model.model.layers:
            hooks.enter_context(block.self_attn.register_forward_hook(keep, with_kwargs=True))
        model(torch.tensor([list(token_ids)]))
    return torch.stack(maps)  # [layers, H, T, T]


@torch.no_grad()
def attention_values(model: Transformer, token_ids: Sequence[int]) -> Tensor:
    """What each token says, in every head of every layer.

    Args:
        model: a decoder; it is left as it was.
        token_ids: one text, T tokens.

    Returns:
        [layers, H, T, D]: the values. Heads that share theirs have the same.
    """
    values = []
    with ExitStack() as hooks:
        for block in model.model.layers:
            layer = block.self_attn
            hooks.enter_context(layer.v_proj.register_forward_hook(lambda _layer, _args, out: values.append(out[0])))
        model(torch.tensor([list(token_ids)]))
    by_head = torch.stack(values).unflatten(-1, (-1, model.config.head_dim)).transpose(1, 2)  # [layers, G, T, D]
    return by_head.repeat_interleave(model.config.num_attention_heads // by_head.shape[1], 1)


@contextmanager
def silenced(model: Transformer, heads: Sequence[tuple[int, int]]) -> Iterator[None]:
    """Within the block, some heads deliver nothing: zeros in place of what they gathered.

    Args:
        model: a decoder; after the block it is as it was.
        heads: pairs of layer and head, both counted from 0.

    Raises:
        ValueError: if the model has no such layer or head.
    """
    config = model.config
    by_layer = defaultdict(list)
    for layer, head in heads:
        if not (0 <= layer < config.num_hidden_layers and 0 <= head < config.num_attention_heads):
            size = f"{config.num_hidden_layers} layers of {config.num_attention_heads} heads"
            raise ValueError(f"heads: got layer {layer}, head {head}, allowed what is among {size}, counted from 0")
        by_layer[layer].append(head)
    with ExitStack() as hooks:
        for layer, silent in by_layer.items():
            projection = model.model.layers[layer].self_attn.o_proj
            hooks.enter_context(projection.register_forward_pre_hook(_mute(silent, config.head_dim)))
        yield


def _weights(layer: Attention, x: Tensor, rotation=None, mask=None, cache=None, attention_scale=None) -> Tensor:
    """The weights [B, H, T, T] that a layer gives when it is called like this, without a cache."""
    query, key = layer._heads(layer.q_proj(x)), layer._heads(layer.k_proj(x))  # [B, H, T, D], [B, G, T, D]
    query, key = layer._norm_and_rotate(query, key, rotation)
    if attention_scale is not None:
        query = query * attention_scale
    t, config = x.shape[1], layer.config
    if mask is None:
        mask = layer_mask(config, config.layer_types[layer.layer], t, t)
    return attention_weights(
        query, key, mask, causal=mask is None, scale=layer.scale, softcap=config.attn_logit_softcapping
    )


def _mute(heads: list[int], head_dim: int):
    def without(_projection: object, args: tuple[Tensor]) -> tuple[Tensor]:
        by_head = args[0].unflatten(-1, (-1, head_dim)).clone()  # [B, T, H, D]
        by_head[:, :, heads] = 0
        return (by_head.flatten(2),)  # [B, T, H * D]

    return without
