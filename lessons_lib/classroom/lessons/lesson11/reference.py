"""What lesson 11 needs to compare its Llama 4 with somebody else's: sizes, random weights, names of tensors.

The tensors of transformers have other names in one place and another layout in two: the feed-forward part is called
`feed_forward`; all experts of a layer lie in one tensor [E, C, 2F], gate and up side by side, and in one [E, F, C],
with the input first.
"""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from lessons_lib import ModelConfig

SCALING = {
    "rope_type": "llama3",
    "factor": 16.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 1.0,
    "original_max_position_embeddings": 24,
}
SIZES = {  # pairwise different, and small enough that forty tokens cross several chunks and temperature steps
    "vocab_size": 97,
    "hidden_size": 36,
    "num_hidden_layers": 5,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 10,
    "num_local_experts": 3,
    "attention_chunk_size": 7,
    "floor_scale": 11,
    "attn_scale": 0.3,
    "rms_norm_eps": 1e-5,
}

THEIR_FIELDS = SIZES | {  # of the same model, in the words of transformers' Llama4TextConfig
    "intermediate_size": 20,
    "intermediate_size_mlp": 52,
    "interleave_moe_layer_step": 2,
    "rope_parameters": SCALING | {"rope_theta": 10000.0},
    "pad_token_id": 0,
}


def small_config(**changes: object) -> ModelConfig:
    """The library's config of the small Llama 4: four layers near and the fourth far, mixtures in layers 1 and 3."""
    near = [int((layer + 1) % 4 != 0) for layer in range(SIZES["num_hidden_layers"])]
    switches = {
        "intermediate_size": 52,
        "moe_intermediate_size": 20,
        "moe_layers": [1, 3],
        "num_experts_per_tok": 1,
        "n_shared_experts": 1,
        "scoring_func": "sigmoid",
        "scale_expert_input": True,
        "rope_pairing": "interleaved",
        "rope_theta": 10000.0,
        "rope_scaling": SCALING,
        "qk_norm": "after",
        "attn_temperature_tuning": True,
        "no_rope_layers": near,
        "layer_types": ["chunked_attention" if flag else "full_attention" for flag in near],
    }
    return ModelConfig(**(SIZES | switches | changes))


def draw(tensors: Iterable[Tensor], seed: int = 0) -> None:
    """Fill tensors with random numbers, the same everywhere."""
    generator = torch.Generator().manual_seed(seed)
    for tensor in tensors:
        nn.init.normal_(tensor, std=0.15, generator=generator)


def our_names(theirs: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors of transformers under our names, the experts one by one."""
    ours = {}
    for name, tensor in theirs.items():
        name = name.replace("feed_forward", "mlp")
        if not name.endswith(("gate_up_proj", "mlp.experts.down_proj")):
            ours[name] = tensor
            continue
        stem = name.rpartition(".")[0]
        parts = ("gate", "up") if name.endswith("gate_up_proj") else ("down",)
        for number, packed in enumerate(tensor.mT):  # [2F, C] or [C, F]
            for part, matrix in zip(parts, packed.chunk(len(parts)), strict=True):
                ours[f"{stem}.{number}.{part}_proj.weight"] = matrix
    return ours
