"""Expressions: sets of byte strings, built from six parts, in which equal expressions are one object.

That makes "seen before?" a look into a table, however deep an expression is: what follows can number its states, and
shared ends are stored once. Nothing here takes sets away from each other (there is no "and", no "not"), so an
expression that is not `NOTHING` always has a text.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

from lessons_lib.generation.constraint.work import step

ALL_BYTES = (1 << 256) - 1
"""A set of bytes is a whole number: bit b says whether byte b belongs to it."""


class Expression:
    """One expression. Make it with the functions below: they simplify, and give back what exists already.

    Attributes:
        kind: "nothing" (no text), "empty" (the text without bytes), "byte" (one byte of a set), "sequence" (one, then
            the other), "either" (one of several) or "repeat" (one again and again).
        parts: what it is made of: the set of "byte"; head and tail of "sequence", whose head is no sequence; the
            several of "either"; of "repeat" what is repeated, how often at least, and at most (None for no end).
        nullable: whether the empty text belongs to it.
        width: how many parts its first byte may belong to, a repeat counted as one: what a derivative costs.
    """

    __slots__ = ("__weakref__", "kind", "nullable", "parts", "width")

    def __init__(self, kind: str, parts: tuple[Any, ...], nullable: bool, width: int) -> None:
        self.kind, self.parts, self.nullable, self.width = kind, parts, nullable, width

    @property
    def inner(self) -> tuple[Expression, ...]:
        """The expressions that it is made of."""
        return tuple(part for part in self.parts if isinstance(part, Expression))


_POOL: weakref.WeakValueDictionary[Any, Expression] = weakref.WeakValueDictionary()


def _one(kind: str, parts: tuple[Any, ...], nullable: bool, width: int, key: Any = None) -> Expression:
    """The expression of these parts: the one that exists, or a new one."""
    step()
    key = (kind, parts if key is None else key)
    found = _POOL.get(key)
    if found is None:
        found = _POOL[key] = Expression(kind, parts, nullable, width)
    return found


NOTHING = _one("nothing", (), False, 0)
EMPTY = _one("empty", (), True, 0)


def byte(values: int) -> Expression:
    """One byte out of a set, given as a number with a bit for each member."""
    return _one("byte", (values,), False, 1) if values else NOTHING


def span(first: int, last: int) -> Expression:
    """One byte from `first` to `last`, both included."""
    return byte((1 << (last + 1)) - (1 << first))


def sequence(*expressions: Expression) -> Expression:
    """One after the other."""
    if NOTHING in expressions:
        return NOTHING
    *fronts, built = expressions or (EMPTY,)
    heads: list[Expression] = []
    for part in fronts:
        while part.kind == "sequence":
            heads.append(part.parts[0])
            part = part.parts[1]
        heads.append(part)
    for head in reversed(heads):
        if built is EMPTY:
            built = head
        elif head is not EMPTY:
            width = head.width + built.width * head.nullable
            built = _one("sequence", (head, built), head.nullable and built.nullable, width)
    return built


def text(data: bytes) -> Expression:
    """These bytes."""
    return sequence(*(byte(1 << value) for value in data))


def either(*expressions: Expression) -> Expression:
    """One of several, in any order, each once; their single bytes become one set."""
    parts: dict[Expression, None] = {}
    values = 0
    for expression in expressions:
        for part in expression.parts if expression.kind == "either" else (expression,):
            if part.kind == "byte":
                values |= part.parts[0]
            elif part is not NOTHING:
                parts[part] = None
    if values:
        parts[byte(values)] = None
    if EMPTY in parts and any(part.nullable for part in parts if part is not EMPTY):
        del parts[EMPTY]
    if len(parts) < 2:
        return next(iter(parts), NOTHING)
    found = tuple(parts)
    nullable, width = any(part.nullable for part in found), sum(part.width for part in found)
    return _one("either", found, nullable, width, key=frozenset(found))


def repeat(expression: Expression, least: int = 0, most: int | None = None) -> Expression:
    """The same again and again, from `least` times to `most`, or without end.

    It is one object however large the numbers are, so a limit of a billion costs nothing before it is used.
    """
    if most == 0 or expression is EMPTY or (expression is NOTHING and not least):
        return EMPTY
    if expression is NOTHING or (least, most) == (1, 1):
        return expression
    if expression.nullable:
        least = 0
    if expression.kind == "repeat" and expression.parts[1:] == (0, None) and most is None:
        return expression
    return _one("repeat", (expression, least, most), not least, 1)


def optional(expression: Expression) -> Expression:
    """It or the empty text."""
    return either(expression, EMPTY)


def between(first: bytes, last: bytes, lowest: int, highest: int) -> Expression:
    """All texts of one length from `first` to `last`, in which the bytes behind the first one are `lowest` to
    `highest`."""
    if len(first) == 1:
        return span(first[0], last[0])
    if first[0] == last[0]:
        return sequence(byte(1 << first[0]), between(first[1:], last[1:], lowest, highest))
    n = len(first) - 1
    least, most = bytes([lowest]) * n, bytes([highest]) * n
    low, high, parts = first[0], last[0], []
    if first[1:] != least:
        parts.append(sequence(byte(1 << low), between(first[1:], most, lowest, highest)))
        low += 1
    if last[1:] != most:
        parts.append(sequence(byte(1 << high), between(least, last[1:], lowest, highest)))
        high -= 1
    if low <= high:
        parts.append(sequence(span(low, high), *[span(lowest, highest)] * n))
    return either(*parts)


def paths(words: Iterable[Iterable[int]]) -> tuple[list[dict[int, int]], set[int]]:
    """The tree of some words: for each place the place behind each letter, which has a higher number; and the places
    where a word ends. What two words begin with is one path."""
    ways: list[dict[int, int]] = [{}]
    ends = set()
    for word in words:
        place = 0
        for letter in word:
            if letter not in ways[place]:
                ways[place][letter] = len(ways)
                ways.append({})
            place = ways[place][letter]
        ends.add(place)
    return ways, ends


def any_text(texts: Iterable[bytes]) -> Expression:
    """One of these texts. What two of them begin with is one path, so thousands are as quick as one."""
    ways, ends = paths(texts)
    built: dict[int, Expression] = {}
    for place in reversed(range(len(ways))):
        on = [sequence(byte(1 << value), built.pop(to)) for value, to in ways[place].items()]
        built[place] = either(*on, EMPTY) if place in ends else either(*on)
    return built[0]


def changed(expression: Expression, change: Callable[[int], int]) -> Expression:
    """The same expression with other sets of bytes."""
    done: dict[Expression, Expression] = {}
    todo = [expression]
    while todo:
        part = todo[-1]
        missing = [inner for inner in part.inner if inner not in done]
        if missing:
            todo += missing
            continue
        todo.pop()
        if part.kind == "byte":
            done[part] = byte(change(part.parts[0]))
        elif part.kind == "sequence":
            done[part] = sequence(*(done[inner] for inner in part.inner))
        elif part.kind == "either":
            done[part] = either(*(done[inner] for inner in part.inner))
        elif part.kind == "repeat":
            done[part] = repeat(done[part.parts[0]], *part.parts[1:])
        else:
            done[part] = part
    return done[expression]
