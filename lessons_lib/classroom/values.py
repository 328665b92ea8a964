"""What an exercise is given and what it returns: made comparable, compared, and written in a line that stays short.

A learner's function may return anything: objects whose `repr` fails, a list that holds itself, a view of a thousand
million numbers. `comparable` refuses what it can't compare; `shown` and `short` write everything.
"""

import reprlib
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

import numpy as np

LONGEST = 300  # characters of a value that is shown
MOST_NUMBERS = 10_000_000  # more than any exercise asks for, and still compared in a moment
MOST_ITEMS = 1_000_000  # of a list, whose items are looked at one by one
_RTOL, _ATOL = 1e-4, 1e-6

_REPR = reprlib.Repr()
_REPR.maxother = _REPR.maxstring = _REPR.maxlong = 60


def comparable(value: Any) -> Any:
    """Numbers as float arrays, text as it is, and lists and dicts of such.

    Raises:
        TypeError: for a value that is something else, or too much of it.
        Exception: whatever a foreign object raises when it is looked at.
    """
    # The methods of the plain types, since a class of the learner's own may have changed them.
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, bytes):
        return bytes.__getitem__(value, slice(None))
    if isinstance(value, dict):
        return {key: comparable(item) for key, item in dict.items(value)}
    if isinstance(value, list | tuple):
        plain = list if isinstance(value, list) else tuple
        if plain.__len__(value) > MOST_ITEMS:
            raise TypeError(f"{plain.__len__(value):,} items")
        items = [comparable(item) for item in plain.__iter__(value)]
        regular = all(isinstance(item, np.ndarray) and item.shape == items[0].shape for item in items)
        return np.array(items, dtype=np.float64) if regular else items
    if all(hasattr(value, name) for name in ("__len__", "__getitem__")) and not hasattr(value, "__array__"):
        if len(value) > MOST_ITEMS:
            raise TypeError(f"{len(value):,} items")
        return comparable(list(islice(value, len(value))))  # a range, a deque, or a class whose end may never come
    return _array(value)


def _array(value: Any) -> np.ndarray:
    """A number, an array, a tensor or what numpy reads as one, as float64."""
    if hasattr(value, "detach"):  # a torch tensor, which may require gradients or be bfloat16
        if value.numel() > MOST_NUMBERS or value.is_complex():
            raise TypeError("too many numbers, or complex ones")
        value = value.detach().cpu().double()
    array = np.asarray(value)
    if array.dtype.kind not in "biuf" or array.size > MOST_NUMBERS:
        raise TypeError(f"{array.dtype} {list(array.shape)}")
    return array.astype(np.float64)


def same(left: Any, right: Any) -> bool:
    """Whether two comparable values are equal, numbers within 1 in 10,000."""
    if type(left) is not type(right):
        return False
    if isinstance(left, np.ndarray):
        return left.shape == right.shape and np.allclose(left, right, rtol=_RTOL, atol=_ATOL, equal_nan=True)
    if isinstance(left, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return left.keys() == right.keys() and all(same(item, right[key]) for key, item in left.items())
    return left == right


def first_difference(left: np.ndarray, right: np.ndarray) -> tuple[int, ...]:
    """The place of the first number in which two arrays of one shape differ."""
    differ = ~np.isclose(left, right, rtol=_RTOL, atol=_ATOL, equal_nan=True)
    return tuple(map(int, np.argwhere(differ)[0]))


def shown(value: Any, longest: int = LONGEST) -> str:
    """A value as a learner would write it, numbers rounded to four digits.

    Args:
        value: numbers, text, lists, dicts, arrays, tensors or functions; anything else is named by its `repr`.
        longest: characters; a longer value is cut, and followed by its shape or its length.
    """
    text = ""
    try:
        for piece in _pieces(value, longest):
            text += piece
            if len(text) > longest:
                return f"{text[:longest]} … ({_extent(value)})"
    except KeyboardInterrupt:
        raise
    except BaseException:
        return short(value, longest)
    return text


def short(value: Any, longest: int = 100) -> str:
    """The `repr` of any object in at most so many characters; the name of its type where it has none."""
    try:
        text = _REPR.repr(value)
    except KeyboardInterrupt:
        raise
    except BaseException:
        text = f"<{type(value).__name__}>"
    return line(text, longest)


def line(text: str, longest: int = LONGEST) -> str:
    """The first line of a text, cut, without characters that a screen can't show."""
    first = text[: longest + 1].partition("\n")[0]
    clean = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in first)
    return clean if len(clean) <= longest else f"{clean[:longest]} …"


def _pieces(value: Any, longest: int) -> Iterator[str]:
    """The text of a value, piece by piece, so that a long one need not be written to its end."""
    match value:
        case str() | bytes():
            yield repr(value[: longest + 1])
        case dict():
            yield "{"
            for place, (key, item) in enumerate(value.items()):
                yield ", " if place else ""
                yield from _pieces(key, longest)
                yield ": "
                yield from _pieces(item, longest)
            yield "}"
        case list():
            yield from _row("[", value, "]", longest)
        case tuple():
            yield from _row("(", value, ",)" if len(value) == 1 else ")", longest)
        case int() | float():
            whole = abs(value) < 1e15 and value == int(value)
            yield f"{int(value)}" if whole else f"{value:.4g}"
        case np.ndarray() if value.dtype == np.float64:
            yield from _row("[", value, "]", longest) if value.ndim else _pieces(value.item(), longest)
        case Callable():
            yield value.__name__
        case _:
            yield from _pieces(comparable(value), longest)


def _row(start: str, items: Any, end: str, longest: int) -> Iterator[str]:
    yield start
    for place, item in enumerate(items):
        yield ", " if place else ""
        yield from _pieces(item, longest)
    yield end


def _extent(value: Any) -> str:
    """How much there is of a value."""
    if hasattr(value, "shape"):
        return f"shape {list(value.shape)}"
    return f"{len(value)} {'characters' if isinstance(value, str) else 'items'}" if hasattr(value, "__len__") else "cut"
