"""A cold start in parts: recorded by `benchmarks.cold_start`, and on this machine at the press of a button."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

STORED = Path(__file__).with_name("recorded.json")
MODEL = "smollm2-135m-instruct"
PARTS = ("imports", "weights", "first token")
WAYS = ("nothing kept", "compiled code kept")
ROUNDS = 3
STORED_TEXT = "A button here measures the cold start of this machine while the notebook runs."

# What the library's server does before its first answer; seconds of the processor since the process began.
_PROBE = f"""
import json
import time

import torch

import lessons_lib
from lessons_lib.generation import Engine, Request
from lessons_lib.layers import quantize

torch.set_num_threads(1)
times = [time.process_time()]
model, tokenizer = lessons_lib.load({MODEL!r})
quantize(model, bits=8)
times.append(time.process_time())
with Engine(model, tokenizer, slots=8, room=512) as engine:
    engine.submit(Request(tokenizer.encode("The sea"), 1)).result()
times.append(time.process_time())
print(json.dumps(times))
"""


def start(compiled: Path | None = None) -> dict[str, float]:
    """Start Python anew, load the model in 8 bits, and write one token.

    Args:
        compiled: the folder of compiled code; by default the one that is always used.

    Returns:
        For each of `PARTS` the seconds in which the process has worked. Waiting for a disk is not in them.
    """
    told = os.environ | {"OMP_NUM_THREADS": "1"} | ({"NUMBA_CACHE_DIR": str(compiled)} if compiled else {})
    done = subprocess.run([sys.executable, "-c", _PROBE], env=told, capture_output=True, text=True, check=True)
    times = json.loads(done.stdout.splitlines()[-1])
    return {part: round(b - a, 3) for part, a, b in zip(PARTS, [0, *times[:-1]], times, strict=True)}


@cache
def rounds() -> dict[str, list[dict[str, float]]]:
    """For each of `WAYS` what `start` gave, round by round."""
    return json.loads(STORED.read_text("utf-8"))["rounds"]


def best() -> dict[str, dict[str, float]]:
    """Of each way the round that took least: what else runs on a machine can only slow it down."""
    return {way: min(each, key=lambda parts: sum(parts.values())) for way, each in rounds().items()}


class ColdStart:
    """A button that starts Python anew and shows the parts of its cold start; stored as one line, always the same."""

    def table(self) -> str:
        """Measure now; the parts in HTML."""
        found = start()
        rows = [f"<tr><td>{part}</td><td>{seconds:.1f} s</td></tr>" for part, seconds in found.items()]
        return f'<table role="table">{"".join(rows)}<tr><td>all</td><td>{sum(found.values()):.1f} s</td></tr></table>'

    def __repr__(self) -> str:
        return STORED_TEXT

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, Any]:
        import ipywidgets

        shown = ipywidgets.HTML()
        button = ipywidgets.Button(description="start it cold", layout=ipywidgets.Layout(width="auto"))

        def measure(_button: object) -> None:
            shown.value = "starting ..."
            shown.value = self.table()

        button.on_click(measure)
        panel = ipywidgets.VBox([button, shown])
        view = {"version_major": 2, "version_minor": 0, "model_id": panel.model_id}
        return {"text/plain": STORED_TEXT, "application/vnd.jupyter.widget-view+json": view}
