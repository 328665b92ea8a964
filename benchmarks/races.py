"""Run the races of lesson 09b: `python -m benchmarks.races FOLDER`; about twenty minutes on one core.

Every variant's learning rates are chosen first, among three, on two seeds that do not race. Each finished run is kept
in FOLDER as one line, so that whoever stops goes on, and several workers can share the work (`--share 0/2`). When all
runs are there, what the lesson reads is written.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch

from benchmarks.finished import Key, finished, kept
from lessons_lib.classroom.lessons.lesson09b import track
from lessons_lib.classroom.lessons.lesson09b.results import STORED

Runs = dict[Key, dict]  # by fingerprint, rate and seed


def best_rate(runs: Runs, name: str) -> float:
    """The rate whose mean loss on the trial seeds is lowest; of a longer race that of the short one."""
    mark = track.fingerprint(track.VARIANTS[_chooser(name)])
    means = {rate: np.mean([runs[mark, rate, seed]["loss"] for seed in track.TRIAL_SEEDS]) for rate in track.RATES}
    return min(means, key=means.get)


def _chooser(name: str) -> str:
    """The variant whose trials choose the rate of another, or its own."""
    return track.VARIANTS[name].rate_of or name


def work(folder: Path, names: list[str], file: Path) -> None:
    """Run what is left of the named variants."""
    for name in names:
        chooser = _chooser(name)
        for rate in track.RATES:
            for seed in track.TRIAL_SEEDS:
                run(file, track.VARIANTS[chooser], rate, seed, chooser)
        rate = best_rate(finished(folder), name)
        for seed in track.SEEDS:
            run(file, track.VARIANTS[name], rate, seed, name)


def run(file: Path, variant: track.Variant, rate: float, seed: int, name: str) -> dict:
    """What is kept of a run, see `finished.kept`.

    Args:
        file: this worker's, in the folder of finished runs.
        variant, rate, seed: which run; trial seeds are judged on the trial text, others on the unread.
        name: what is printed of it.
    """

    def make() -> dict:
        judged_on = track.texts().trial if seed in track.TRIAL_SEEDS else track.texts().unread
        result = track.race(variant, seed, rate, judged_on=judged_on)
        print(f"{name}, {rate} times the rate, seed {seed}: {result.loss:.3f}, thing {result.thing:.3f}", flush=True)
        curve = [round(loss, 3) for loss in result.curve]
        return {"loss": round(result.loss, 4), "thing": round(result.thing, 4), "curve": curve}

    return kept(file, (track.fingerprint(variant), rate, seed), make)


def collected(runs: Runs) -> dict:
    """What the lesson reads.

    Raises:
        KeyError: if a run is missing.
    """
    variants = {}
    for name, variant in track.VARIANTS.items():
        mark = track.fingerprint(variant)
        rate = best_rate(runs, name)
        races = [runs[mark, rate, seed] for seed in track.SEEDS]
        variants[name] = {
            "fingerprint": mark,
            "parameters": track.build(variant, 0).num_parameters(),
            "rate": rate,
            "trials": {
                str(each): [runs[mark, each, seed]["loss"] for seed in track.TRIAL_SEEDS]
                for each in (track.RATES if variant.rate_of is None else ())
            },
            **{what: [race[what] for race in races] for what in ("loss", "thing", "curve")},
        }
    return {"command": "python -m benchmarks.races FOLDER", "torch": torch.__version__, "variants": variants}


def main(arguments: list[str] | None = None, stored: Path = STORED) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.races", description=__doc__)
    parser.add_argument("folder", type=Path, help="where finished runs are kept")
    parser.add_argument("--share", default="0/1", help="which worker this is, of how many (default: 0/1)")
    options = parser.parse_args(arguments)
    number, of = (int(part) for part in options.share.split("/"))
    torch.set_num_threads(1)
    options.folder.mkdir(parents=True, exist_ok=True)
    work(options.folder, list(track.VARIANTS)[number::of], options.folder / f"runs-{number}-of-{of}.jsonl")
    try:
        results = collected(finished(options.folder))
    except KeyError:
        print("this share is done; the others are not")
        return 0
    text = json.dumps(results, separators=(",", ":")).replace('},"', '},\n"')
    stored.write_text(text + "\n", encoding="utf-8", newline="\n")
    print(f"written: {stored.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
