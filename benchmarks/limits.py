"""What the machine allows, measured beside the candidates: how fast it reads memory and multiplies matrices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numba import njit, prange
from torch import Tensor

from lessons_lib import Transformer

READS = 10  # so that the shortest measurement takes a tenth of a second or more


def memory_reader(size: int) -> Callable[[], float]:
    """Make work that reads `size` bytes of float32 numbers on all cores, ten times; it returns the bytes read.

    The size should be many times that of the processor's caches.
    """
    numbers = np.ones(size // 4, np.float32)

    def work() -> float:
        for _ in range(READS):
            _sum(numbers)
        return READS * numbers.nbytes

    return work


def matrix_multiplier(model: Transformer, tokens: int, product: Callable[[Tensor, Tensor], Tensor]):
    """Make work that multiplies `tokens` rows with every matrix of a model's blocks; it returns the operations done.

    Args:
        product: of x [tokens, C_in] and weight [C_out, C_in], the rows times the weight transposed.
    """
    weights = [weight for weight in model.model.layers.parameters() if weight.dim() == 2]  # [C_out, C_in] each
    inputs = {width: torch.randn(tokens, width) for width in {weight.shape[1] for weight in weights}}

    @torch.no_grad()
    def work() -> float:
        for weight in weights:
            product(inputs[weight.shape[1]], weight)
        return 2.0 * tokens * sum(weight.numel() for weight in weights)

    return work


@njit(parallel=True, fastmath=True, cache=True)
def _sum(numbers):
    total = np.float32(0)
    for i in prange(len(numbers)):
        total += numbers[i]
    return total
