"""Hybrids as they were published, and a tiny one with random weights."""

from __future__ import annotations

import torch
from torch import nn

from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint.families import FAMILIES
from lessons_lib.classroom.lessons.lesson10 import shared
from lessons_lib.config import costs
from lessons_lib.config.states import STATES

# What the files of three published models say, as far as their families don't take it for granted.
# Source: the config.json of Qwen/Qwen3-Next-80B-A3B-Instruct, ai21labs/Jamba-v0.1 and MiniMaxAI/MiniMax-Text-01.
_FILES = {
    "Qwen3-Next-80B-A3B": {
        "model_type": "qwen3_next",
        "vocab_size": 151936,
        "hidden_size": 2048,
        "intermediate_size": 5632,
        "num_hidden_layers": 48,
        "num_attention_heads": 16,
        "rms_norm_eps": 1e-6,
        "num_experts": 512,
        "shared_expert_intermediate_size": 512,
    },
    "Jamba v0.1": {
        "model_type": "jamba",
        "vocab_size": 65536,
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "rms_norm_eps": 1e-6,
    },
    "MiniMax-Text-01": {
        "model_type": "minimax",
        "vocab_size": 200064,
        "hidden_size": 6144,
        "intermediate_size": 9216,
        "num_hidden_layers": 80,
        "num_attention_heads": 64,
        "head_dim": 128,
        "rms_norm_eps": 1e-5,
        "num_local_experts": 32,
        "layer_types": (["linear_attention"] * 7 + ["full_attention"]) * 10,
    },
}
# A hybrid of Qwen3-Next's kind, no two of whose sizes are equal, where they may differ.
TINY = shared.SIZES | {
    "model_type": "qwen3_next",
    "rms_norm_eps": 1e-6,
    "linear_num_key_heads": 2,
    "linear_num_value_heads": 6,
    "linear_key_head_dim": 11,
    "linear_value_head_dim": 9,
    "linear_conv_kernel_dim": 3,
    "head_dim": 16,
    "layer_types": ["linear_attention", "linear_attention", "linear_attention", "full_attention"],
    "num_experts": 7,
    "num_experts_per_tok": 4,
    "moe_intermediate_size": 19,
    "shared_expert_intermediate_size": 23,
}
# Which of its programs transformers takes: the plain ones, which any sizes fit.
PLAIN = {"attn_implementation": "eager", "experts_implementation": "eager"}


def published() -> dict[str, ModelConfig]:
    """Three published hybrids."""
    return {name: FAMILIES[file["model_type"]].config(file) for name, file in _FILES.items()}


def per_layer(config: ModelConfig) -> tuple[int, int, float, float]:
    """How many layers keep a state, how many keys and values; and the bytes of one state, in 32 bits, and of a token's
    keys and values in one layer, in 16 bits."""
    states = sum(kind in STATES for kind in config.layer_types)
    caches = config.num_hidden_layers - states
    return states, caches, costs.state_bytes(config) / states, costs.kv_cache_bytes(config, 1, bits=16) / caches


def tiny_hybrid() -> Transformer:
    """A tiny hybrid with random weights in float64, always the same."""
    return scattered(Transformer(FAMILIES["qwen3_next"].config(TINY)).double())


def scattered(model: nn.Module) -> nn.Module:
    """A model with random weights, always the same."""
    torch.manual_seed(0)
    return shared.scattered(model, mean=0.7, std=0.1)
