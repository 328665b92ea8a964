"""Serving people who come when they like: what HTTP costs beside the same engine in one process, at several rates.

They come as a Poisson process, the same seconds and prompts on both sides, whether those before them have been served
or not: 48 random tokens, 64 new ones, 8 slots of 8 bits. Over HTTP the server is a process of its own, and whoever asks
takes part of the same two cores. At the highest rate nearly all come before the first has ended, so that tokens/s are
what the machine gives; at the others they are what people ask for. Over HTTP a token is heard with its text: one that
is half a character comes with the next. Milliseconds of the processor are those of the process that has the engine.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread

import psutil

from benchmarks.harness import Benchmark, Sample
from benchmarks.peers import Models
from benchmarks.process import ROOT, fresh
from benchmarks.serving import NEW, PROMPT, QUICK, Ask, figures, ours

RATES = (1, 2, 8)  # people a second
PEOPLE, SLOTS = 24, 8


def benchmark(models: Models, rate: int) -> Benchmark:
    """Tokens a second, first tokens and gaps, over HTTP and without it."""
    quick, path = int(models.quick), models.gguf("Q8_0")
    return Benchmark(
        title=f"Serving people who come when they like, 8 bits a weight, {rate} a second",
        ours={way: fresh("benchmarks.arrivals", way, rate, quick, path) for way in ("in process", "over HTTP")},
        picture="arrivals",
    )


@contextmanager
def server(model: str) -> Iterator[tuple[Ask, Callable[[], float]]]:
    """Texts of a server on this machine, streamed; and a clock of its seconds of the processor."""
    command = [sys.executable, "-m", "lessons_lib.apps.server", model, "--bits", "8", "--port", "0"]
    sizes = ["--slots", str(SLOTS), "--room", str(PROMPT + NEW + 1)]
    with subprocess.Popen(
        [*command, *sizes], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        port = int(re.search(r":(\d+)/ ", process.stdout.readline())[1])

        def ask(prompt: list[int], new: int, each) -> None:
            body = {"model": Path(model).name, "prompt": prompt, "max_tokens": new, "temperature": 0}
            connection = http.client.HTTPConnection("127.0.0.1", port)
            head = {"Content-Type": "application/json", "Connection": "close"}
            data = json.dumps(body | {"stream": True, "ignore_eos": True})
            connection.request("POST", "/v1/completions", data, head)
            last = b""
            for line in connection.getresponse():
                if line.startswith(b"data: {") and b'"finish_reason": null' in line:
                    each()
                last = line.strip() or last
            if last != b"data: [DONE]":
                raise RuntimeError(f"server: got {last[:200]!r}, allowed a whole stream")

        def clock() -> float:
            times = psutil.Process(process.pid).cpu_times()
            return times.user + times.system

        try:
            yield ask, clock
        finally:
            process.terminate()


def load(ask: Ask, rate: float, people: int, prompt: int, new: int) -> Sample:
    """Let people come, each at a second of their own."""
    order, due = random.Random(0), 0.0
    first: list[float] = []
    gaps: list[float] = []
    threads = []

    def person(ids: list[int]) -> None:
        times = [time.perf_counter()]
        ask(ids, new, lambda: times.append(time.perf_counter()))
        first.append(times[1] - times[0])
        gaps.extend(b - a for a, b in itertools.pairwise(times[1:]))

    start = time.perf_counter()
    for _ in range(people):
        threads.append(Thread(target=person, args=([order.randrange(1, 49152) for _ in range(prompt)],)))
        time.sleep(max(0.0, start + due - time.perf_counter()))
        threads[-1].start()
        due += order.expovariate(rate)
    for thread in threads:
        thread.join()
    if len(first) < people:
        raise RuntimeError(f"people: got {len(first)} served, allowed all {people}")
    return figures(people * new, time.perf_counter() - start, first, gaps)


def measure(way: str, rate: float, quick: bool, model: str) -> Sample:
    """One load, behind another that does not count."""
    people, prompt, new = (6, *QUICK[:2]) if quick else (PEOPLE, PROMPT, NEW)

    def both(ask: Ask, clock: Callable[[], float]) -> Sample:
        load(ask, 100, SLOTS, prompt, new)
        begin = clock()
        sample = load(ask, 100 * rate if quick else rate, people, prompt, new)
        return sample | {"ms of the processor, a token": 1e3 * (clock() - begin) / (people * new)}

    if way == "in process":
        return both(ours(quick, SLOTS), time.process_time)
    with server(model) as (ask, clock):
        return both(ask, clock)


if __name__ == "__main__":
    way, rate, quick, model = sys.argv[1:]
    print(json.dumps(measure(way, float(rate), quick == "1", model)), flush=True)
    os._exit(0)  # the engine's thread waits for more
