"""Sets what came beside what was expected: the input, both results, their shapes, and where they differ first."""

from typing import Any

import numpy as np

from lessons_lib.classroom.showing import LONGEST, shown
from lessons_lib.classroom.slips.items import kind
from lessons_lib.classroom.trials import Trouble
from lessons_lib.classroom.values import NOTHING, first_difference, hashable, regular, same

_EASILY_COMPARED = 60  # characters of a value that a reader compares at a glance


def comparison(given: dict[str, Any], expected: Any, got: Any) -> list[str]:
    """What a learner is shown of a case that failed, line by line.

    Args:
        given: the arguments, by name.
        expected: the right result, comparable.
        got: the learner's, comparable, or a `Trouble`.
    """
    values = [shown(value) for value in given.values()]
    if sum(map(len, values)) > LONGEST:  # together too much: each has its part
        values = [shown(value, max(60, LONGEST // len(given))) for value in given.values()]
    arguments = ", ".join(f"{name} = {value}" for name, value in zip(given, values, strict=True))
    lines = [f"input     {arguments}"] if arguments else []
    if isinstance(got, Trouble):
        return [*lines, got]
    texts = [shown(expected), "nothing" if got is None else shown(got)]
    lines += [f"expected  {texts[0]}", f"got       {texts[1]}"]
    shapes = [value.shape for value in (expected, got) if isinstance(value, np.ndarray)]
    if len(shapes) == 2 and shapes[0] != shapes[1]:
        sizes = [str(list(shape)) if shape else "a single number" for shape in shapes]
        return [*lines, f"shape     expected {sizes[0]}, got {sizes[1]}"]
    if texts[0] == texts[1] or max(map(len, texts)) > _EASILY_COMPARED:
        lines += [_difference(expected, got)]
    return lines


def without_the_answer(expected: Any, got: Any) -> list[str]:
    """What a learner is shown of an answer that is a value: which parts of it are right, and not what is.

    The one case of such an exercise is the exercise itself: what was expected would be its solution.
    """
    if isinstance(got, Trouble):
        return [got]
    lines = [f"got       {'nothing' if got is None else shown(got)}"]
    if isinstance(expected, frozenset):
        return [*lines, *_counted(expected, hashable(got))]
    if isinstance(expected, dict) and isinstance(got, dict):
        return [*lines, _by_name(expected, got)]
    if not (_has_items(expected) and _has_items(got)):
        return lines
    if len(expected) != len(got):
        return [*lines, f"items     {len(expected)} are asked for, and these are {len(got)}"]
    asked, came = regular(expected), regular(got)
    if isinstance(asked, np.ndarray) and isinstance(came, np.ndarray) and asked.ndim != came.ndim:
        return [*lines, f"shape     {list(asked.shape)} is asked for, and this is {list(came.shape)}"]
    pairs = zip(map(_item, expected), map(_item, got), strict=True)
    wrong = [str(place) for place, both in enumerate(pairs) if not same(*both)]
    if len(wrong) == len(expected) and any(kind(got, expected)):  # the right values, in another kind
        return lines
    places = f"the item at place {wrong[0]}" if len(wrong) == 1 else f"the items at places {', '.join(wrong)}"
    return [
        *lines,
        f"look again at {places}, counted from 0; {len(expected) - len(wrong)} of {len(expected)} are right",
    ]


def _counted(expected: frozenset, got: Any) -> list[str]:
    """How many of the items that came belong to a set, and how many it has more."""
    if not isinstance(got, tuple | frozenset):
        return []
    found = set(got)
    if len(found) < len(got):
        return ["items     one stands there twice"]
    right = len(expected & found)
    return [f"items     right: {right} of {len(found)}; missing: {len(expected) - right}"]


def _by_name(expected: dict, got: dict) -> str:
    """Which of the named items are wrong."""
    if expected.keys() != got.keys():
        return f"items     {len(expected)} are asked for, and these are {len(got)}"
    wrong = [str(name) for name in expected if not same(got[name], expected[name])]
    return f"look again at {', '.join(wrong)}; {len(expected) - len(wrong)} of {len(expected)} are right"


def _item(value: Any) -> Any:
    """An item as it is compared alone: a number of an array is an array of its own."""
    return np.asarray(value) if isinstance(value, np.generic) else value


def _has_items(value: Any) -> bool:
    return isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.ndim > 0)


def _difference(expected: Any, got: Any) -> str:
    """Where two values differ first, or "" where they differ as a whole and that shows."""
    place, got, expected = first_difference(got, expected)
    texts = [
        ["nothing" if part is NOTHING else shown(part, 60, digits) for part in (expected, got)] for digits in (4, 10)
    ]
    [few, many] = texts
    beyond = few[0] == few[1] and "nothing" not in few
    parts = many if beyond else few
    if not place:
        return f"differs   beyond the digits shown: expected {parts[0]}, got {parts[1]}" if beyond else ""
    where = ", ".join(shown(key, 40) for key in place)
    more = ", beyond the digits shown" if beyond else ""
    return f"differs   first at [{where}]{more}: expected {parts[0]}, got {parts[1]}"
