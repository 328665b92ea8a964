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
from lessons_lib.classroom.lessons.lesson13b.five_words import ASKED, NEW, STORED, TAUGHT, score
from lessons_lib.generation import Request, Sampler, generate_batch
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


def answers(model: Transformer, tokenizer: Tokenizer, asked: list[str], temperature: float) -> list[str | None]:
    """What the model says to each question; None if it did not come to its end."""
    prompts = (tokenizer.encode_chat([{"role": "user", "content": text}]) for text in asked)
    requests = [Request(ids, MOST, Sampler(temperature=temperature, seed=seed)) for seed, ids in enumerate(prompts)]
    ids: list[list[int]] = [[] for _ in asked]
    ended = [False] * len(asked)
    for n, token in generate_batch(model, requests):
        if token.finish_reason is None:
            ids[n].append(token.id)
        else:
            ended[n] = token.finish_reason == "stop"
    return [tokenizer.decode(each) if end else None for each, end in zip(ids, ended, strict=True)]


def told(model: Transformer, tokenizer: Tokenizer) -> dict:
    """Ask for the things that it was not taught."""
    greedy = [answers(model, tokenizer, [asked.format(thing) for thing in NEW], 0.0) for asked in ASKED]
    drawn = answers(model, tokenizer, [ASKED[0].format(thing) for thing in NEW for _ in range(DRAWN)], 1.0)
    return {
        "greedy": [[_of_length(said, count) for count in (5, 8)] for said in greedy],
        "drawn": round(_of_length(drawn, 5) / len(drawn), 4),
        "said": [text if text is not None else "(no end)" for text in greedy[0][:6]],
    }


def _of_length(texts: list[str | None], count: int) -> int:
    return sum(text is not None and len(text.split()) == count for text in texts)


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
