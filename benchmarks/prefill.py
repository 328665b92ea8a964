"""Prefill: read a prompt of 512 tokens and score the next one.

Each weight is read once and used 512 times, so arithmetic sets the pace.
"""

from __future__ import annotations

import time

import torch

from benchmarks.harness import Benchmark, Candidate, Sample, per_second
from benchmarks.limits import matrix_multiplier
from benchmarks.peers import Models, random_ids
from lessons_lib.config.costs import prefill_flops
from lessons_lib.generation import KVCache, Runner
from lessons_lib.layers import linear
from lessons_lib.model import Transformer

SHORT, PROMPT = 20, 512  # tokens


def benchmark(models: Models) -> Benchmark:
    """The library beside its peers, all in float32, with scores for the last position only."""
    model, peer, prompt = models.ours, models.transformers, random_ids(models, PROMPT)
    ids, forward = torch.tensor([prompt]), Runner(model)

    def ours() -> int:
        forward(ids, KVCache(model.config, max_length=PROMPT), logits_to_keep=1)
        return PROMPT

    @torch.no_grad()
    def transformers() -> int:
        peer(ids, use_cache=True, logits_to_keep=1)
        return PROMPT

    operations = {"tokens/s": prefill_flops(model.config, PROMPT) / PROMPT, "GFLOP/s": 1e9}
    products = {"multiplying, torch": lambda x, weight: x @ weight.T, "multiplying, oneDNN": linear}
    return Benchmark(
        title=f"Prefill, {PROMPT} tokens",
        ours={"ours": per_second(ours, {"tokens/s": 1})},
        peers={
            "transformers": per_second(transformers, {"tokens/s": 1}),
            "llama.cpp, F32": models.llama_cpp("F32", prompt, 1, "prompt_per_second"),
        },
        limits={
            name: per_second(matrix_multiplier(model, PROMPT, product), operations)
            for name, product in products.items()
        },
    )


def quantized(models: Models, bits: int) -> Benchmark:
    """Seconds to the first token of a quantised model, for a short and a long prompt, beside llama.cpp's."""
    name = {8: "Q8_0", 4: "Q4_1"}[bits]

    def candidate(model: Transformer) -> Candidate:
        runner = Runner(model)

        def first(count: int) -> float:
            ids, start = torch.tensor([random_ids(models, count)]), time.perf_counter()
            runner(ids, KVCache(model.config, max_length=count), logits_to_keep=1)
            return 1e3 * (time.perf_counter() - start)

        return lambda: {f"ms, {count} tokens": first(count) for count in (SHORT, PROMPT)}

    def peer() -> Sample:
        rates = {n: models.llama_cpp(name, random_ids(models, n), 1, "prompt_per_second")() for n in (SHORT, PROMPT)}
        return {f"ms, {n} tokens": 1e3 * n / rate["tokens/s"] for n, rate in rates.items()}

    return Benchmark(
        title=f"First token, {bits} bits a weight",
        ours={f"ours, {bits} bits": candidate(models.quantized(bits)), "ours, 32 bits": candidate(models.ours)},
        peers={f"llama.cpp, {name}": peer},
        picture=f"first-token-{bits}",
    )
