"""Checkpoints: trained weights into files, and out of files, read strictly and without running what they contain."""

from lessons_lib.checkpoint.adapter import load_lora, save_lora
from lessons_lib.checkpoint.gguf.export import save_gguf
from lessons_lib.checkpoint.pretrained import load
from lessons_lib.checkpoint.save import save_pretrained
from lessons_lib.errors import CheckpointError
from lessons_lib.formats.gguf import GGUF, load_gguf
from lessons_lib.formats.safetensors import load_safetensors, save_safetensors

__all__ = [
    "GGUF",
    "CheckpointError",
    "load",
    "load_gguf",
    "load_lora",
    "load_safetensors",
    "save_gguf",
    "save_lora",
    "save_pretrained",
    "save_safetensors",
]
