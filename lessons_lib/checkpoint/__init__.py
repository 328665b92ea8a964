"""Checkpoints: trained weights out of files, read strictly and without running anything they contain."""

from lessons_lib.checkpoint.gguf import GGUF, load_gguf
from lessons_lib.checkpoint.pretrained import load
from lessons_lib.checkpoint.safetensors import load_safetensors, save_safetensors
from lessons_lib.errors import CheckpointError

__all__ = ["GGUF", "CheckpointError", "load", "load_gguf", "load_safetensors", "save_safetensors"]
