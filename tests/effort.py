"""How much the tests may spend: examples of a property, and time where it must not grow out of proportion."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

FEW = 10  # so many are tried everywhere
TRIES = 4  # a busy machine can slow one measurement down, not four


def examples(number: int) -> int:
    """The number of examples for `settings(max_examples=...)`, of `number` that CI tries."""
    return number if os.environ.get("CI") else min(number, max(FEW, number // 4))


def within(seconds: float, work: Callable[[], Result]) -> Result:
    """Prove that work ends soon; a limit that was passed is measured again before it counts.

    Args:
        seconds: that this thread may use, however busy the machine is. Several times what it takes on a quiet one:
            the limit is there for work that grows out of proportion, not for a slow machine.
        work: can be done again.

    Returns:
        What the work returned.
    """
    measured = []
    for _ in range(TRIES):
        taken, result = _timed(work)
        measured.append(taken)
        if taken < seconds:
            return result
    raise AssertionError(f"took {', '.join(f'{value:.2f}' for value in measured)} s, allowed {seconds} s")


def in_proportion(short: Callable[[], object], long: Callable[[], object], growth: float) -> None:
    """Prove that the longer of two works takes at most `growth` times as long as the shorter, and a little more."""
    measured = []
    for _ in range(TRIES):
        pair = [_timed(work)[0] for work in (short, long)]
        measured.append(pair)
        if pair[1] < growth * pair[0] + 0.2:
            return
    raise AssertionError(f"took {measured} s, allowed {growth} times as long")


def _timed(work: Callable[[], Result]) -> tuple[float, Result]:
    """The seconds that this thread spent on some work, and what the work returned."""
    start = time.thread_time()
    result = work()
    return time.thread_time() - start, result
