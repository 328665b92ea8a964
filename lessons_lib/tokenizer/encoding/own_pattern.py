r"""A split pattern of one's own: a regular expression, in the part of the language that two engines read alike.

This library uses the `regex` module. Whoever opens a saved tokenizer with the `tokenizers` library uses Oniguruma,
where `$` also stands for the end of a line and `{1,3}+` for a repeated group. So only what both understand in one way
may stand in a pattern, and `\w`, which they don't, is spelled out as Oniguruma has it.

What a pattern leaves out is a piece of its own, so no text is lost. A match of nothing cuts where it stands.
"""

import re
import time
from collections.abc import Callable, Iterator

import regex

MOST_CHARACTERS = 4096
_SECONDS, _SECONDS_A_CHARACTER = 2, 5e-6  # some 20 times what an ordinary pattern takes
_WORD = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}"  # what [\w] is to Oniguruma; \w alone is some fractions and powers more
_MORE = r"\u00b2\u00b3\u00b9\u00bc-\u00be"

_PROPERTIES = (
    "L Lu Ll Lt Lm Lo M Mn Mc Me N Nd Nl No P Pc Pd Ps Pe Pi Pf Po S Sm Sc Sk So Z Zs Zl Zp C Cc Cf Alphabetic Arabic "
    "Armenian Bengali Cyrillic Devanagari Emoji Georgian Greek Han Hangul Hebrew Hiragana Katakana Latin Tamil Thai"
)
_NAMED = rf"[pP]\{{\^?(?:{_PROPERTIES.replace(' ', '|')})\}}"
_ESCAPE = rf"\\(?:[sSdDntrfv]|{_NAMED}|x[0-7][0-9A-Fa-f]|u[0-9A-Fa-f]{{4}}|[^\w])"
_CLASS = rf"\[\^?(?:{_ESCAPE}|\\w|(?!&&|--|\|\||~~)[^\[\]\\\ud800-\udfff])+\]"
_PLAIN = r"[^\\\[\](){}|*+?^$\ud800-\udfff]"
_PARTS = (
    rf"{_ESCAPE}|\\[wWAz]|{_CLASS}|{_PLAIN}|\|",
    r"\((?:\?[:=!>]|(?!\?))|\)",
    rf"\(\?<[=!](?=(?:{_ESCAPE}|\\[wW]|{_CLASS}|{_PLAIN}|\|)*\))",  # what looks back holds no repetition
    r"\(\?i:(?:(?!ss|ff|fl|st)['a-hj-z\[\]|])+\)",  # letters whose other case is one letter to both
    r"[*+?][+?]?|\{(?:\d+(?!\}\?)|\d+,\d*|,\d+)\}\??+(?!\+)",
)
_PART = re.compile("|".join(_PARTS))


def check_pattern(pattern: str, field: str = "split") -> str:
    r"""Give back a pattern as it is used and saved; `field` is what the error calls it.

    Raises:
        ValueError: it is no regular expression, too long, or holds something that two engines read in two ways.

    Example:
        >>> print(check_pattern(r"\w+|\s+|.")[:40])
        [\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u00b2\u
    """
    if not 0 < len(pattern) <= MOST_CHARACTERS:
        raise ValueError(f"{field}: got {len(pattern)} characters, allowed 1 to {MOST_CHARACTERS}")
    parts, place = [], 0
    while place < len(pattern):
        part = _PART.match(pattern, place)
        if part is None:
            raise ValueError(
                f"{field}: got {pattern[place : place + 12]!a} at {place}, allowed what the regex module and Oniguruma "
                r"read alike: characters, [...], (?:...), look-arounds, * + ? {n,m}, \s \d \w \p{L} and such"
            )
        parts.append(_spelled(part.group()))
        place = part.end()
    spelled = "".join(parts)
    try:
        regex.compile(spelled)
    except regex.error as error:
        raise ValueError(f"{field}: got {pattern!r:.200}, allowed a regular expression: {error}") from None
    return spelled


def _spelled(part: str) -> str:
    if part == r"\w":
        return f"[{_WORD}{_MORE}]"
    if part == r"\W":
        return f"[^{_WORD}{_MORE}]"
    if part.startswith("["):
        return re.sub(r"\\(.)", lambda escape: _WORD if escape[1] == "w" else escape[0], part, flags=re.DOTALL)
    return part


def own_splitter(pattern: str) -> Callable[[str], list[str]]:
    """Give the function that cuts text by a pattern that was checked.

    Returns:
        A function from text to its pieces, in order. Joined, they are the text.

    Raises:
        ValueError: by that function, where a search takes far longer than the text is long.

    Example:
        >>> own_splitter("[a-z]+")("the sun, 12")
        ['the', ' ', 'sun', ', 12']
    """
    compiled = regex.compile(pattern)

    def split(text: str) -> list[str]:
        seconds = _SECONDS + len(text) * _SECONDS_A_CHARACTER
        try:
            if not compiled.groups:  # with groups, findall would give those
                pieces = compiled.findall(text, timeout=seconds)
                if sum(map(len, pieces)) == len(text) and "" not in pieces:
                    return pieces
            return list(filter(None, _pieces(compiled, text, time.monotonic() + seconds)))
        except TimeoutError:
            rule = f"{seconds:.3g} s for {len(text)} characters"
            raise ValueError(f"pattern: got {pattern!r:.80}, which searches too long; allowed {rule}") from None

    return split


def _pieces(compiled: regex.Pattern, text: str, until: float) -> Iterator[str]:
    # Matches and what lies between them, found as Oniguruma's users do: no empty match where the last match ended.
    begin, place, last = 0, 0, -1
    while place <= len(text):
        match = compiled.search(text, place, timeout=max(until - time.monotonic(), 1e-3))
        if match is None:
            break
        start, end = match.span()
        if start == end == last:
            place += 1
            continue
        yield text[begin:start]
        yield text[start:end]
        begin = place = last = end
    yield text[begin:]
