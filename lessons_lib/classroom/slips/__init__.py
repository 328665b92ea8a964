"""Words for the commonest slips of all, in whatever exercise they happen: a lost axis, a lost item, an early `return`.

They say only what is certain: that the right numbers came in another shape, the right items in another order, the
right answer for the first item alone.
"""

import operator
import re
from collections.abc import Callable, Sequence, Sized
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from lessons_lib.classroom.slips import arrays, items
from lessons_lib.classroom.trials import Trouble
from lessons_lib.classroom.values import comparable, same

RULES = (
    arrays.not_a_number,
    arrays.infinite,
    items.kind,
    items.nesting,
    arrays.shape,
    arrays.repeated,
    arrays.sums,
    items.order,
    items.ends,
    items.nothing_inside,
    items.form,
)


@dataclass(frozen=True)
class Case:
    """One case of an exercise.

    Attributes:
        given: the arguments, by name.
        expected: the right result, comparable.
        got: the learner's, comparable, or a `Trouble`.
        solve: gives the right result for other arguments; None where that would take long.
    """

    given: dict[str, Any]
    expected: Any
    got: Any
    solve: Callable | None = field(default=None, repr=False)


def words(cases: Sequence[Case]) -> str:
    """What the learner's results show, in a sentence or two; nothing where they prove nothing."""
    wrong = [case for case in cases if not same(case.got, case.expected)]
    if not wrong:
        return ""
    if isinstance(wrong[0].got, Trouble):
        return trouble(wrong[0])
    pairs = [(case.got, case.expected) for case in wrong if not isinstance(case.got, Trouble)]
    meant = {
        items.nothing_inside: any(items.holds_none(case.expected) for case in cases),
        arrays.infinite: any(arrays.holds_inf(case.expected) for case in cases),
    }
    rules = tuple(rule for rule in RULES if not meant.get(rule))
    return unchanged(cases) or counts(wrong) or likeness(pairs, rules) or part_alone(wrong) or wrong_axis(wrong)


def likeness(pairs: Sequence[tuple[Any, Any]], rules: Sequence[Callable] = RULES) -> str:
    """How wrong results are like the right ones: the sentence that is true of the most of them.

    It must be true of the first pair, which the learner sees, and of at least half of the others; the first pair may
    be empty. Where numbers are lost in the first pair, that is said.

    Args:
        pairs: what came and what was expected, for every case that failed.
        rules: those that are asked, in their order.
    """
    for rule in (arrays.not_a_number, arrays.infinite):
        if rule in rules and (lost := next(rule(*pairs[0]), "")):
            return lost
    seen = [pair for pair in pairs if _size(pair[1])] or pairs
    found = [{said: None for rule in rules for said in rule(*pair)} for pair in seen]  # in the order of the rules
    best, most = "", len(seen) / 2
    for said in found[0]:
        alike = [pair for pair, sentences in zip(seen, found, strict=True) if said in sentences]
        if len(alike) > most and any(items.is_rich(said, *pair) for pair in alike):
            best, most = said, len(alike)
    return best or arrays.numbers(pairs) or one_of_several(pairs, rules)


def _size(value: Any) -> int:
    """How much there is of a value; a number counts as one."""
    return value.size if isinstance(value, np.ndarray) else len(value) if isinstance(value, Sized) else 1


def one_of_several(pairs: Sequence[tuple[Any, Any]], rules: Sequence[Callable]) -> str:
    """What is like the right one in the first of several values that is wrong."""
    if not all(isinstance(right, tuple) and isinstance(got, tuple) and len(got) == len(right) for got, right in pairs):
        return ""
    place = next(place for place, each in enumerate(zip(*pairs[0], strict=True)) if not same(*each))
    parts = [(got[place], right[place]) for got, right in pairs if place < len(right)]
    said = likeness([part for part in parts if not same(*part)], rules)
    return said and f"In value {place + 1} of {len(pairs[0][1])}: {said}"


def trouble(case: Case) -> str:
    """What Python's own words leave open."""
    text = str(case.got)
    if "NoneType" in text:
        return (
            "Something here is None: an argument that was left out, or what a function without a return gives, as "
            "append and sort do."
        )
    if "unsupported operand" in text and ("'list'" in text or "'tuple'" in text):
        return "A list can't be calculated with as a whole: go through its items, or make it a tensor first."
    if "IndexError" in text and "out of range" in text:
        empty = [name for name, value in case.given.items() if isinstance(value, list | tuple | str) and not value]
        if empty:
            return f"{empty[0]} is empty here: it has no first item and no last one."
        if "Dimension out" in text:
            return (
                "There are fewer axes than that: a row has only axis 0. dim=-1 is the last one, however many there are."
            )
        return "Places are counted from 0: of N items the last is number N - 1, and an empty list has none."
    if "is an empty sequence" in text or "argument is empty" in text:
        return "min and max of nothing: ask first whether there is anything."
    if _lost_an_axis(case):
        return (
            "Two shapes don't fit. A sum, a mean or a maximum over an axis takes the axis away; "
            "with keepdim=True (numpy: keepdims) it stays, of length 1, and fits again."
        )
    return ""


