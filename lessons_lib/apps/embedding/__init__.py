"""Sentences to vectors: texts of the same meaning lie close together.

The encoder needs torch and is looked up when it is first used; its tokenizer does without.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from lessons_lib.apps.embedding.wordpiece import WordPiece

if TYPE_CHECKING:
    from lessons_lib.apps.embedding.encoder import SentenceEncoder
    from lessons_lib.apps.embedding.load import load_encoder

__all__ = ["SentenceEncoder", "WordPiece", "load_encoder"]

_PLACES = {"SentenceEncoder": "encoder", "load_encoder": "load"}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'lessons_lib.apps.embedding' has no attribute {name!r}")
    return getattr(import_module(f"lessons_lib.apps.embedding.{_PLACES[name]}"), name)
