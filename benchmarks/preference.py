"""Teach SmolLM2 the taste of lesson 13: `python -m benchmarks.preference FOLDER`; about half an hour on one core.

Each finished run is kept in FOLDER as one line, so that whoever stops goes on. When all are there, what the lesson
reads is written. With --seed N the runs of that seed are made and nothing is written: several workers can share a
folder. With --own, what the model says to the questions of the pairs is written anew before.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch
from torch import Tensor

import lessons_lib
from benchmarks.finished import kept
from benchmarks.recordings import write
from lessons_lib.classroom.lessons.lesson13 import liking, pairs, recorded
from lessons_lib.training import Pairs

COMMAND = "python -m benchmarks.preference FOLDER"


def write_own() -> None:
    """The answers that are not liked: the model's own, cut off."""
    said = liking.answers(*lessons_lib.load(liking.MODEL), list(pairs.LIKED), liking.OWN)
    answers = {question: answer.text for question, answer in zip(pairs.LIKED, said, strict=True)}
    write(pairs.WRITTEN, {"command": f"{COMMAND} --own", "answers": answers})
    pairs.pairs.cache_clear()


class Recorder:
    """Runs that are kept in a file; the model and the reference are asked for once, and only if a run is missing."""

    def __init__(self, file: Path) -> None:
        self.file, self._loaded, self._references = file, None, {}

    def before(self) -> dict:
        return kept(
            self.file, ("before", recorded.fingerprint(recorded.USUAL), 0), lambda: recorded.measured(*self._load())
        )

    def taught(self, way: liking.Way, seed: int) -> dict:
        def make() -> dict:
            model, tokenizer = self._load()
            data = Pairs(liking.rows(tokenizer, way.ended), seed=seed)
            data.reference = self._reference(way.ended)
            run = recorded.taught(model, tokenizer, data, way, seed)
            told = run["told"]
            print(f"{way}, seed {seed}: {told['liked']} liked, perplexity {told['perplexity']:.2f}", flush=True)
            return run

        return kept(self.file, ("taught", recorded.fingerprint(way), seed), make)

    def _load(self) -> tuple:
        if self._loaded is None:
            self._loaded = lessons_lib.load(liking.MODEL)
        return self._loaded

    def _reference(self, ended: bool) -> Tensor:
        if ended not in self._references:
            model, tokenizer = self._load()
            self._references[ended] = Pairs(liking.rows(tokenizer, ended)).measure(model).reference
        return self._references[ended]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.preference", description=__doc__)
    parser.add_argument("folder", type=Path, help="where finished runs are kept")
    parser.add_argument("--own", action="store_true", help="let the model answer the questions of the pairs anew")
    parser.add_argument("--seed", type=int, help="make the runs of this seed alone")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if options.own:
        write_own()
    if options.seed is not None:
        recorder = Recorder(options.folder / f"preference{options.seed}.jsonl")
        for way in recorded.KINDS:
            recorder.taught(way, options.seed)
        return 0
    recorder = Recorder(options.folder / "preference.jsonl")
    kinds = []
    for way in recorded.KINDS:
        made = [recorder.taught(way, seed) for seed in recorded.SEEDS]
        kinds.append({"way": way._asdict(), "fingerprint": recorded.fingerprint(way), "runs": made})
    write(
        recorded.STORED, {"command": COMMAND, "torch": torch.__version__, "before": recorder.before(), "kinds": kinds}
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
