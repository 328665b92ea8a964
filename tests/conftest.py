"""Settings for all tests: repeatable examples, and one thread a worker when pytest runs several."""

import os

import hypothesis

if "PYTEST_XDIST_WORKER" in os.environ:  # before torch is imported: workers must not compete for the same cores
    os.environ.setdefault("OMP_NUM_THREADS", "1")

hypothesis.settings.register_profile("course", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("course")
