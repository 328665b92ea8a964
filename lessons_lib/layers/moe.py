"""Mixture of experts: many feed-forward networks, of which each token meets a few.

A router scores all experts for each token and sends it to the best. The others are not run, so a model can know more
than it takes time to compute.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from lessons_lib.config import ModelConfig
from lessons_lib.layers.feed_forward import FeedForward
from lessons_lib.layers.linear import Linear
from lessons_lib.layers.variants.sparse_mixer import two_in_turn

CORRECTED = ("noaux_tc", "biased_products")
"""The ways of choosing experts that a bias shifts."""


class Routing(NamedTuple):
    """Where each of N tokens goes: `experts` [N, K], the `weights` [N, K] of their answers, all `scores` [N, E]."""

    experts: Tensor
    weights: Tensor
    scores: Tensor


def route(logits: Tensor, config: ModelConfig, correction: Tensor | None = None) -> Routing:
    """Choose each token's experts and what their answers count.

    Args:
        logits: [N, E], the products of tokens with the router's rows.
        config: its fields from `num_experts_per_tok` to `routed_scaling_factor` say how.
        correction: [E], with "noaux_tc" added to the scores while experts are chosen, and to no weight; with
            "biased_products" to the logits.

    Returns:
        The routing, its numbers in float32 or better.

    Example:
        >>> mixtral = ModelConfig(vocab_size=9, hidden_size=4, intermediate_size=6, num_hidden_layers=1,
        ...     num_attention_heads=2, num_local_experts=3, num_experts_per_tok=2, norm_topk_prob=True)
        >>> routing = route(torch.tensor([[0.0, 2.0, 1.0]]), mixtral)
        >>> routing.experts, routing.weights.round(decimals=2)
        (tensor([[1, 2]]), tensor([[0.7300, 0.2700]]))

    Source: Shazeer et al. 2017, "Outrageously Large Neural Networks", section 2.1; Jiang et al. 2024, "Mixtral of
    Experts", section 2.1; DeepSeek-AI 2024, "DeepSeek-V2", section 2.2.2, and "DeepSeek-V3", section 2.1.2.
    """
    logits = logits.to(torch.promote_types(logits.dtype, torch.float32))
    if config.topk_method == "sparse_mixer":
        return Routing(*two_in_turn(logits, config.router_tolerance), logits.softmax(-1))
    scores = logits.softmax(-1) if config.scoring_func == "softmax" else logits.sigmoid()  # [N, E]
    if config.topk_method == "greedy":
        wanted = logits  # in the order of the scores, some of which may have rounded to the same number
    elif config.topk_method == "biased_products":
        wanted = logits if correction is None else logits + correction
    else:
        wanted = _within_best_groups(scores if correction is None else scores + correction, config)  # [N, E]
    experts = wanted.topk(config.num_experts_per_tok, -1).indices  # [N, K]
    weights = scores.gather(-1, experts)  # [N, K]
    if config.norm_topk_prob:
        weights = weights / (weights.sum(-1, keepdim=True) + 1e-20)  # after a sigmoid all of them can be 0
    return Routing(experts, weights * config.routed_scaling_factor, scores)


def _within_best_groups(wanted: Tensor, config: ModelConfig) -> Tensor:
    """Leave only the experts of each token's best groups, so that it has to visit few machines. [N, E] to [N, E]."""
    groups = wanted.unflatten(-1, (config.n_group, -1))  # [N, groups, E / groups]
    best = 2 if config.topk_method == "noaux_tc" else 1
    strength = groups.topk(best, -1).values.sum(-1)  # [N, groups]
    chosen = strength.topk(config.topk_group, -1).indices  # [N, topk_group]
    outside = torch.ones_like(strength, dtype=torch.bool).scatter(-1, chosen, False)  # [N, groups]
    return groups.masked_fill(outside[..., None], -torch.inf).flatten(-2)  # [N, E]


