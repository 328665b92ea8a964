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


def fresh(module: str, *arguments: object) -> Candidate:
    """Make a candidate that runs a module with arguments; the module prints its sample as JSON."""
    command = [sys.executable, "-m", module, *map(str, arguments)]

    def candidate() -> Sample:
        output = subprocess.run(command, cwd=ROOT, env=os.environ | QUIET, stdout=subprocess.PIPE, check=True).stdout
        return json.loads(output)

    return candidate


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
