"""What a step costs as the text grows, and as more texts share it."""

from __future__ import annotations

import time

import torch

from benchmarks.harness import Benchmark, Candidate, Sample
from benchmarks.peers import Models
from lessons_lib.generation import KVCache, Runner
from lessons_lib.model import Transformer

LENGTHS = [64, 256, 1024, 2048, 4096, 8192]  # tokens before the step
BATCHES = [1, 2, 4, 8, 16]  # texts of 64 tokens
STEPS = 8


def context(models: Models) -> Benchmark:
    """Milliseconds a token against the tokens before it: flat until the cache is as large as the weights."""
    limit = models.ours.config.max_position_embeddings
    lengths = [min(length, limit - STEPS) for length in LENGTHS if length < limit + STEPS]
    return Benchmark(
        title="Decode: a token's time as the text grows",
        ours={
            f"ours, {bits} bits": _candidate(models.quantized(bits), [(1, length) for length in lengths], "tokens", 1)
            for bits in (32, 8, 4)
        },
        picture="context",
    )


def batch(models: Models) -> Benchmark:
    """Milliseconds for a token of one text against the texts that are continued together."""
    return Benchmark(
        title="Decode: a token's time when texts share the step",
        ours={
            f"ours, {bits} bits": _candidate(models.quantized(bits), [(size, 64) for size in BATCHES], "texts", 0)
            for bits in (32, 8, 4)
        },
        picture="batch",
    )


def _candidate(model: Transformer, cases: list[tuple[int, int]], what: str, shown: int) -> Candidate:
    """Times a step for each case of (texts, tokens before it); `shown` says which of the two is named."""
    forward = Runner(model)

    def candidate() -> Sample:
        sample = {}
        for case in cases:
            texts, length = case
            cache = KVCache(model.config, texts, length + STEPS)
            for keys in (*cache.keys, *cache.values):
                keys.normal_()
            cache.length = length
            ids = torch.zeros(texts, 1, dtype=torch.long)
            start = time.perf_counter()
            for _ in range(STEPS):
                forward(ids, cache, logits_to_keep=1)
            sample[f"ms a token, {case[shown]} {what}"] = (time.perf_counter() - start) / STEPS / texts * 1e3
        return sample

    return candidate
