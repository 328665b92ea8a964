"""Parts of `config.json` that several families write in the same way, and not as our config does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lessons_lib.checkpoint.mapping.family import KeyGroup, Values
from lessons_lib.checkpoint.mapping.spans import layer_numbers
from lessons_lib.config import ModelConfig


def computed(read: Callable[[Values], dict[str, Any]], *keys: str, **written: Callable[[ModelConfig], Any]) -> KeyGroup:
    """Something that is computed from a file's values.

    Args:
        read: makes fields of our config from all values of the file.
        *keys: which of them it reads, beside those that are written.
        **written: for each key that is written what makes its value of our config.
    """

    def write(config: ModelConfig) -> dict[str, Any]:
        return {key: make(config) for key, make in written.items()}

    return KeyGroup((*keys, *written), read, write)


def switch(key: str, field: str, values: dict[Any, Any], default: Any) -> KeyGroup:
    """A key whose values have other names than those of our field.

    Args:
        key, field: of the file, and of our config.
        values: ours by theirs.
        default: theirs, where a file has no such key.
    """

    def read(file: Values) -> dict[str, Any]:
        value = file.get(key, default)
        if value not in values:
            raise ValueError(f"{key}: got {value!r:.60}, allowed {', '.join(map(repr, values))}")
        return {field: values[value]}

    theirs = {ours: their for their, ours in values.items()}
    return computed(read, **{key: lambda config: theirs.get(getattr(config, field), default)})


def one_bias(key: str, default: bool, fields: tuple[str, str] = ("attention_bias", "mlp_bias")) -> KeyGroup:
    """A key that says for both parts of a block whether they have biases.

    Args:
        key: of the file.
        default: where a file has no such key.
        fields: ours.
    """
    return computed(
        lambda values: dict.fromkeys(fields, values.get(key, default)),
        **{key: lambda config: getattr(config, fields[1])},
    )


def short(number: float) -> float:
    """A number that was computed from one of a file, as the file has it: without the digits that rounding left."""
    return float(f"{number:.12g}")


def inverse(key: str, field: str) -> KeyGroup:
    """A key that divides where our field multiplies."""

    def read(values: Values) -> dict[str, Any]:
        return {field: 1 / values.get(key, 1.0)}

    return computed(read, **{key: lambda config: short(1 / getattr(config, field))})


def score_scale(key: str, default: float) -> KeyGroup:
    """A key that says what scores are multiplied by; ours says by whose root they are divided.

    Args:
        key: of the file.
        default: where a file has no such key.
    """

    def read(values: Values) -> dict[str, Any]:
        return {"query_pre_attn_scalar": short(float(values.get(key, default)) ** -2)}

    return computed(read, **{key: lambda config: short((config.query_pre_attn_scalar or config.head_dim) ** -0.5)})


def inner_width(key: str, field: str = "hidden_size") -> KeyGroup:
    """The width of the feed-forward network, four times the model's where a file states none.

    Args:
        key: of the file.
        field: what the file calls the width of the model.
    """

    def read(values: Values) -> dict[str, Any]:
        return {"intermediate_size": values.get(key) or 4 * values[field]}

    return computed(read, **{key: lambda config: config.intermediate_size})


def dense_first(default: int, key: str = "first_k_dense_replace") -> KeyGroup:
    """The layers from some number on have experts, or those that `mlp_layer_types` calls "sparse".

    Args:
        default: how many layers have none, where a file does not say.
        key: that says how many.
    """

    def read(values: Values) -> dict[str, Any]:
        kinds, first = values.get("mlp_layer_types"), values.get(key, default)
        if kinds is None:
            return {"moe_layers": [i for i in layer_numbers(values) if i >= first]}
        return {"moe_layers": [i for i, kind in enumerate(kinds) if kind == "sparse"]}

    def kinds(config: ModelConfig) -> list[str]:
        return ["sparse" if i in config.moe_layers else "dense" for i in range(config.num_hidden_layers)]

    def first(config: ModelConfig) -> int:
        return config.num_hidden_layers - len(config.moe_layers)

    return computed(read, mlp_layer_types=kinds, **{key: first})


def root_of_width(key: str | None = None, width: str = "hidden_size") -> KeyGroup:
    """Embeddings are multiplied by the root of the width: always, or where a key says so.

    Args:
        key: true in most files, and true where they have none.
        width: what the file calls the width of the model.
    """

    def read(values: Values) -> dict[str, Any]:
        scaled = key is None or values.get(key, True)
        return {"embedding_multiplier": values[width] ** 0.5 if scaled else 1.0}

    return computed(read, **({} if key is None else {key: lambda config: config.embedding_multiplier != 1}))
