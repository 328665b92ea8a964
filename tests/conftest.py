"""Settings for all tests: repeatable examples, one thread and whole lessons a worker when pytest runs several, and the
real model."""

import gc
import os
import re

import hypothesis
import matplotlib
import pytest
from effort import examples
from parity.table import pytest_terminal_summary

if "PYTEST_XDIST_WORKER" in os.environ:  # before torch is imported: workers must not compete for the same cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")

hypothesis.settings.register_profile(
    "course", derandomize=True, deadline=None, database=None, max_examples=examples(100)
)
hypothesis.settings.load_profile("course")

gc.disable()  # until all tests are collected: they stay, so there is nothing to find among them

collect_ignore = ["typing"]  # read by the type checker, not run
collect_ignore_glob = ["**/record_*.py"]  # run by hand, in environments of their own

__all__ = ["pytest_terminal_summary", "smollm2"]


def pytest_collection_finish():
    """Look for garbage again from here on, but no longer among the tests."""
    gc.freeze()
    gc.enable()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    """With `--dist loadscope`, what is tried of one lesson stays in one worker, wherever it stands."""
    if config.getoption("dist") != "loadscope":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class LessonsTogether(LoadScopeScheduling):
        """What the solutions and the known mistakes of a lesson come to is then computed once."""

        def _split_scope(self, nodeid):
            lesson = re.search(r"test_(lesson\w+)\.py::|\[(lesson\w+)-", nodeid)
            return lesson[1] or lesson[2] if lesson else super()._split_scope(nodeid)

    return LessonsTogether(config, log)


@pytest.fixture(autouse=True)
def settings_of_figures():
    """A test that sets matplotlib's style sets it for itself alone, whichever tests its worker runs next."""
    with matplotlib.rc_context():
        yield


@pytest.fixture(scope="session")
def smollm2():
    """The real SmolLM2-135M-Instruct and its tokenizer, loaded once: not to be changed."""
    import lessons_lib

    return lessons_lib.load("smollm2-135m-instruct")
