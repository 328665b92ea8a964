"""Train the small Llama 4s of lesson 11b: `python -m benchmarks.llama4 FOLDER`; about ten minutes on one core.

Each finished run is kept in FOLDER as one line, so that whoever stops goes on. When all are there, what the lesson
reads is written: the races, one long run with what it writes, and its weights.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from statistics import mean

import torch

from benchmarks.finished import kept
from benchmarks.recordings import write
from lessons_lib.classroom.lessons.lesson09.stories import judge
from lessons_lib.classroom.lessons.lesson11b import recorded, small
from lessons_lib.formats import save_safetensors
from lessons_lib.training import held_out_loss

COMMAND = "python -m benchmarks.llama4 FOLDER"


def kept_race(folder: Path, name: str, balance: str, steps: int, seed: int, rate: float) -> dict:
    """What is kept of a race, which is run unless the folder has it already."""

    def make() -> dict:
        run = recorded.race(name, balance, steps, seed, rate)
        print(f"{name}, {balance}, {steps} steps, seed {seed}, rate {rate}: {run['loss']:.3f}", flush=True)
        return run

    return kept(folder / "llama4.jsonl", (recorded.fingerprint(name, balance, steps), seed, rate), make)


def best_rate(folder: Path, name: str) -> float:
    """The rate whose mean loss on two trial seeds is lowest. All mixtures take that of the small Llama 4 without
    balance."""
    name = name if name.startswith("dense") else "small Llama 4"

    def tried(rate: float) -> float:
        runs = (kept_race(folder, name, "none", recorded.STEPS, seed, rate) for seed in recorded.TRIAL_SEEDS)
        return mean(run["loss"] for run in runs)

    return min(recorded.RATES, key=tried)


def all_races(folder: Path) -> list[dict]:
    rows = []
    for name, balance, steps in recorded.RACES:
        rate = best_rate(folder, name)
        runs = [kept_race(folder, name, balance, steps, seed, rate) for seed in recorded.SEEDS]
        mark = recorded.fingerprint(name, balance, steps)
        rows.append({"model": name, "balance": balance, "rate": rate, "fingerprint": mark, "runs": runs})
    return rows


def long_run(folder: Path) -> dict:
    """Train the small Llama 4 for long, store its weights, and return the rest; about a minute, unless it is there."""
    mark, file = recorded.fingerprint("small Llama 4", "loss", recorded.LONG_STEPS), folder / "long.json"
    if file.exists() and (found := json.loads(file.read_text("utf-8")))["fingerprint"] == mark:
        return found
    model, losses, written = small.fresh(), [], []

    def look(step: int) -> None:
        stories = small.tell(model, 32)
        verdicts = [judge(story) for story in stories]
        right = {what: sum(getattr(each, what) for each in verdicts) for what in ("thing", "pronoun", "name")}
        loss = round(held_out_loss(model, small.texts().unread, 50), 4)
        written.append({"step": step, "loss": loss, "story": stories[0], "right": right})

    look(0)
    for step in small.run(model, "loss", 0, recorded.LONG_RATE, recorded.LONG_STEPS):
        losses.append(step.loss)
        if len(losses) in recorded.LOOKED_AT:
            look(len(losses))
    save_safetensors(
        {name: tensor.half().contiguous() for name, tensor in model.state_dict().items()}, recorded.WEIGHTS
    )
    curve = [round(mean(losses[i : i + 10]), 3) for i in range(0, len(losses), 10)]
    found = {"fingerprint": mark, "curve": curve, "written": written}
    file.write_text(json.dumps(found), encoding="utf-8")
    return found


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.llama4", description=__doc__)
    parser.add_argument("folder", type=Path, help="where finished runs are kept")
    folder = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    content = {"command": COMMAND, "torch": torch.__version__, "long": long_run(folder), "races": all_races(folder)}
    write(recorded.STORED, content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
