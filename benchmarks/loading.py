"""Loading: from a file to a model and tokenizer that are ready, in a fresh process for each measurement."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.harness import Benchmark, Candidate, Sample

if TYPE_CHECKING:  # a fresh process imports only what it loads with
    from benchmarks.peers import Models

ROOT = Path(__file__).resolve().parents[1]
QUIET = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}


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
    command = [sys.executable, "-m", "benchmarks.loading", loader, str(source)]

    def candidate() -> Sample:
        output = subprocess.run(command, cwd=ROOT, env=os.environ | QUIET, stdout=subprocess.PIPE, check=True).stdout
        return json.loads(output)

    return candidate


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


def peak_memory() -> int:
    """The most bytes of memory that this process has held at once."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux getrusage would report the parent's memory, where that is larger
        return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1])
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))
