"""Typed look-ups in the metadata of a GGUF file, each of which ends in a `CheckpointError` where it can't be right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from lessons_lib.errors import CheckpointError

# Keys below the architecture's name that change no score: what a tokenizer, a training or another program asks for.
_HARMLESS = (
    *("vocab_size", "pooling_type", "tensor_data_layout", "expert_used_count", "rope.scaling.finetuned"),
    *("attention.layer_norm_epsilon", "leading_dense_block_count", "expert_shared_count"),
)
# Keys that change nothing with one value, which some programs write out.
_NEUTRAL = {
    "attention.causal": True,
    "attention.scale": 0.0,
    "logit_scale": 1.0,
    "residual_scale": 1.0,
    "embedding_scale": 1.0,
    "rope.scaling.attn_factor": 1.0,
}


class Keys:
    """Metadata, looked up below the name of the file's architecture.

    Args:
        metadata: of the whole file.
        file: named in errors.
        architecture: the prefix of its keys.
    """

    def __init__(self, metadata: Mapping[str, Any], file: str, architecture: str) -> None:
        self.metadata, self.file, self.prefix = metadata, file, f"{architecture}."
        self.asked = {*_HARMLESS}

    def __contains__(self, key: str) -> bool:
        self.asked.add(key)
        return self.prefix + key in self.metadata

    def whole(self, key: str, default: int | None = None) -> int:
        """A whole number; one for each layer will do, where all are the same."""
        self.asked.add(key)
        value = self.metadata.get(self.prefix + key)
        if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and len(value) and (value == value[0]).all():
            return int(value[0])
        return self._get(self.prefix + key, int, default, "a whole number")

    def layers(self) -> range:
        """The numbers of the layers, whatever a damaged file says not too many to go through."""
        return range(min(self.whole("block_count"), 10_000))

    def each(self, key: str, default: int | None = None) -> list[int]:
        """A whole number for each layer; one stands for all, where a file has no more."""
        self.asked.add(key)
        value = self.metadata.get(self.prefix + key)
        if isinstance(value, np.ndarray) and value.dtype.kind in "iu" and len(value):
            return [int(number) for number in value]
        return [self._get(self.prefix + key, int, default, "a whole number")]

    def flag(self, key: str, default: bool) -> bool:
        """True or false."""
        self.asked.add(key)
        value = self.metadata.get(self.prefix + key, default)
        if not isinstance(value, bool | np.bool_):
            raise self.error(key, repr(value), "true or false")
        return bool(value)

    def number(self, key: str, default: float | None = None) -> float:
        """A number as it was before it became a float32, such as 1e-05."""
        self.asked.add(key)
        return float(str(np.float32(self._get(self.prefix + key, float, default, "a number"))))

    def text(self, key: str, default: str) -> str:
        """A string."""
        self.asked.add(key)
        return self._get(self.prefix + key, str, default, "a name")

    def token(self, key: str) -> int | None:
        """A token id, under the whole name of its key; -1 stands for none, in signed and in unsigned numbers."""
        value = self._get(key, int, None, "a token id") if key in self.metadata else None
        return None if value in (-1, 2**32 - 1) else value

    def refuse(self, key: str, rule: str) -> None:
        """Refuse any value of a key but 0.

        Raises:
            CheckpointError: with this rule.
        """
        self.asked.add(key)
        value = self.metadata.get(self.prefix + key, 0)
        if not isinstance(value, int | float) or value != 0:
            raise self.error(key, value, rule)

    def refuse_what_nobody_asked_for(self) -> None:
        """Refuse keys that may change the scores and that nothing here has looked at.

        Raises:
            CheckpointError: naming the first one.
        """
        for key, value in self.metadata.items():
            rest = key.removeprefix(self.prefix)
            empty = not isinstance(value, np.ndarray) and (not value or value == _NEUTRAL.get(rest))
            empty = empty and (rest, value) != ("attention.causal", False)
            if rest != key and not empty and rest not in self.asked:
                rule = f"nothing, or {_NEUTRAL[rest]}" if rest in _NEUTRAL else "no such key, for it may change scores"
                raise self.error(rest, value, rule)

    def error(self, key: str, got: object, allowed: str) -> CheckpointError:
        """The error for the value of a key."""
        return CheckpointError(self.file, self.prefix + key, got, allowed)

    def _get(self, key: str, kind: type, default: Any, rule: str) -> Any:
        value = self.metadata.get(key, default)
        if not isinstance(value, kind) or isinstance(value, bool):
            got = "nothing" if value is None else f"{type(value).__name__} {value!r:.40}"
            raise CheckpointError(self.file, key, got, rule)
        return value
