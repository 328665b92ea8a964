"""How far each layer looks back, as `config.json` says it: a window for all layers, for some, or by a pattern."""

from __future__ import annotations

from typing import Any

from lessons_lib.checkpoint.mapping.family import KeyGroup, Values
from lessons_lib.config import ModelConfig
from lessons_lib.config.fields import MAX_LAYERS

_FULL, _SLIDING, _CHUNKED = "full_attention", "sliding_attention", "chunked_attention"


def one_window(default: int | None) -> KeyGroup:
    """Every layer slides, unless `sliding_window` is null, as in Mistral.

    Args:
        default: the window where a file states none, in tokens.
    """

    def read(values: Values) -> dict[str, Any]:
        return {"sliding_window": values.get("sliding_window", default)}

    def write(config: ModelConfig) -> dict[str, Any]:
        return {"sliding_window": config.sliding_window}

    return KeyGroup(("sliding_window",), read, write)


def switched_window(default: int) -> KeyGroup:
    """Every layer slides, if `use_sliding_window` is true; without it the window is inert, as in Qwen3-MoE.

    Args:
        default: the window where a file states none, in tokens.
    """

    def read(values: Values) -> dict[str, Any]:
        return {"sliding_window": values.get("sliding_window", default) if values.get("use_sliding_window") else None}

    def write(config: ModelConfig) -> dict[str, Any]:
        return {"sliding_window": config.sliding_window, "use_sliding_window": config.sliding_window is not None}

    return KeyGroup(("sliding_window", "use_sliding_window"), read, write)


def late_windows(default: int, first: int) -> KeyGroup:
    """The layers from `max_window_layers` on slide, if `use_sliding_window` is true; without it the window is inert.

    Args:
        default: the window where a file states none, in tokens.
        first: `max_window_layers` where a file states none.
    """

    def read(values: Values) -> dict[str, Any]:
        window = values.get("sliding_window", default) if values.get("use_sliding_window") else None
        full_layers = values.get("max_window_layers", first)
        kinds = [_SLIDING if window is not None and i >= full_layers else _FULL for i in layer_numbers(values)]
        return _with_window(values.get("layer_types") or kinds, window)

    def write(config: ModelConfig) -> dict[str, Any]:
        kinds = config.layer_types
        return {
            "layer_types": list(kinds),
            "max_window_layers": kinds.index(_SLIDING) if _SLIDING in kinds else len(kinds),
            "sliding_window": config.sliding_window,
            "use_sliding_window": config.sliding_window is not None,
        }

    return KeyGroup(("layer_types", "max_window_layers", "sliding_window", "use_sliding_window"), read, write)


def sliding_but_each(full: int, default: int, key: str = "sliding_window_pattern") -> KeyGroup:
    """Every layer slides, but each `full`-th sees everything, as in Gemma; `layer_types` may say otherwise.

    Args:
        full: how many where a file does not say.
        default: the window where a file states none, in tokens.
        key: that says how many.
    """

    def read(values: Values) -> dict[str, Any]:
        every = values.get(key) or values.get("_sliding_window_pattern") or full
        kinds = [_SLIDING if i % every else _FULL for i in layer_numbers(values, first=1)]
        return _with_window(values.get("layer_types") or kinds, values.get("sliding_window", default))

    def write(config: ModelConfig) -> dict[str, Any]:
        # A model whose layers are all full still has to state a window: transformers wants a number.
        return {"layer_types": list(config.layer_types), "sliding_window": config.sliding_window or default}

    return KeyGroup(("layer_types", "sliding_window", key, "_sliding_window_pattern"), read, write)