class Router(nn.Module):
    """A row of `weight` [E, C] for each expert; a token's product with it says how well the expert suits.

    The products are taken in float32 or better, for a rounded score can choose another expert. That is why the weight
    is no `Linear`: `quantize` leaves it alone, and autocast is off. Models of bfloat16 score as DeepSeek's code does;
    in transformers those of Mixtral, Qwen3 and Llama 4 round the products first, so that near ties can fall otherwise.

    Source: Fedus et al. 2021, "Switch Transformers", section 2.4 (selective precision).
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.weight = nn.Parameter(torch.empty(config.num_local_experts, config.hidden_size))
        if not self.weight.is_meta:  # there is nothing to fill there, and torch would load its compiler to do it
            nn.init.normal_(self.weight, std=config.initializer_range)
        self.bias = nn.Parameter(torch.zeros(config.num_local_experts)) if config.router_bias else None
        correction = torch.zeros(config.num_local_experts) if config.topk_method in CORRECTED else None
        self.register_buffer("e_score_correction_bias", correction)

    def forward(self, x: Tensor) -> Routing:
        """Route tokens [N, C]."""
        exact = torch.promote_types(x.dtype, torch.float32)
        bias = None if self.bias is None else self.bias.to(exact)
        with torch.autocast(x.device.type, enabled=False):
            logits = F.linear(x.to(exact), self.weight.to(exact), bias)  # [N, E]
        return route(logits, self.config, self.e_score_correction_bias)


class MixtureOfExperts(nn.Module):
    """A router, its experts, and where the config has one the shared expert, which every token meets.

    The answer for x is the sum of `weight * expert(x)` over the chosen experts, or with `scale_expert_input` that of
    `expert(weight * x)`, and `shared_expert(x)`, which with `shared_expert_gate` each token weighs; with
    `shared_expert_mean` it is half of the two. An expert that no token was sent to does not run and gets no gradient.

    Args:
        config: the shape and the switches.

    Example:
        >>> config = ModelConfig(vocab_size=9, hidden_size=4, intermediate_size=6, num_hidden_layers=1,
        ...                      num_attention_heads=2, num_local_experts=3, n_shared_experts=1)
        >>> MixtureOfExperts(config)(torch.ones(1, 5, 4)).shape
        torch.Size([1, 5, 4])

    Source: Shazeer et al. 2017; the shared expert is that of Dai et al. 2024, "DeepSeekMoE", section 3.2.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.scale_input = config.scale_expert_input
        self.averages = config.shared_expert_mean
        self.router = Router(config)
        width = config.moe_intermediate_size
        shared = config.n_shared_experts
        self.experts = nn.ModuleList(FeedForward(config, width) for _ in range(config.num_local_experts))
        shared_width = config.shared_expert_intermediate_size or shared * width
        self.shared_expert = FeedForward(config, shared_width) if shared else None
        self.shared_expert_gate = Linear(config.hidden_size, 1, bias=False) if config.shared_expert_gate else None

    def forward(self, x: Tensor) -> Tensor:
        """Map [B, T, C] to [B, T, C]."""
        tokens = x.flatten(0, -2)  # [N, C]
        out = self._dispatch(tokens, self.router(tokens))  # [N, C]
        if self.shared_expert is not None:
            shared = self.shared_expert(tokens)  # [N, C]
            if self.shared_expert_gate is not None:
                shared = torch.sigmoid(self.shared_expert_gate(tokens)) * shared
            out = (out + shared) / 2 if self.averages else out + shared
        return out.view_as(x)  # [B, T, C]

    def _dispatch(self, tokens: Tensor, routing: Routing) -> Tensor:
        """Run each chosen expert once, on all tokens that were sent to it. [N, C] to [N, C]."""
        out = torch.zeros_like(tokens)
        chosen, order = routing.experts.flatten().sort(stable=True)  # [N * K] each, expert by expert
        rows = order // routing.experts.shape[1]  # [N * K], whose tokens they are
        weights = routing.weights.flatten()[order, None]  # [N * K, 1]
        used, counts = (each.tolist() for each in chosen.unique_consecutive(return_counts=True))
        for number, row, weight in zip(used, rows.split(counts), weights.split(counts), strict=True):
            expert = self.experts[number]
            sent = tokens[row]  # [n, C]
            answer = expert((sent * weight).to(sent.dtype)) if self.scale_input else expert(sent) * weight  # [n, C]
            out.index_add_(0, row, answer.to(out.dtype))
        return out
