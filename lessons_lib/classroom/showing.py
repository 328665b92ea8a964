"""Writes what an exercise is given and what it returns in a line that stays short, whatever it is.

A learner's function may return anything: objects whose `repr` fails, a list that holds itself, a view of a thousand
million numbers.
"""

import reprlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from lessons_lib.classroom.values import comparable, is_plain_array

LONGEST = 300  # characters of a value that is shown

_REPR = reprlib.Repr()
_REPR.maxother = _REPR.maxstring = _REPR.maxlong = 60


def shown(value: Any, longest: int = LONGEST, digits: int = 4) -> str:
    """A value as a learner would write it, numbers rounded.

    Args:
        value: numbers, text, lists, tuples, dicts, arrays, tensors or functions; anything else is named by its `repr`.
        longest: characters; a longer value is cut, and followed by its shape or its length.
        digits: of a number that is not whole.
    """
    text = ""
    try:
        for piece in _pieces(value, longest, digits):
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


def _pieces(value: Any, longest: int, digits: int) -> Iterator[str]:
    """The text of a value, piece by piece, so that a long one need not be written to its end."""
    match value:
        case None | bool():
            yield str(value)
        case str() | bytes():
            yield repr(value[: longest + 1])
        case dict():
            yield "{"
            for place, (key, item) in enumerate(value.items()):
                yield ", " if place else ""
                yield from _pieces(key, longest, digits)
                yield ": "
                yield from _pieces(item, longest, digits)
            yield "}"
        case list():
            yield from _row("[", value, "]", longest, digits)
        case tuple():
            yield from _row("(", value, ",)" if len(value) == 1 else ")", longest, digits)
        case frozenset():
            yield from _row("{", sorted(value, key=repr), "}", longest, digits) if value else ("set()",)
        case int():
            yield f"{value}"
        case float():
            whole = abs(value) < 1e15 and value == int(value)
            yield f"{int(value)}" if whole else f"{value:.{digits}g}"
        case np.ndarray() if is_plain_array(value):
            yield from (
                _row("[", value, "]", longest, digits) if value.ndim else _pieces(value.item(), longest, digits)
            )
        case Callable():
            yield value.__name__
        case _:
            yield from _pieces(comparable(value), longest, digits)


def _row(start: str, items: Any, end: str, longest: int, digits: int) -> Iterator[str]:
    yield start
    for place, item in enumerate(items):
        yield ", " if place else ""
        yield from _pieces(item, longest, digits)
    yield end


def _extent(value: Any) -> str:
    """How much there is of a value."""
    if hasattr(value, "shape"):
        return f"shape {list(value.shape)}"
    return f"{len(value)} {'characters' if isinstance(value, str) else 'items'}" if hasattr(value, "__len__") else "cut"
