"""Proves the lessons: runs each notebook once, operates its panels in JupyterLab, and says what each took.

Two lessons run at a time, each with its share of the cores. One that takes too long is measured once more, alone.

    python -m workshop.prove [--all]
"""

import argparse
import os
import re
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
import pytest
from xdist.scheduler import LoadScopeScheduling

from workshop import passed, run
from workshop.lessons import ROOT, find_lessons
from workshop.widgets import widget_cells

PANELS = "tests/browser/test_widgets.py::test_widgets_answer_the_keyboard_and_survive_saving"
WORKERS = 2
LESSON = re.compile(r"(\w+)\.ipynb::|\[(\w+)\]")  # in the name of a test


class LessonsApart(LoadScopeScheduling):
    """Shares the work out: a notebook is never divided, and the panels of each lesson are a piece of their own."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid if nodeid.endswith("]") else super()._split_scope(nodeid)


@dataclass
class Results:
    """A plugin of pytest that gathers, by lesson, which tests failed and what the runs took."""

    failed: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    cost: dict[str, tuple[float, int, int]] = field(default_factory=dict)
    browser: dict[str, float] = field(default_factory=dict)

    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: object) -> LoadScopeScheduling:
        return LessonsApart(config, log)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if not (named := LESSON.search(report.nodeid)):
            return
        lesson = named[1] or named[2]
        if report.outcome != "passed":
            self.failed[lesson].add(report.nodeid)
        if named[2]:
            self.browser[lesson] = self.browser.get(lesson, 0.0) + report.duration
        for name, value in report.user_properties:
            if name == run.COST:
                self.cost[lesson] = tuple(value)

    def passed(self, notebook: Path) -> bool:
        """Whether a notebook ran to its end, its panels were operated if it has any, and no test failed."""
        lesson = notebook.stem
        ran = lesson in self.cost and (lesson in self.browser or not has_widgets(notebook))
        return ran and not self.failed[lesson]

    def only_too_slow(self) -> list[str]:
        """The lessons whose only fault is the time that they took."""
        return [
            lesson
            for lesson, (seconds, memory, _) in self.cost.items()
            if len(self.failed[lesson]) == 1 and seconds > run.BUSY * run.SECONDS and memory <= run.GIGABYTES * 1e9
        ]


def main(arguments: Sequence[str] | None = None) -> int:
    """Prove the lessons and print a table; returns 0 if all passed."""
    parser = argparse.ArgumentParser(prog="prove", description="Run the notebooks and operate their panels.")
    parser.add_argument("--all", action="store_true", help="also those that passed and have not changed since")
    everything = parser.parse_args(arguments).all or bool(os.environ.get("CI"))

    notebooks = {path.stem: path for lesson in find_lessons(ROOT) if (path := lesson.notebook).exists()}
    hashes = {lesson: passed.fingerprint(path) for lesson, path in notebooks.items()}
    record = {} if everything else passed.read()
    due = [lesson for lesson in notebooks if record.get(lesson) != hashes[lesson]]

    results = Results()
    healthy = prove([notebooks[lesson] for lesson in due], results) if due else True
    if slow := results.only_too_slow():
        print(f"measured once more, alone: {', '.join(slow)}", flush=True)
        for lesson in slow:
            del results.failed[lesson], results.cost[lesson]
            healthy &= ended_well(pytest.main(["-q", str(notebooks[lesson])], plugins=[results]))
    green = {lesson for lesson in due if results.passed(notebooks[lesson])}
    passed.write({lesson: hashes[lesson] for lesson in notebooks if lesson in green or lesson not in due})
    show(list(notebooks), due, green, results)
    return 0 if healthy and len(green) == len(due) else 1


def prove(notebooks: Sequence[Path], results: Results) -> bool:
    """Run notebooks and operate their panels, two lessons at a time; returns whether pytest itself ended well."""
    panels = [f"{PANELS}[{path.stem}]" for path in notebooks if has_widgets(path)]
    arguments = ["-q", "-n", str(WORKERS), "--dist", "loadscope", *map(str, notebooks), *panels]
    with pytest.MonkeyPatch.context() as patch:
        # Threads that wait for a core that another lesson uses cost many times what they save.
        patch.setenv("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // WORKERS)))
        return ended_well(pytest.main(arguments, plugins=[results]))


def ended_well(code: int) -> bool:
    """Whether pytest ran its tests, and did not stop for reasons of its own."""
    return code in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED)


def has_widgets(notebook: Path) -> bool:
    return any(widget_cells(nbformat.read(notebook, as_version=4)).values())


def show(lessons: Sequence[str], due: Sequence[str], green: set[str], results: Results) -> None:
    """Print what each lesson took, and which did not have to run."""
    print(f"\n{'lesson':<28}{'run':>8}{'of':>8}{'memory':>11}{'of':>8}{'figures':>9}{'panels':>9}")
    for lesson in lessons:
        if lesson not in due:
            print(f"{lesson:<28}  passed by hash: nothing changed since it passed here")
            continue
        seconds, memory, figures = results.cost.get(lesson, (float("nan"), float("nan"), 0))
        measured = f"{seconds:>6.1f} s{run.SECONDS:>6} s{memory / 1e9:>8.2f} GB{run.GIGABYTES:>5} GB{figures:>9}"
        panels = f"{results.browser[lesson]:>7.1f} s" if lesson in results.browser else f"{'':>9}"
        verdict = "   FAILED" if lesson not in green else "   slow" if seconds > run.SECONDS else ""
        print(f"{lesson:<28}{measured}{panels}{verdict}")
    if len(due) < len(lessons):
        print(f"{len(lessons) - len(due)} of {len(lessons)} lessons passed by hash; --all runs every lesson")


if __name__ == "__main__":
    sys.exit(main())
