"""The likelihood of choices beside EleutherAI's harness, `lm-eval`, with its model of transformers in batches of 8.

Both sides get the same questions of the task `kinds` as texts, each with five choices. They encode them, and score each
choice behind its question with the same weights in float32; for the four scores of our tables, and lm-eval's
`acc_mutual_info` among them, also each choice alone. Where a choice is one token, as most are here, lm-eval reads its
question once for all of them: with no examples it reads 667 tokens for 16 questions, the tree 171. Their products of
matrices run at nine tenths of what the processor can do and are four fifths of our time, so there is little left to
gain. The harness wants another python-dateutil than the course's set, so it runs in an environment of its own: see
`process.PEERS`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import torch

from benchmarks.harness import Benchmark, Sample, per_second
from benchmarks.peers import Models
from benchmarks.process import beside, fresh
from lessons_lib.evaluation import encode_pair, load_tasks, score

SHOTS = (0, 5)
QUESTIONS = 16

Asked = list[tuple[str, str]]
Found = list[tuple[float, bool]]
"""Of each text its likelihood in nats, and whether it is what the model would say."""


def benchmark(models: Models, shots: int, alone: bool = False) -> Benchmark:
    """Questions a second, with so many examples before each; with `alone` also each choice without its question."""
    count = 2 if models.quick else QUESTIONS
    given = ("benchmarks.likelihoods", shots, int(alone), count, int(models.quick))
    return Benchmark(
        title=f"Likelihoods of 5 choices, {shots} shots" + ", and of each choice alone" * alone,
        ours={"ours": fresh(*given, "ours")},
        peers=beside({"lm-eval, transformers": (*given, "lm-eval")}),
        picture="evaluation",
    )


def questions(shots: int, count: int, alone: bool = False) -> Asked:
    """Each choice of some questions, as a context and a continuation; with `alone` also behind nothing."""
    [task] = load_tasks("kinds", limit=count)
    pairs = [(task.prompt(item, shots), task.delimiter + choice) for item in task.items for choice in item.choices]
    return pairs + [("", choice) for _, choice in pairs] * alone


def ours(models: Models) -> Callable[[Asked], Found]:
    model, tokenizer = models.ours, models.tokenizer

    def ask(asked: Asked) -> Found:
        found = score(model, [encode_pair(tokenizer, *pair) for pair in asked])
        return [(each.nats, each.greedy) for each in found]

    return ask


def theirs(models: Models) -> Callable[[Asked], Found]:
    from lm_eval.api.instance import Instance
    from lm_eval.models.huggingface import HFLM
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(models.saved)
    for name, token in (("bos_token", models.tokenizer.bos_token_id), ("eos_token", models.tokenizer.eos_token_id)):
        setattr(tokenizer, name, models.tokenizer.token_bytes(token).decode())
    model = HFLM(pretrained=models.transformers, tokenizer=tokenizer, device="cpu", batch_size=8)

    def ask(asked: Asked) -> Found:
        return model.loglikelihood(
            [Instance("loglikelihood", {}, pair, number) for number, pair in enumerate(asked)], disable_tqdm=True
        )

    return ask


def measure(shots: int, alone: bool, count: int, quick: bool, who: str) -> Sample:
    """Questions a second, once the model is there and has been asked one."""
    with TemporaryDirectory() as folder:
        ask = (ours if who == "ours" else theirs)(Models(Path(folder), quick))
        ask(questions(0, 1))
        asked = questions(shots, count, alone)
        return per_second(lambda: len(ask(asked)), {"questions/s": len(asked) / count})()


if __name__ == "__main__":
    torch.set_num_threads(1)
    shots, alone, count, quick, who = sys.argv[1:]
    print(json.dumps(measure(int(shots), alone == "1", int(count), quick == "1", who)))
