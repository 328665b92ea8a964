"""Tune SmolLM2 for lesson 12: `python -m benchmarks.cards FOLDER`; about twenty minutes on one core.

Each finished run is kept in FOLDER as one line, so that whoever stops goes on. When all are there, what the lesson
reads is written. With --seed N the runs of that seed are made and nothing is written: several workers can share a
folder.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from benchmarks.finished import kept
from benchmarks.recordings import write
from lessons_lib.classroom.lessons.lesson12 import recorded, tuning

COMMAND = "python -m benchmarks.cards FOLDER"


def untuned(file: Path) -> dict:
    """What is kept of the model before, which is asked unless the folder has it already."""
    return kept(file, ("untuned", recorded.fingerprint(tuning.USUAL), 0), recorded.untuned)


def tuned(file: Path, way: tuning.Way, seed: int) -> dict:
    """What is kept of a run, which is made unless the folder has it already."""

    def make() -> dict:
        run = recorded.tune(way, seed)
        told = run["told"]
        words = f"loss {run['losses'][-1]:.2f}, {told['cards']} cards, {told['facts']} facts"
        print(f"{way}, seed {seed}: {words}, perplexity {told['perplexity']:.2f}", flush=True)
        return run

    return kept(file, ("tuned", recorded.fingerprint(way), seed), make)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cards", description=__doc__)
    parser.add_argument("folder", type=Path, help="where finished runs are kept")
    parser.add_argument("--seed", type=int, help="make the runs of this seed alone")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if options.seed is not None:
        for way, seeds in recorded.KINDS:
            if options.seed in seeds:
                tuned(options.folder / f"cards{options.seed}.jsonl", way, options.seed)
        return 0
    file = options.folder / "cards.jsonl"
    before, kinds = untuned(file), []
    for way, seeds in recorded.KINDS:
        made = [tuned(file, way, seed) for seed in seeds]
        kinds.append({"way": way._asdict(), "fingerprint": recorded.fingerprint(way), "runs": made})
    content = {"command": COMMAND, "torch": torch.__version__, "untuned": before, "kinds": kinds}
    write(recorded.STORED, content)
    return 0


if __name__ == "__main__":
    sys.exit(main())
