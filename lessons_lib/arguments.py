"""What callers hand over: numbers and token ids are taken in all their usual forms, and mistakes are named."""

from __future__ import annotations

import math
import operator
import reprlib
from collections.abc import Mapping, Set
from numbers import Real
from pathlib import Path
from typing import Any


def whole(name: str, value: Any, least: int, most: int | None = None) -> int:
    """Take a whole number: an int or one of numpy's or torch's. True and 3.0 are none.

    Args:
        name: of the argument, for the error.
        value: what was given.
        least, most: the range, both ends included; None for no upper end.

    Raises:
        ValueError: naming the argument, the value and the rule.

    Example:
        >>> whole("top_k", 5, least=1)
        5
    """
    rule = f"{least} or more" if most is None else f"{least} to {most}"
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or _is_bool(value):
        raise ValueError(f"{name}: got {described(value)}, allowed a whole number, {rule}")
    if number < least or (most is not None and number > most):
        raise ValueError(f"{name}: got {described(number)}, allowed {rule}")
    return number


def real(name: str, value: Any, least: float, most: float, rule: str, above: bool = False) -> float:
    """Take a real number: an int, a float or one of numpy's. True and NaN are none.

    Args:
        name: of the argument, for the error.
        value: what was given.
        least, most: the range, both ends included.
        rule: the range in words.
        above: whether `least` itself is out of it.

    Raises:
        ValueError: naming the argument, the value and the rule.

    Example:
        >>> real("top_p", 0.5, 0, 1, "0 to 1")
        0.5
    """
    try:
        number = float(value) if isinstance(value, Real) and not _is_bool(value) else math.nan
    except OverflowError:  # a whole number beyond all floats
        number = math.nan
    if not least <= number <= most or (above and number == least):
        raise ValueError(f"{name}: got {described(value)}, allowed {rule}")
    return number


def token_ids(name: str, value: Any) -> list[int]:
    """Take the ids of one text: any sequence of whole numbers, a numpy array or a tensor [T].

    Raises:
        ValueError: naming the argument, the value and the rule; a str is told how it becomes ids.

    Example:
        >>> token_ids("token_ids", (5, 17))
        [5, 17]
    """
    if isinstance(value, str | bytes | bytearray):
        raise ValueError(f"{name}: got {described(value)}, allowed token ids: tokenizer.encode_prompt(text) gives them")
    if getattr(value, "ndim", 1) != 1:
        raise ValueError(f"{name}: got {described(value)}, allowed one row, [T]: give one text's ids, such as ids[0]")
    if isinstance(value, Mapping | Set):  # a Mapping such as transformers' tokenizers return
        raise ValueError(f"{name}: got {described(value)}, allowed a list of token ids")
    try:
        found = value.tolist() if hasattr(value, "tolist") else list(value)
    except TypeError:
        raise ValueError(f"{name}: got {described(value)}, allowed a list of token ids") from None
    return found if all(type(i) is int for i in found) else [_one_id(f"{name}[{n}]", i) for n, i in enumerate(found)]


def path(name: str, value: Any) -> Path:
    """Take the path of a file or folder: a str or a path object; `~` is the user's home, where there is one.

    Raises:
        ValueError: naming the argument, the value and the rule.
    """
    try:
        found = Path(value)
    except TypeError:
        raise ValueError(f"{name}: got {described(value)}, allowed a path, a str or a pathlib.Path") from None
    try:
        return found.expanduser()
    except RuntimeError:  # no home, or no such user: a file may be called so
        return found


def described(value: object) -> str:
    """Say in a few words what was given, whatever it was."""
    if hasattr(value, "shape") and hasattr(value, "dtype"):
        return f"a {type(value).__name__} of shape {list(value.shape)} and type {value.dtype}"
    if isinstance(value, int) and value.bit_length() > 256:  # Python may refuse to write it out
        return f"a number of {value.bit_length()} bits"
    return _SHORT.repr(value)


class _Short(reprlib.Repr):
    """Python's own short form, with the name of its type for what may be large or print anything."""

    def repr_instance(self, x: object, level: int) -> str:
        plain = x is None or isinstance(x, str | bytes | int | float)
        return super().repr_instance(x, level) if plain else f"a {type(x).__name__}"


_SHORT = _Short()


def _one_id(name: str, value: Any) -> int:
    try:
        number = operator.index(value)
    except TypeError:
        number = None
    if number is None or _is_bool(value):
        raise ValueError(f"{name}: got {described(value)}, allowed a token id, a whole number")
    return number


def _is_bool(value: object) -> bool:
    return isinstance(value, bool) or str(getattr(value, "dtype", "")).endswith("bool")
