"""Record the runs that lessons 09, 11 and D6 show: `python -m benchmarks.recordings FOLDER`; about eight minutes on
one core.

Each finished run is kept in FOLDER as one line, so that whoever stops goes on. When all are there, what the lessons
read is written.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import mean

import torch

from benchmarks import finished, races
from lessons_lib.classroom.lessons.lesson09 import schedules
from lessons_lib.classroom.lessons.lesson09b import track
from lessons_lib.classroom.lessons.lesson11 import puzzle
from lessons_lib.classroom.lessons.lessonD6 import moving, sizes

COMMAND = "python -m benchmarks.recordings FOLDER"
Race = Callable[[track.Variant, int, float], dict]  # variant, seed and rate to what is kept of a run


def kept(folder: Path) -> Race:
    """A race that is run unless the folder has it already."""
    folder.mkdir(parents=True, exist_ok=True)
    return lambda variant, seed, rate: races.run(folder / "runs.jsonl", variant, rate, seed, "recorded")


def all_schedules(race: Race) -> dict:
    """What the panel of lesson 09 reads."""
    rows = []
    for warm_up, decay, rate in schedules.SETTINGS:
        variant = schedules.variant(warm_up, decay)
        runs = [race(variant, seed, rate) for seed in track.SEEDS]
        setting = {"warm_up": warm_up, "decay": decay, "rate": rate, "fingerprint": track.fingerprint(variant)}
        rows.append(setting | {what: [run[what] for run in runs] for what in ("loss", "curve")})
    return {"command": COMMAND, "torch": torch.__version__, "settings": rows}


def best_rate(race: Race, variant: track.Variant) -> float:
    """The rate whose mean loss on two trial seeds is lowest."""
    return min(sizes.RATES, key=lambda rate: mean(race(variant, seed, rate)["loss"] for seed in track.TRIAL_SEEDS))


def all_sizes(race: Race) -> dict:
    """What D6 reads of the four widths."""
    rows = []
    for width in sizes.WIDTHS:
        variants = {steps: sizes.variant(width, steps) for steps in sizes.STEPS}
        rates = {steps: best_rate(race, variant) for steps, variant in variants.items()}
        losses = {
            steps: [race(variant, seed, rates[steps])["loss"] for seed in track.SEEDS]
            for steps, variant in variants.items()
        }
        marks = [track.fingerprint(variant) for variant in variants.values()]
        parameters = track.build(variants[sizes.STEPS[0]], 0).num_parameters()
        rows.append({"width": width, "parameters": parameters, "rate": rates, "fingerprints": marks, "loss": losses})
    return {"command": COMMAND, "torch": torch.__version__, "widths": rows}


def all_puzzles(folder: Path) -> dict:
    """What lesson 11 reads of near and far layers."""
    file, mark = folder / "runs.jsonl", puzzle.fingerprint()
    racers = {
        name: [
            finished.kept(file, (json.dumps(mark), name, seed), partial(puzzle.race, name, seed))
            for seed in puzzle.SEEDS
        ]
        for name in puzzle.RACERS
    }
    return {"command": COMMAND, "torch": torch.__version__, "run": mark, "racers": racers}


def write(stored: Path, content: dict) -> None:
    text = json.dumps(content, separators=(",", ":")).replace('},{"', '},\n{"')
    stored.write_text(text + "\n", encoding="utf-8", newline="\n")
    print(f"written: {stored.name}", flush=True)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.recordings", description=__doc__)
    parser.add_argument("folder", type=Path, help="where finished runs are kept")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    race = kept(options.folder)
    write(schedules.STORED, all_schedules(race))
    write(moving.STORED, {"command": COMMAND, "torch": torch.__version__} | moving.watched())
    write(sizes.STORED, all_sizes(race))
    write(puzzle.STORED, all_puzzles(options.folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())
