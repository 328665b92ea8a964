"""Measuring in a process of its own: what is loaded, cached or held elsewhere does not count."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from benchmarks.harness import Candidate, Sample

ROOT = Path(__file__).resolve().parents[1]
QUIET = {"HF_HUB_OFFLINE": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
PEERS = "COURSE_PEERS"
"""The environment variable that names a Python with peers that the course's set has no room for, beside that set:
lm-eval[hf] 0.4.13, llguidance 1.9.1, xgrammar 0.2.8 and outlines-core 0.2.14. Without it they are left out."""


def fresh(module: str, *arguments: object, python: str = sys.executable) -> Candidate:
    """Make a candidate that runs a module with arguments; the module prints its sample as JSON."""
    command = [python, "-m", module, *map(str, arguments)]

    def candidate() -> Sample:
        output = subprocess.run(command, cwd=ROOT, env=os.environ | QUIET, stdout=subprocess.PIPE, check=True).stdout
        return json.loads(output)

    return candidate


def beside(peers: dict[str, tuple[object, ...]]) -> dict[str, Candidate]:
    """The candidates that need the Python of `PEERS`, each a module with arguments; none, and a word, without it."""
    python = os.environ.get(PEERS)
    if not python:
        print(f"without {', '.join(peers)}: {PEERS} names no Python that has them", file=sys.stderr)
        return {}
    return {name: fresh(*command, python=python) for name, command in peers.items()}


def peak_memory() -> int:
    """The most bytes of memory that this process has held at once."""
    status = Path("/proc/self/status")
    if status.exists():  # on Linux getrusage would report the parent's memory, where that is larger
        return 1024 * int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1])
    if sys.platform == "win32":
        import psutil

        return psutil.Process().memory_info().peak_wset
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
