"""A wrong result made of the right numbers: in another shape, along another axis, off by the same, rounded.

Each rule takes what came and what was expected, both comparable, and gives the sentences that are true of the two. A
sentence says no more than what they show.
"""

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Any

import numpy as np

from lessons_lib.classroom.values import regular, same


def shape(got: Any, expected: Any) -> Iterator[str]:
    """The right numbers in another shape."""
    got, expected = regular(got), regular(expected)
    if not _is_array(got) or not _is_array(expected) or got.size == 0:
        return
    if got.size == expected.size and got.shape != expected.shape and same(got.reshape(expected.shape), expected):
        if not expected.ndim:
            yield "The right number, but inside a list: return the number alone, such as with .item() or [0]."
        elif _without_ones(got) == _without_ones(expected):
            if got.ndim > expected.ndim:
                yield "The right numbers with an axis of length 1 too many: squeeze drops it, keepdim=True keeps it."
            if got.ndim < expected.ndim:
                yield "The right numbers, but an axis of length 1 is missing: keepdim=True keeps it, [:, None] adds it."
            if got.ndim == expected.ndim != 2:
                yield "The right numbers, but the axis of length 1 is in another place."
    if got.ndim == expected.ndim == 2 and same(got.T, expected) and not same(got, expected):
        yield "The right numbers, but rows and columns are swapped: transpose."
    orders = permutations(range(got.ndim)) if 3 <= got.ndim == expected.ndim <= 4 and not same(got, expected) else ()
    if any(same(got.transpose(order), expected) for order in orders):
        yield "The right numbers, but the axes are in another order."
    if got.shape != expected.shape and expected.ndim and same(got.ravel(), expected.ravel()):
        yield "The right numbers in the right order, but in another shape: reshape."


def repeated(got: Any, expected: Any) -> Iterator[str]:
    """What comes of two shapes that were stretched to fit each other."""
    got, expected = regular(got), regular(expected)
    if not _is_array(got) or not _is_array(expected) or expected.size < 2 or got.size <= expected.size:
        return
    n = expected.size
    if got.shape == (n, n) and same(np.diagonal(got), expected.ravel()) and not same(got, got[:1].repeat(n, 0)):
        yield (
            "Every number met every other: [N, 1] with [N] gives [N, N], whose diagonal is right. "
            "Is a keepdim=True missing, or one too many?"
        )
    stretched = got.ndim > expected.ndim and got.shape[-expected.ndim :] == expected.shape
    if stretched and same(got, np.broadcast_to(expected, got.shape)):
        yield "The right answer, but several times over: a shape was stretched to fit. Is a keepdim=True missing?"


def sums(got: Any, expected: Any) -> Iterator[str]:
    """Rows that should sum to 1."""
    got, expected = regular(got), regular(expected)
    if not _is_array(got) or not _is_array(expected) or got.shape != expected.shape:
        return
    chances = expected.dtype == np.float64 and expected.ndim > 0 and expected.shape[-1] > 1 and (expected >= 0).all()
    if not chances or not _ones(expected.sum(-1)) or _ones(got.sum(-1)):
        return
    if any(_ones(got.sum(axis)) and not _ones(expected.sum(axis)) for axis in range(expected.ndim - 1)):
        yield "Your numbers sum to 1 along another axis, as columns do. Each row should: dim=-1."
    by_chance = np.isin(got.sum(-1).round(4), (0, 1)).any()  # a row that lost its weights beside a whole one
    if expected[..., 0].size > 1 and _ones(got.sum()) and not by_chance:
        yield "All your numbers together sum to 1 where each row should: sum over dim=-1, with keepdim=True."
    totals = got.sum(-1, keepdims=True)
    if np.isfinite(totals).all() and (totals != 0).all() and same(got / totals, expected):
        yield "The right proportions, but a row does not sum to 1: is a division by its sum missing?"


def not_a_number(got: Any, expected: Any) -> Iterator[str]:
    """nan where there should be numbers."""
    got, expected = regular(got), regular(expected)
    if _is_array(got) and _is_array(expected) and np.isfinite(expected).all() and np.isnan(got).any():
        yield "nan comes of 0 / 0, inf / inf or inf - inf: which of them happens here?"


