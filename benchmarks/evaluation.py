"""Ask what lesson 14 shows: `python -m benchmarks.evaluation FOLDER`; about fifteen minutes on one core.

What is done is kept in FOLDER, so that whoever stops goes on. When all is there, what the lesson reads is written.
"""

from __future__ import annotations

import argparse
import sys
import time
from functools import cache
from pathlib import Path

import torch

import lessons_lib
from benchmarks.finished import kept
from benchmarks.recordings import write
from lessons_lib.classroom.lessons.lesson14 import asking, contaminated, judging, recorded
from lessons_lib.evaluation.running import rows_of

COMMAND = "python -m benchmarks.evaluation FOLDER"


@cache
def asked_model() -> tuple[lessons_lib.Transformer, lessons_lib.Tokenizer]:
    return lessons_lib.load("smollm2-135m-instruct")


def in_order(task: str, shots: int) -> list[dict]:
    """What the library says of each item, in the order of the task."""
    whole = recorded.tasks_of(task)
    found = {row["id"]: row for row in rows_of(*asked_model(), whole, shots)}
    return [found[item.id] for item in whole.items]


def rows(task: str) -> list[dict]:
    kept_of = ("nats", "alone")
    return [
        {name: [round(each, 3) for each in row[name]] for name in kept_of} | {"tokens": row["tokens"]}
        for row in in_order(task, 0)
    ]


def picks(way: str) -> str:
    task = recorded.tasks_of("kinds")
    return asking.picks(task.items, asking.likelihoods_of(*asked_model(), task, way))


def written(task: str, shots: int) -> list[str]:
    whole = recorded.tasks_of(task)
    if whole.kind == "answer":
        return [row["answer"] for row in in_order(task, shots)]
    from lessons_lib.evaluation import answers

    prompts = [whole.prompt(item, shots) for item in whole.items]
    found = dict(answers(*asked_model(), prompts, max_new_tokens=whole.max_new_tokens, stop=whole.stop))
    return [found[number] for number in range(len(prompts))]


def judged(what: str, own: list[str]) -> dict[str, list]:
    items = recorded.tasks_of("kinds").items
    pairs = {
        "right and wrong": lambda: judging.right_and_wrong(items),
        "padded and plain": lambda: judging.padded_and_plain(items),
        "own and right": lambda: judging.own_and_right(items, own),
        "other and right": lambda: judging.other_and_right(items, own),
    }[what]()
    gaps = judging.verdicts(*asked_model(), pairs)
    likelihood = judging.by_likelihood(*asked_model(), pairs)
    return {
        "letters": [[round(gap, 3) for gap in both] for both in gaps],
        "likelihood": [round(gap, 3) for gap in likelihood],
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.evaluation", description=__doc__)
    parser.add_argument("folder", type=Path, help="where what is done is kept")
    parser.add_argument("--seconds", type=float, help="stop, in between, after so long; the same command goes on")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    mark, began = recorded.fingerprint(), time.monotonic()

    def done(make, *key):
        if options.seconds and time.monotonic() - began > options.seconds:
            raise TimeoutError

        def made():
            start = time.monotonic()
            found = make()
            print(*key, f"{time.monotonic() - start:.0f} s", flush=True)
            return found

        return kept(options.folder / "evaluation.jsonl", (mark, *key), made)

    try:
        content = {
            "command": COMMAND,
            "torch": torch.__version__,
            "fingerprint": mark,
            "rows": {task: done(lambda task=task: rows(task), "rows", task) for task in recorded.CHOICES},
            "picks": {way: done(lambda way=way: picks(way), "picks", way) for way in asking.WAYS},
            "written": {
                f"{task}, {shots}": done(lambda task=task, shots=shots: written(task, shots), "written", task, shots)
                for task, shots in recorded.WRITTEN
            },
        }
        own = content["written"]["kinds, 5"]
        content["judged"] = {
            what: done(lambda what=what: judged(what, own), "judged", what) for what in recorded.JUDGED
        }
        content["taught"] = {
            copies: [
                done(lambda copies=copies, seed=seed: contaminated.measured(copies, seed), "taught", copies, seed)
                for seed in recorded.SEEDS
            ]
            for copies in contaminated.COPIES
        }
    except TimeoutError:
        print("stopped; the same command goes on", flush=True)
        return 0
    write(recorded.STORED, content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
