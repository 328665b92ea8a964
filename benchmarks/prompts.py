"""Ask SmolLM2 in the ways of lesson 15: `python -m benchmarks.prompts FOLDER`; about ten minutes on one core.

Each finished way is kept in FOLDER as one line, so that whoever stops goes on. When all are there, what the lesson
reads is written.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import torch

import lessons_lib
from benchmarks.finished import kept
from benchmarks.recordings import write
from lessons_lib.classroom.lessons.lesson15 import ways

COMMAND = "python -m benchmarks.prompts FOLDER"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.prompts", description=__doc__)
    parser.add_argument("folder", type=Path, help="where finished ways are kept")
    folder = parser.parse_args(arguments).folder
    folder.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(1)
    model, tokenizer = lessons_lib.load(ways.MODEL)
    rows = {}
    for name, asked in ways.ALL.items():
        mark = ways.fingerprint(name)

        def ask(asked: ways.Asked = asked) -> dict:
            return {"said": ways.answers(model, tokenizer, asked.way, [text for text, _ in asked.items])}

        rows[name] = {"fingerprint": mark, **kept(folder / "prompts.jsonl", (name, mark), ask)}
        print(name, flush=True)
    write(ways.STORED, {"command": COMMAND, "torch": torch.__version__, "ways": rows})
    return 0


if __name__ == "__main__":
    sys.exit(main())
