"""Finished runs, kept in a folder as lines of JSON: whoever stops goes on, and several workers can share the work."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Key = tuple[Any, ...]


def finished(folder: Path) -> dict[Key, Any]:
    """What is kept of each run in a folder's files, by the key of the run."""
    lines = [line for file in folder.glob("*.jsonl") for line in file.read_text("utf-8").splitlines()]
    runs = [json.loads(line) for line in lines if line.endswith("}")]  # others were cut off, and are run again
    return {tuple(run["key"]): run["run"] for run in runs}


def kept(file: Path, key: Key, make: Callable[[], Any]) -> Any:
    """What is kept of a run, which is made and written to a file unless one in its folder has it already.

    Args:
        file: this worker's.
        key: texts and numbers that decide the run.
        make: runs it; gives what JSON can hold.
    """
    runs = finished(file.parent)
    if key in runs:
        return runs[key]
    run = make()
    with file.open("a", encoding="utf-8") as out:
        out.write("\n" + json.dumps({"key": key, "run": run}))  # the line before may have been cut off
    return run
