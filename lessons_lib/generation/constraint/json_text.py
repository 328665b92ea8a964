"""JSON's own notation as expressions: strings, numbers within bounds, values, and one space at most.

A model that may write white space without end sometimes does nothing else, so there is room for one space behind a
comma or a colon, and for none elsewhere.

Source: RFC 8259.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import Any

from lessons_lib.generation.constraint.characters import Ranges, characters, without
from lessons_lib.generation.constraint.expression import (
    EMPTY,
    NOTHING,
    Expression,
    any_text,
    between,
    either,
    optional,
    paths,
    repeat,
    sequence,
    span,
    text,
)
from lessons_lib.generation.constraint.pattern import Branch

SPACE = optional(text(b" "))
COMMA, COLON = sequence(text(b","), SPACE), sequence(text(b":"), SPACE)
BOOLEAN, NULL = any_text([b"true", b"false"]), text(b"null")

_MARKS = ((0x22, 0x22), (0x5C, 0x5C))  # what ends a string, and what begins an escape
_PLAIN = without([(0, 0x1F), *_MARKS])
_LINES = ((0xD, 0xD), (0x2028, 0x2029))
_SPACES = ((0xA0, 0xA0), (0x1680, 0x1680), (0x2000, 0x200A), (0x2028, 0x2029), (0x202F, 0x202F), (0x205F, 0x205F))
_SPACES += ((0x3000, 0x3000), (0xFEFF, 0xFEFF))
_HEX = either(span(48, 57), span(65, 70), span(97, 102))
_CODE = either(  # four hexadecimal digits that are no half of a surrogate pair
    sequence(either(span(48, 57), span(65, 67), span(69, 70), span(97, 99), span(101, 102)), _HEX, _HEX, _HEX),
    sequence(any_text([b"d", b"D"]), span(48, 55), _HEX, _HEX),
)
_SHORT = any_text([bytes([value]) for value in b'"\\/bfnrt'])
_ESCAPE = sequence(text(b"\\"), either(_SHORT, sequence(text(b"u"), _CODE)))
CHARACTER = either(characters(_PLAIN), _ESCAPE)

_DIGIT = span(48, 57)
_ZERO = text(b"0")
_SURROGATE = re.compile("[\ud800-\udfff]")
_LARGEST = 10**15  # of numbers without a bound; whole numbers up to there are exact in every reader
_FRACTION = sequence(text(b"."), repeat(_DIGIT, 1, 6))
_ZEROS = sequence(text(b"."), repeat(_ZERO, 1, 6))
_AND_MORE = [sequence(*[_ZERO] * n, span(49, 57), repeat(_DIGIT, 0, 5 - n)) for n in range(6)]
_NOT_ZEROS = sequence(text(b"."), either(*_AND_MORE))
_EXPONENT = sequence(any_text([b"e", b"E"]), optional(any_text([b"+", b"-"])), repeat(_DIGIT, 1, 2))


def string(least: int = 0, most: int | None = None) -> Expression:
    """A string of so many characters (code points)."""
    return quoted(repeat(CHARACTER, least, most))


def quoted(inner: Expression) -> Expression:
    """Between quotation marks."""
    return sequence(text(b'"'), inner, text(b'"'))


def letter(ranges: Ranges) -> Expression:
    """One character of a pattern's set, as it stands in a string: marks and controls behind a backslash.

    Sets that leave out the line feed or the space, as `.` and `\\S` do, leave out ECMA's other ones with it.
    """
    left_out = [*without(ranges)]
    for one, others in ((10, _LINES), (32, _SPACES)):
        if any(first <= one <= last for first, last in left_out):
            left_out += others
    return _as_dumped(without(left_out))


@lru_cache(4096)
def _as_dumped(ranges: Ranges) -> Expression:
    """One character out of a set, in the form that `json.dumps` gives it."""
    plain = without([*without(ranges), *without(_PLAIN)])
    marks = [value for value in (*range(0x20), 0x22, 0x5C) if any(first <= value <= last for first, last in ranges)]
    return either(characters(plain), any_text([json.dumps(chr(value))[1:-1].encode() for value in marks]))


def searched(branches: Iterable[Branch]) -> Expression:
    """A string in which one of a pattern's alternatives, made of `letter`, is found."""
    anything = repeat(CHARACTER)
    return quoted(either(*(
        sequence(EMPTY if one.from_start else anything, one.expression, EMPTY if one.to_end else anything)
        for one in branches
    )))  # fmt: skip


