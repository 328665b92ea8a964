"""What several parts of lesson 10 use: two published configs, sizes that all differ, and models with random weights."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

import torch
from torch import Tensor, nn

from lessons_lib import ModelConfig, Transformer
from lessons_lib.checkpoint.families import FAMILIES
from lessons_lib.checkpoint.huggingface import describe_folder, tensors_from_folder
from lessons_lib.checkpoint.weights import fill
from lessons_lib.files import ModelFolder
from lessons_lib.layers import rope_frequencies, rotation
from lessons_lib.layers.position import Rotation

# Two published config.json, without the lines about software and training.
LLAMA_2_7B = """{"model_type": "llama", "vocab_size": 32000, "hidden_size": 4096,
 "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32,
 "num_key_value_heads": 32, "hidden_act": "silu", "max_position_embeddings": 4096,
 "rms_norm_eps": 1e-05, "rope_scaling": null, "tie_word_embeddings": false}"""
MISTRAL_7B = """{"model_type": "mistral", "vocab_size": 32000, "hidden_size": 4096,
 "intermediate_size": 14336, "num_hidden_layers": 32, "num_attention_heads": 32,
 "num_key_value_heads": 8, "hidden_act": "silu", "max_position_embeddings": 32768,
 "rms_norm_eps": 1e-05, "rope_theta": 10000.0, "sliding_window": 4096,
 "tie_word_embeddings": false}"""
# No two sizes are equal, so that no axis can be mistaken for another; they fit both our config and transformers'.
SIZES = {
    "vocab_size": 97,
    "hidden_size": 36,
    "intermediate_size": 52,
    "num_hidden_layers": 4,
    "num_attention_heads": 6,
    "num_key_value_heads": 2,
    "head_dim": 10,
    "max_position_embeddings": 128,
    "tie_word_embeddings": False,
}
# What latent attention has besides, with keys of its own for each head.
LATENT = {
    "num_key_value_heads": 6,
    "head_dim": 14,
    "kv_lora_rank": 16,
    "q_lora_rank": 24,
    "qk_rope_head_dim": 4,
    "v_head_dim": 8,
    "rope_pairing": "interleaved",
}
# Families of transformers, and what each of them sets beside SIZES.
_EXPERTS = {"num_experts_per_tok": 3, "moe_intermediate_size": 20}
_GEMMA = {"query_pre_attn_scalar": 13, "sliding_window": 7, "tie_word_embeddings": True}
_SCALED = {"factor": 4.0, "original_max_position_embeddings": 32}
KINDS = {
    "llama": {
        "rope_parameters": _SCALED
        | {"rope_type": "llama3", "rope_theta": 500.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0}
    },
    "qwen2": {},
    "qwen3": {},
    "gemma2": _GEMMA,
    "gemma3_text": _GEMMA | {"num_hidden_layers": 7},  # the sixth sees everything
    "mixtral": {"num_local_experts": 5},
    "deepseek_v3": {
        **_EXPERTS,
        "num_key_value_heads": 6,
        "kv_lora_rank": 16,
        "q_lora_rank": 24,
        "qk_nope_head_dim": 10,
        "qk_rope_head_dim": 4,
        "head_dim": 4,
        "v_head_dim": 8,
        "n_routed_experts": 8,
        "first_k_dense_replace": 1,
        "n_group": 4,
        "topk_group": 2,
        "rope_parameters": _SCALED | {"rope_type": "yarn", "rope_theta": 10000.0, "mscale": 1.0, "mscale_all_dim": 0.7},
    },
    "qwen3_moe": {**_EXPERTS, "num_experts": 5, "norm_topk_prob": True},
}
T = 41  # tokens of a text: longer than every window here


def random_part(kind: type[nn.Module], config: ModelConfig, *where: int) -> nn.Module:
    """A part of a model, such as `Attention`, with random weights; those of norms and biases lie around 0.5."""
    torch.manual_seed(0)
    return scattered(kind(config, *where))


def scattered(model: nn.Module, mean: float = 0.5, std: float = 0.3) -> nn.Module:
    """A model or part with weights drawn anew, large enough that every part is heard: those of norms and biases lie
    around `mean`, all others around 0."""
    for parameter in model.parameters():
        nn.init.normal_(parameter, mean=mean * (parameter.dim() == 1), std=std)
    return model.eval()


def leave_out_the_usual(place: Path, usual: Mapping[str, object]) -> set[str]:
    """Take out of a saved `config.json` what the family takes for granted, so that keys mean something by being absent.

    Args:
        place: the folder.
        usual: what the reference's program says where a file says nothing.

    Returns:
        The keys that are gone: those that our family reads, except sizes. `layer_types` is among them whatever it
        says, since nobody here chose it.
    """
    file = json.loads((place / "config.json").read_text("utf-8"))
    family = FAMILIES[file["model_type"]]
    read = {*family.keys, *(key for part in family.parts for key in part.keys)}
    read -= {*SIZES, "rms_norm_eps"} - {"tie_word_embeddings"}
    gone = {key for key in read & file.keys() if key == "layer_types" or (key in usual and file[key] == usual[key])}
    (place / "config.json").write_text(json.dumps({key: file[key] for key in file if key not in gone}), "utf-8")
    return gone


def read_folder(place: Path) -> tuple[ModelConfig, dict[str, Tensor]]:
    """The config that a folder's `config.json` says, and the folder's tensors under our names."""
    family, config, _ = describe_folder(ModelFolder(place))
    return config, family.parameters(tensors_from_folder(ModelFolder(place))[0], config)


def opened(config: ModelConfig, tensors: Mapping[str, Tensor]) -> Transformer:
    """The library's model with these tensors.

    Raises:
        CheckpointError: where a tensor has no place, or a place no tensor.
    """
    ours = Transformer(config)
    fill(ours, tensors, "the folder")
    return ours.eval()


def turning(config: ModelConfig) -> Rotation:
    """The rotation of `T` tokens."""
    return rotation(torch.arange(T), rope_frequencies(config), config.rope_pairing)


def said(numbers: Iterable[float], digits: int = 2) -> str:
    """Some numbers in a line, rounded."""
    return "  ".join(f"{round(float(number), digits) + 0.0:.{digits}f}" for number in numbers)
