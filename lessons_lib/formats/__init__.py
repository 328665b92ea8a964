"""File formats of weights: safetensors and GGUF, read as strictly as files of strangers deserve.

What the names and numbers in them mean to a model is the business of `lessons_lib.checkpoint`.
"""

from lessons_lib.formats.gguf import GGUF, load_gguf
from lessons_lib.formats.safetensors import load_safetensors, save_safetensors

__all__ = ["GGUF", "load_gguf", "load_safetensors", "save_safetensors"]