def _lost_an_axis(case: Case) -> bool:
    """Whether a shape that was given met itself with an axis gone."""
    shapes = [list(value.shape) for value in case.given.values() if len(getattr(value, "shape", ())) > 1]
    if found := re.search(r"tensor a \((\d+)\) must match the size of tensor b \((\d+)\)", case.got):
        sizes = [int(size) for size in found.groups()]
        return any(sizes in (shape[-2:], shape[:-3:-1]) for shape in shapes)
    if found := re.search(r"with shapes \(([\d,]+)\) \(([\d,]+)\)", case.got):
        whole, rest = ([int(size) for size in shape.split(",") if size] for shape in found.groups())
        return whole in shapes and rest in [whole[:axis] + whole[axis + 1 :] for axis in range(len(whole))]
    return False


def unchanged(cases: Sequence[Case]) -> str:
    """The input, given back as it was in every case."""
    if len(cases) < 2:
        return ""
    for name in cases[0].given:
        if all(same(case.got, _comparable(case.given[name])) for case in cases):
            kinds = {type(value) for value in cases[0].given.values()}
            more = " A list never equals a tuple: compare two of a kind." if {list, tuple} <= kinds else ""
            return f"Your function returned {name} unchanged.{more}"
    return ""


def counts(wrong: Sequence[Case]) -> str:
    """A dict of sums in which each value is one contribution: `=` for `+=`."""
    for case in wrong:
        got, expected = (_plain_counts(value) for value in (case.got, case.expected))
        if not got or not expected or got.keys() != expected.keys():
            return ""
        single = {value for given in case.given.values() if isinstance(given, dict) for value in given.values()} or {1}
        differ = [key for key in got if got[key] != expected[key]]
        sums = all(got[key] < expected[key] and expected[key] not in single for key in differ)
        if not sums or not set(got.values()) <= single:
            return ""
    return "Each value is a single contribution where several add up: is there a = where += is needed?"


def _plain_counts(value: Any) -> dict | None:
    """A comparable dict of numbers as one of Python's own numbers."""
    if not isinstance(value, dict):
        return None
    numbers = all(isinstance(item, np.ndarray) and item.ndim == 0 for item in value.values())
    return {key: item.item() for key, item in value.items()} if numbers else None


PARTS = (
    (slice(None, 1), "This is the answer for the first {} alone: does the return stand inside the loop?"),
    (slice(-1, None), "This is the answer for the last {} alone: is there a = where += is needed?"),
    (slice(None, -1), "This is the answer without the last {}: does a loop end one too early?"),
    (slice(1, None), "This is the answer without the first {}: does a loop start one too late?"),
)


def part_alone(wrong: Sequence[Case]) -> str:
    """The right answer for a part of the first argument: a `return` in the loop, a loop that misses an end."""
    if not wrong[0].given:
        return ""
    name = next(iter(wrong[0].given))
    lengths = [len(case.given[name]) if isinstance(case.given[name], Sized) else 0 for case in wrong]
    if min(lengths) < 2 or max(lengths) < 3 or len(wrong) < 2:
        return ""
    fits = [said for part, said in PARTS if _answers(wrong, name, operator.itemgetter(part))]
    return fits[0].format(f"{_item_of(wrong[0].given[name])} of {name}") if len(fits) == 1 else ""


def _item_of(value: Any) -> str:
    if isinstance(value, str):
        return "letter"
    return "row" if getattr(value, "ndim", 1) > 1 else "item"


def wrong_axis(wrong: Sequence[Case]) -> str:
    """The right answer for the columns of an argument in place of its rows."""
    for name in wrong[0].given:
        if _answers(wrong, name, _transposed):
            return f"This is the answer for the columns of {name} in place of its rows: another axis is due."
    return ""


def _transposed(value: Any) -> Any:
    if getattr(value, "ndim", 0) != 2:
        raise ValueError("no rows and columns")
    return value.T


def _answers(wrong: Sequence[Case], name: str, change: Callable) -> bool:
    """Whether every wrong result is the right one for a changed argument, and together they prove it."""
    told = 0
    for case in wrong:
        try:
            changed = {**case.given, name: change(case.given[name])}
        except (TypeError, ValueError, KeyError):  # a dict has no parts, a list no columns
            return False
        right = case.solve(*changed.values()) if case.solve else None
        turned = right.T if change is _transposed and isinstance(right, np.ndarray) else right
        if right is None or isinstance(right, Trouble) or not (same(case.got, right) or same(case.got, turned)):
            return False
        told += _evidence(right)
    return told >= 3


def _evidence(right: Any) -> int:
    """How hard a result is to hit by chance: a whole number counts 1, another number 2, anything else 3."""
    if not isinstance(right, np.ndarray):
        return 3 * bool(right)
    return right.size if np.array_equal(right, right.round()) else 2 * right.size


def _comparable(value: Any) -> Any:
    try:
        return comparable(value)
    except (TypeError, ValueError):
        return value
