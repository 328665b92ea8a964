"""Served: the model that answers, with its names, and the constraints that it has met."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lessons_lib.apps.server.embeddings import Embeddings
from lessons_lib.apps.server.refusal import Refusal
from lessons_lib.generation import Constraint, Engine, json_schema
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer

KEPT = 64  # constraints that are not worked out again


class Served:
    """What a server has to offer.

    Args:
        model, tokenizer: as `lessons_lib.load` gives them.
        name: by which clients ask for the model.
        adapters: the model with an adapter, by name; see `Engine`.
        embeddings: an encoder of sentences; None for none.
        slots, room, queue: see `Engine`.
    """

    def __init__(
        self,
        model: Transformer,
        tokenizer: Tokenizer,
        name: str,
        *,
        adapters: Mapping[str, Transformer] | None = None,
        embeddings: Embeddings | None = None,
        slots: int = 8,
        room: int | None = 2048,
        queue: int = 64,
    ) -> None:
        self.tokenizer, self.embeddings = tokenizer, embeddings
        self._adapters: dict[str, str | None] = {name: None} | {each: each for each in adapters or {}}
        self.engine = Engine(model, tokenizer, slots=slots, room=room, queue=queue, adapters=adapters)
        self._schema = lru_cache(KEPT)(lambda written: json_schema(json.loads(written)))

    @property
    def names(self) -> list[str]:
        """By which clients may ask for something."""
        return [*self._adapters, *([self.embeddings.name] if self.embeddings else [])]

    def adapter(self, name: Any) -> str | None:
        """The adapter that a client's `model` means; None for the model as it is.

        Raises:
            Refusal: 404, for a model that is not here.
        """
        if not isinstance(name, str):
            raise Refusal("model: got none, allowed " + ", ".join(self._adapters), param="model")
        if name not in self._adapters:
            raise self.missing(name)
        return self._adapters[name]

    def missing(self, name: str) -> Refusal:
        """The refusal of a name that is not here."""
        known = ", ".join(self.names)
        return Refusal(f"model: got {name!r:.80}, allowed {known}", 404, param="model", code="model_not_found")

    def schema(self, schema: Any) -> Constraint:
        """The constraint of a JSON schema; the last ones are remembered, with all that they have found out.

        Raises:
            ValueError: as by `json_schema`.
        """
        try:
            written = json.dumps(schema, allow_nan=False)
        except (ValueError, RecursionError) as error:
            raise ValueError(f"schema: got one that JSON cannot write ({error}), allowed others") from None
        return self._schema(written)
