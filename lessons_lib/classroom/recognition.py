"""Whether a learner's wrong results are those of a known mistake, written in another way perhaps."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from lessons_lib.classroom.trials import Trouble
from lessons_lib.classroom.values import regular, same


def agreement(got: Sequence, mistaken: Sequence, expected: Sequence) -> int:
    """In how many cases a learner's function and a mistake give the same; 0 if it is not the same mistake.

    The two may differ where the learner's breaks down (an error, nothing, nan) and, for each three cases in which both
    give the same wrong result, where it is right; most cases must agree. Where all those wrong results could come about
    in many ways (True, a small number, an error), the two may differ in one case at most: one in which the learner's
    breaks down, if two others are wrong alike.

    Args:
        got: the learner's results, comparable, one for each case.
        mistaken: the mistake's.
        expected: the right ones.
    """
    alike = alike_and_wrong = better = broken = 0
    proved = False
    for ours, theirs, right in zip(got, mistaken, expected, strict=True):
        if same(ours, theirs):
            alike += 1
            if not same(ours, right):
                alike_and_wrong += 1
                proved = proved or _tells(ours)
        elif same(ours, right):
            better += 1
        elif _broke_down(ours):
            broken += 1
        else:
            return 0  # wrong, and in another way
    if alike == len(got) or (alike + broken == len(got) and broken == 1 and alike_and_wrong >= 2 and alike >= 3):
        return alike
    return alike if proved and 2 * alike > len(got) and 3 * better <= alike_and_wrong else 0


def _tells(value: Any) -> bool:
    """Whether two functions that give this wrong result are likely to have gone wrong in the same way."""
    value = regular(value)
    if _broke_down(value):
        return False
    if isinstance(value, np.ndarray):
        whole = value.dtype != np.float64 or np.array_equal(value, value.round())
        return value.size > (2 if whole else 0)
    return len(value) > 1


def _broke_down(value: Any) -> bool:
    value = regular(value)
    lost = isinstance(value, np.ndarray) and not np.isfinite(value).all()
    return value is None or isinstance(value, Trouble) or lost