def name_other_than(names: Iterable[str]) -> Expression:
    """A string that is none of these, each of its characters written as `json.dumps` does."""
    ways, ends = paths(map(ord, name) for name in names)
    any_rest = repeat(_as_dumped(without(())))
    built: dict[int, Expression] = {}
    for place in reversed(range(len(ways))):
        on = ways[place]
        others = without([(letter, letter) for letter in on])
        parts = [sequence(_as_dumped(others), any_rest), NOTHING if place in ends else EMPTY]
        parts += [sequence(_as_dumped(((letter, letter),)), built[to]) for letter, to in on.items()]
        built[place] = either(*parts)
    return quoted(built[0])


@lru_cache(256)
def whole_number(low: int | None = None, high: int | None = None) -> Expression:
    """A whole number from `low` to `high`, both included; without a bound up to 15 digits."""
    top = _top(low, high)
    low, high = -top if low is None else low, top if high is None else high
    return either(_between(max(low, 0), high), sequence(text(b"-"), _between(max(-high, 1), -low)))


@lru_cache(256)
def number(
    low: int | None = None, high: int | None = None, above: bool = False, below: bool = False, broken: bool = False
) -> Expression:
    """A number from `low` to `high`; `above` and `below` say that the bound itself is left out, `broken` that whole
    numbers are.

    With a bound it has up to 6 digits behind the point and no exponent, so that no reader rounds it over the bound.
    """
    if low is None and high is None and not broken:
        whole = sequence(optional(text(b"-")), _between(0, _LARGEST - 1))
        return sequence(whole, optional(_FRACTION), optional(_EXPONENT))
    top = _top(low, high)
    low, high = -top if low is None else low, top if high is None else high
    positive = _stretch(max(low, 0), above and low >= 0, high, below, broken)
    negative = _stretch(max(-high, 0), (below and high <= 0) or high > 0, -low, above, broken)
    return either(positive, sequence(text(b"-"), negative))


def value(given: Any) -> Expression:
    """One value, written as `json.dumps` does, with or without its spaces."""
    if isinstance(given, dict):
        pairs = [sequence(value(name), COLON, value(inner)) for name, inner in given.items()]
        return sequence(text(b"{"), separated(pairs), text(b"}"))
    if isinstance(given, list):
        return sequence(text(b"["), separated([value(inner) for inner in given]), text(b"]"))
    plain = json.dumps(given, ensure_ascii=False)
    if isinstance(given, float) and given.is_integer():
        return any_text([plain.encode(), str(int(given)).encode()])
    return text((json.dumps(given) if _SURROGATE.search(plain) else plain).encode())


def separated(parts: list[Expression]) -> Expression:
    """All of them, with commas between."""
    return sequence(*(step for i, part in enumerate(parts) for step in ((COMMA, part) if i else (part,))))


@cache
def anything(levels: int) -> Expression:
    """Any value, with lists and objects so many levels deep."""
    flat = either(string(), number(), BOOLEAN, NULL)
    if not levels:
        return flat
    inner = anything(levels - 1)
    pair = sequence(name_other_than(()), COLON, inner)
    some, pairs = (sequence(part, repeat(sequence(COMMA, part))) for part in (inner, pair))
    return either(
        flat,
        sequence(text(b"["), optional(some), text(b"]")),
        sequence(text(b"{"), optional(pairs), text(b"}")),
    )


def _top(low: int | None, high: int | None) -> int:
    return max(_LARGEST - 1, 10 * abs(low or 0), 10 * abs(high or 0))


def _stretch(low: int, above: bool, high: int, below: bool, broken: bool) -> Expression:
    """A number without a sign from `low`, 0 or more, to `high`."""
    if broken:
        return sequence(_between(low, high - 1), _NOT_ZEROS)
    if high < low or (high == low and (above or below)):
        return NOTHING
    inside = sequence(_between(low + above, high - 1), optional(_FRACTION))
    first = sequence(_between(low, low), _NOT_ZEROS) if above else NOTHING
    last = NOTHING if below else sequence(_between(high, high), optional(_ZEROS))
    return either(inside, first, last)


def _between(low: int, high: int) -> Expression:
    """A whole number without a sign, from `low` to `high`."""
    parts = []
    while low <= high:
        last = min(high, 10 ** len(str(low)) - 1)
        parts.append(between(str(low).encode(), str(last).encode(), ord("0"), ord("9")))
        low = last + 1
    return either(*parts)
