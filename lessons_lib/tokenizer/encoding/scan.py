r"""The split patterns as compiled code: where a piece that starts here ends, several times as fast as the regex.

Text is an array of code points, and a table gives the class of each. A pattern is a list of alternatives, of which the
first that fits wins; each line here that looks for the end of a piece names the alternative that it stands for.
"""

from functools import cache
from typing import NamedTuple

import numpy as np
import regex

from lessons_lib.compiling import compiled
from lessons_lib.tokenizer.encoding.split import SPLITS, lone_surrogate

# A class is a set of flags. Marks, such as accents, are no letters, but a cased word may hold them.
_UPPER, _LOWER, _LETTER, _NUMBER, _SPACE, _NEWLINE = 1, 2, 4, 8, 16, 32
_CLASSES = {
    r"[\p{Lu}\p{Lt}]+": _LETTER | _UPPER,
    r"\p{Ll}+": _LETTER | _LOWER,
    r"[\p{Lm}\p{Lo}]+": _LETTER | _UPPER | _LOWER,
    r"\p{M}+": _UPPER | _LOWER,
    r"\p{N}+": _NUMBER,
    r"\s+": _SPACE,
    r"[\r\n]+": _NEWLINE,
}
_BLANK, _QUOTE, _SLASH = map(ord, " '/")
_CAPITAL_A, _CAPITAL_Z, _LONG_S = map(ord, "AZſ")
_D, _E, _L, _M, _R, _S, _T, _V = map(ord, "delmrstv")

_KINDS = tuple(SPLITS)
_GPT2, _GPT4, _O200K, _QWEN2, _SMOLLM2, _TEKKEN = map(
    _KINDS.index, ("gpt2", "gpt4", "o200k", "qwen2", "smollm2", "tekken")
)


class Scanner(NamedTuple):
    """What `next_end` needs to know about a split.

    Args:
        kind: which pattern it is.
        classes: flags of each code point, uint8 [0x110000].
    """

    kind: int
    classes: np.ndarray


def scanner(split: str) -> Scanner:
    """Give the compiled form of a split.

    Args:
        split: a key of `SPLITS`.

    Raises:
        ValueError: the name is not known.

    Example:
        >>> codes, (kind, classes) = code_points("the sun"), scanner("gpt2")
        >>> next_end(codes, 0, kind, classes), next_end(codes, 3, kind, classes)
        (3, 7)
    """
    if split not in SPLITS:
        raise ValueError(f"split: got {split!r:.80}, allowed {', '.join(SPLITS)}")
    return Scanner(_KINDS.index(split), _classes())


def code_points(text: str) -> np.ndarray:
    """Give the code points of text, uint32, read-only.

    Raises:
        ValueError: the text holds a lone surrogate.
    """
    try:
        return np.frombuffer(text.encode("utf-32-le"), dtype=np.uint32)
    except UnicodeEncodeError:
        raise lone_surrogate(text) from None


@cache
def _classes() -> np.ndarray:
    """From the regex module itself, so that both ways of splitting know the same version of Unicode."""
    every = np.arange(0x110000, dtype=np.uint32).tobytes().decode("utf-32-le", "surrogatepass")
    classes = np.zeros(len(every), dtype=np.uint8)
    for pattern, flags in _CLASSES.items():
        for run in regex.finditer(pattern, every):
            classes[run.start() : run.end()] |= flags
    return classes


@compiled()
def next_end(codes: np.ndarray, start: int, kind: int, classes: np.ndarray) -> int:
    """Find the end of the piece that starts at `start`.

    Args:
        codes: code points of the text, uint32.
        start: where a piece starts, below `len(codes)`.
        kind: of `Scanner`.
        classes: of `Scanner`.

    Returns:
        Where the next piece starts, or `len(codes)`.
    """
    if kind in (_GPT2, _SMOLLM2):
        return _gpt2(codes, start, classes, kind == _SMOLLM2)
    if kind in (_O200K, _TEKKEN):
        return _o200k(codes, start, classes, kind == _TEKKEN)
    return _gpt4(codes, start, classes, 1 if kind == _QWEN2 else 3, kind == _GPT4)


@compiled()
def _gpt2(codes, start, classes, digits_first):
    if digits_first and classes[codes[start]] & _NUMBER:  # \p{N}
        return start + 1
    end = _contraction(codes, start, False)  # 's|'t|'re|'ve|'m|'ll|'d
    if end > start:
        return end
    first = _after_blank(codes, start)
    flags = classes[codes[first]]
    if flags & _LETTER:  # ?\p{L}+
        return _run(codes, first, classes, _LETTER)
    if flags & _NUMBER and not digits_first:  # ?\p{N}+
        return _run(codes, first, classes, _NUMBER)
    if not flags & (_SPACE | _NUMBER):  # ?[^\s\p{L}\p{N}]+
        return _signs(codes, first, classes)
    return _white_space(codes, start, classes, digits_first)


