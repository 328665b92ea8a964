"""A thousand requests to the server, of clients that behave, vanish, stall and lie: is anything lost, leaked or wrong?

    python -m benchmarks.crowd --bits 8          a server of its own, before SmolLM2
    python -m benchmarks.crowd 200 --bits 8      fewer

Each answer is compared with what the same request gets alone. Figures are printed, and drawn in assets/crowd.png.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

SHARES = {"behaves": 70, "vanishes": 10, "stalls": 10, "lies": 10}
STALL = 0.5  # seconds
TRIES = 1000  # of a client whom the server asks to come again
LIES = (  # what is said, and whether less of it comes than was announced
    ('{"model": ', False),
    ('{"model": "no-such-model", "prompt": "a"}', False),
    ('{"model": "MODEL", "prompt": "a", "depth": 5}', False),
    ('{"model": "MODEL", "prompt": "a", "temperature": "hot"}', False),
    ('{"model": "MODEL", "prompt": [-1]}', False),
    ('{"model": "MODEL", "prompt": "a"}', True),
)


@dataclass(frozen=True)
class Outcome:
    """What one client met.

    Attributes:
        kind: how it behaved.
        at: seconds since the load began.
        first: to the first token; None where there was none.
        right: whether it got what it should: the answer that its request gets alone, or a refusal of its lie. None
            for one that did not wait.
        tokens: of its answer.
    """

    kind: str
    at: float
    first: float | None = None
    right: bool | None = None
    tokens: int = 0


@dataclass
class Load:
    """What all of them met, and the server's memory meanwhile.

    Attributes:
        memory: bytes after each outcome.
        seconds: that it took.
        refused: times that the server asked to come again.
    """

    outcomes: list[Outcome] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    seconds: float = 0.0
    refused: int = 0

    def figures(self) -> dict[str, float]:
        """What there is to say of it."""
        kinds, first = Counter(o.kind for o in self.outcomes), [o.first for o in self.outcomes if o.first is not None]
        fifth = max(1, len(self.memory) // 5)
        return {f"clients, {kind}": kinds[kind] for kind in SHARES} | {
            "right": sum(o.right is True for o in self.outcomes),
            "wrong or lost": sum(o.right is False for o in self.outcomes),
            "asked to come again": self.refused,
            "seconds": round(self.seconds, 1),
            "tokens/s": round(sum(o.tokens for o in self.outcomes) / self.seconds, 1),
            "s to the first token, median": round(float(np.median(first)), 3),
            "s to the first token, p95": round(float(np.percentile(first, 95)), 3),
            "MB, second fifth": round(float(np.median(self.memory[fifth : 2 * fifth])) / 1e6, 1),
            "MB, last fifth": round(float(np.median(self.memory[-fifth:])) / 1e6, 1),
        }


async def storm(
    port: int,
    model: str,
    answers: Sequence[tuple[str, str]],
    requests: int,
    clients: int,
    new: int,
    memory: Callable[[], int] = lambda: 0,
) -> Load:
    """Let some clients ask at once.

    Args:
        port: of the server, on this machine.
        model: its name.
        answers: prompts, and how each goes on.
        requests: of all clients.
        new: tokens of an answer.
        memory: the server's bytes.
    """
    load, start, order = Load(), time.perf_counter(), random.Random(0)
    kinds = order.choices([*SHARES], weights=[*SHARES.values()], k=requests)
    todo = [(kind, random.Random(n)) for n, kind in enumerate(kinds)]

    async def client() -> None:
        while todo:
            kind, choice = todo.pop()
            outcome = await _Client(port, model, choice, new, load, start).meet(kind, *choice.choice(answers))
            load.outcomes.append(outcome)
            load.memory.append(memory())

    await asyncio.gather(*(client() for _ in range(clients)))
    load.seconds = time.perf_counter() - start
    return load


class _Client:
    def __init__(self, port: int, model: str, choice: random.Random, new: int, load: Load, start: float) -> None:
        self.port, self.model, self.choice, self.new, self.load, self.start = port, model, choice, new, load, start

    async def meet(self, kind: str, prompt: str, answer: str) -> Outcome:
        at = time.perf_counter() - self.start
        if kind == "lies":
            text, short = self.choice.choice(LIES)
            status, _, _ = await self.ask(text.replace("MODEL", self.model).encode(), short=short)
            return Outcome(kind, at, right=None if short else status in (400, 404))
        stream = self.choice.random() < 0.7
        body = {"model": self.model, "prompt": prompt, "max_tokens": self.new, "temperature": 0, "ignore_eos": True}
        data = json.dumps(body | {"stream": stream}).encode()
        if kind == "vanishes":
            await self.ask(data, leaves=self.choice.uniform(0, 1))
            return Outcome(kind, at)
        for _ in range(TRIES):
            status, said, first = await self.ask(data, stalls=kind == "stalls")
            if status != 429:
                break
            self.load.refused += 1
            await asyncio.sleep(self.choice.uniform(0.05, 0.2))
        return Outcome(kind, at, first if stream else None, status == 200 and said == answer, self.new)

    async def ask(
        self, body: bytes, *, short: bool = False, leaves: float | None = None, stalls: bool = False
    ) -> tuple[int, str, float | None]:
        """Send a request, and read the answer: its status, its text, and the seconds to its first piece."""
        begin = time.perf_counter()
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, limit=4096)
        try:
            head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
            head += f"Content-Type: application/json\r\nContent-Length: {len(body) + 9 * short}\r\n\r\n"
            writer.write(head.encode() + body[: len(body) // 2 if stalls else None])
            await writer.drain()
            if leaves is not None or short:
                await asyncio.sleep(leaves or 0.05)
                return 0, "", None
            if stalls:
                await asyncio.sleep(STALL)
                writer.write(body[len(body) // 2 :])
                await writer.drain()
                begin = time.perf_counter()
                await asyncio.sleep(STALL)  # and does not read
            answer, first = b"", None
            while piece := await reader.read(4096):
                answer += piece
                if first is None and not stalls and b"data: " in answer:
                    first = time.perf_counter() - begin
            return _status(answer), _text(answer), first
        except ConnectionError:
            return 0, "", None
        finally:
            writer.close()


def _status(answer: bytes) -> int:
    found = re.match(rb"HTTP/1\.1 (\d+)", answer)
    return int(found[1]) if found else 0


def _text(answer: bytes) -> str:
    """The text of an answer, which is one JSON object, or an event a line; what was cut is none."""
    lines = answer.partition(b"\r\n\r\n")[2].split(b"\n")
    events = [line[6:].strip() for line in lines if line.startswith(b"data: ")]
    if events and events[-1] != b"[DONE]":
        return ""
    pieces = events[:-1] or [line for line in lines if line.startswith(b"{")][:1]
    return "".join(choice["text"] for piece in pieces for choice in json.loads(piece).get("choices", []))


def draw(load: Load, path: Path) -> None:
    """A point for each first token, and the memory below."""
    import matplotlib.pyplot as plt

    figure, (above, below) = plt.subplots(2, 1, figsize=(8, 5), sharex=True, layout="constrained")
    heard = [(each.at, each.first) for each in load.outcomes if each.first is not None]
    above.plot(*zip(*heard, strict=True), "o", markersize=3, label="a client that behaves, and streams")
    for kind, mark in (("vanishes", "|"), ("stalls", "_"), ("lies", "x")):
        own = [outcome.at for outcome in load.outcomes if outcome.kind == kind]
        above.plot(own, [0] * len(own), mark, label=f"one that {kind}: when")
    above.set(ylabel="seconds to the first token", title=f"{len(load.outcomes):,} requests of clients good and bad")
    above.legend(loc="upper right")
    times = np.linspace(0, load.seconds, len(load.memory))
    below.plot(times, np.array(load.memory) / 1e6)
    below.set(xlabel="seconds", ylabel="memory of the server, MB", ylim=(0, 1.2 * max(load.memory) / 1e6 + 1))
    figure.savefig(path, dpi=110)
    plt.close(figure)


def main() -> None:
    """Start a server, load it, and say what came of it."""
    import psutil

    import lessons_lib
    from lessons_lib.generation import generate
    from lessons_lib.layers import quantize

    parser = argparse.ArgumentParser(prog="python -m benchmarks.crowd", description=__doc__)
    parser.add_argument("requests", type=int, nargs="?", default=1000)
    parser.add_argument("--model", default="smollm2-135m-instruct", help="a name or a directory")
    parser.add_argument("--bits", type=int, choices=[4, 8])
    parser.add_argument("--clients", type=int, default=24)
    parser.add_argument("--new", type=int, default=16, help="tokens of an answer")
    parser.add_argument("--to", type=Path, default=Path(__file__).parents[1] / "assets/crowd.png", help="the picture")
    options = parser.parse_args()
    model, tokenizer = lessons_lib.load(options.model)
    if options.bits:
        quantize(model, bits=options.bits)
    order, words = random.Random(1), "the cat sat under a red lamp while rain fell on an old town by the sea"
    prompts = [" ".join(order.choices(words.split(), k=order.choice([3, 12, 40]))) for _ in range(20)]
    ids = [tokenizer.encode_prompt(prompt) for prompt in prompts]
    texts = [tokenizer.decode([*generate(model, each, options.new, stop_token_ids=())]) for each in ids]
    del model
    command = [sys.executable, "-m", "lessons_lib.apps.server", options.model, "--port", "0", "--queue", "12"]
    command += ["--bits", str(options.bits)] if options.bits else []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        port, name = int(re.search(r":(\d+)/ ", process.stdout.readline())[1]), Path(options.model).name
        memory, answers = psutil.Process(process.pid).memory_info, [*zip(prompts, texts, strict=True)]
        for requests in (min(100, options.requests), options.requests):  # the first warm up
            work = storm(port, name, answers, requests, options.clients, options.new, lambda: memory().rss)
            load = asyncio.run(work)
        process.terminate()
        code = process.wait()
    for what, figure in (load.figures() | {"exit code": code}).items():
        print(f"{what:30} {figure}")
    draw(load, options.to)


if __name__ == "__main__":
    main()
