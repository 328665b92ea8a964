"""The child process in which unknown templates run: it limits its own time and memory before it looks at one."""

import json
import sys
from contextlib import suppress

from .environment import render

CPU_SECONDS = 2
MEMORY_BYTES = 512 * 2**20
MOST_CHARACTERS = 16 * 2**20


def main() -> None:
    """Read a job from the input and write the answer to the output, both JSON."""
    job = json.load(sys.stdin)
    _limit_self()
    try:
        text, runs = render(job["source"], job["context"], job["own"])
        if len(text) > MOST_CHARACTERS:
            raise ValueError(f"chat template: got {len(text)} characters, allowed at most {MOST_CHARACTERS}")
        answer = {"text": text, "runs": runs}
    except ValueError as error:
        answer = {"error": str(error)[:1000]}
    json.dump(answer, sys.stdout)


def _limit_self() -> None:
    try:
        import resource
    except ImportError:  # Windows: only the parent's clock limits the child
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + CPU_SECONDS
    limits = {resource.RLIMIT_CPU: seconds, resource.RLIMIT_AS: MEMORY_BYTES, resource.RLIMIT_CORE: 0}
    for name, limit in limits.items():
        with suppress(ValueError, OSError):  # a tighter limit is in force, or the system (macOS, memory) has none
            resource.setrlimit(name, (limit, limit))
