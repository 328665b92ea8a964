"""Runs a notebook once more and measures it, with every exercise solved on the way."""

import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
from nbclient import NotebookClient
from nbformat import NotebookNode

from lessons_lib.classroom.exercises import Exercise
from workshop.audit import stubs

CELL_TIMEOUT = 300  # seconds
SAMPLING_INTERVAL = 0.02  # seconds


@dataclass(frozen=True)
class Rerun:
    """A fresh run of a notebook.

    Attributes:
        notebook: The notebook's own cells with fresh outputs.
        verdicts: What `check` printed after each solution.
        seconds: Time of all cells, without the start of the kernel.
        peak_bytes: Most memory that the kernel and its children held at once.
    """

    notebook: NotebookNode
    verdicts: list[str]
    seconds: float
    peak_bytes: int


def rerun(notebook: NotebookNode, exercises: Sequence[Exercise], folder: Path) -> Rerun:
    """Execute a notebook in a fresh kernel, and after every stub its solution.

    One run serves two proofs: the notebook's own cells give their outputs again although the exercises are solved,
    and the shown solutions pass where the learner meets them.

    Args:
        notebook: A notebook; it is left as it is.
        exercises: The exercises of its lesson.
        folder: Working directory.

    Raises:
        nbclient.exceptions.CellExecutionError: If a cell raises.
    """
    run = stubs.solved(notebook, exercises)
    client = NotebookClient(
        run,
        timeout=CELL_TIMEOUT,
        kernel_name="python3",
        coalesce_streams=True,
        resources={"metadata": {"path": str(folder)}},
    )
    with tempfile.TemporaryDirectory() as empty:
        environment = {**os.environ, "LESSONS_LIB_PROGRESS": str(Path(empty) / "progress.json")}
        with client.setup_kernel(env=environment), _peak_memory(client.km.provisioner.pid) as peak:
            start = time.perf_counter()
            for index, cell in enumerate(run.cells):
                client.execute_cell(cell, index)
            seconds = time.perf_counter() - start
    solutions = [cell for cell in run.cells if "solution" in cell.metadata.get("tags", [])]
    verdicts = ["".join(output.get("text", "") for output in cell.outputs) for cell in solutions]
    run.cells = [cell for cell in run.cells if cell not in solutions]
    return Rerun(run, verdicts, seconds, peak[0])


@contextmanager
def _peak_memory(process_id: int) -> Iterator[list[int]]:
    """Watch a process; the one number in the list is its peak so far, in bytes."""
    process = psutil.Process(process_id)
    peak, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(SAMPLING_INTERVAL):
            try:
                family = [process, *process.children(recursive=True)]
                peak[0] = max(peak[0], sum(member.memory_info().rss for member in family))
            except psutil.NoSuchProcess:  # a child that ended between the two lines
                continue

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
