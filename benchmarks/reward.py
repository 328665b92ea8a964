"""Teach the model of lesson 13b its sums: `python -m benchmarks.reward FOLDER`; about half an hour on one core.

What is done is kept in FOLDER, so that whoever stops goes on: the imitation as a saved run, each finished run as one
line. When all are there, what the lesson reads is written. With --imitate, the model that imitates is made anew first.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

from benchmarks.finished import kept
from benchmarks.recordings import write
from lessons_lib.classroom.lessons.lesson13b import recorded, sums
from lessons_lib.classroom.lessons.lesson13b.recorded import METHODS, OTHERS, RATES, SEEDS, TRIAL_SEED
from lessons_lib.classroom.lessons.lesson13b.rewarded import Way
from lessons_lib.formats import save_safetensors
from lessons_lib.training import Run

COMMAND = "python -m benchmarks.reward FOLDER"


def imitate(folder: Path) -> None:
    """Make the model that all runs begin from."""
    model, saved = sums.fresh(), folder / "imitation"
    run = sums.imitate(model)
    if saved.exists():
        run = Run.resume(saved, run.data, model)
    for report in run:
        if report.step % 100 == 0:
            print(f"imitation, step {report.step}: loss {report.loss:.3f}", flush=True)
            run.save(saved)
    tensors = {name: tensor.half().contiguous() for name, tensor in model.state_dict().items()}
    save_safetensors(tensors, sums.WEIGHTS)


def kept_run(folder: Path, way: Way, seed: int) -> dict:
    """What is kept of a run, which is made unless the folder has it already."""

    def make() -> dict:
        run = recorded.taught(way, seed)
        told = run["told"]
        print(f"{way}, seed {seed}: right {told['right']:.3f}, worked out {told['worked']:.3f}", flush=True)
        return run

    return kept(folder / "reward.jsonl", (recorded.fingerprint(way), seed), make)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.reward", description=__doc__)
    parser.add_argument("folder", type=Path, help="where what is done is kept")
    parser.add_argument("--imitate", action="store_true", help="make the model that imitates anew")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    if options.imitate:
        imitate(options.folder)

    def before() -> dict:
        model = sums.imitated()
        return {"told": recorded.measured(model), "many": recorded.many(model)}

    def runs(way: Way, seeds: range) -> dict:
        made = [kept_run(options.folder, way, seed) for seed in seeds]
        return {"way": way._asdict(), "fingerprint": recorded.fingerprint(way), "runs": made}

    start = kept(options.folder / "reward.jsonl", ("before", recorded.fingerprint(Way())), before)
    tried, kinds = [], []
    for method in METHODS:
        found = {way: kept_run(options.folder, way, TRIAL_SEED) for way in (Way(method, rate=rate) for rate in RATES)}
        shares = {way: run["told"]["right"] for way, run in found.items()}
        tried += [{"way": way._asdict(), "right": share} for way, share in shares.items()]
        kinds.append(runs(max(shares, key=shares.get), SEEDS))
    kinds += [runs(way, SEEDS[:1]) for way in OTHERS]
    after = kinds[0]["runs"][0]["many"]
    for kind in kinds:
        for run in kind["runs"]:
            run.pop("many", None)
    content = {"command": COMMAND, "torch": torch.__version__, "before": start, "after": after}
    write(recorded.STORED, content | {"tried": tried, "kinds": kinds})
    return 0


if __name__ == "__main__":
    sys.exit(main())
