"""Making tasks: questions by rule, as many as wanted, and others with each seed.

No model can have read questions that were made after its training. Those of the library come from seed 0:

    python -m lessons_lib.evaluation.making lessons_lib/evaluation/tasks
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from lessons_lib import arguments
from lessons_lib.evaluation.making import kinds, notes, sums, where
from lessons_lib.files import replace_file, sha256_of

MAKERS = {"kinds": kinds, "where": where, "notes": notes, "sums": sums}
SHOTS = 5
HALF = 300  # items of each half, unless another number is asked for

_HEADER = """\
title = "{title}"
kind = "{kind}"
licence = "CC0-1.0"
template = {template}
max_new_tokens = 8

[data]
file = "{name}.jsonl"
sha256 = "{data}"

[held_out]
file = "{name}-held-out.jsonl"
sha256 = "{held_out}"
"""


def make(name: str, folder: str | Path, half: int = HALF, seed: int = 0) -> Path:
    """Write a task with its two halves and its examples, in which no question stands twice.

    Args:
        name: one of `MAKERS`.
        folder: for three files; it and those above it need not exist.
        half: items in each half.
        seed: of what is drawn; another seed, other questions.

    Returns:
        The TOML file, for `load_tasks`.

    Raises:
        ValueError: for an unknown name, or more items than the maker has.
    """
    if name not in MAKERS:
        raise ValueError(f"name: got {arguments.described(name)}, allowed {', '.join(MAKERS)}")
    half, seed = arguments.whole("half", half, 1), arguments.whole("seed", seed, 0)
    folder = arguments.path("folder", folder)
    folder.mkdir(parents=True, exist_ok=True)
    maker = MAKERS[name]
    rows = maker.items(Random(f"{name} {seed}"), 2 * half + SHOTS)
    rows = [{"id": str(n), **row} for n, row in enumerate(rows)]
    halves = {"data": rows[:half], "held_out": rows[half:-SHOTS]}
    files = {"data": folder / f"{name}.jsonl", "held_out": folder / f"{name}-held-out.jsonl"}
    for which, path in files.items():
        _write(path, "".join(json.dumps(row) + "\n" for row in halves[which]))
    header = _HEADER.format(
        name=name,
        title=maker.TITLE,
        kind=maker.KIND,
        template=json.dumps(maker.TEMPLATE),
        **{which: sha256_of(path) for which, path in files.items()},
    )
    shots = ["\n[[shots]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in row.items()) for row in rows[-SHOTS:]]
    path = folder / f"{name}.toml"
    _write(path, header + "".join(shots))
    return path


def _write(path: Path, text: str) -> None:
    with replace_file(path) as file:
        file.write(text.encode())
