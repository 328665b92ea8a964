"""Constraint: which texts are allowed. `regex` and `choice` make one."""

from __future__ import annotations

from collections.abc import Iterable

from lessons_lib import arguments
from lessons_lib.generation.constraint import pattern as patterns
from lessons_lib.generation.constraint.derivative import matches
from lessons_lib.generation.constraint.expression import NOTHING, Expression, any_text


class Constraint:
    """The texts that a model may write. Make one with `regex`, `choice` or `json_schema`.

    Args:
        expression: all of these texts, as bytes.
        name: how errors call it.

    Raises:
        ValueError: if there is no such text.
    """

    def __init__(self, expression: Expression, name: str = "constraint") -> None:
        if expression is NOTHING:
            raise ValueError(f"{name}: got one that no text fulfils, allowed one that some text does")
        self.expression = expression

    def allows(self, text: str | bytes) -> bool:
        """Whether a whole text is allowed.

        Example:
            >>> regex("[0-9]+").allows("123"), regex("[0-9]+").allows("12a")
            (True, False)
        """
        return matches(self.expression, text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)


def regex(pattern: str) -> Constraint:
    r"""Texts that match a regular expression from start to end.

    Args:
        pattern: in the notation of Python's `re`, and with its meaning under `re.ASCII`. Characters; `.` (any but a
            line feed); sets `[a-z_]` and `[^...]`; `\d \w \s \D \W \S`; escapes `\n \r \t \f \v \a`, `\xhh`, `\uhhhh`,
            `\Uhhhhhhhh`, and a backslash before a sign; groups `(...)`, `(?:...)`, `(?P<name>...)`; `|`; repeats `*`,
            `+`, `?`, `{n}`, `{n,}`, `{,m}`, `{n,m}`, also lazy ones, which mean the same here. `^` and `$` may stand at
            the ends and change nothing. At most 10,000 characters, and groups 50 deep.

    Returns:
        A `Constraint`.

    Raises:
        ValueError: for all else, such as back references, looking ahead, flags and borders of words, naming it and its
            place.

    Example:
        >>> regex(r"[1-9]\d{0,2}(\.\d+)?").allows("12.5")
        True

    Source: Brzozowski 1964, "Derivatives of Regular Expressions"; Owens, Reppy and Turon 2009, "Regular-expression
    derivatives re-examined".
    """
    return Constraint(patterns.whole(patterns.parse(pattern)), "pattern")


def choice(texts: Iterable[str]) -> Constraint:
    """One of several texts.

    Args:
        texts: at least one; the empty text may be among them.

    Returns:
        A `Constraint`.

    Raises:
        ValueError: for no texts, or what is no text.

    Example:
        >>> choice(["yes", "no"]).allows("yes")
        True
    """
    if isinstance(texts, str | bytes) or not isinstance(texts, Iterable):
        raise ValueError(f"texts: got {arguments.described(texts)}, allowed a list of str")
    found = []
    for i, one in enumerate(texts):
        if not isinstance(one, str):
            raise ValueError(f"texts[{i}]: got {arguments.described(one)}, allowed a str")
        try:
            found.append(one.encode())
        except UnicodeEncodeError:
            raise ValueError(f"texts[{i}]: got a lone surrogate, allowed text that UTF-8 can write") from None
    if not found:
        raise ValueError("texts: got none, allowed 1 or more")
    return Constraint(any_text(found), "texts")
