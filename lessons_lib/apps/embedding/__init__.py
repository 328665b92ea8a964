"""Sentences to vectors: texts of the same meaning lie close together.

The encoder needs torch and is looked up when it is first used; its tokenizer does without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lessons_lib.apps.embedding.wordpiece import WordPiece
from lessons_lib.lazy import looked_up

if TYPE_CHECKING:
    from lessons_lib.apps.embedding.encoder import SentenceEncoder
    from lessons_lib.apps.embedding.load import load_encoder

__all__ = ["SentenceEncoder", "WordPiece", "load_encoder"]

__getattr__ = looked_up(__name__, {"SentenceEncoder": "encoder", "load_encoder": "load"})
