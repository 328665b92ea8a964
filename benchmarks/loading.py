"""Loading: from a file to a model and tokenizer that are ready, in a fresh process for each measurement."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness import Benchmark, Candidate, Sample
from benchmarks.process import fresh, peak_memory

if TYPE_CHECKING:  # a fresh process imports only what it loads with
    from benchmarks.peers import Models


def benchmark(models: Models) -> Benchmark:
    """Seconds after the imports, and the most memory that the process held; the limit is the size of the weights."""
    from benchmarks.peers import NAME
    from lessons_lib.assets import fetch

    gguf, folder = fetch(NAME), models.saved
    weights = 4 * models.ours.num_parameters() / 1e6  # MB
    return Benchmark(
        title="Load model and tokenizer",
        ours={"ours, GGUF": in_process("ours", gguf), "ours, safetensors": in_process("ours", folder)},
        peers={"transformers, safetensors": in_process("transformers", folder)},
        limits={"the weights alone": lambda: {"MB": weights}},
    )


def in_process(loader: str, source: Path) -> Candidate:
    """Make a candidate that loads in a process of its own."""
    return fresh("benchmarks.loading", loader, source)


def measure(loader: str, source: str) -> Sample:
    """Load in this process. The weights are summed, because a mapped file is read only when it is used."""
    load = {"ours": _ours, "transformers": _transformers}[loader]()
    start = time.perf_counter()
    for weight in load(source).parameters():
        weight.sum()
    return {"s": time.perf_counter() - start, "MB": peak_memory() / 1e6}


def _ours() -> Callable:
    from lessons_lib import load

    return lambda source: load(source)[0]


def _transformers() -> Callable:
    import torch
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast

    def load(source: str) -> LlamaForCausalLM:
        PreTrainedTokenizerFast.from_pretrained(source)
        return LlamaForCausalLM.from_pretrained(source, dtype=torch.float32)

    return load


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
