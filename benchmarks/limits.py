"""What the machine allows, measured beside the candidates: how fast it reads memory and multiplies matrices."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numba import njit, prange
from torch import Tensor

from lessons_lib import ModelConfig, Transformer

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


def prefill_operations(config: ModelConfig, tokens: int) -> float:
    """How many floating-point operations it takes to read a prompt and score its next token.

    A weight costs a multiplication and an addition a token. A query and a key cost two for each number of a head, and
    the value that they weigh two more. The output matrix is used once.
    """
    heads, kv_heads, width = config.num_attention_heads, config.num_key_value_heads, config.hidden_size
    attention = 2 * (heads + kv_heads) * config.head_dim * width  # q and o are of H heads, k and v of G
    feed_forward = 3 * width * config.intermediate_size
    pairs = tokens * (tokens + 1) // 2  # a token looks at itself and at all before it
    block = 2 * (attention + feed_forward) * tokens + 4 * heads * config.head_dim * pairs
    return float(config.num_hidden_layers * block + 2 * width * config.vocab_size)


@njit(parallel=True, fastmath=True, cache=True)
def _sum(numbers):
    total = np.float32(0)
    for i in prange(len(numbers)):
        total += numbers[i]
    return total
