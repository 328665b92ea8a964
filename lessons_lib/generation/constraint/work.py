"""Work: what reading a schema may cost, counted in steps and not in seconds, so that it ends alike on every machine."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

MOST_STEPS = 100_000  # of one schema: half a second


class WorkError(ValueError):
    """A schema took too many steps."""


class _Left(threading.local):
    steps: int | None = None  # of this thread; None where nothing is counted


_LEFT = _Left()


@contextmanager
def counted() -> Iterator[None]:
    """Count the steps inside: parts of expressions that are made, schemas that are read, met, compared or followed."""
    before, _LEFT.steps = _LEFT.steps, MOST_STEPS
    try:
        yield
    finally:
        _LEFT.steps = before


def step(count: int = 1) -> None:
    """One step, or one that costs as much as several.

    Raises:
        WorkError: if it is one too many.
    """
    left = _LEFT.steps
    if left is not None:
        if left < count:
            raise WorkError(f"schema: got one that takes more than {MOST_STEPS} steps to read, allowed simpler ones")
        _LEFT.steps = left - count
