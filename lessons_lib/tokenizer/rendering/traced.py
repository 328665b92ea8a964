"""Text that remembers, character by character, who said it: the template, or one of those who gave it something to say.

A template may cut, trim, split and join what it is given; the traces go along. What comes out of an operation that is
not followed here counts as said by somebody, never by the template: no message can pass for the template's own words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

OWN, SOMEBODY = "\0", "\1"  # the template itself; somebody, and it is not known who
_FIRST = 0x10000  # the message that is number n has the sign 0x10000 + n


def sign_of(message: int) -> str:
    """Give the sign of a message by its number."""
    return chr(_FIRST + message)


def number_of(sign: str) -> int | None:
    """Give the number of the message that a sign stands for; None of the template's and of somebody's."""
    return ord(sign) - _FIRST if ord(sign) >= _FIRST else None


def signs_of(text: str) -> str:
    """Give the signs of a text, one a character."""
    return text._signs if isinstance(text, Traced) else SOMEBODY * len(text)


class Traced(str):
    """A text and the sign of each of its characters.

    Args:
        text: the text.
        signs: as many signs; None if nobody knows.
    """

    __slots__ = ("_signs",)

    def __new__(cls, text: str = "", signs: str | None = None) -> Traced:
        self = str.__new__(cls, text)
        self._signs = signs_of(text) if signs is None else signs
        return self

    def __str__(self) -> str:
        return self

    def __getitem__(self, key: int | slice) -> Traced:
        return Traced(str.__getitem__(self, key), self._signs[key])

    def __iter__(self) -> Iterator[Traced]:
        return map(Traced, str.__iter__(self), self._signs)

    def __add__(self, other: str) -> Traced:
        if not isinstance(other, str):
            return NotImplemented
        return Traced(str.__add__(self, other), self._signs + signs_of(other))

    def __radd__(self, other: str) -> Traced:
        if not isinstance(other, str):
            return NotImplemented
        return Traced(str.__add__(other, self), signs_of(other) + self._signs)

    def __mul__(self, times: int) -> Traced:
        return Traced(str.__mul__(self, times), self._signs * times)

    __rmul__ = __mul__

    def join(self, parts: Iterable[str]) -> Traced:
        parts = list(parts)
        return Traced(str.join(self, parts), self._signs.join(map(signs_of, parts)))

    def lstrip(self, chars: str | None = None) -> Traced:
        return self[len(self) - len(str.lstrip(self, chars)) :]

    def rstrip(self, chars: str | None = None) -> Traced:
        return self[: len(str.rstrip(self, chars))]

    def strip(self, chars: str | None = None) -> Traced:
        return self.lstrip(chars).rstrip(chars)

    def removeprefix(self, prefix: str) -> Traced:
        return self[len(prefix) :] if self.startswith(prefix) else self

    def removesuffix(self, suffix: str) -> Traced:
        return self[: len(self) - len(suffix)] if self.endswith(suffix) else self

    def split(self, sep: str | None = None, maxsplit: int = -1) -> list[Traced]:
        return self._parts(str.split(self, sep, maxsplit), sep)

    def rsplit(self, sep: str | None = None, maxsplit: int = -1) -> list[Traced]:
        return self._parts(str.rsplit(self, sep, maxsplit), sep)

    def partition(self, sep: str) -> tuple[Traced, ...]:
        return tuple(self._parts(str.partition(self, sep), ""))

    def rpartition(self, sep: str) -> tuple[Traced, ...]:
        return tuple(self._parts(str.rpartition(self, sep), ""))

    def splitlines(self, keepends: bool = False) -> list[Traced]:
        lines = self._parts(str.splitlines(self, True), "")
        return lines if keepends else [line[: len(str.splitlines(line)[0])] for line in lines]

    def replace(self, old: str, new: str, count: int = -1) -> Traced:
        if not old:
            return Traced(str.replace(self, old, new, count))
        return Traced(new).join(self.split(old, count))

    def lower(self) -> Traced:
        return self._as_long(str.lower(self))

    def upper(self) -> Traced:
        return self._as_long(str.upper(self))

    def title(self) -> Traced:
        return self._as_long(str.title(self))

    def capitalize(self) -> Traced:
        return self._as_long(str.capitalize(self))

    def _parts(self, parts: Iterable[str], sep: str | None) -> list[Traced]:
        """Find parts that follow each other, with a separator or (None) any white space between two."""
        found, place = [], 0
        for part in parts:
            if sep is None:
                place = self.find(part, place)
            found.append(self[place : place + len(part)])
            place += len(part) + len(sep or "")
        return found

    def _as_long(self, text: str) -> Traced:
        return Traced(text, self._signs if len(text) == len(self) else None)
