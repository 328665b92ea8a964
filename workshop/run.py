"""Runs each notebook once: nbval executes and compares its cells, and this plugin of pytest adds what nbval leaves out.

The same run, in the same kernel, gives the pictures, the solutions of the exercises, the time and the memory.
pyproject.toml loads the plugin; `pytest -p no:workshop.run notebooks` is what nbval alone makes of the notebooks.
"""

import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import nbformat
import psutil
import pytest
from nbformat import NotebookNode
from nbval.plugin import IPyNbCell, IPyNbFile

SECONDS, GIGABYTES = 60, 3  # what a notebook may take on two cores that have nothing else to do
BUSY = 2  # a busy machine may take so many times as long: a test that fails on other people's work says nothing
SAMPLING_INTERVAL = 0.02  # seconds
LOADED = "import sys; print(*(name for name in list(sys.modules) if name.partition('.')[0] == 'lessons_lib'))"
COST = "notebook cost"  # the property of a report that holds (seconds, bytes, figures)


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path, parent):
    """Put a `Lesson` in the place of nbval's own collector."""
    found = yield
    return [Lesson.from_parent(parent, path=node.path) if isinstance(node, IPyNbFile) else node for node in found]


class Lesson(IPyNbFile):
    """A notebook: nbval's cells, behind each stub the solution, and at the end what the run cost.

    Attributes:
        seconds: time of all cells so far, without the start of the kernel.
        peak_bytes: most memory that the kernel and its children held at once.
        figures: pictures drawn so far.
    """

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.seconds, self.peak_bytes, self.figures = 0.0, 0, 0
        self._open = ExitStack()

    def collect(self):
        from workshop.audit import stubs
        from workshop.lessons import Lesson as Source

        exercises = Source(self.path, self.path).exercises
        for item in super().collect():
            same = {"cell_num": item.cell_num}
            yield LessonCell.from_parent(self, name=item.name, cell=item.cell, options=item.options, **same)
            for cell in stubs.solved(alone(item.cell), exercises).cells[1:]:
                name = f"{item.name}, solved"
                yield Solution.from_parent(self, name=name, cell=cell, options=defaultdict(bool), **same)
        yield Cost.from_parent(self, name="time and memory")
        cell = nbformat.v4.new_code_cell(LOADED)
        yield Imports.from_parent(self, name="imports", cell=cell, cell_num=-1, options=defaultdict(bool))

    def setup(self):
        """Start the kernel, for a learner who has done nothing yet, and watch its memory."""
        progress = Path(self._open.enter_context(tempfile.TemporaryDirectory())) / "progress.json"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LESSONS_LIB_PROGRESS", str(progress))
            super().setup()
        self._open.enter_context(self._memory_watched())

    def teardown(self):
        self._open.close()
        super().teardown()

    @contextmanager
    def _memory_watched(self) -> Iterator[None]:
        process, done = psutil.Process(self.kernel.km.provisioner.pid), threading.Event()

        def watch() -> None:
            while not done.wait(SAMPLING_INTERVAL):
                try:
                    family = [process, *process.children(recursive=True)]
                    self.peak_bytes = max(self.peak_bytes, sum(member.memory_info().rss for member in family))
                except psutil.NoSuchProcess:  # a child that ended between the two lines
                    continue

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            yield
        finally:
            done.set()
            watcher.join()


class TimedCell(IPyNbCell):
    """A cell whose time counts for its notebook."""

    def runtest(self):
        start = time.perf_counter()
        try:
            super().runtest()
        finally:
            self.parent.seconds += time.perf_counter() - start


class LessonCell(TimedCell):
    """A cell of the notebook: nbval compares its text, and then its pictures are compared."""

    def runtest(self):
        from workshop.audit import pictures

        super().runtest()
        fresh = nbformat.v4.new_code_cell(outputs=self.test_outputs)
        self.parent.figures += sum("image/png" in output.get("data", {}) for output in self.test_outputs)
        if faults := pictures.differences(alone(self.cell), alone(fresh)):
            self.raise_cell_error("Pictures differ", "\n".join(map(str, faults)))


class Solution(TimedCell):
    """A solution, run where the learner writes it: behind its stub and before every later cell."""

    def runtest(self):
        super().runtest()
        printed = "".join(output.get("text", "") for output in self.test_outputs)
        if not printed.startswith("✓"):
            self.raise_cell_error("The solution does not pass", printed)


class Imports(IPyNbCell):
    """What the run imported of the library: all of it must count when it is asked whether a lesson has changed."""

    def runtest(self):
        from workshop import passed

        super().runtest()
        loaded = set("".join(output.get("text", "") for output in self.test_outputs).split())
        if unseen := loaded - passed.library_modules(self.parent.path) - passed.lessons_modules():
            self.raise_cell_error("imported unseen by `workshop.passed`", " ".join(sorted(unseen)))


class Cost(pytest.Item):
    """What the run took, known after the last cell."""

    def runtest(self):
        run, gigabytes = self.parent, self.parent.peak_bytes / 1e9
        self.user_properties.append((COST, [run.seconds, run.peak_bytes, run.figures]))
        if gigabytes > GIGABYTES or run.seconds > BUSY * SECONDS:
            took = f"{run.seconds:.1f} s and {gigabytes:.2f} GB"
            raise TooDear(f"{run.path.stem} took {took}; {BUSY * SECONDS} s and {GIGABYTES} GB are allowed")

    def repr_failure(self, excinfo):
        return str(excinfo.value)

    def reportinfo(self):
        return self.path, None, self.name


def alone(cell: NotebookNode) -> NotebookNode:
    """A notebook of one cell."""
    return nbformat.v4.new_notebook(cells=[cell])


class TooDear(Exception):
    """A notebook that took more than it may."""
