"""Prefill: read a prompt of 512 tokens and score the next one.

Each weight is read once and used 512 times, so arithmetic sets the pace.
"""

from __future__ import annotations

import torch

from benchmarks.harness import Benchmark, per_second
from benchmarks.limits import matrix_multiplier, prefill_operations
from benchmarks.peers import Models
from lessons_lib.generation import KVCache
from lessons_lib.layers.linear import linear

PROMPT = 512  # tokens


def benchmark(models: Models) -> Benchmark:
    """The library beside transformers, both into a fresh cache and with scores for the last position only."""
    model, peer = models.ours, models.transformers
    prompt = torch.randint(model.config.vocab_size, (1, PROMPT), generator=torch.Generator().manual_seed(0))

    @torch.no_grad()
    def ours() -> int:
        model(prompt, KVCache(model.config, max_length=PROMPT), logits_to_keep=1)
        return PROMPT

    @torch.no_grad()
    def transformers() -> int:
        peer(prompt, use_cache=True, logits_to_keep=1)
        return PROMPT

    operations = {"tokens/s": prefill_operations(model.config, PROMPT) / PROMPT, "GFLOP/s": 1e9}
    products = {"multiplying, torch": lambda x, weight: x @ weight.T, "multiplying, oneDNN": linear}
    return Benchmark(
        title=f"Prefill, {PROMPT} tokens",
        ours={"ours": per_second(ours, {"tokens/s": 1})},
        peers={"transformers": per_second(transformers, {"tokens/s": 1})},
        limits={
            name: per_second(matrix_multiplier(model, PROMPT, product), operations)
            for name, product in products.items()
        },
    )
