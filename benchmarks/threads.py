"""Decoding from any thread of a program, from two at once, and beside another program that keeps a core busy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks.decode import NEW, PROMPT, between
from benchmarks.harness import Benchmark, Candidate, Sample
from benchmarks.peers import Models, random_ids
from lessons_lib.generation import generate


def whose(models: Models) -> Benchmark:
    """The same 64 tokens for the main thread, for another one, and for two that ask at once."""
    alone = _decoder(models, 8)

    def another() -> Sample:
        with ThreadPoolExecutor(1) as pool:
            return pool.submit(alone).result()

    def two() -> Sample:
        with ThreadPoolExecutor(2) as pool:
            both = [pool.submit(alone) for _ in range(2)]
            return {"tokens/s": sum(result.result()["tokens/s"] for result in both)}

    return Benchmark(
        title="Decode, 8 bits a weight: who asks",
        ours={"ours, main thread": alone, "ours, another thread": another, "ours, two threads, together": two},
        picture="threads",
    )


def beside(models: Models) -> Benchmark:
    """The same 64 tokens while another process keeps one core busy, beside llama.cpp in the same trouble."""
    alone, peer = _decoder(models, 8), models.llama_cpp("Q8_0", random_ids(models, PROMPT), NEW, "predicted_per_second")
    return Benchmark(
        title="Decode, 8 bits a weight: beside a busy process",
        ours={"ours, 8 bits": _disturbed(alone)},
        peers={"llama.cpp, Q8_0": _disturbed(peer)},
        limits={"ours, undisturbed": alone},
        picture="threads",
    )


def _decoder(models: Models, bits: int) -> Candidate:
    model, prompt = models.quantized(bits), random_ids(models, PROMPT)
    return between(lambda: generate(model, prompt, NEW, stop_token_ids=()))


def _disturbed(candidate: Candidate) -> Candidate:
    def measured() -> Sample:
        with busy_process():
            return candidate()

    return measured


@contextmanager
def busy_process() -> Iterator[None]:
    """A process that counts for as long as the block lasts."""
    script = "print(flush=True)\nwhile True: pass"
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as process:
        process.stdout.readline()  # it has begun
        try:
            yield
        finally:
            process.kill()
