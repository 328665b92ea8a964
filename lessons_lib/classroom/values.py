"""What an exercise returns, made comparable and compared.

The right values count, not the library that holds them: lists, tuples, generators, numpy, torch and whatever gives
itself away as an array (`__array__`, `__dlpack__`) are the same. What can't be compared is refused.
"""

import io
from collections.abc import Callable, Iterator, Mapping, MappingView, Set
from decimal import Decimal
from itertools import islice
from numbers import Real
from typing import Any

import numpy as np

MOST_NUMBERS = 10_000_000  # more than any exercise asks for, and still compared in a moment
MOST_ITEMS = 1_000_000  # of a list, whose items are looked at one by one
_RTOL, _ATOL = 1e-4, 1e-6
_WHOLE_RTOL = 1e-6  # of a whole number that was computed in float32
_PLAIN = tuple(map(np.dtype, ("bool", "int64", "float64")))
NOTHING = object()  # stands in a difference where one side has no more items


def comparable(value: Any) -> Any:
    """A value in plain kinds that can be compared and shown.

    Numbers become arrays of bool, int64 or float64, and so do lists of equal rows of them. Text, bytes and None stay
    as they are. Lists, tuples and dicts keep their kind, and hold such values. A set becomes a frozenset.

    Raises:
        TypeError: for a value that is something else, or too much of it.
        Exception: whatever a foreign object raises when it is looked at.
    """
    # The methods of the plain types, since a class of the learner's own may have changed them.
    if value is None:
        return None
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes):
        return bytes.__getitem__(value, slice(None))
    if isinstance(value, bytearray | memoryview):
        return bytes(value)
    if isinstance(value, dict):
        return {_key(key): comparable(item) for key, item in dict.items(value)}
    if isinstance(value, list | tuple):
        return _rows(list.__iter__ if isinstance(value, list) else tuple.__iter__, value)
    if isinstance(value, Iterator | MappingView) and not isinstance(value, io.IOBase):
        return comparable(list(islice(value, MOST_ITEMS + 1)))
    if isinstance(value, Set):
        return frozenset(_key(item) for item in _bounded(list(islice(value, MOST_ITEMS + 1))))
    if isinstance(value, Mapping):
        return comparable(dict(_bounded(list(islice(value.items(), MOST_ITEMS + 1)))))
    if isinstance(value, Real | Decimal) and not hasattr(value, "__array__"):
        return np.asarray(value if isinstance(value, bool | int) and abs(value) < 2**63 else float(value))
    arrayish = any(hasattr(value, name) for name in ("__array__", "__dlpack__"))
    if not arrayish and all(hasattr(value, name) for name in ("__len__", "__getitem__")):
        if len(value) > MOST_ITEMS:
            raise TypeError(f"{len(value):,} items")
        return comparable(list(islice(value, len(value))))  # a range, a deque, or a class whose end may never come
    return _array(value)


def _bounded(items: list) -> list:
    if len(items) > MOST_ITEMS:
        raise TypeError(f"more than {MOST_ITEMS:,} items")
    return items


def _rows(items_of: Callable, value: list | tuple) -> Any:
    """A list as an array where its rows are equal, else a list; a tuple as a tuple."""
    items = [comparable(item) for item in _bounded(list(islice(items_of(value), MOST_ITEMS + 1)))]
    return tuple(items) if isinstance(value, tuple) else _stacked(items)


def _stacked(items: list) -> Any:
    """Equal rows of numbers as one array; other items as they are."""
    arrays = all(isinstance(item, np.ndarray) and item.shape == items[0].shape for item in items)
    if not arrays or len({item.dtype == bool for item in items}) == 2:  # True beside numbers is shown as True
        return items
    return np.array(items) if items else np.zeros(0)


def regular(value: Any) -> Any:
    """Lists and tuples of comparable values as one array, where they are equal rows of numbers."""
    return _stacked([regular(item) for item in value]) if isinstance(value, list | tuple) else value


def items_of(value: Any) -> list | None:
    """The comparable items of a list, a tuple or an array of them; None for what has no items."""
    if isinstance(value, list | tuple):
        return list(value)
    return [np.asarray(item) for item in value] if isinstance(value, np.ndarray) and value.ndim else None


def _key(key: Any) -> Any:
    """A key of a dict or an item of a set: a tensor of one number as that number."""
    return key.item() if hasattr(key, "item") and getattr(key, "shape", None) in ((), (1,)) else key


def hashable(value: Any) -> Any:
    """A comparable value as it stands in a set."""
    if isinstance(value, np.ndarray):
        return hashable(value.tolist())
    return tuple(map(hashable, value)) if isinstance(value, list | tuple) else value


