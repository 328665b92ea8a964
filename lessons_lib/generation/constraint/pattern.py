"""Patterns: the text of a regular expression, read into an expression.

What is read means what it means to Python's `re.fullmatch` with `re.ASCII`. What cannot be read is refused with its
place: back references and looking ahead or behind are not regular, borders of words are not worth their price.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from lessons_lib import arguments
from lessons_lib.generation.constraint.characters import LAST, Ranges, characters, joined, without
from lessons_lib.generation.constraint.expression import Expression, either, repeat, sequence

DEEPEST = 50  # groups in groups
LONGEST = 10_000  # characters of a pattern

_DIGIT = ((48, 57),)
_WORD = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE = ((9, 13), (32, 32))
_CLASSES: dict[str, Ranges] = {
    "d": _DIGIT,
    "w": _WORD,
    "s": _SPACE,
    "D": without(_DIGIT),
    "W": without(_WORD),
    "S": without(_SPACE),
}
_CONTROLS = {"n": 10, "r": 13, "t": 9, "f": 12, "v": 11, "a": 7}
_CODES = {"x": 2, "u": 4, "U": 8}  # hexadecimal digits


class Branch(NamedTuple):
    """One of the alternatives of a whole pattern."""

    expression: Expression
    from_start: bool  # begins with ^
    to_end: bool  # ends with $


def parse(pattern: str, letter: Callable[[Ranges], Expression] = characters) -> list[Branch]:
    r"""Read a pattern.

    Read are: characters; `.`; sets `[a-z_]` and `[^...]`; `\d \w \s \D \W \S` (ASCII); escapes `\n \r \t \f \v \a`,
    `\xhh`, `\uhhhh`, `\Uhhhhhhhh`, and a backslash before a sign; `(...)`, `(?:...)`, `(?P<name>...)`; `|`; `* + ?`,
    `{n}`, `{n,}`, `{,m}`, `{n,m}`, also lazy with a `?` behind; `^` and `$` at the ends of the whole or of one of its
    alternatives.

    Args:
        pattern: up to 10,000 characters, groups 50 deep.
        letter: what one character out of a set becomes; its UTF-8.

    Returns:
        The alternatives.

    Raises:
        ValueError: naming what is not read and its place, counted from 0.

    Source: syntax as in Python's `re`, https://docs.python.org/3/library/re.html.
    """
    if not isinstance(pattern, str):
        raise ValueError(f"pattern: got {arguments.described(pattern)}, allowed a str")
    if len(pattern) > LONGEST:
        raise ValueError(f"pattern: got {len(pattern)} characters, allowed {LONGEST}")
    return _Parser(pattern, letter).whole()


class _Parser:
    def __init__(self, pattern: str, letter: Callable[[Ranges], Expression]) -> None:
        self.pattern, self.letter = pattern, letter
        self.at = self.depth = 0

    def whole(self) -> list[Branch]:
        branches = [self.branch()]
        while self.take("|"):
            branches.append(self.branch())
        if self.at < len(self.pattern):
            raise self.wrong(self.at, "an unbalanced )")
        return branches

    def branch(self) -> Branch:
        from_start = self.take("^")
        inner = self.run()
        return Branch(inner, from_start, self.take("$"))

    def either(self) -> Expression:
        branches = [self.run()]
        while self.take("|"):
            branches.append(self.run())
        return either(*branches)

    def run(self) -> Expression:
        """One after the other, up to what ends an alternative."""
        parts = []
        while self.at < len(self.pattern) and self.next() not in "|)":
            if self.next() == "$" and not self.depth and self.pattern[self.at + 1 : self.at + 2] in ("", "|"):
                break
            parts.append(self.repeated())
        return sequence(*parts)

    def repeated(self) -> Expression:
        item = self.item()
        start = self.at
        counts = self.counts()
        if counts is None:
            return item
        self.take("?")  # lazy: the same texts
        if self.next() in "*+?{" and self.next():
            raise self.wrong(self.at, f"a second repeat {self.next()!r}")
        least, most = counts
        if most is not None and most < least:
            raise self.wrong(start, f"at most {most} times, at least {least}")
        return repeat(item, least, most)

    def counts(self) -> tuple[int, int | None] | None:
        for sign, counts in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self.take(sign):
                return counts
        start = self.at
        if not self.take("{"):
            return None
        inside, closed, _ = self.pattern[self.at :].partition("}")
        least, comma, most = inside.partition(",")
        if not closed or not (least + most + "0").isdecimal() or not (least + most).isascii() or not (least or comma):
            raise self.wrong(start, "a { that begins no count (write \\{)")
        if len(least + most) > 18:
            raise self.wrong(start, "a count of so many digits")
        self.at += len(inside) + 1
        low = int(least or 0)
        return low, (int(most) if most else None) if comma else low

    def item(self) -> Expression:
        start, sign = self.at, self.pattern[self.at]
        self.at += 1
        if sign == "(":
            return self.group(start)
        if sign == "[":
            return self.letter(self.set(start))
        if sign == ".":
            return self.letter(without([(10, 10)]))
        if sign == "\\":
            return self.letter(self.escape(start))
        if sign in "*+?":
            raise self.wrong(start, f"a repeat {sign!r} of nothing")
        if sign == "{":
            raise self.wrong(start, "a { that repeats nothing (write \\{)")
        if sign in "^$":
            raise self.wrong(start, f"{sign} inside (the whole text matches anyway; write \\{sign} for the sign)")
        return self.letter(self.one(sign, start))

    def group(self, start: int) -> Expression:
        if self.take("?"):
            if self.take("P<"):
                name, closed, _ = self.pattern[self.at :].partition(">")
                if not closed or not name.isidentifier():
                    raise self.wrong(start, "a group with a bad name")
                self.at += len(name) + 1
            elif not self.take(":"):
                raise self.wrong(start, f"(?{self.next()}, a group that looks around, refers back or sets flags")
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.wrong(start, f"groups more than {DEEPEST} deep")
        inner = self.either()
        self.depth -= 1
        if not self.take(")"):
            raise self.wrong(start, "a ( without its )")
        return inner

    def set(self, start: int) -> Ranges:
        others = self.take("^")
        found: list[tuple[int, int]] = []
        first = True
        while first or self.next() != "]":
            first = False
            low = self.member(start)
            place = self.at
            if self.next() == "-" and self.pattern[self.at + 1 : self.at + 2] not in ("]", ""):
                self.at += 1
                high = self.member(start)
                if len(low) != 1 or len(high) != 1 or low[0][0] != low[0][1] or high[0][0] != high[0][1]:
                    raise self.wrong(place, "a range between what are no single characters")
                if high[0][0] < low[0][0]:
                    raise self.wrong(place, "a range whose end comes before its start")
                low = ((low[0][0], high[0][0]),)
            found += low
        self.at += 1
        return without(found) if others else joined(found)

    def member(self, start: int) -> Ranges:
        place, sign = self.at, self.next()
        if not sign:
            raise self.wrong(start, "a [ without its ]")
        self.at += 1
        following = self.next()
        if (sign in "[-&~|" and following == sign) or (sign == "[" and following == ":"):
            raise self.wrong(place, f"{sign}{following} in a set, which has a meaning to some (write \\{sign})")
        return self.escape(place) if sign == "\\" else self.one(sign, place)

    def escape(self, start: int) -> Ranges:
        sign = self.next()
        self.at += 1
        if not sign:
            raise self.wrong(start, "a \\ at the end")
        if sign in _CLASSES:
            return _CLASSES[sign]
        if sign in _CONTROLS:
            return ((_CONTROLS[sign], _CONTROLS[sign]),)
        if sign in _CODES:
            digits = self.pattern[self.at : self.at + _CODES[sign]]
            if len(digits) < _CODES[sign] or not set(digits) <= set("0123456789abcdefABCDEF") or int(digits, 16) > LAST:
                raise self.wrong(start, f"\\{sign} without the {_CODES[sign]} hexadecimal digits of a character")
            self.at += len(digits)
            return ((int(digits, 16), int(digits, 16)),)
        if sign.isalnum():
            raise self.wrong(start, f"\\{sign}")
        return self.one(sign, start)

    def one(self, sign: str, place: int) -> Ranges:
        if "\ud800" <= sign <= "\udfff":
            raise self.wrong(place, "a lone surrogate")
        return ((ord(sign), ord(sign)),)

    def next(self) -> str:
        return self.pattern[self.at : self.at + 1]

    def take(self, sign: str) -> bool:
        """Step over these signs, if they come next."""
        found = self.pattern.startswith(sign, self.at)
        self.at += len(sign) * found
        return found

    def wrong(self, place: int, what: str) -> ValueError:
        return ValueError(f"pattern: got {what} at place {place}, allowed what regex() lists")


def whole(branches: Iterable[Branch]) -> Expression:
    """The alternatives as one expression, where the whole text has to match and ^ and $ say nothing new."""
    return either(*(branch.expression for branch in branches))
