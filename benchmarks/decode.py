"""Decoding: 64 new tokens after a prompt of 32, greedy, a model of 32, 8 or 4 bits a weight.

Each token reads all weights, so memory sets the pace. Time is taken from the first new token to the last.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

import torch

from benchmarks.harness import Benchmark, Candidate, per_second
from benchmarks.limits import memory_reader
from benchmarks.peers import Models, random_ids
from lessons_lib.generation import KVCache, generate
from lessons_lib.model import Transformer

PROMPT, NEW = 32, 64  # tokens
NAMES = {32: "F32", 8: "Q8_0", 4: "Q4_1"}  # llama.cpp's, by bits a weight


def benchmark(models: Models, bits: int = 32) -> Benchmark:
    """The library beside llama.cpp with as many bits; with 32 also beside transformers and its own plain path."""
    model, prompt = models.quantized(bits), random_ids(models, PROMPT)
    ours = {f"ours, {bits} bits": decoder(models, bits)}
    peers = {f"llama.cpp, {NAMES[bits]}": peer(models, bits)}
    if bits == 32:
        ours["ours, plain torch"] = between(lambda: plain(model, prompt))
        peers["transformers"] = between(lambda: models.transformers_stream(prompt, NEW))
    size = sum(x.nbytes for x in (*model.parameters(), *model.buffers()))  # bytes that a token reads
    units = {"tokens/s": size, "GB/s": 1e9}
    return Benchmark(
        title=f"Decode, {bits} bits a weight",
        ours=ours,
        peers=peers,
        limits={"reading memory": per_second(memory_reader(size), units)},
    )


def decoder(models: Models, bits: int) -> Candidate:
    """The library's 64 tokens."""
    model, prompt = models.quantized(bits), random_ids(models, PROMPT)
    return between(lambda: generate(model, prompt, NEW, stop_token_ids=()))


def peer(models: Models, bits: int) -> Candidate:
    """The same of llama.cpp."""
    return models.llama_cpp(NAMES[bits], random_ids(models, PROMPT), NEW, "predicted_per_second")


def between(tokens: Callable[[], Iterable]) -> Candidate:
    """Tokens a second, from when the first is there."""

    def candidate() -> dict[str, float]:
        times = [time.perf_counter() for _ in tokens()]
        return {"tokens/s": (len(times) - 1) / (times[-1] - times[0])}

    return candidate


@torch.no_grad()
def plain(model: Transformer, prompt: list[int]) -> Iterable[int]:
    """The loop without compiled code."""
    cache, unread = KVCache(model.config, max_length=PROMPT + NEW), torch.tensor([prompt])
    for _ in range(NEW):
        unread = model(unread, cache, logits_to_keep=1)[:, -1].argmax(-1, keepdim=True)
        yield int(unread)
