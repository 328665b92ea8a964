"""Search in the course and ask SmolLM2, as lesson 16 shows: `python -m benchmarks.retrieval FOLDER`; about a quarter of
an hour on one core.

Each finished part is kept in FOLDER as one line, so that whoever stops goes on. When all are there, what the lesson
reads is written. With `--prose` the text that is searched is taken anew from the notebooks first: that changes every
answer, so the whole lesson has to be read again.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from functools import cache
from pathlib import Path

import torch

import lessons_lib
from benchmarks.finished import kept
from benchmarks.recordings import write
from lessons_lib.apps.embedding import load_encoder
from lessons_lib.classroom.lessons.lesson15.ways import MODEL
from lessons_lib.classroom.lessons.lesson16 import asking, course

COMMAND = "python -m benchmarks.retrieval FOLDER"
NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
NO_PROSE = ("Exercises", "In your own words", "Quiz", "What to take with you")
TOGETHER = 16  # questions that are kept as one line


def prose(lesson: str) -> str:
    """The sections of a lesson as plain Markdown: links become their words, bold is taken out."""
    cells = json.loads((NOTEBOOKS / f"{lesson}.ipynb").read_text("utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    _, *parts = re.split(r"(?m)^## (.+)$", text)
    found = [f"# {lesson}\n"]
    for heading, body in zip(parts[::2], parts[1::2], strict=True):
        if heading.strip() not in NO_PROSE:
            plain = re.sub(r"!?\[((?:[^\[\]]|\[[^\]]*\])*)\]\([^)]*\)", r"\1", body).replace("**", "")
            plain = re.sub(r"\n{3,}", "\n\n", plain).strip()
            found.append(f"## {heading.strip()}\n\n{plain}\n")
    return "\n".join(found)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.retrieval", description=__doc__)
    parser.add_argument("folder", type=Path, help="where finished parts are kept")
    parser.add_argument("--prose", action="store_true", help="take the text anew from the notebooks")
    options = parser.parse_args(arguments)
    options.folder.mkdir(parents=True, exist_ok=True)
    file = options.folder / "retrieval.jsonl"
    torch.set_num_threads(1)
    if options.prose:
        course.STORED.write_text("\n".join(map(prose, course.LESSONS)), encoding="utf-8", newline="\n")
    encoder = load_encoder()
    searcher = cache(lambda size: asking.Searcher(encoder, size))

    def searched(size: int) -> dict:
        found = searcher(size)
        places = {group: found.places(asked) for group, asked in asking.GROUPS.items()}
        lengths = [len(encoder.wordpiece.encode(passage.text)) - 2 for passage in found.passages]
        filled = {group: found.filled(asked) for group, asked in asking.GROUPS.items()}
        return {"passages": len(lengths), "tokens": sum(lengths), "places": places, "filled": filled}

    searches = {}
    for size in asking.SIZES:
        mark = asking.fingerprint(size)
        searches[str(size)] = {
            "fingerprint": mark,
            **kept(file, ("size", size, mark), lambda size=size: searched(size)),
        }
        print(size, flush=True)

    loaded = cache(lambda: lessons_lib.load(MODEL))
    said = {}
    for name, way in asking.WAYS.items():
        mark, lines = asking.fingerprint(way), []
        read = kept(file, ("read", name, mark), lambda way=way: searcher(course.SIZE).read(way))
        for start in range(0, len(read), TOGETHER):
            some = slice(start, start + TOGETHER)

            def ask(way: asking.Way = way, read: list[str] = read, some: slice = some) -> list[str]:
                return asking.answers(*loaded(), way, read, some)

            lines += kept(file, ("said", name, start, mark), ask)
        stored = read if way.passage == "found" else []
        said[name] = {"fingerprint": mark, "said": lines} | ({"read": stored} if stored else {})
        print(name, flush=True)
    write(asking.STORED, {"command": COMMAND, "torch": torch.__version__, "searches": searches, "said": said})
    return 0


if __name__ == "__main__":
    sys.exit(main())
