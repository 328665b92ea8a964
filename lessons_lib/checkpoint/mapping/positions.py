"""Rotary positions in `config.json`: transformers 4 has `rope_theta` and `rope_scaling`, 5 has `rope_parameters`."""

from __future__ import annotations

import math
from typing import Any

from lessons_lib.checkpoint.mapping.family import KeyGroup, Values
from lessons_lib.config import ModelConfig

_SETTINGS = {
    "default": (),
    "linear": ("factor",),
    "llama3": ("factor", "low_freq_factor", "high_freq_factor", "original_max_position_embeddings"),
    "yarn": (
        *("factor", "original_max_position_embeddings", "beta_fast", "beta_slow", "attention_factor"),
        *("mscale", "mscale_all_dim", "truncate"),
    ),
    "proportional": ("partial_rotary_factor",),
    "longrope": ("short_factor", "long_factor", "original_max_position_embeddings", "attention_factor"),
}
_ALL = {name for names in _SETTINGS.values() for name in names} - {"partial_rotary_factor"}
_FULL, _SLIDING = "full_attention", "sliding_attention"


def rope(
    default_theta: float = 10000.0,
    partial: float | None = None,
    theta_key: str = "rope_theta",
    partial_key: str = "partial_rotary_factor",
) -> KeyGroup:
    """One rotation for all layers.

    Args:
        default_theta: the base where a file states none.
        partial: which share of a head turns where a file states none; None for a family that always turns all.
        theta_key, partial_key: where older files say both.
    """

    def read(values: Values) -> dict[str, Any]:
        settings = values.get("rope_scaling") or values.get("rope_parameters") or {}
        theta = default_theta if values.get(theta_key) is None else values[theta_key]
        if partial is None:
            theta, scaling = _base_and_scaling(settings, values, theta)
            return {"rope_theta": theta, "rope_scaling": scaling}
        inside = dict(settings) if isinstance(settings, dict) else {}
        share = inside.pop("partial_rotary_factor", None) or values.get(partial_key, partial)
        theta, scaling = _base_and_scaling(inside, values, theta)
        return {"rope_theta": theta, "rope_scaling": scaling, "rotary_dim": int(head_width(values) * share)}

    def write(config: ModelConfig) -> dict[str, Any]:
        settings = _settings(config.rope_theta, config.rope_scaling)
        return {"rope_parameters": settings | ({} if partial is None else {"partial_rotary_factor": _share(config)})}

    old = () if partial is None else (partial_key, "partial_rotary_factor")
    return KeyGroup(("rope_parameters", "rope_theta", theta_key, "rope_scaling", *old), read, write)


def head_width(values: Values) -> int:
    """The width of a head, which a file may leave to be computed."""
    return values.get("head_dim") or values["hidden_size"] // values["num_attention_heads"]


def _share(config: ModelConfig) -> float:
    """Which share of a head turns, as a number that times the width is not rounded down to less."""
    turned, width = config.rotary_dim or config.head_dim, config.head_dim
    share = turned / width
    return share if int(width * share) == turned else math.nextafter(share, 1)


def rope_by_layer(full_theta: float, sliding_theta: float) -> KeyGroup:
    """A rotation for full layers and another, never scaled, for sliding ones.

    Args:
        full_theta, sliding_theta: the bases where a file states none.
    """

    def read(values: Values) -> dict[str, Any]:
        nested = values.get("rope_parameters") or {}
        if not isinstance(nested, dict) or not nested.keys() <= {_FULL, _SLIDING}:
            raise ValueError(f"rope_parameters: got {nested!r:.80}, allowed {_FULL} and {_SLIDING}")
        full = (nested.get(_FULL) or {}) | (values.get("rope_scaling") or {})
        theta = full_theta if values.get("rope_theta") is None else values["rope_theta"]
        theta, scaling = _base_and_scaling(full, values, theta)
        local = sliding_theta if values.get("rope_local_base_freq") is None else values["rope_local_base_freq"]
        local, unscaled = _base_and_scaling(nested.get(_SLIDING) or {}, values, local)
        if unscaled is not None:
            raise ValueError(f"rope_parameters[{_SLIDING!r}]: got {unscaled!r:.80}, allowed rope_type 'default'")
        return {"rope_theta": theta, "rope_scaling": scaling, "rope_local_base_freq": local}

    def write(config: ModelConfig) -> dict[str, Any]:
        full = _settings(config.rope_theta, config.rope_scaling)
        return {"rope_parameters": {_FULL: full, _SLIDING: _settings(config.rope_local_base_freq, None)}}

    return KeyGroup(("rope_parameters", "rope_theta", "rope_scaling", "rope_local_base_freq"), read, write)


def _base_and_scaling(settings: object, values: Values, theta: object) -> tuple[Any, dict[str, Any] | None]:
    """Give the base and our `rope_scaling`; a setting that its rope type does not have is an error."""
    if not isinstance(settings, dict):
        raise ValueError(f"rope_parameters or rope_scaling: got {settings!r:.80}, allowed an object")
    kind = settings.get("rope_type") or settings.get("type") or "default"
    if not isinstance(kind, str) or kind not in _SETTINGS:
        raise ValueError(f"rope_type: got {kind!r:.80}, allowed {', '.join(_SETTINGS)}")
    found = {name: value for name, value in settings.items() if value is not None}
    read = {*_SETTINGS[kind], *(("factor",) if kind == "longrope" else ())}
    for unused in _ALL - read:  # what other types read; this one never looks at it
        found.pop(unused, None)
    if kind != "proportional" and found.pop("partial_rotary_factor", 1.0) != 1.0:
        raise ValueError(f"partial_rotary_factor: got {settings['partial_rotary_factor']!r:.60}, allowed 1.0")
    if "original_max_position_embeddings" in _SETTINGS[kind]:
        trained = values.get("original_max_position_embeddings") or values.get("max_position_embeddings")
        found.setdefault("original_max_position_embeddings", trained)
    if kind == "longrope" and (growth := found.pop("factor", None)):
        trained = found["original_max_position_embeddings"]
        sharper = 1.0 if growth <= 1 else math.sqrt(1 + math.log(growth) / math.log(trained))
        found.setdefault("attention_factor", sharper)
    unknown = found.keys() - {*_SETTINGS[kind], "rope_theta", "rope_type", "type", "finetuned"}
    if unknown:
        raise ValueError(f"rope_parameters: got {', '.join(sorted(unknown))}, allowed the settings of {kind!r}")
    scaling = {name: found[name] for name in _SETTINGS[kind] if name in found}
    base = theta if settings.get("rope_theta") is None else settings["rope_theta"]
    return base, {"rope_type": kind} | scaling if kind != "default" else None


def _settings(theta: float | None, scaling: dict[str, Any] | None) -> dict[str, Any]:
    return {"rope_theta": theta} | (scaling or {"rope_type": "default"})
