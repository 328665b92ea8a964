"""Tuning SmolLM2 with an adapter, beside TRL with PEFT: a step of SFT, DPO and GRPO, and the answers inside GRPO.

Both sides read the same rows and write answers of the same lengths. DPO's reference is asked beforehand by both. Each
works in a process of its own, for the sake of its memory.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from unittest.mock import patch

import psutil
import torch

from benchmarks.harness import Benchmark, Sample
from benchmarks.peers import Models
from benchmarks.process import fresh, peak_memory
from lessons_lib.layers import LoraConfig, add_lora
from lessons_lib.model import Transformer
from lessons_lib.training import Conversations, Dpo, Grpo, NextToken, Pairs, Recipe, Rollouts, Run, rollouts

STEPS = 2  # that count, behind one that doesn't
RANK, RATE = 8, 1e-6  # so small that answers stay as they are
END = 0


class Size(NamedTuple):
    """How much a step reads: tokens asked and told, conversations, pairs, and answers in groups."""

    asked: int = 40
    told: int = 32
    conversations: int = 6
    pairs: int = 3
    problems: int = 3
    answers: int = 8


QUICK = Size(5, 4, 2, 2, 2, 3)


class Steps(NamedTuple):
    """What steps were like: the seconds of each, those of its answers, its loss, and the most memory in bytes."""

    seconds: list[float]
    answering: list[float]
    losses: list[float]
    memory: int


def benchmark(models: Models, subject: str) -> Benchmark:
    """Milliseconds a step and megabytes of "SFT", "DPO" or "GRPO"."""
    ours, theirs = (fresh("benchmarks.tuning", who, subject, int(models.quick)) for who in ("ours", "trl"))
    return Benchmark(
        title=f"Tuning step, SmolLM2-135M with an adapter, {subject}",
        ours={"ours": ours},
        peers={"TRL with PEFT": theirs},
    )


def triples(size: Size) -> list[tuple[list[int], list[int], list[int]]]:
    """Random tokens: a question and two answers, which come to an end; as many as all steps read."""
    generator = torch.Generator().manual_seed(0)

    def some(count: int) -> list[int]:
        return (torch.randint(49151, (count,), generator=generator) + 1).tolist()

    count = (STEPS + 1) * max(size.conversations, size.pairs, size.problems)
    return [
        (some(size.asked - n % 3), [*some(size.told - n % 4), END], [*some(size.told - n % 3), END])
        for n in range(count)
    ]


def settings(size: Size) -> Grpo:
    return Grpo(num_generations=size.answers, max_completion_length=size.told)


def worth(tokens: list[int]) -> float:
    """Any reward that differs: what it says does not change how long a step takes."""
    return sum(token % 7 for token in tokens) / 10


def ours(model: Transformer, subject: str, size: Size) -> Steps:
    """Some steps of the library."""
    add_lora(model, LoraConfig(r=RANK, lora_alpha=2 * RANK))
    made = triples(size)
    if subject == "SFT":
        data, rows, objective = Conversations(marked(a, b) for a, b, _ in made), size.conversations, NextToken()
    elif subject == "DPO":
        data, rows, objective = Pairs((marked(a, b), marked(a, c)) for a, b, c in made), size.pairs, Dpo()
        data.measure(model)
    else:
        objective, rows = settings(size), size.problems * size.answers
        data = Rollouts(
            model, [a for a, _, _ in made], _worth_of_text, objective, encode=list, decode=json.dumps, end=[]
        )
    recipe = Recipe(steps=STEPS + 1, batch_size=rows, matrix_learning_rate=None, learning_rate=RATE, weight_decay=0.0)
    watch, before, seconds, losses = Watch(), psutil.Process().memory_info().rss, [], []
    with patch.object(rollouts, "sample_groups", watch(rollouts.sample_groups)):
        start = time.perf_counter()
        for report in Run(model, data, recipe, objective):
            seconds.append(time.perf_counter() - start)
            losses.append(report.loss)
            start = time.perf_counter()
    return Steps(seconds, watch.seconds, losses, peak_memory() - before)


def marked(asked: list[int], told: list[int]) -> tuple[list[int], list[bool]]:
    """A conversation, and which of its tokens are to be named."""
    return asked + told, [False] * len(asked) + [True] * len(told)


def _worth_of_text(problem: object, text: str, ended: bool) -> float:
    return worth(json.loads(text))


class Watch:
    """Takes the seconds of each call of a function."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*arguments: Any, **named: Any) -> Any:
            start = time.perf_counter()
            try:
                return function(*arguments, **named)
            finally:
                self.seconds.append(time.perf_counter() - start)

        return watched


def measure(who: str, subject: str, quick: bool) -> Sample:
    """The medians of a step's time and of its answers', and the most memory beside the model."""
    if who == "trl":
        from benchmarks.tuning_trl import trl as work
    else:
        work = ours
    with TemporaryDirectory() as folder:
        work(Models(Path(folder), quick=True).ours, subject, QUICK)  # what is imported and compiled is not asked
        found = work(Models(Path(folder), quick).ours, subject, QUICK if quick else Size())
    sample = {"ms a step": 1e3 * median(found.seconds[1:]), "MB at most": found.memory / 1e6}
    return sample | ({"ms of answers": 1e3 * median(found.answering[1:])} if found.answering else {})


if __name__ == "__main__":
    who, subject, quick = sys.argv[1:]
    print(json.dumps(measure(who, subject, quick == "1")))
