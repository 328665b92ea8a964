"""Attention against the length of the text: how long it takes and how much memory it needs on the way.

The formula step by step holds a score for every pair of tokens, so its memory grows with the square of the length; a
fused kernel holds a piece at a time. Each candidate runs in a fresh process, because the most memory that a process
has held never goes down again.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from statistics import median
from types import SimpleNamespace
from typing import TYPE_CHECKING

from benchmarks.harness import Benchmark, Candidate, Sample
from benchmarks.process import fresh, peak_memory

if TYPE_CHECKING:  # a fresh process imports only what it measures
    from torch import Tensor

    from benchmarks.peers import Models

LENGTHS = (512, 2048, 8192)  # tokens, growing
HEADS, KV_HEADS, HEAD_DIM = 3, 1, 64  # a third of a layer of SmolLM2-135M: the scores of 8192 tokens fill 0.8 GB
REPEATS = 3


def benchmark(models: Models) -> Benchmark:
    """The library's two paths beside torch's kernel and transformers' eager code, causal and without gradients."""
    lengths = (16, 32) if models.quick else LENGTHS
    return Benchmark(
        title="Attention, causal, 3 heads of width 64",
        ours={"ours, fused": in_process("fused", lengths), "ours, plain": in_process("plain", lengths)},
        peers={"torch": in_process("torch", lengths), "transformers, eager": in_process("eager", lengths)},
        picture="attention",
    )


def in_process(name: str, lengths: tuple[int, ...]) -> Candidate:
    """Make a candidate that runs one of `contenders` over all lengths in a process of its own."""
    return fresh("benchmarks.attention", name, *lengths)


def contenders() -> dict[str, Callable[[], Callable[[Tensor, Tensor, Tensor], Tensor]]]:
    """By name, what imports a candidate: a function of query [B, H, T, D], key and value [B, G, T, D]."""
    return {"fused": _ours, "plain": lambda: _ours(fused=False), "torch": _torch, "eager": _eager}


def measure(name: str, lengths: list[int]) -> Sample:
    """Run in this process: milliseconds, and the megabytes above what the process held before, for each length."""
    import torch

    attend = contenders()[name]()
    attend(*inputs(8))  # what is loaded at the first call is not the work
    before, sample = peak_memory(), {}
    for length in sorted(lengths):
        text, times = inputs(length), []
        for _ in range(REPEATS):
            start = time.perf_counter()
            with torch.no_grad():
                attend(*text)
            times.append(1000 * (time.perf_counter() - start))
        sample[f"ms, {length} tokens"] = median(times)
        sample[f"MB, {length} tokens"] = max(1.0, (peak_memory() - before) / 1e6)  # it cannot be read more finely
    return sample


def inputs(length: int) -> tuple[Tensor, Tensor, Tensor]:
    """Random query, key and value."""
    import torch

    generator = torch.Generator().manual_seed(length)
    shapes = [(1, heads, length, HEAD_DIM) for heads in (HEADS, KV_HEADS, KV_HEADS)]
    query, key, value = (torch.randn(shape, generator=generator) for shape in shapes)
    return query, key, value


def _ours(fused: bool = True) -> Callable:
    from lessons_lib.layers import attention

    return lambda query, key, value: attention(query, key, value, causal=True, fused=fused)


def _torch() -> Callable:
    from torch.nn.functional import scaled_dot_product_attention

    return lambda query, key, value: scaled_dot_product_attention(query, key, value, is_causal=True, enable_gqa=True)


def _eager() -> Callable:
    import torch
    from transformers.models.llama.modeling_llama import eager_attention_forward

    module = SimpleNamespace(num_key_value_groups=HEADS // KV_HEADS, training=False)

    def attend(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        length, lowest = query.shape[2], torch.finfo(query.dtype).min
        mask = torch.full((1, 1, length, length), lowest).triu(1)  # [1, 1, T, S], added to the scores
        out, _ = eager_attention_forward(module, query, key, value, mask, HEAD_DIM**-0.5)
        return out.transpose(1, 2)  # [B, H, T, D]

    return attend


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], [int(length) for length in sys.argv[2:]])))
