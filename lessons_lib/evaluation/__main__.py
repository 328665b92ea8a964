"""Evaluate a model on tasks, and print a table.

    python -m lessons_lib.evaluation smollm2-135m-instruct kinds where --shots 5

A task is a name, a .toml file, or rows in a .jsonl file. What came of each item is written as it comes; Ctrl-C loses
nothing, and the same command goes on from there.
"""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path

from tqdm import tqdm

import lessons_lib
from lessons_lib.errors import AssetError
from lessons_lib.evaluation.results import About, Results, line_of, load_results
from lessons_lib.evaluation.running import rows_of
from lessons_lib.evaluation.task import Task, available, load_tasks

_INTERRUPTED = 130  # the exit code of what Ctrl-C has ended


def main(command: list[str] | None = None) -> int:
    """Evaluate, or go on with it.

    Returns:
        The exit code: 0, 1 for an error, which stands on stderr, or 130 where Ctrl-C ended it.
    """
    parser = argparse.ArgumentParser(
        prog="python -m lessons_lib.evaluation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("model", help="a name, a GGUF file or a directory")
    parser.add_argument("tasks", nargs="+", help=f"files, or {', '.join(available())}")
    parser.add_argument("--shots", type=int, default=0, help="examples before each question (default: 0)")
    parser.add_argument("--limit", type=int, help="only so many items of each task")
    parser.add_argument("--held-out", action="store_true", help="the half that is kept for the end")
    parser.add_argument("--out", help="where to write what came of each item (default: evaluation-MODEL-SHOTS.jsonl)")
    options = parser.parse_args(command)
    try:
        return _run(options)
    except (ValueError, OSError, AssetError) as error:
        print(error, file=sys.stderr)
        return 1


def _run(options: argparse.Namespace) -> int:
    tasks = load_tasks(*options.tasks, held_out=options.held_out, limit=options.limit)
    about = About.of(options.model, tasks, options.shots)
    plain = re.sub(r"[^\w.-]+", "-", options.model).strip("-")
    path = Path(options.out or f"evaluation-{plain}-{options.shots}.jsonl")
    results = _begun(path, about)
    try:
        _go_on(results, tasks, path)
    except KeyboardInterrupt:
        total = sum(len(task.items) for task in tasks)
        message = f"stopped after {len(results.rows):,} of {total:,} items; the same command goes on from there"
        print(f"\n{message}", file=sys.stderr)
        return _INTERRUPTED
    print(results.table())
    print(f"What came of each item is in {path}; lessons_lib.evaluation.load_results opens it.")
    return 0


def _begun(path: Path, about: About) -> Results:
    """What is there already; a line that was broken off is taken away."""
    if not path.exists():
        return Results(about)
    written = path.read_bytes()
    whole = written[: written.rfind(b"\n") + 1]
    if not whole:
        return Results(about)
    if whole != written:
        path.write_bytes(whole)
    results = load_results(path)
    if results.about != about:
        raise ValueError(f"{path}: got results of {results.about}, allowed those of this command: choose another --out")
    return results


def _go_on(results: Results, tasks: list[Task], path: Path) -> None:
    done = {(row["task"], row["id"]) for row in results.rows}
    total = sum(len(task.items) for task in tasks)
    if len(done) == total:
        return
    model, tokenizer = lessons_lib.load(results.about.model)
    new = not results.rows
    with path.open("wb" if new else "ab") as file, tqdm(total=total, initial=len(done), unit=" items") as bar:
        if new:
            file.write(line_of(results.head()))
        for task in tasks:
            known = {number for name, number in done if name == task.name}
            for row in rows_of(model, tokenizer, task, results.about.shots, known):
                file.write(line_of(row))
                file.flush()
                results.rows.append(row)
                bar.update()


if __name__ == "__main__":
    sys.exit(main())
