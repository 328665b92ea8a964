"""Settings for all tests: repeatable examples, and one thread a worker when pytest runs several, and the real model."""

import os

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

collect_ignore = ["typing"]  # read by the type checker, not run
collect_ignore_glob = ["**/record_*.py"]  # run by hand, in environments of their own

__all__ = ["pytest_terminal_summary", "smollm2"]


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
