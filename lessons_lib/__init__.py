"""A Llama-style language model from the ground up: the library that the lessons build and import.

Importing it loads no torch and fetches nothing; the names below are looked up when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lessons_lib.checkpoint import load, save_pretrained
    from lessons_lib.config import ModelConfig
    from lessons_lib.model import Transformer

__all__ = ["ModelConfig", "Transformer", "load", "save_pretrained"]
__version__ = "0.2.0"

_PLACES = {
    "ModelConfig": "lessons_lib.config",
    "Transformer": "lessons_lib.model",
    "load": "lessons_lib.checkpoint",
    "save_pretrained": "lessons_lib.checkpoint",
}


def __getattr__(name: str) -> Any:
    if name not in _PLACES:
        raise AttributeError(f"module 'lessons_lib' has no attribute {name!r}")
    return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
