"""Constraint: which texts are allowed. `regex` and `choice` make one."""

from __future__ import annotations

from collections.abc import Iterable, Set
from typing import TYPE_CHECKING

from lessons_lib import arguments
from lessons_lib.generation.constraint import pattern as patterns
from lessons_lib.generation.constraint.derivative import matches
from lessons_lib.generation.constraint.expression import NOTHING, Expression, any_text
from lessons_lib.generation.constraint.masks import Masks
from lessons_lib.generation.constraint.vocabulary import Vocabulary

if TYPE_CHECKING:
    from lessons_lib.tokenizer import Tokenizer


class Constraint:
    """The texts that a model may write. Make one with `regex`, `choice` or `json_schema`, and give it to a `Request`.

    Keep it: what it has found out about a tokenizer's tokens serves all texts that follow, in any thread. It serves one
    tokenizer at a time; for another it begins anew.

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
        self._last: tuple[tuple[Vocabulary, Set[int], int], Masks] | None = None

    def allows(self, text: str | bytes) -> bool:
        """Whether a whole text is allowed.

        Example:
            >>> regex("[0-9]+").allows("123"), regex("[0-9]+").allows("12a")
            (True, False)
        """
        return matches(self.expression, text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text)

    def masks(self, tokenizer: Tokenizer, ends: Set[int], size: int) -> Masks:
        """Which tokens may come in each of its states.

        Args:
            ends: tokens that end a text.
            size: ids that the model scores.

        Raises:
            ValueError: if these tokens can write no text of it.
        """
        key = (Vocabulary.of(tokenizer), ends, size)
        last = self._last
        if last is None or last[0] != key:
            last = self._last = (key, Masks(self.expression, *key))
        return last[1]


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
