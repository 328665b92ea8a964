"""What a step of training costs in time and in memory, as the model grows and as the text grows."""

from __future__ import annotations

import json
import sys
import time
from statistics import median

import psutil

from benchmarks.harness import Benchmark, Candidate, Sample
from benchmarks.peers import Models
from benchmarks.process import fresh, peak_memory
from benchmarks.training_step import TINY, config_of, in_slices, stepper, transformers, whole, windows

MAKERS = {"ours": whole, "ours, loss in slices": in_slices, "transformers": transformers}
SIZES = {1: (128, 2), 5: (256, 5), 12: (384, 6), 27: (512, 8), 60: (768, 8)}  # millions: (width, layers)
CONTEXTS = [128, 256, 512, 1024, 2048, 4096]  # tokens in the one text of a step
TOKENS = 1024  # a step, as the model grows
STEPS = 3


def sizes(models: Models) -> Benchmark:
    """Milliseconds a step and megabytes against the model's numbers, 1,024 tokens a step."""
    return _benchmark("the model", "million parameters", list(SIZES), "training-sizes", models.quick)


def contexts(models: Models) -> Benchmark:
    """Milliseconds a step and megabytes against the tokens of its one text, for 12 million numbers."""
    return _benchmark("the text", "tokens", CONTEXTS, "training-contexts", models.quick)


def _benchmark(growing: str, unit: str, cases: list[int], picture: str, quick: bool) -> Benchmark:
    made = {name: _all(name, unit, cases[:1] if quick else cases, quick) for name in MAKERS}
    peers = {name: made.pop(name) for name in ["transformers"]}
    return Benchmark(f"Training: a step as {growing} grows", ours=made, peers=peers, picture=picture)


def _all(name: str, unit: str, cases: list[int], quick: bool) -> Candidate:
    """Each case in a process of its own, so that its memory is its own."""
    alone = [fresh("benchmarks.training_growth", name, unit, size, int(quick)) for size in cases]
    return lambda: {unit: value for candidate in alone for unit, value in candidate().items()}


def measure(name: str, unit: str, size: int, quick: bool) -> Sample:
    """Some steps of one model: the median time of a step, and the most memory it took, imports and compiling apart."""
    if quick:
        config, rows = TINY, 2
    elif unit == "tokens":
        config, rows = config_of(384, 6, size), 1
    else:
        config, rows = config_of(*SIZES[size], 256), TOKENS // 256
    stepper(*MAKERS[name](TINY), windows(TINY), 2)()  # what is imported and compiled is not what is asked
    data, before = windows(config), psutil.Process().memory_info().rss
    step = stepper(*MAKERS[name](config), data, rows)
    seconds = []
    for _ in range(STEPS):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    case = f"{size} {unit}"
    return {f"ms a step, {case}": 1e3 * median(seconds), f"MB at most, {case}": (peak_memory() - before) / 1e6}


if __name__ == "__main__":
    name, unit, size, quick = sys.argv[1:]
    print(json.dumps(measure(name, unit, int(size), quick == "1")))
