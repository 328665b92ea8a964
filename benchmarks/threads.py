"""Decoding from any thread of a program, from two at once, and beside another program that keeps a core busy."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from benchmarks import decode
from benchmarks.harness import Benchmark, Candidate, Sample
from benchmarks.peers import Models


def whose(models: Models) -> Benchmark:
    """The same 64 tokens for the main thread, for another one, and for two that ask at once."""
    alone = decode.decoder(models, 8)

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
    alone = decode.decoder(models, 8)
    return Benchmark(
        title="Decode, 8 bits a weight: beside a busy process",
        ours={"ours, 8 bits": _disturbed(alone)},
        peers={"llama.cpp, Q8_0": _disturbed(decode.peer(models, 8))},
        limits={"ours, undisturbed": alone},
        picture="threads",
    )


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