def _array(value: Any) -> Any:
    """An array, a tensor or what numpy reads as one."""
    if hasattr(value, "detach"):  # a torch tensor, which may require gradients, be sparse or bfloat16
        if value.numel() > MOST_NUMBERS or value.is_complex():
            raise TypeError("too many numbers, or complex ones")
        value = value.detach().cpu()
        value = value.to_dense() if value.is_sparse else value
        value = value.double() if value.is_floating_point() else value
    array = np.asarray(value) if hasattr(value, "__array__") or not hasattr(value, "__dlpack__") else _shared(value)
    if array.size > MOST_NUMBERS:
        raise TypeError(f"{array.dtype} {list(array.shape)}")
    if array.dtype.kind in "USO" and array.ndim and array.size <= MOST_ITEMS:  # text, or a list of anything
        return comparable(array.tolist())
    if array.dtype.kind == "V" and array.dtype.names is None:  # another library's bfloat16
        array = array.astype(np.float64)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{array.dtype} {list(array.shape)}")
    kind = {"b": np.bool_, "i": np.int64, "u": np.int64}.get(array.dtype.kind, np.float64)
    return array.astype(np.float64 if array.dtype == np.uint64 else kind)


def _shared(value: Any) -> np.ndarray:
    """What a library without `__array__` lends out, copied."""
    return np.from_dlpack(value).copy()


def is_plain_array(value: Any) -> bool:
    """Whether an array is of the kinds that `comparable` makes."""
    return isinstance(value, np.ndarray) and value.dtype in _PLAIN


def same(got: Any, expected: Any) -> bool:
    """Whether a comparable value is the expected one.

    Numbers within 1 in 10,000, whole numbers exactly; where a set is expected, a list without duplicates may be in any
    order.
    """
    if isinstance(expected, frozenset) and isinstance(got, list | tuple | np.ndarray):
        keys = hashable(got)
        return isinstance(keys, tuple) and len(keys) == len(expected) == sum(key in expected for key in set(keys))
    if isinstance(got, frozenset) and len(got) == 1 and not isinstance(expected, frozenset):
        got = comparable(list(got))
    rows = (got, expected) if isinstance(got, list | tuple) and isinstance(expected, list | tuple) else None
    got, expected = regular(got), regular(expected)
    if rows and not (isinstance(got, np.ndarray) and isinstance(expected, np.ndarray)):
        return len(rows[0]) == len(rows[1]) and all(map(same, *rows))  # one may be an array where the other has bools
    if type(got) is not type(expected):
        return False
    if isinstance(got, np.ndarray):
        return got.shape == expected.shape and bool(close(got, expected).all())
    if isinstance(got, dict):
        return got.keys() == expected.keys() and all(same(item, expected[key]) for key, item in got.items())
    return got == expected


def close(got: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """Number by number, whether arrays of one shape agree."""
    if "f" not in got.dtype.kind + expected.dtype.kind:
        return got == expected
    rtol = _RTOL if expected.dtype.kind == "f" else _WHOLE_RTOL
    return np.isclose(got, expected, rtol=rtol, atol=_ATOL, equal_nan=True)


def first_difference(got: Any, expected: Any) -> tuple[list, Any, Any]:
    """Where two comparable values differ first.

    Returns:
        The place, as indices and keys from the outside in, and what stands there in `got` and in `expected`:
        `NOTHING` where one has come to its end or lacks the key. Text is given from the place on.
    """
    got, expected = regular(got), regular(expected)
    if isinstance(got, np.ndarray) and isinstance(expected, np.ndarray) and got.shape == expected.shape:
        place = tuple(map(int, np.argwhere(~close(got, expected))[0]))
        return list(place), got[place], expected[place]
    if isinstance(got, dict) and isinstance(expected, dict):
        for key in [*expected, *(key for key in got if key not in expected)]:
            if key not in got or key not in expected:
                return [key], got.get(key, NOTHING), expected.get(key, NOTHING)
            if not same(got[key], expected[key]):
                return _deeper(key, got[key], expected[key])
    if type(got) is type(expected) and isinstance(got, str | bytes):
        place = next((i for i, (a, b) in enumerate(zip(got, expected, strict=False)) if a != b), None)
        place = min(len(got), len(expected)) if place is None else place
        return [place], got[place:] or NOTHING, expected[place:] or NOTHING
    rows = items_of(got), items_of(expected)
    if None not in rows:
        for place, (one, other) in enumerate(zip(*rows, strict=False)):
            if not same(one, other):
                return _deeper(place, one, other)
        place = min(map(len, rows))
        return [place], *(row[place] if place < len(row) else NOTHING for row in rows)
    return [], got, expected


def _deeper(place: Any, got: Any, expected: Any) -> tuple[list, Any, Any]:
    inner, got, expected = first_difference(got, expected)
    return [place, *inner], got, expected
