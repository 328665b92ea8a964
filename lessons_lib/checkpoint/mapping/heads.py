"""Heads of full layers that are others than those of sliding ones, as `config.json` says it."""

from __future__ import annotations

from typing import Any

from lessons_lib.checkpoint.mapping.family import Values
from lessons_lib.checkpoint.mapping.parts import computed
from lessons_lib.checkpoint.mapping.spans import sliding_but_each
from lessons_lib.config import ModelConfig


def _read_full_heads(values: Values) -> dict[str, Any]:
    """The heads of full layers, by layer in files that are written now; the last layer is always full."""
    kinds = sliding_but_each(6, default=512).read(values)["layer_types"]
    kinds = [*kinds[:-1], "full_attention"]
    own = values.get("per_layer_config")
    if own is None:
        wide = {"head_dim": values.get("global_head_dim", 512)}
        own = {i: wide for i, kind in enumerate(kinds) if kind == "full_attention"}
        if values.get("attention_k_eq_v"):
            wide["num_key_value_heads"] = values.get("num_global_key_value_heads")
    same = {tuple(sorted(each.items())) for each in own.values()}
    full = [i for i, kind in enumerate(kinds) if kind == "full_attention"]
    heads = dict(same.pop()) if same else {}
    if same or (own and sorted(map(int, own)) != full) or heads.keys() - {"head_dim", "num_key_value_heads"}:
        raise ValueError(f"per_layer_config: got {own!r:.80}, allowed head_dim and num_key_value_heads of full layers")
    return {"layer_types": kinds} | {f"full_{name}": value for name, value in heads.items()}


def _full_heads(config: ModelConfig) -> dict[str, dict[str, int]]:
    heads = {"head_dim": config.full_head_dim, "num_key_value_heads": config.full_num_key_value_heads}
    heads = {name: value for name, value in heads.items() if value is not None}
    return {f"{i:02}": heads for i, kind in enumerate(config.layer_types) if kind == "full_attention"}


FULL_HEADS = computed(
    _read_full_heads,
    *("global_head_dim", "num_global_key_value_heads"),
    per_layer_config=_full_heads,
    layer_types=lambda config: list(config.layer_types),
)
