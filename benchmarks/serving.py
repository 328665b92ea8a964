"""Serving 1 to 16 clients from one model of 8 bits in one process, beside llama.cpp: speed, first tokens, and gaps.

Each client asks for a text, and for the next as soon as that has ended: prompts of 48 random tokens, 64 new ones, which
arrive as they are made. Each side works in a process of its own, for llama.cpp's threads never quite rest.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

import numpy as np
import torch

from benchmarks.harness import Benchmark, Sample
from benchmarks.peers import Models
from benchmarks.process import fresh
from lessons_lib.generation import Request
from lessons_lib.generation.engine import Engine

CLIENTS = (1, 4, 8, 16)
PROMPT, NEW, TURNS = 48, 64, 3  # tokens of a prompt and of a text, texts of a client
QUICK = (5, 4, 1)

Ask = Callable[[list[int], int, Callable[[], None]], None]
"""Make a text of so many tokens, calling something at each, and return at its end."""


def benchmark(models: Models, clients: int) -> Benchmark:
    """Tokens a second, the first token's milliseconds and the longest gaps' between tokens."""
    quick, path = int(models.quick), models.gguf("Q8_0")
    return Benchmark(
        title=f"Serving, 8 bits a weight, {clients} {'clients' if clients > 1 else 'client'}",
        ours={"ours": fresh("benchmarks.serving", "ours", clients, quick)},
        peers={"llama.cpp, Q8_0": fresh("benchmarks.serving", path, clients, quick)},
        picture="serving",
    )


def ours(quick: bool, clients: int) -> Ask:
    """Texts of the library's engine."""
    with TemporaryDirectory() as folder:
        engine = Engine(Models(Path(folder), quick).quantized(8), slots=clients, room=PROMPT + NEW + 1)

    def ask(prompt: list[int], new: int, each: Callable[[], None]) -> None:
        for token in engine.submit(Request(prompt, new, stop_token_ids=())):
            if token.id is not None:
                each()

    return ask


def theirs(path: str, clients: int) -> Ask:
    """Texts of llama.cpp's server, without its HTTP."""
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = path
    params.n_ctx, params.n_parallel, params.warmup, params.verbosity = 256 * clients, clients, False, 0
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = os.cpu_count()
    server = xllamacpp.Server(params)
    settings = {"temperature": 0, "ignore_eos": True, "cache_prompt": False, "stream": True}

    def ask(prompt: list[int], new: int, each: Callable[[], None]) -> None:
        def hear(chunk: dict) -> None:
            if chunk["choices"] and chunk["choices"][0]["finish_reason"] is None:
                each()

        server.handle_completions({"prompt": prompt, "n_predict": new} | settings, hear)

    return ask


def load(ask: Ask, clients: int, prompt: int, new: int, turns: int) -> Sample:
    """Let some clients ask at the same time."""
    generator = torch.Generator().manual_seed(0)
    prompts = torch.randint(1, 49152, (clients, turns, prompt), generator=generator).tolist()
    first, gaps = [], []

    def client(own: list[list[int]]) -> None:
        for ids in own:
            times = [time.perf_counter()]
            ask(ids, new, lambda times=times: times.append(time.perf_counter()))
            first.append(times[1] - times[0])
            gaps.extend(np.diff(times[1:]).tolist())

    threads = [Thread(target=client, args=(own,)) for own in prompts]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return figures(clients * turns * new, time.perf_counter() - start, first, gaps)


def figures(tokens: int, seconds: float, first: list[float], gaps: list[float]) -> Sample:
    """What a load says: tokens of all texts in so many seconds, seconds to first tokens, and between tokens."""
    return {
        "tokens/s": tokens / seconds,
        "ms to the first token, median": 1e3 * float(np.median(first)),
        "ms to the first token, p95": 1e3 * float(np.percentile(first, 95)),
        "ms between tokens, p99": 1e3 * float(np.percentile(gaps, 99)),
    }


def measure(who: str, clients: int, quick: bool) -> Sample:
    """One load, behind another that does not count."""
    ask = ours(quick, clients) if who == "ours" else theirs(who, clients)
    sizes = QUICK if quick else (PROMPT, NEW, TURNS)
    load(ask, clients, sizes[0], sizes[1], 1)
    return load(ask, clients, *sizes)


if __name__ == "__main__":
    who, clients, quick = sys.argv[1:]
    print(json.dumps(measure(who, int(clients), quick == "1")), flush=True)
    os._exit(0)  # llama.cpp's threads may not end by themselves
