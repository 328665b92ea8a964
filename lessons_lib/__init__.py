"""A Llama-style language model from the ground up: the library that the lessons build and import.

Importing it loads no torch and fetches nothing; the names below are looked up when they are first used.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lessons_lib.lazy import looked_up

if TYPE_CHECKING:
    from lessons_lib.checkpoint import load, save_pretrained
    from lessons_lib.config import ModelConfig
    from lessons_lib.model import Transformer

__all__ = ["ModelConfig", "Transformer", "load", "save_pretrained"]
__version__ = "0.2.0"

# Between two small operations GNU's OpenMP lets a thread of torch's spin, for 20 ms or so, on a core that the compiled
# step could use. A thread that gives up after half a millisecond makes texts drawn on two cores 1.7 times as fast.
os.environ.setdefault("GOMP_SPINCOUNT", "10000")  # read once, when torch is imported

__getattr__ = looked_up(
    __name__,
    {"ModelConfig": "config", "Transformer": "model", "load": "checkpoint", "save_pretrained": "checkpoint"},
)


def __dir__() -> list[str]:
    return sorted(__all__)
