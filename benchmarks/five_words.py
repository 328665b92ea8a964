"""Teach SmolLM2 by reward to answer in five words: `python -m benchmarks.five_words FOLDER`; about ten minutes.

The run is a job for `python -m lessons_lib.training`, which stands in FOLDER: whoever stops goes on. At its end, what
lesson 13b reads is written.
"""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from pathlib import Path

import torch

from lessons_lib import load
from lessons_lib.checkpoint import load_lora
from lessons_lib.classroom.lessons.lesson12 import tuning
from lessons_lib.classroom.lessons.lesson12.tuning import Answer
from lessons_lib.classroom.lessons.lesson13b.five_words import ASKED, NEW, STORED, TAUGHT, score
from lessons_lib.layers import merge_lora
from lessons_lib.model import Transformer
from lessons_lib.tokenizer import Tokenizer
from lessons_lib.training.__main__ import main as train

DRAWN = 8  # answers to each thing
MOST = 24  # tokens of an answer
JOB = f"""
data = "five.jsonl"
out = "made"
reward = "five.py:score"
held_out = 0.25
save_every = 5
[grpo]
num_generations = 8
max_completion_length = {MOST}
[recipe]
steps = 60
batch_size = 32
learning_rate = 0.0005
"""


def write_job(folder: Path) -> Path:
    """Write the rows, the reward and the job."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = [json.dumps({"prompt": ASKED[0].format(thing)}) for thing in TAUGHT]
    (folder / "five.jsonl").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "five.py").write_text(inspect.getsource(score), encoding="utf-8")
    (folder / "job.toml").write_text(JOB, encoding="utf-8")
    return folder / "job.toml"


def told(model: Transformer, tokenizer: Tokenizer) -> dict:
    """Ask for the things that it was not taught."""

    def answers(asked: str, times: int = 1, temperature: float = 0) -> list[Answer]:
        prompts = [[{"role": "user", "content": asked.format(thing)}] for thing in NEW for _ in range(times)]
        return tuning.answers(model, tokenizer, prompts, MOST, temperature)

    greedy, drawn = [answers(asked) for asked in ASKED], answers(ASKED[0], DRAWN, 1.0)
    return {
        "greedy": [[_of_length(said, count) for count in (5, 8)] for said in greedy],
        "drawn": round(_of_length(drawn, 5) / len(drawn), 4),
        "said": [answer.text if answer.ended else "(no end)" for answer in greedy[0][:6]],
    }


def _of_length(answers: list[Answer], count: int) -> int:
    return sum(answer.ended and len(answer.text.split()) == count for answer in answers)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.five_words", description=__doc__)
    parser.add_argument("folder", type=Path, help="where the job is kept")
    folder = parser.parse_args(arguments).folder
    if train([str(write_job(folder))]):
        return 1
    adapter = folder / "made" / "adapter"
    if not adapter.exists():
        return 0  # asked to end, and saved
    torch.set_num_threads(1)
    model, tokenizer = load("smollm2-135m-instruct")
    found = {"before": told(model, tokenizer)}
    found["after"] = told(merge_lora(load_lora(model, adapter)), tokenizer)
    STORED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
