"""One block forward and backward: what a step of training does, layer by layer.

Three quarters of the time go into multiplying matrices, once forward and twice backward, so the limit is that alone.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy

import torch
from torch import Tensor, nn

from benchmarks.harness import Benchmark, per_second
from benchmarks.peers import Models
from lessons_lib.layers import linear, rope_frequencies, rotation

ROWS, TOKENS = 2, 512


def benchmark(models: Models) -> Benchmark:
    """The library's first block beside transformers', on the same weights and the same text."""
    rows, tokens = (1, 16) if models.quick else (ROWS, TOKENS)
    x = torch.randn(rows, tokens, models.ours.config.hidden_size, generator=torch.Generator().manual_seed(0))

    def candidate(step: Callable[[Tensor], tuple[Tensor, list[Tensor]]]):
        return per_second(lambda: step(x)[0].shape[:2].numel(), {"tokens/s": 1})

    weights = [weight.detach() for weight in models.ours.model.layers[0].parameters() if weight.dim() == 2]
    products = {"multiplying, torch": lambda a, b: a @ b.T, "multiplying, oneDNN": linear}
    return Benchmark(
        title=f"Block, forward and backward, {rows} x {tokens} tokens",
        ours={"ours": candidate(ours(models))},
        peers={"transformers": candidate(transformers(models))},
        limits={
            name: per_second(multiplier(weights, rows * tokens, product), {"tokens/s": 1})
            for name, product in products.items()
        },
    )


def ours(models: Models) -> Callable[[Tensor], tuple[Tensor, list[Tensor]]]:
    """The library's block as a step: x [B, T, C] to its output and all gradients, that of x first."""
    block, config = deepcopy(models.ours.model.layers[0]), models.ours.config

    def forward(x: Tensor) -> Tensor:
        turn = rotation(torch.arange(x.shape[1]), rope_frequencies(config), config.rope_pairing)
        return block(x, turn)

    return _step(block, forward)


def transformers(models: Models) -> Callable[[Tensor], tuple[Tensor, list[Tensor]]]:
    """The peer's block as a step."""
    block, rotary = deepcopy(models.transformers.model.layers[0]), models.transformers.model.rotary_emb

    def forward(x: Tensor) -> Tensor:
        return block(x, position_embeddings=rotary(x, torch.arange(x.shape[1])[None]))

    return _step(block, forward)


def multiplier(weights: list[Tensor], tokens: int, product: Callable[[Tensor, Tensor], Tensor]) -> Callable[[], float]:
    """Make work that does the products of a block's matrices and no more; it returns the tokens.

    Args:
        weights: [C_out, C_in] each.
        product: of a [N, K] and b [M, K], the rows of one times the rows of the other.
    """
    pairs = [(torch.randn(tokens, weight.shape[1]), torch.randn(tokens, weight.shape[0])) for weight in weights]

    @torch.no_grad()
    def work() -> float:
        for weight, (x, grad) in zip(weights, pairs, strict=True):
            product(x, weight)  # forward
            product(grad, weight.T)  # the gradient of x
            product(grad.T, x.T)  # the gradient of the weight
        return tokens

    return work


def _step(block: nn.Module, forward: Callable[[Tensor], Tensor]) -> Callable[[Tensor], tuple[Tensor, list[Tensor]]]:
    parameters = [parameter.requires_grad_() for _, parameter in sorted(block.named_parameters())]

    def step(x: Tensor) -> tuple[Tensor, list[Tensor]]:
        leaf = x.detach().requires_grad_()
        out = forward(leaf)
        return out.detach(), list(torch.autograd.grad(out, [leaf, *parameters], x))  # x stands in for what comes back

    return step