def infinite(got: Any, expected: Any) -> Iterator[str]:
    """inf where there should be numbers."""
    got, expected = regular(got), regular(expected)
    if _is_array(got) and _is_array(expected) and np.isfinite(expected).all() and holds_inf(got):
        yield "inf comes of a number too large for a float, or of a division by 0."


def holds_inf(value: Any) -> bool:
    """Whether there is an infinite number in an array, or in lists that make one."""
    value = regular(value)
    return _is_array(value) and bool(np.isinf(value).any())


def numbers(pairs: Sequence[tuple[Any, Any]]) -> str:
    """What all results have in common with the expected ones: off by the same, a factor, a sign, digits that are lost.

    Args:
        pairs: what came and what was expected, for every case that failed.
    """
    arrays = [(regular(got), regular(expected)) for got, expected in pairs]
    if not all(_is_array(got) and _is_array(right) and got.shape == right.shape for got, right in arrays):
        return ""
    got, right = (np.concatenate([pair[side].ravel().astype(float) for pair in arrays]) for side in (0, 1))
    if not len(got) or not np.isfinite([got, right]).all():
        return ""
    if said := _rounded(got, right):
        return said
    if len(got) < 3 or len(np.unique(right.round(6))) < 2:
        return ""
    step, there = got[0] - right[0], right != 0
    if abs(step) == 1 and same(got, right + step):
        return f"Every number is 1 too {'large' if step > 0 else 'small'}."
    if there.sum() >= 3 and len(np.unique(right[there].round(6))) >= 2:
        factor = (got[there] / right[there])[0]
        if factor and same(got, right * factor) and (said := _times(factor)):
            return said
        return _function_of(got, right)
    return ""


def _times(factor: float) -> str:
    """What a factor between what came and what was expected is called, if it has a name."""
    if np.isclose(factor, -1):
        return "Every number has the wrong sign."
    named = {
        np.log(2): "0.6931 times what is expected, which is ln 2: log in place of log2?",
        1 / np.log(2): "1.443 times what is expected, which is 1 / ln 2: log2 in place of log?",
        np.pi / 180: "pi / 180 of what is expected: radians in place of degrees?",
        180 / np.pi: "180 / pi times what is expected: degrees in place of radians?",
    }
    for value, said in named.items():
        if np.isclose(factor, value):
            return f"Every number is {said}"
    whole = max(abs(factor), 1 / abs(factor))
    if whole > 1024 or not np.isclose(whole, round(whole)):
        return ""
    sign = ", with the wrong sign" if factor < 0 else ""
    part = f"{whole:.0f} times" if abs(factor) > 1 else "half of" if round(whole) == 2 else f"1 / {whole:.0f} of"
    return f"Every number is {part} what is expected{sign}."


def _function_of(got: np.ndarray, right: np.ndarray) -> str:
    """Whether each number is the same function of the expected one."""
    with np.errstate(all="ignore"):
        made = {
            "square": right**2,
            "square root": np.sqrt(right),
            "logarithm": np.log(right),
            "reciprocal": 1 / right,
        }
        for what, values in made.items():
            if np.isfinite(values).all() and same(got, values):
                return f"Every number is the {what} of the expected one."
        if (got > 0).all() and same(np.log(got), right):
            return "Every number is exp of the expected one."
    return ""


def _rounded(got: np.ndarray, right: np.ndarray) -> str:
    if same(right, right.round()):
        return ""
    if len(np.unique(got)) >= 3 and same(got, np.floor(right)):
        return "Every number is rounded down: // and int() lose what stands behind the point."
    for digits in range(5):
        if digits < 2 and len(np.unique(got)) < 3:  # 0, 1 or 0.5 come about in other ways too
            continue
        if digits and np.allclose(got, got.round(digits - 1), rtol=0, atol=1e-9):  # none shows its last digit
            continue
        if np.abs(got - right.round(digits)).max() < 1e-6 * max(1, abs(right).max()):
            places = f"{digits} digit{'s' if digits > 1 else ''} behind the point" if digits else "a whole number"
            return f"Every number is rounded to {places}: return it as it is."
    return ""


def _is_array(value: Any) -> bool:
    return isinstance(value, np.ndarray)


def _without_ones(array: np.ndarray) -> list[int]:
    return [length for length in array.shape if length != 1]


def _ones(totals: np.ndarray) -> bool:
    return bool(np.allclose(totals, 1, rtol=0, atol=1e-4))
