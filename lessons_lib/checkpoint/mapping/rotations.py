"""Rotations that a family's `config.json` says in a way of its own."""

from __future__ import annotations

from typing import Any

from lessons_lib.checkpoint.mapping.family import KeyGroup, Values
from lessons_lib.checkpoint.mapping.parts import computed
from lessons_lib.checkpoint.mapping.positions import head_width, rope, rope_by_layer
from lessons_lib.checkpoint.mapping.spans import layer_numbers, listed_window
from lessons_lib.config import ModelConfig
from lessons_lib.layers.position import rope_attention_factor


def mistral3(rotation: KeyGroup) -> KeyGroup:
    """The rotation of Mistral 3, in whose settings stands how fast its queries grow: `llama_4_scaling_beta`."""

    def read(values: Values) -> dict[str, Any]:
        settings = dict(values.get("rope_parameters") or {})
        beta, trained = settings.pop("llama_4_scaling_beta", 0.0), settings.get("original_max_position_embeddings")
        settings.pop("max_position_embeddings", None)
        fields = rotation.read(dict(values) | {"rope_parameters": settings})
        return fields | ({"query_temperature": beta, "floor_scale": trained} if beta else {})

    def write(config: ModelConfig) -> dict[str, Any]:
        grows = {"llama_4_scaling_beta": config.query_temperature}
        return {"rope_parameters": rotation.write(config)["rope_parameters"] | grows}

    return KeyGroup(rotation.keys, read, write)


def tencents(rotation: KeyGroup) -> KeyGroup:
    """A rotation of type "dynamic" with `alpha`, which makes its base larger once and for all."""

    def read(values: Values) -> dict[str, Any]:
        settings = dict(values.get("rope_parameters") or values.get("rope_scaling") or {})
        kind, alpha = settings.get("rope_type") or settings.get("type"), settings.pop("alpha", None)
        if kind == "dynamic" and alpha:
            width = head_width(values)
            theta = settings.get("rope_theta") or values.get("rope_theta", 10000.0)
            settings = {"rope_type": "default", "rope_theta": theta * alpha ** (width / (width - 2))}
        return rotation.read(dict(values) | {"rope_parameters": settings, "rope_scaling": None})

    return KeyGroup(rotation.keys, read, rotation.write)


def _read_thetas(values: Values) -> dict[str, Any]:
    """A base for each layer, 0 for no rotation: one for all that turn, or one for each type of layer."""
    fields = rope().read(values)
    thetas = values.get("layer_rope_theta") or [fields["rope_theta"] for _ in layer_numbers(values)]
    kinds = values.get("layer_types") or [_SWA[i % 4 > 0] for i in layer_numbers(values)]
    found = {
        kind: {theta for other, theta in zip(kinds, thetas, strict=False) if other == kind and theta} for kind in _SWA
    }
    if any(len(bases) > 1 for bases in found.values()) or fields["rope_scaling"]:
        raise ValueError(f"layer_rope_theta: got {thetas!r:.80}, allowed one for each type of layer, unscaled, or 0")
    full, sliding = (next(iter(found[kind]), None) for kind in _SWA)
    same = full == sliding or sliding is None or full is None
    return {
        "rope_theta": full or sliding or fields["rope_theta"],
        "rope_local_base_freq": None if same else sliding,
        "no_rope_layers": [int(theta > 0) for theta in thetas],
        "sink_layers": list(layer_numbers(values)),
        "layer_types": kinds,
        "sliding_window": values.get("sliding_window", 128) if _SWA[1] in kinds else None,
    }


def _thetas(config: ModelConfig) -> list[float]:
    local = config.rope_local_base_freq or config.rope_theta
    kinds = zip(config.layer_types, config.no_rope_layers, strict=True)
    return [turns * (local if kind == _SWA[1] else config.rope_theta) for kind, turns in kinds]


_SWA = ("full_attention", "sliding_attention")
THETAS_AND_SINKS = computed(
    _read_thetas,
    "rope_theta",
    "rope_scaling",
    layer_rope_theta=_thetas,
    rope_parameters=lambda config: {"rope_type": "default", "rope_theta": config.rope_theta},
    layer_types=lambda config: list(config.layer_types),
    sliding_window=lambda config: config.sliding_window or 128,
)


def sharpened(rotation: KeyGroup) -> KeyGroup:
    """A rotation that says by `short_mscale` and `long_mscale`, one number, what its tables are multiplied by."""

    def read(values: Values) -> dict[str, Any]:
        settings = dict(values.get("rope_scaling") or values.get("rope_parameters") or {})
        both = {settings.pop(name, None) for name in _MSCALES}
        if len(both) > 1:
            raise ValueError(f"short_mscale, long_mscale: got {both}, allowed one number for both")
        settings |= {"attention_factor": both.pop()}
        return rotation.read(dict(values) | {"rope_scaling": None, "rope_parameters": settings})

    def write(config: ModelConfig) -> dict[str, Any]:
        settings = rotation.write(config)["rope_parameters"]
        factor = settings.pop("attention_factor", None) or rope_attention_factor(config)
        return {"rope_parameters": settings | (dict.fromkeys(_MSCALES, factor) if config.rope_scaling else {})}

    return KeyGroup((*rotation.keys, "original_max_position_embeddings"), read, write)


_MSCALES = ("short_mscale", "long_mscale")


def by_type_or_none() -> KeyGroup:
    """A rotation for each type of layer, or null for none; in text its positions for pictures are one and the same."""
    rotations, spans = rope_by_layer(1e4, 1e4), listed_window(4096)

    def read(values: Values) -> dict[str, Any]:
        nested, fields = values.get("rope_parameters") or {}, spans.read(values)
        plain = {kind: _without_mrope(nested.get(kind) or {}) for kind in ("full_attention", "sliding_attention")}
        turns = [int(nested.get(kind, {}) is not None) for kind in fields["layer_types"]]
        return rotations.read(dict(values) | {"rope_parameters": plain}) | fields | {"no_rope_layers": turns}

    def write(config: ModelConfig) -> dict[str, Any]:
        both = rotations.write(config)["rope_parameters"]
        turned = {kind for kind, turns in zip(config.layer_types, config.no_rope_layers, strict=True) if turns}
        by_kind = {kind: settings if kind in turned else None for kind, settings in both.items()}
        return spans.write(config) | {"rope_parameters": by_kind}

    return KeyGroup(("rope_parameters", *spans.keys), read, write)


def _without_mrope(settings: Values) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if not name.startswith("mrope_")}


def text_rope() -> KeyGroup:
    """A rotation with sections for pictures, whose three positions are one and the same in text."""
    plain = rope(partial=0.25)

    def read(values: Values) -> dict[str, Any]:
        found = dict(values)
        for key in ("rope_parameters", "rope_scaling"):
            if isinstance(found.get(key), dict):
                found[key] = {name: value for name, value in found[key].items() if not name.startswith("mrope_")}
        return plain.read(found)

    return KeyGroup(plain.keys, read, plain.write)
