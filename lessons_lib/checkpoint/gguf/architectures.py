"""llama.cpp's architectures that we read and write, by name.

A model is written as the first that can say all of it. What is no entry here, and what a model has that none of them
can say, is refused by name.

Source: llama.cpp, `convert_hf_to_gguf.py` and `src/models`; that both read our files in one way is tested.
"""

from __future__ import annotations

from lessons_lib.checkpoint.gguf import dense, hybrids, mixtures
from lessons_lib.checkpoint.gguf.architecture import Architecture

_FIRST = (dense.QWEN2, mixtures.GLM4MOE, mixtures.HY_V3, hybrids.QWEN3NEXT)  # of those that can say the same
_ENTRIES = [entry for module in (dense, mixtures, hybrids) for entry in vars(module).values()]
_NAMED = (entry for entry in _ENTRIES if isinstance(entry, Architecture) and entry.name)
ARCHITECTURES: dict[str, Architecture] = {entry.name: entry for entry in (*_FIRST, *_NAMED)}
