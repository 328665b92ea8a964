"""What an engine of 8 slots does for 1 to 32 clients at once, as lesson 17 shows: `python -m benchmarks.load FOLDER`;
five minutes.

Seconds are those in which the engine's thread has worked, on one core: what else the machine does is not in them, nor
is HTTP. Each finished round is kept in FOLDER as one line, so that whoever stops goes on. When all are there, what the
lesson reads is written.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import threading
import time
from functools import cache
from pathlib import Path

import torch

import lessons_lib
from benchmarks.finished import kept
from benchmarks.recordings import write
from lessons_lib.classroom.lessons.lesson17 import recorded
from lessons_lib.classroom.lessons.lesson17.recorded import CLIENTS, LEAST, NEW, PROMPT, ROUNDS, SETTING, TEXTS
from lessons_lib.generation import Engine, Request, Token
from lessons_lib.layers import quantize
from lessons_lib.model import Transformer

COMMAND = "python -m benchmarks.load FOLDER"


def together(model: Transformer, clients: int, turn: int) -> dict:
    """Let some clients ask at once, each for the next text as soon as it has one.

    Args:
        model: one that can be stepped on one thread.
        clients: that ask.
        turn: the number of the round: no prompt comes twice.

    Returns:
        The seconds that it took, the tokens that were written, and each text's seconds to its first token.
    """
    count = max(LEAST, TEXTS * clients)
    drawn = random.Random(f"{clients} {turn}")
    todo = [[drawn.randrange(1, model.config.vocab_size) for _ in range(PROMPT)] for _ in range(count)]
    first: list[float] = []
    ends: list[float] = []
    done = threading.Event()

    def ask() -> None:
        begin, heard = time.thread_time(), []

        def listen(token: Token) -> None:
            if token.id is not None and not heard:
                heard.append(token)
                first.append(round(time.thread_time() - begin, 4))
            if token.finish_reason is not None:
                ends.append(time.thread_time())
                if todo:
                    ask()
                elif len(ends) == count + 1:
                    done.set()

        engine.submit(Request(todo.pop(), NEW, stop_token_ids=()), listener=listen)

    def begin(token: Token) -> None:  # all clients ask in the engine's thread: its clock is its own
        if token.finish_reason is not None:
            ends.append(time.thread_time())
            for _ in range(clients):
                ask()

    with Engine(model, slots=SETTING["slots"], room=PROMPT + NEW + 1, queue=clients) as engine:
        engine.submit(Request([1], 2, stop_token_ids=()), listener=begin)
        while engine.alive and not done.wait(1):
            pass
    return {"seconds": round(ends[-1] - ends[0], 3), "tokens": count * NEW, "first": first}


@cache
def model() -> Transformer:
    return quantize(lessons_lib.load(SETTING["model"])[0], bits=SETTING["bits"])


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=__doc__)
    parser.add_argument("folder", type=Path, help="where finished rounds are kept")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(SETTING["cores"])
    rows: dict[int, list[dict]] = {clients: [] for clients in CLIENTS}
    for turn in range(ROUNDS):
        for clients in CLIENTS:
            key = (json.dumps(recorded.mark()), clients, turn)
            found = kept(options.folder / "load.jsonl", key, lambda n=clients, turn=turn: together(model(), n, turn))
            rows[clients].append(found)
            print(clients, found["seconds"], flush=True)
    write(recorded.STORED, {"command": COMMAND, "torch": torch.__version__, "run": recorded.mark(), "rounds": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
