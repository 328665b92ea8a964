"""A wrong result that holds the right items: of another kind, one level too deep, in another order, one too many.

Each rule takes what came and what was expected, both comparable, and gives a sentence, or "" where the two prove
nothing. A sentence says no more than what the two show.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from lessons_lib.classroom.slips.arrays import numbers
from lessons_lib.classroom.values import comparable, first_difference, items_of, regular, same

_MOST_ITEMS = 300  # that are looked for one by one
_NEVER = object()  # equal to no value


def kind(got: Any, expected: Any) -> str:
    """The right values in values of another kind."""
    if isinstance(got, frozenset) and not isinstance(expected, frozenset):
        return "A set has no order, and nothing in it twice: return a list."
    if _is_array(got) and got.dtype == bool and _is_array(expected) and not np.isin(expected, (0, 1)).all():
        return "Your function returned truth values (True and False) where numbers are expected."
    if same(_changed(got, _number_in), expected):
        return "The right numbers, but as text: int(...) or float(...) makes numbers of text."
    if same(got, _changed(expected, _number_in)):
        return "The right values, but as numbers where text is expected: str(...) makes text of a number."
    if same(_changed(got, _text_in), expected):
        return "The right letters, but as bytes: .decode() makes text of bytes."
    if same(got, _changed(expected, _text_in)):
        return "The right letters, but as text where bytes are expected: .encode() makes bytes of text."
    if same(_joined(got), expected):
        return 'The right pieces: join them to one text, "".join(pieces).'
    if same(got, _joined(expected)):
        return "The right text, but in one piece where a list of its pieces is expected."
    if isinstance(expected, dict) and isinstance(got, list | tuple) and same(_dict_of(got), expected):
        return "The right pairs, but in a list: dict(pairs) makes a dict of them."
    if isinstance(got, dict) and not isinstance(expected, dict):
        for part in ("items", "keys", "values"):
            if got and same(comparable(list(getattr(got, part)())), expected):
                return f"A dict came where a list of its {part} is expected."
    return nesting(got, expected)


def nesting(got: Any, expected: Any) -> str:
    """The right answer, one level too deep or too high, or with something beside it."""
    inner, outer = items_of(got), items_of(expected)
    arrays = _is_array(regular(got)) and _is_array(regular(expected))
    if not arrays and inner is not None and len(inner) == 1 and same(inner[0], expected):
        return "The right answer, but inside one more list."
    if not arrays and outer is not None and len(outer) == 1 and same(got, outer[0]):
        return "The right answer, but without the list around it."
    if isinstance(got, tuple) and len(got) > 1 and sum(same(item, expected) for item in got) == 1:
        place = [same(item, expected) for item in got].index(True)
        return f"Your function returned {len(got)} values, and value {place + 1} is the right one: return it alone."
    return ""


def nothing_inside(got: Any, expected: Any) -> str:
    """None inside a list or a dict, where something is expected."""
    place, ours, right = first_difference(got, expected)
    if not place or ours is not None or right is None:
        return ""
    return "None came inside: dict.get gives it for a key that is not there, and a function without a return."


def reverse_order(got: Any, expected: Any) -> str:
    """The right items from the last to the first."""
    ours, right = _pair_of_rows(got, expected)
    return "The right items, but in reverse order." if ours and all(map(same, ours, reversed(right))) else ""


def other_order(got: Any, expected: Any) -> str:
    """The right items in another order."""
    ours, right = _pair_of_rows(got, expected)
    for item in ours:
        place = next((place for place, other in enumerate(right) if same(item, other)), None)
        if place is None:
            return ""
        del right[place]
    return "The right items, but in another order." if ours else ""


def many_kinds_of_items(got: Any, expected: Any) -> bool:
    """Whether an order of items can hardly come about by chance: three that differ, or two that are not 0 and 1."""
    items = items_of(expected)
    return _distinct(items) >= 3 or (_distinct(items) == len(items) == 2 and not _only_zeros_and_ones(expected))


def _pair_of_rows(got: Any, expected: Any) -> tuple[list, list]:
    """The items of both, if there are as many of them, two or more; else two empty lists."""
    ours, right = items_of(got), items_of(expected)
    if ours is None or right is None or not 2 <= len(ours) == len(right) <= _MOST_ITEMS:
        return [], []
    return ours, right


def ends(got: Any, expected: Any) -> str:
    """One item too many or too few, or all of them one place off."""
    for said, ours, right in _sequences(got, expected):
        extra = len(ours) - len(right)
        if min(len(ours), len(right)) < 2 or abs(extra) > 1 or len(right) > _MOST_ITEMS:
            continue
        first = _alike(ours[max(0, extra) :], right[max(0, -extra) :])  # what is over, or missing, stands first
        last = _alike(ours[: len(ours) - max(0, extra)], right[: len(right) - max(0, -extra)])
        if extra and (first or last):
            place = "An item" if first and last else "The first item" if first else "The last item"
            return f"{place}{said} is {'too many' if extra > 0 else 'missing'}; the others are right."
        if not extra and _distinct(right) >= 3 and not numbers([(got, expected)]):  # 2, 3, 4 for 1, 2, 3 is both
            late, early = _alike(ours[1:], right[:-1]), _alike(ours[:-1], right[1:])
            if late != early:
                return f"The right items{said}, but one place too {'late' if late else 'early'}."
    return ""


# Parts of the rules


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _only_zeros_and_ones(value: Any) -> bool:
    return _is_array(value) and bool(np.isin(value, (0, 1)).all())


def _alike(ours: Sequence, right: Sequence) -> bool:
    return len(ours) == len(right) and all(map(same, ours, right))


def _distinct(items: Sequence) -> int:
    """How many different items there are, counted up to 3."""
    seen: list = []
    for item in items:
        if len(seen) < 3 and not any(same(item, other) for other in seen):
            seen.append(item)
    return len(seen)


def _sequences(got: Any, expected: Any) -> list[tuple[str, Sequence, Sequence]]:
    """The items of both: letters, items, and the columns of matrices."""
    if isinstance(got, str | bytes) and type(got) is type(expected):
        return [("", got, expected)]
    pairs = [("", got, expected)]
    if _is_array(got) and _is_array(expected) and got.ndim == expected.ndim >= 2:
        pairs.append((" of each row", np.moveaxis(got, -1, 0), np.moveaxis(expected, -1, 0)))
    found = [(said, items_of(ours), items_of(right)) for said, ours, right in pairs]
    return [each for each in found if None not in each]


def _changed(value: Any, change: Callable) -> Any:
    """A comparable value whose parts and keys are changed; equal to nothing if none of them was."""
    changes = []

    def walk(part: Any) -> Any:
        if isinstance(part, dict):
            return {walk(key) if isinstance(key, str | bytes) else key: walk(item) for key, item in part.items()}
        if isinstance(part, list | tuple):
            return [walk(item) for item in part]
        new = change(part)
        changes.append(new is not part)
        return new

    result = walk(value)
    return comparable(result) if any(changes) else _NEVER


def _number_in(part: Any) -> Any:
    try:
        return float(part) if isinstance(part, str) else part
    except ValueError:
        return part


def _text_in(part: Any) -> Any:
    try:
        return part.decode() if isinstance(part, bytes) else part
    except UnicodeDecodeError:
        return part


def _joined(value: Any) -> Any:
    """The text that two or more pieces make; equal to nothing where there is none."""
    pieces = value if isinstance(value, list | tuple) and len(value) > 1 else [None]
    for plain in (str, bytes):
        if all(isinstance(piece, plain) for piece in pieces):
            return plain().join(pieces)
    return _NEVER


def _dict_of(pairs: Any) -> Any:
    rows = [items_of(pair) for pair in pairs]
    if not all(row is not None and len(row) == 2 for row in rows):
        return _NEVER
    keys = [key.item() if _is_array(key) and key.ndim == 0 else key for key, _ in rows]
    plain = all(isinstance(key, str | bytes | int | float) for key in keys)
    return dict(zip(keys, (item for _, item in rows), strict=True)) if plain else _NEVER
