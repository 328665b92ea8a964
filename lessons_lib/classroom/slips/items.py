"""A wrong result that holds the right items: of another kind, one level too deep, in another order, one too many.

Each rule takes what came and what was expected, both comparable, and gives the sentences that are true of the two. A
sentence says no more than what they show.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from lessons_lib.classroom.slips.arrays import numbers
from lessons_lib.classroom.values import comparable, first_difference, hashable, items_of, regular, same

_MOST_ITEMS = 300  # that are looked for one by one
_NEVER = object()  # equal to no value


def kind(got: Any, expected: Any) -> Iterator[str]:
    """The right values in values of another kind."""
    if isinstance(got, frozenset) and not isinstance(expected, frozenset):
        yield "A set has no order, and nothing in it twice: return a list."
    if _is_array(got) and got.dtype == bool and _is_array(expected) and not np.isin(expected, (0, 1)).all():
        yield "Truth values (True and False) came where numbers are expected."
    if same(_changed(got, _number_in), expected):
        yield "The right numbers, but as text: int(...) or float(...) makes numbers of text."
    if same(got, _changed(expected, _number_in)):
        yield "The right values, but as numbers where text is expected: str(...) makes text of a number."
    if same(_changed(got, _text_in), expected):
        yield "The right letters, but as bytes: .decode() makes text of bytes."
    if same(got, _changed(expected, _text_in)):
        yield "The right letters, but as text where bytes are expected: .encode() makes bytes of text."
    if same(_changed(got, _stripped), expected):
        yield "The right text, but with white space at an end: .strip() takes it off."
    if same(_joined(got), expected):
        yield 'The right pieces: join them to one text, "".join(pieces).'
    if same(got, _joined(expected)):
        yield "The right text, but in one piece where a list of its pieces is expected."
    if isinstance(expected, dict) and isinstance(got, list | tuple) and same(_dict_of(got), expected):
        yield "The right pairs, but in a list: dict(pairs) makes a dict of them."
    if isinstance(got, dict) and not isinstance(expected, dict):
        for part in ("items", "keys", "values"):
            if got and same(comparable(list(getattr(got, part)())), expected):
                yield f"A dict came where a list of its {part} is expected."


def nesting(got: Any, expected: Any) -> Iterator[str]:
    """The right answer, one level too deep or too high, or with something beside it."""
    inner, outer = items_of(got), items_of(expected)
    arrays = _is_array(regular(got)) and _is_array(regular(expected))
    if not arrays and inner is not None and len(inner) == 1 and same(inner[0], expected):
        yield "The right answer, but inside one more list."
    if not arrays and outer is not None and len(outer) == 1 and same(got, outer[0]):
        yield "The right answer, but without the list around it."
    if isinstance(got, tuple) and len(got) > 1 and sum(same(item, expected) for item in got) == 1:
        place = [same(item, expected) for item in got].index(True)
        yield f"Of the {len(got)} values that came, value {place + 1} is the right one: return it alone."


def nothing_inside(got: Any, expected: Any) -> Iterator[str]:
    """None inside a list or a dict, where something is expected."""
    place, ours, right = first_difference(got, expected)
    if place and ours is None and right is not None:
        yield "None came inside: does a function lack its return, or did dict.get not find a key?"


def form(got: Any, expected: Any) -> Iterator[str]:
    """Texts of another form than those that are expected, whatever they say."""
    ours, right = items_of(got), items_of(expected)
    if not ours or not right or not all(isinstance(item, str) for item in right):
        return
    if all(isinstance(item, list | tuple) for item in ours):
        yield "Each item is a list or a tuple here, where one text is expected."
    length, alike = len(right[0]), len(right) > 1 and len(set(map(len, right))) == 1
    if alike and all(isinstance(item, str) and len(item) != length for item in ours):
        yield f"Each text that is expected is {length} characters long, and none of yours is."


def holds_none(value: Any) -> bool:
    """Whether None is a value, or stands in one."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return value is None or any(map(holds_none, inner))


REVERSED, REORDERED = "The right items, but in reverse order.", "The right items, but in another order."
OTHERS = "; the others are right."


def order(got: Any, expected: Any) -> Iterator[str]:
    """The right items in another order."""
    ours, right = items_of(got), items_of(expected)
    if ours is None or right is None or not 2 <= len(ours) == len(right) <= _MOST_ITEMS or same(got, expected):
        return
    if all(map(same, ours, right)):  # in this very order: something else is wrong
        return
    if all(map(same, ours, reversed(right))):
        yield REVERSED
    for item in ours:
        place = next((place for place, other in enumerate(right) if same(item, other)), None)
        if place is None:
            return
        del right[place]
    yield REORDERED


def is_rich(said: str, got: Any, expected: Any) -> bool:
    """Whether a sentence is true of two values hardly by chance.

    An order needs three items that differ, or two that are not 0 and 1; an item too many or too few needs two others.
    """
    items = items_of(expected) or []
    if said in (REVERSED, REORDERED):
        return _distinct(items) >= 3 or (_distinct(items) == len(items) == 2 and not _only_zeros_and_ones(expected))
    if said.endswith(OTHERS):
        return all(min(len(ours), len(right)) >= 2 for _, ours, right in _sequences(got, expected))
    return True


def ends(got: Any, expected: Any) -> Iterator[str]:
    """One item too many or too few, or all of them one place off."""
    for said, ours, right in _sequences(got, expected):
        extra = len(ours) - len(right)
        if not min(len(ours), len(right)) or abs(extra) > 1 or len(right) > _MOST_ITEMS:
            continue
        if extra:
            what = f"{said} is {'too many' if extra > 0 else 'missing'}{OTHERS}"
            longer, shorter = (ours, right) if extra > 0 else (right, ours)
            last, first = _alike(longer[:-1], shorter), _alike(longer[1:], shorter)
            if last and first:
                yield f"An item{what}"
            yield from [f"The last item{what}"] * last + [f"The first item{what}"] * first
        elif _distinct(right) >= 3 and not numbers([(got, expected)]):  # 2, 3, 4 for 1, 2, 3 is both
            late, early = _alike(ours[1:], right[:-1]), _alike(ours[:-1], right[1:])
            if late != early:
                yield f"The right items{said}, but one place too {'late' if late else 'early'}."


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


def _stripped(part: Any) -> Any:
    return part.strip() if isinstance(part, str) and part != part.strip() else part


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
    keys = [hashable(key) for key, _ in rows]
    plain = all(isinstance(key, str | bytes | int | float | tuple) for key in keys)
    return dict(zip(keys, (item for _, item in rows), strict=True)) if plain else _NEVER