def turning_where_sliding(spans: KeyGroup) -> KeyGroup:
    """The sliding layers turn queries and keys and the others do not; all turn where a file's window is null.

    Args:
        spans: reads and writes which layers slide.
    """

    def read(values: Values) -> dict[str, Any]:
        fields = spans.read(values)
        if values.get("sliding_window", 1) is None:
            return fields
        return fields | {"no_rope_layers": [int(kind == _SLIDING) for kind in fields["layer_types"]]}

    def write(config: ModelConfig) -> dict[str, Any]:
        unbounded = config.sliding_window is None and all(config.no_rope_layers)
        return spans.write(config) | ({"sliding_window": None} if unbounded else {})

    return KeyGroup(spans.keys, read, write)


def listed_window(default: int, kind: str = _FULL) -> KeyGroup:
    """`layer_types` says which layers slide.

    Args:
        default: the window where a file states none, in tokens.
        kind: that of all layers, where a file does not say.
    """

    def read(values: Values) -> dict[str, Any]:
        kinds = values.get("layer_types") or [kind for _ in layer_numbers(values)]
        return _with_window(kinds, values.get("sliding_window", default))

    def write(config: ModelConfig) -> dict[str, Any]:
        return {"layer_types": list(config.layer_types), "sliding_window": config.sliding_window or default}

    return KeyGroup(("layer_types", "sliding_window"), read, write)


def global_and_local(default: int, layers: str) -> KeyGroup:
    """`attention_types` says which layers see everything and which slide, as in GPT-Neo.

    Args:
        default: the window where a file states none, in tokens.
        layers: what the file calls the number of layers.
    """
    words = {"global": _FULL, "local": _SLIDING}

    def read(values: Values) -> dict[str, Any]:
        n = min(values[layers], MAX_LAYERS + 1)
        pattern = values.get("attention_types") or [[["global", "local"], n // 2]]
        names = values.get("attention_layers") or [name for kinds, times in pattern for name in kinds * times]
        if any(name not in words for name in names):
            raise ValueError(f"attention_types: got {names!r:.80}, allowed global and local")
        return _with_window([words[name] for name in names], values.get("window_size", default))

    def write(config: ModelConfig) -> dict[str, Any]:
        theirs = {kind: name for name, kind in words.items()}
        types = [[[theirs.get(kind, kind)], 1] for kind in config.layer_types]
        return {"attention_types": types, "window_size": config.sliding_window or default}

    return KeyGroup(("attention_layers", "attention_types", "window_size"), read, write)


def chunked_where_turning(interval: int, default: int) -> KeyGroup:
    """All layers turn and see their own chunk, but each `interval`-th sees everything unturned, as in Llama 4.

    Args:
        interval: `no_rope_layer_interval` where a file states none.
        default: the chunk where a file states none, in tokens.
    """

    def read(values: Values) -> dict[str, Any]:
        every = values.get("no_rope_layer_interval", interval)
        turned = values.get("no_rope_layers") or [int(i % every != 0) for i in layer_numbers(values, first=1)]
        kinds = values.get("layer_types") or [_CHUNKED if turns else _FULL for turns in turned]
        chunk = values.get("attention_chunk_size", default) if _CHUNKED in kinds else None
        return {"no_rope_layers": turned, "layer_types": kinds, "attention_chunk_size": chunk}

    def write(config: ModelConfig) -> dict[str, Any]:
        return {
            "no_rope_layers": list(config.no_rope_layers),
            "layer_types": list(config.layer_types),
            "attention_chunk_size": config.attention_chunk_size or default,  # transformers wants a number
        }

    keys = ("no_rope_layers", "no_rope_layer_interval", "layer_types", "attention_chunk_size")
    return KeyGroup(keys, read, write)


def layer_numbers(values: Values, first: int = 0) -> range:
    """The numbers of a model's layers, counted from `first`."""
    # A hostile number of layers is refused later; until then it must not fill the memory.
    return range(first, first + min(values["num_hidden_layers"], MAX_LAYERS + 1))


def _with_window(kinds: list[str], window: int | None) -> dict[str, Any]:
    return {"layer_types": kinds, "sliding_window": window if _SLIDING in kinds else None}
