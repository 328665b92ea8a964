"""The runner: candidates in turn, round after round, and what the rounds say together."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from statistics import median

Sample = dict[str, float]  # by unit: {"tokens/s": 31.2}, or {"s": 0.9, "MB": 1200}
Candidate = Callable[[], Sample]


@dataclass(frozen=True)
class Benchmark:
    """Things to measure side by side, each a function that does its work once and returns what came out.

    Args:
        title: what is measured, for people.
        ours: the library's candidates by name.
        peers: those of others.
        limits: what the machine allows, in one of the candidates' units.
        picture: the picture that shows it, `assets/<picture>.png`.
    """

    title: str
    ours: dict[str, Candidate]
    peers: dict[str, Candidate] = field(default_factory=dict)
    limits: dict[str, Candidate] = field(default_factory=dict)
    picture: str = "benchmarks"


@dataclass(frozen=True)
class Row:
    """What the rounds say of one candidate in one unit.

    Args:
        role: "ours", "peer" or "limit".
        samples: one value a round.
        median: of the samples.
        times_peer: how many times better than the best peer, median of the rounds; None without a peer.
        of_limit: share of the best limit, median of the rounds; None without a limit.
        picture: as in `Benchmark`.
        machine: the processor and the versions that the figures hold for.
    """

    title: str
    role: str
    name: str
    unit: str
    samples: list[float]
    median: float
    times_peer: float | None
    of_limit: float | None
    picture: str
    machine: str


def per_second(work: Callable[[], float], units: dict[str, float], clock: Callable[[], float] = time.perf_counter):
    """Make a candidate of work to be timed.

    Args:
        work: does it once and returns how much was done.
        units: how much work is one of each unit; `{"tokens/s": 1}` where the work is counted in tokens.
        clock: returns seconds.
    """

    def candidate() -> Sample:
        start = clock()
        done = work()
        seconds = clock() - start
        return {unit: done / seconds / size for unit, size in units.items()}

    return candidate


def run(benchmark: Benchmark, rounds: int, warm_ups: int = 1) -> list[Row]:
    """Measure all candidates in turn, with a line on stderr for each measurement.

    Args:
        rounds: how often each is measured, at least 1.
        warm_ups: rounds before those that do not count.
    """
    candidates = benchmark.ours | benchmark.peers | benchmark.limits
    samples: dict[str, list[Sample]] = {name: [] for name in candidates}
    for turn in range(-warm_ups, rounds):
        label = "warm-up" if turn < 0 else f"round {turn + 1} of {rounds}"
        for name, candidate in candidates.items():
            sample = candidate()
            figures = ", ".join(f"{number(value)} {unit}" for unit, value in sample.items())
            print(f"{benchmark.title} | {label} | {name}: {figures}", file=sys.stderr, flush=True)
            if turn >= 0:
                samples[name].append(sample)
    return summarise(benchmark, samples)


def summarise(benchmark: Benchmark, samples: dict[str, list[Sample]]) -> list[Row]:
    """Turn the samples of each candidate, one a round, into rows."""
    roles = {"ours": benchmark.ours, "peer": benchmark.peers, "limit": benchmark.limits}

    def best(role: str, unit: str) -> list[float]:
        """The best value of a role in each round; empty if nothing of that role has the unit."""
        columns = [values(name, unit) for name in roles[role] if unit in samples[name][0]]
        return [(max if is_rate(unit) else min)(turn) for turn in zip(*columns, strict=True)]

    def values(name: str, unit: str) -> list[float]:
        return [sample[unit] for sample in samples[name]]

    def row(role: str, name: str, unit: str) -> Row:
        mine = values(name, unit)
        peer = times_better(unit, mine, best("peer", unit)) if role == "ours" else None
        limit = times_better(unit, mine, best("limit", unit)) if role != "limit" else None
        return Row(benchmark.title, role, name, unit, mine, median(mine), peer, limit, benchmark.picture, machine())

    units = dict.fromkeys(unit for series in samples.values() for unit in series[0])
    return [
        row(role, name, unit) for unit in units for role in roles for name in roles[role] if unit in samples[name][0]
    ]


def times_better(unit: str, mine: list[float], theirs: list[float]) -> float | None:
    """How many times better mine are, pair by pair and then the median; None if there are no others."""
    if not theirs:
        return None
    return median(a / b if is_rate(unit) else b / a for a, b in zip(mine, theirs, strict=True))


def is_rate(unit: str) -> bool:
    """Whether more is better: of "tokens/s" it is, of "s" and "MB" less is."""
    return unit.endswith("/s")


def number(value: float) -> str:
    """A figure for people, with three digits or all before the point."""
    return f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f}"


@cache
def machine() -> str:
    """The processor and the versions that figures taken now hold for."""
    packages = [f"{name} {version(name)}" for name in ("torch", "transformers", "numba")]
    return ", ".join([_processor(), f"{os.cpu_count() or 1} cores", f"python {platform.python_version()}", *packages])


def _processor() -> str:
    """The processor's name where the system tells it, otherwise its family."""
    if platform.system() == "Darwin":
        return subprocess.check_output(["sysctl", "-n", "machdep.cpu.brand_string"], text=True).strip()
    if (file := Path("/proc/cpuinfo")).exists():
        for line in file.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()
