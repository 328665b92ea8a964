"""Characters as bytes: a set of characters becomes an expression over UTF-8."""

from __future__ import annotations

from collections.abc import Iterable

from lessons_lib.generation.constraint.expression import Expression, between, either

Ranges = tuple[tuple[int, int], ...]
"""A set of characters: first and last code point of each stretch, both included, in order and apart."""

LAST = 0x10FFFF
_SAME_LENGTH = ((0, 0x7F), (0x80, 0x7FF), (0x800, 0xD7FF), (0xE000, 0xFFFF), (0x10000, LAST))  # without surrogates


def joined(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """Stretches in any order, which may overlap, as one set."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first <= found[-1][1] + 1:
            found[-1] = found[-1][0], max(last, found[-1][1])
        else:
            found.append((first, last))
    return tuple(found)


def without(ranges: Iterable[tuple[int, int]]) -> Ranges:
    """All other characters.

    Example:
        >>> without([(0, 9), (11, 0x10FFFF)])
        ((10, 10),)
    """
    found, start = [], 0
    for first, last in joined(ranges):
        if start < first:
            found.append((start, first - 1))
        start = last + 1
    return tuple(found) if start > LAST else (*found, (start, LAST))


def characters(ranges: Iterable[tuple[int, int]]) -> Expression:
    """One character out of a set, as UTF-8; surrogates, which have no bytes, are left out.

    Source: Unicode Standard 16, table 3-7; the cut into stretches of bytes is that of Thompson's UTF-8 automata.
    """
    parts = []
    for first, last in ranges:
        for low, high in _SAME_LENGTH:
            if max(first, low) <= min(last, high):
                ends = chr(max(first, low)).encode(), chr(min(last, high)).encode()
                parts.append(between(*ends, 0x80, 0xBF))
    return either(*parts)
