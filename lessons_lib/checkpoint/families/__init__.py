"""The model families that load and save, each one entry: how its files differ from our config and our names."""

from lessons_lib.checkpoint.families import (
    deepseek,
    experts,
    gemma,
    gpt2,
    layer_norm,
    linear_attention,
    llama,
    llama4,
    llama_like,
    mamba,
    mixtures,
    short_convolutions,
)
from lessons_lib.checkpoint.mapping.family import Family

_SIMPLE = (llama, experts, gemma, gpt2, deepseek, llama4, short_convolutions, linear_attention)
_MODULES = (*_SIMPLE, llama_like, layer_norm, mixtures, mamba)

# By `model_type`, in the order of the modules. A model is saved as the first family that can say all of it.
FAMILIES: dict[str, Family] = {}
for _entry in (entry for module in _MODULES for entry in vars(module).values()):
    if isinstance(_entry, Family):
        FAMILIES.setdefault(_entry.model_type, _entry)

__all__ = ["FAMILIES", "Family"]
