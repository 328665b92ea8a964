"""Masks: which keys a query may look at.

A mask is bool, True where a query may look. The queries are the last T of the S tokens whose keys are there, so a mask
for a step with a cache is the lower part of the mask for the whole text.
"""

from __future__ import annotations

import torch
from torch import Tensor

from lessons_lib.config import ModelConfig
from lessons_lib.config.rules import SPANS
from lessons_lib.layers.variants.alibi import with_alibi


def causal_mask(queries: int, keys: int, device: torch.device | str = "cpu") -> Tensor:
    """The last `queries` of `keys` tokens each see themselves and everything before them: `j <= i`.

    Returns:
        [T, S] bool.

    Example:
        >>> causal_mask(2, 3).int().tolist()
        [[1, 1, 0], [1, 1, 1]]
    """
    i, j = _places(queries, keys, device)  # [T, 1], [S]
    return j <= i  # [T, S]


def sliding_window_mask(queries: int, keys: int, window: int, device: torch.device | str = "cpu") -> Tensor:
    """Each token sees the last `window` tokens, itself included: `i - window < j <= i`.

    Returns:
        [T, S] bool.

    Raises:
        ValueError: for a window below 1.

    Example:
        >>> sliding_window_mask(3, 3, window=2).int().tolist()
        [[1, 0, 0], [1, 1, 0], [0, 1, 1]]

    Source: Beltagy et al. 2020, "Longformer", section 3.1; Jiang et al. 2023, "Mistral 7B", section 2.
    """
    if window < 1:
        raise ValueError(f"window: got {window}, allowed 1 or more")
    i, j = _places(queries, keys, device)  # [T, 1], [S]
    return (j <= i) & (j > i - window)  # [T, S]


def chunked_mask(
    queries: int, keys: int, chunk: int, start: Tensor | int = 0, device: torch.device | str = "cpu"
) -> Tensor:
    """The text is cut into pieces of `chunk` tokens; each token sees its own piece up to itself.

    Args:
        start: the key with which the first piece begins, below 0 where keys before the first are no longer there; [B]
            where rows begin at different places.

    Returns:
        [T, S] bool, or [B, T, S] for a `start` of [B].

    Raises:
        ValueError: for a chunk below 1.

    Example:
        >>> chunked_mask(4, 4, chunk=2).int().tolist()
        [[1, 0, 0, 0], [1, 1, 0, 0], [0, 0, 1, 0], [0, 0, 1, 1]]

    Source: the attention of Meta's Llama 4.
    """
    if chunk < 1:
        raise ValueError(f"chunk: got {chunk}, allowed 1 or more")
    i, j = _places(queries, keys, device)  # [T, 1], [S]
    if isinstance(start, Tensor):
        start = start[:, None, None]  # [B, 1, 1]
    return (j <= i) & ((j - start) // chunk == (i - start) // chunk)  # [T, S] or [B, T, S]


def pad_mask(mask: Tensor, attention_mask: Tensor) -> Tensor:
    """Hide the padding of a batch. A padding token sees itself and nothing else, so no query has nothing to look at.

    Args:
        mask: [T, S] or [B, T, S] bool, one of the masks above.
        attention_mask: [B, S], nonzero at real tokens.

    Returns:
        [B, 1, T, S] bool.

    Example:
        >>> pad_mask(causal_mask(3, 3), torch.tensor([[0, 1, 1]]))[0, 0].int().tolist()
        [[1, 0, 0], [0, 1, 0], [0, 1, 1]]
    """
    i, j = _places(*mask.shape[-2:], mask.device)  # [T, 1], [S]
    return ((mask & attention_mask.bool()[:, None, :]) | (i == j))[:, None]  # [B, 1, T, S]


def keys_in_reach(config: ModelConfig, layer_type: str, past: int) -> int:
    """How many of `past` tokens a layer of one type may still have to look at: a cache need not keep the others.

    Example:
        >>> config = ModelConfig(vocab_size=5, hidden_size=4, intermediate_size=6, num_hidden_layers=1,
        ...                      num_attention_heads=2, sliding_window=8)
        >>> keys_in_reach(config, "sliding_attention", 100)
        7
    """
    if layer_type not in SPANS:  # it looks at no key
        return 0
    spans = {"sliding_attention": config.sliding_window, "chunked_attention": config.attention_chunk_size}
    span = spans.get(layer_type)
    return past if span is None else min(past, span - 1)


def layer_mask(
    config: ModelConfig,
    layer_type: str,
    queries: int,
    keys: int,
    attention_mask: Tensor | None = None,
    device: torch.device | str = "cpu",
) -> Tensor | None:
    """The mask of the layers of one type: "full_attention", "sliding_attention" or "chunked_attention".

    Args:
        queries: new tokens, T.
        keys: all tokens of the text, the new ones included.
        attention_mask: [B, keys], nonzero at real tokens; None where nothing is padding.

    Returns:
        [T, S] or [B, 1, T, S] bool, for the S keys that are new or in reach of the layer. None where each query may
        look at itself and all of them before it, and the kernel needs no mask for that. With "alibi" what is added to
        scores, [H, T, S] or [B, H, T, S] float32. For layers without attention [B, T] bool, the new tokens that are no
        padding, or None.
    """
    if layer_type not in SPANS:
        return None if attention_mask is None else attention_mask[:, -queries:].bool()  # [B, T]
    window, chunk = config.sliding_window, config.attention_chunk_size
    falls = config.position_embedding_type == "alibi"
    seen = keys_in_reach(config, layer_type, keys - queries) + queries  # S
    if layer_type == "sliding_attention" and seen > window:
        mask = sliding_window_mask(queries, seen, window, device)  # [T, S]
    elif layer_type == "chunked_attention" and keys > chunk:
        padding = 0 if attention_mask is None else (attention_mask.cumsum(-1) == 0).sum(-1)  # [B] at the left
        mask = chunked_mask(queries, seen, chunk, padding - (keys - seen), device)  # [T, S] or [B, T, S]
    elif attention_mask is None and queries in (1, seen) and not falls:
        return None
    else:
        mask = causal_mask(queries, seen, device)  # [T, S]
    mask = mask if attention_mask is None else pad_mask(mask, attention_mask[:, -seen:])  # [B, 1, T, S] with padding
    return with_alibi(mask, config.num_attention_heads) if falls else mask


def _places(queries: int, keys: int, device: torch.device | str) -> tuple[Tensor, Tensor]:
    """Where the queries [T, 1] and the keys [S] stand in the text."""
    i = torch.arange(keys - queries, keys, device=device)[:, None]  # [T, 1]
    return i, torch.arange(keys, device=device)  # [S]
