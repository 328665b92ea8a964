"""What several parts of lesson 07 use: a block and a model in plain torch, as lessons 05 and 06 have the learner write
them, and the real model's numbers as they take them."""

from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from lessons_lib.classroom.real_model import real_model


def my_block(x, weights, look, head_dim):
    def norm(x, name):
        return x * (x.pow(2).mean(-1, keepdim=True) + 1e-5).rsqrt() * weights[f"{name}.weight"]

    y = norm(x, "input_layernorm")  # [T, C]
    q, k, v = (
        (y @ weights[f"self_attn.{name}_proj.weight"].T).unflatten(-1, (-1, head_dim)).transpose(0, 1) for name in "qkv"
    )  # [H or G, T, D] each
    mixed = look(q, k, v).transpose(0, 1).flatten(1)  # [T, H * D]
    x = x + mixed @ weights["self_attn.o_proj.weight"].T
    y = norm(x, "post_attention_layernorm")
    gate, up, down = (weights[f"mlp.{name}_proj.weight"].T for name in ("gate", "up", "down"))
    return x + (F.silu(y @ gate) * (y @ up)) @ down


def my_model(ids, weights, config, looks):
    head_dim = config["hidden_size"] // config["num_attention_heads"]
    x = weights["model.embed_tokens.weight"][torch.tensor(ids)]  # [T, C]
    for number, look in enumerate(looks):
        start = f"model.layers.{number}."
        layer = {name.removeprefix(start): tensor for name, tensor in weights.items() if name.startswith(start)}
        x = my_block(x, layer, look, head_dim)
    x = x * (x.pow(2).mean(-1, keepdim=True) + 1e-5).rsqrt() * weights["model.norm.weight"]
    return x @ weights["model.embed_tokens.weight"].T  # [T, V]


@cache
def real_weights() -> tuple[dict[str, Tensor], dict[str, Any]]:
    """SmolLM2's tensors by name, and its config, as `my_model` takes them."""
    model, _ = real_model()
    weights = {name: weight.detach() for name, weight in model.named_parameters() if name != "lm_head.weight"}
    return weights, model.config.to_dict()


def made_up(*shape: int, seed: int = 0) -> Tensor:
    """Numbers with one decimal that look random and are always the same."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(sum(shape) + seed)).round(decimals=1)
