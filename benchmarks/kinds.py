"""One model of each kind beside transformers: reading a prompt of 512 tokens, then writing 32 more.

The models are small and random, and have a family's layers in its proportions. transformers reads the folder that ours
was saved to, and runs its own plain code where its fast programs are not for a CPU.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import torch

from benchmarks.experts import NEW, PROMPT, made, of_transformers, ours, read_and_write, theirs
from benchmarks.harness import Benchmark
from benchmarks.peers import Models
from lessons_lib import ModelConfig
from lessons_lib.generation import Runner
from lessons_lib.generation.compiled.fit import aside

_FULL = "full_attention"
SIZES = {"vocab_size": 4096, "num_hidden_layers": 8, "num_attention_heads": 8, "num_key_value_heads": 2, "head_dim": 64}
_LATENT = {"kv_lora_rank": 128, "q_lora_rank": 256, "qk_rope_head_dim": 32, "head_dim": 96, "v_head_dim": 64}
_LATENT |= {"num_key_value_heads": 8, "rope_pairing": "interleaved", "num_local_experts": 16, "n_shared_experts": 1}
_LATENT |= {
    "num_experts_per_tok": 4,
    "moe_intermediate_size": 256,
    "moe_layers": [*range(1, 8)],
    "norm_topk_prob": True,
}
_LATENT |= {"scoring_func": "sigmoid", "topk_method": "noaux_tc", "rms_norm_eps": 1e-6}
KINDS: dict[str, dict[str, Any]] = {
    "Dense, as in Qwen3": {"qk_norm": "before", "rms_norm_eps": 1e-6},
    "Dense, as in OLMo 2": {
        "qk_norm": "before",
        "qk_norm_weight": "width",
        "norm_placement": "output",
        "head_dim": None,
    },
    "Gated delta net, as in Qwen3.5": {
        "layer_types": ["gated_delta", "gated_delta", "gated_delta", _FULL] * 2,
        "linear_num_key_heads": 4,
        "linear_num_value_heads": 8,
        "linear_key_head_dim": 64,
        "linear_value_head_dim": 64,
        "linear_conv_kernel_dim": 4,
        "qk_norm": "before",
        "attn_output_gate": True,
        "rotary_dim": 16,
        "rms_norm_offset": 1.0,
        "rms_norm_eps": 1e-6,
    },
    "Mamba-2 beside attention, as in Bamba": {
        "layer_types": [*["mamba2"] * 4, _FULL, *["mamba2"] * 3],
        "head_dim": None,
        "linear_num_key_heads": 1,
        "linear_key_head_dim": 128,
        "linear_value_head_dim": 64,
        "linear_conv_kernel_dim": 4,
        "linear_conv_bias": True,
        "gate_norm": "after",
    },
    "Short convolution, as in LFM2": {
        "layer_types": ["conv", "conv", _FULL, "conv"] * 2,
        "linear_conv_kernel_dim": 3,
        "qk_norm": "before",
        "head_dim": None,
    },
    "Latent attention, as in DeepSeek V3": _LATENT,
    "Sparse attention, as in DeepSeek V3.2": _LATENT | {"index_topk": 128, "index_n_heads": 8, "index_head_dim": 64},
}


def benchmark(models: Models, kind: str) -> Benchmark:
    """The library beside transformers; where no compiled step takes the model, the title names what keeps it out."""
    prompt, new = (16, 4) if models.quick else (PROMPT, NEW)
    model = made(config_of(kind, models.quick))
    peer = theirs(model, models.folder / kind.replace(" ", "-"))
    run = partial(read_and_write, ids=torch.arange(prompt)[None], new=new)
    stepped = aside(model)
    return Benchmark(
        title=f"{kind}: {'a compiled step' if stepped is None else f'plain steps, for {stepped}'}",
        ours={"ours": run(ours(model, Runner(model)))},
        peers={"transformers": run(of_transformers(peer, None))},
        picture="kinds",
    )


def config_of(kind: str, small: bool = False) -> ModelConfig:
    """The config of one of `KINDS`, 512 wide or 96."""
    width, inner = (96, 64) if small else (512, 1024)
    heads = {"linear_num_value_heads": width // 32} if "Bamba" in kind else {}
    return ModelConfig(**SIZES | {"hidden_size": width, "intermediate_size": inner} | KINDS[kind] | heads)