@compiled()
def _gpt4(codes, start, classes, most_digits, keeps_last):
    end = _contraction(codes, start, True)  # (?i:'s|'t|'re|'ve|'m|'ll|'d)
    if end > start:
        return end
    flags = classes[codes[start]]
    first = start if flags & (_NEWLINE | _LETTER | _NUMBER) else start + 1
    end = _run(codes, first, classes, _LETTER)  # [^\r\n\p{L}\p{N}]?\p{L}+
    if end > first:
        return end
    if flags & _NUMBER:
        return _digits(codes, start, classes, most_digits)
    first = _after_blank(codes, start)
    end = _signs(codes, first, classes)  # ?[^\s\p{L}\p{N}]+[\r\n]*
    if end > first:
        return _run(codes, end, classes, _NEWLINE)
    return _lines(codes, start, classes, keeps_last)


@compiled()
def _o200k(codes, start, classes, is_tekken):
    flags = classes[codes[start]]
    is_mark = flags == _UPPER | _LOWER
    first = start if flags & (_NEWLINE | _LETTER | _NUMBER) else start + 1  # [^\r\n\p{L}\p{N}]?
    end = _cased_word(codes, first, classes, is_mark)
    if end > first or is_mark:  # a mark that leads no word is one
        return end if is_tekken else _contraction(codes, end, True)
    if flags & _NUMBER:
        return _digits(codes, start, classes, 1 if is_tekken else 3)
    first = _after_blank(codes, start)
    end = _signs(codes, first, classes)  # ?[^\s\p{L}\p{N}]+[\r\n/]*
    if end > first:
        while end < len(codes) and (classes[codes[end]] & _NEWLINE or codes[end] == _SLASH):
            end += 1
        return end
    return _lines(codes, start, classes, False)


@compiled()
def _cased_word(codes, start, classes, must_end_small):
    # [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+, where the first part gives back what the second needs
    end, last_small = start, -1
    while end < len(codes) and classes[codes[end]] & _UPPER:
        if classes[codes[end]] & _LOWER:
            last_small = end
        end += 1
    if end < len(codes) and classes[codes[end]] & _LOWER:
        return _run(codes, end, classes, _LOWER)
    if last_small >= 0:
        return last_small + 1
    # [\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*, whose second part is empty where the first line fails
    return start if must_end_small else end


@compiled()
def _digits(codes, start, classes, most):  # \p{N}{1,3}
    end = start + 1
    while end < len(codes) and end < start + most and classes[codes[end]] & _NUMBER:
        end += 1
    return end


@compiled()
def _lines(codes, start, classes, keeps_last):
    end, after_newline = start, start
    while end < len(codes) and classes[codes[end]] & _SPACE:
        end += 1
        if classes[codes[end - 1]] & _NEWLINE:
            after_newline = end
    if keeps_last and end == len(codes):  # \s+\Z
        return end
    if after_newline > start:  # \s*[\r\n]+
        return after_newline
    return _white_space(codes, start, classes, False)


@compiled()
def _white_space(codes, start, classes, digits_end_text):
    end = _run(codes, start, classes, _SPACE)
    at_end = end == len(codes) or (digits_end_text and classes[codes[end]] & _NUMBER != 0)
    return end if at_end or end == start + 1 else end - 1  # \s+(?!\S)|\s+


@compiled()
def _contraction(codes, start, any_case):
    """Where 's|'t|'re|'ve|'m|'ll|'d ends, or start."""
    if start + 1 >= len(codes) or codes[start] != _QUOTE:
        return start
    first = _small(codes[start + 1], any_case)
    if first in (_S, _T, _M, _D):
        return start + 2
    if start + 2 < len(codes):
        second = _small(codes[start + 2], any_case)
        if (second == _E and first in (_R, _V)) or (second == _L and first == _L):
            return start + 3
    return start


@compiled()
def _small(code, any_case):
    if any_case and _CAPITAL_A <= code <= _CAPITAL_Z:
        return np.int64(code) + 32
    if any_case and code == _LONG_S:  # Unicode counts it as an s
        return np.int64(_S)
    return np.int64(code)


@compiled()
def _after_blank(codes, start):  # an optional blank in front of something
    return start + 1 if codes[start] == _BLANK and start + 1 < len(codes) else start


@compiled()
def _signs(codes, start, classes):  # [^\s\p{L}\p{N}]*
    end = start
    while end < len(codes) and not classes[codes[end]] & (_SPACE | _LETTER | _NUMBER):
        end += 1
    return end


@compiled()
def _run(codes, start, classes, flags):  # as many characters of a class as there are
    end = start
    while end < len(codes) and classes[codes[end]] & flags:
        end += 1
    return end
