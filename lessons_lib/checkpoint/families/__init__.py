"""The model families that load and save, each one entry: how its files differ from our config and our names."""

from lessons_lib.checkpoint.families.deepseek import (
    DEEPSEEK2,
    DEEPSEEK3,
    DEEPSEEK32,
    GLM4_MOE_LITE,
    GLM_MOE_DSA,
    MINICPM3,
    YOUTU,
)
from lessons_lib.checkpoint.families.experts import MIXTRAL, QWEN3_MOE
from lessons_lib.checkpoint.families.family import Family
from lessons_lib.checkpoint.families.gemma import GEMMA, GEMMA2, GEMMA3, GEMMA3N, GEMMA4, GEMMA4_UNIFIED, VAULTGEMMA
from lessons_lib.checkpoint.families.gpt2 import GPT2
from lessons_lib.checkpoint.families.layer_norm import LAYERED
from lessons_lib.checkpoint.families.linear_attention import KIMI_LINEAR, MINIMAX, QWEN3_5, QWEN3_5_MOE, QWEN3_NEXT
from lessons_lib.checkpoint.families.llama import LLAMA, MISTRAL, QWEN2, QWEN3
from lessons_lib.checkpoint.families.llama4 import LLAMA4, LLAMA4_WITH_PICTURES
from lessons_lib.checkpoint.families.llama_like import LLAMAS
from lessons_lib.checkpoint.families.mamba import (
    BAMBA,
    FALCON_MAMBA,
    GRANITEMOEHYBRID,
    JAMBA,
    MAMBA,
    MAMBA2,
    NEMOTRON_H,
)
from lessons_lib.checkpoint.families.mixtures import MIXTURES
from lessons_lib.checkpoint.families.short_convolutions import LFM2, LFM2_MOE

_ALL = (
    *(LLAMA, MISTRAL, MIXTRAL, QWEN2, QWEN3, QWEN3_MOE, GEMMA2, GEMMA3, GPT2),
    *(DEEPSEEK2, DEEPSEEK3, LLAMA4, LLAMA4_WITH_PICTURES, GEMMA, VAULTGEMMA, GLM4_MOE_LITE, YOUTU, MINICPM3),
    *(DEEPSEEK32, GLM_MOE_DSA, GEMMA3N, GEMMA4, GEMMA4_UNIFIED),
    *(LFM2, LFM2_MOE, MAMBA, FALCON_MAMBA, MAMBA2, BAMBA, GRANITEMOEHYBRID, NEMOTRON_H, JAMBA),
    *(QWEN3_5, QWEN3_5_MOE, QWEN3_NEXT, KIMI_LINEAR, MINIMAX),
    *(*LLAMAS, *LAYERED, *MIXTURES),
)

# By `model_type`. A model is saved as the first family that can say all of it.
FAMILIES = {family.model_type: family for family in _ALL}

__all__ = ["FAMILIES", "Family"]
