"""Tensors that files hold in another form than we do: put together, cut, reordered or computed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from lessons_lib.checkpoint.gguf.architecture import Group
from lessons_lib.checkpoint.gguf.names import half_from_interleaved, interleaved_from_half
from lessons_lib.config import ModelConfig


def one(theirs: str, ours: str, out: Callable, back: Callable) -> Group:
    """One tensor for one of ours, made by a function of it and the config."""
    return Group((theirs,), (ours,), lambda t, c: [out(t[0], c)], lambda t, c: [back(t[0], c)])


def joined(theirs: str, *ours: str, sizes: Callable[[Tensor, ModelConfig], Any] | None = None) -> Group:
    """Rows of several of ours under each other, halves where no sizes are given."""
    sizes = sizes or (lambda tensor, config: len(tensor) // len(ours))
    return Group((theirs,), ours, lambda t, c: [torch.cat(list(t))], lambda t, c: t[0].split(sizes(t[0], c)))


def _qkv_rows(tensor: Tensor, config: ModelConfig) -> list[int]:
    narrow = config.num_key_value_heads * config.head_dim
    return [len(tensor) - 2 * narrow, narrow, narrow]


QKV = joined("attn_qkv", "self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", sizes=_qkv_rows)
GATE_UP = joined("ffn_up", "mlp.gate_proj", "mlp.up_proj")

INTERLEAVED = tuple(
    one(
        f"attn_{each}",
        f"self_attn.{each}_proj",
        lambda t, c: interleaved_from_half(t, c.head_dim) if c.rope_pairing == "half" else t,
        lambda t, c: half_from_interleaved(t, c.head_dim),
    )
    for each in "qk"
)
"""Rows of queries and keys whose pairs lie side by side; those of a model that is so anyway are written as they are."""


def stacks(*kinds: str) -> tuple[Group, ...]:
    """The matrices of all experts of a layer, one behind the other."""
    return tuple(
        Group(
            (f"ffn_{kind}_exps",),
            (f"mlp.experts.#.{kind}_proj",),
            lambda t, c: [torch.stack(list(t))],
            lambda t, c: t[0].unbind(),
        )
        for kind in kinds
    )


EXPERTS = stacks("gate", "up", "down")


def _by_heads(tensors: Sequence[Tensor], config: ModelConfig) -> list[Tensor]:
    both = tensors[0].unflatten(0, (config.num_attention_heads, -1))  # [H, N + v_head_dim, R]
    key, value = both.split((config.head_dim - config.qk_rope_head_dim, config.v_head_dim), 1)
    return [key.transpose(1, 2), value]


def _from_heads(tensors: Sequence[Tensor], config: ModelConfig) -> list[Tensor]:
    return [torch.cat((tensors[0].transpose(1, 2), tensors[1]), 1).flatten(0, 1)]


LATENT = (Group(("attn_k_b", "attn_v_b"), ("self_attn.kv_b_proj",), _by_heads, _from_heads),)

_SQUEEZED = (lambda t, c: t.squeeze(1), lambda t, c: t[:, None] if t.dim() == 2 else t)
STATE = (
    one("ssm_conv1d.weight", "mixer.conv1d.weight", *_SQUEEZED),
    one("ssm_a", "mixer.A_log", lambda t, c: -t.exp(), lambda t, c: (-t).log()),
)
_COLUMN = (lambda t, c: t[:, None], lambda t, c: t.flatten())
KDA_STATE = (one("ssm_a", "mixer.A_log", lambda t, c: -t.exp().view(-1, 1), lambda t, c: (-t).log().view(1, 1, -1, 1)),)
GROUPED_STATE = (
    STATE[0],
    one("ssm_a", "mixer.A_log", lambda t, c: -t.exp()[:, None], lambda t, c: (-t).log().flatten()),
    one("ssm_d", "mixer.D", *_COLUMN),
    one(
        "ssm_norm",
        "mixer.norm",
        lambda t, c: t.view(c.linear_num_key_heads, -1),
        lambda t, c: t.flatten(),
    ),
)


def _query_with_gate(tensors: Sequence[Tensor], config: ModelConfig) -> list[Tensor]:
    return [torch.cat([t.unflatten(0, (config.num_attention_heads, -1)) for t in tensors], 1).flatten(0, 1)]


def _query_and_gate(tensors: Sequence[Tensor], config: ModelConfig) -> list[Tensor]:
    return [t.flatten(0, 1) for t in tensors[0].unflatten(0, (config.num_attention_heads, -1)).chunk(2, 1)]


GATED_QUERY = Group(("attn_q",), ("self_attn.q_proj", "self_attn.output_gate"), _query_with_gate, _query_and_gate)


def _beta_alpha(tensors: Sequence[Tensor], config: ModelConfig) -> list[Tensor]:
    return [torch.cat([t.unflatten(0, (config.linear_num_key_heads, -1)) for t in tensors], 1).flatten(0, 1)]


def _apart(tensors: Sequence[Tensor], config: ModelConfig) -> list[Tensor]:
    return [t.flatten(0, 1) for t in tensors[0].unflatten(0, (config.linear_num_key_heads, -1)).chunk(2, 1)]


BETA_ALPHA = Group(("ssm_ba",), ("mixer.in_proj_b", "mixer.in_proj_a"), _beta_alpha, _apart)


# Where heads of values share keys, files hold them in turns: the first of each key, then the second of each.


def _in_turns(rows: Tensor, config: ModelConfig, back: bool) -> Tensor:
    keys, shares = config.linear_num_key_heads, config.linear_num_value_heads // config.linear_num_key_heads
    sizes = (shares, keys) if back else (keys, shares)
    return rows.unflatten(0, (*sizes, -1)).transpose(0, 1).flatten(0, 2)


def _values_in_turns(rows: Tensor, config: ModelConfig, back: bool) -> Tensor:
    """The rows of queries and keys stay, those of values change places."""
    values = config.linear_num_value_heads * config.linear_value_head_dim
    kept, moved = rows.split((len(rows) - values, values))
    return torch.cat((kept, _in_turns(moved, config, back)))


def _turned(theirs: str, ours: str, change: Callable, wrap: Sequence[Callable] = (lambda t: t, lambda t: t)) -> Group:
    return one(theirs, ours, lambda t, c: wrap[0](change(t, c, False)), lambda t, c: change(wrap[1](t), c, True))


TURNED = (
    _turned("attn_qkv", "mixer.in_proj_qkv", _values_in_turns),
    _turned("attn_gate", "mixer.in_proj_z", _in_turns),
    _turned("ssm_beta", "mixer.in_proj_b", _in_turns),
    _turned("ssm_alpha", "mixer.in_proj_a", _in_turns),
    _turned("ssm_dt.bias", "mixer.dt_bias", _in_turns),
    _turned("ssm_a", "mixer.A_log", _in_turns, (lambda t: -t.exp(), lambda t: (-t).log())),
    _turned(
        "ssm_conv1d.weight", "mixer.conv1d.weight", _values_in_turns, (lambda t: t.squeeze(1), lambda t: t[:, None])
    ),
    _turned("ssm_out", "mixer.out_proj", lambda t, c, back: _in_turns(t.T, c, back).T),
)
