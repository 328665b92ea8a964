"""What a cold start is made of, as lesson 18 shows: `python -m benchmarks.cold_start FOLDER`; four minutes.

Each finished round is kept in FOLDER as one line, so that whoever stops goes on. When all are there, what the lesson
reads is written.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from functools import partial
from pathlib import Path

import torch

from benchmarks.finished import kept
from benchmarks.recordings import write
from lessons_lib.classroom.lessons.lesson18.cold import MODEL, ROUNDS, STORED, WAYS, start

COMMAND = "python -m benchmarks.cold_start FOLDER"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cold_start", description=__doc__)
    parser.add_argument("folder", type=Path, help="where finished rounds are kept")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    rows: dict[str, list[dict]] = {way: [] for way in WAYS}
    for turn in range(ROUNDS):
        with tempfile.TemporaryDirectory() as compiled:  # empty at first, and full in the second start
            for way in WAYS:
                make = partial(start, Path(compiled))
                found = kept(options.folder / "cold_start.jsonl", (MODEL, way, turn), make)
                rows[way].append(found)
                print(way, found, flush=True)
    write(STORED, {"command": COMMAND, "torch": torch.__version__, "model": MODEL, "rounds": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
