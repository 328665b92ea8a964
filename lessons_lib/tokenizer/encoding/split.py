r"""How text is cut into pieces before any merging: a token never crosses the border between two pieces.

Each family of models has its own pattern, kept here as data. The patterns need the `regex` module: `re` knows no
`\p{L}`, and its `\s` also matches U+001C to U+001F.
"""

import re
from collections.abc import Callable, Iterable
from itertools import chain

import regex

from lessons_lib.tokenizer.encoding.own_pattern import check_pattern, own_splitter

_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_QWEN2 = _LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
_GPT4 = _LLAMA3.replace(r"|\s*[\r\n]+|", r"|\s+\Z|\s*[\r\n]+|")  # white space at the end of the text stays whole

# From GPT-4o on, a capital after a small letter starts a new piece. The first line ends in small letters, the second
# need not.
_O200K = (
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?"
    r"|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_TEKKEN = _O200K.replace(r"(?i:'s|'t|'re|'ve|'m|'ll|'d)?", "").replace(r"\p{N}{1,3}", r"\p{N}")
_DIGITS = r"\p{N}|\P{N}+"

# The letters that DeepSeek V2 takes for a word's: those of alphabets with capitals, as one version of Unicode had them.
_CASED = (
    "A-Za-z\u00b5\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u01ba\u01bc-\u01bf\u01c4-\u0293\u0295-\u02af\u0370-\u0373\u0376"
    "\u0377\u037b-\u037d\u037f\u0386\u0388-\u038a\u038c\u038e-\u03a1\u03a3-\u03f5\u03f7-\u0481\u048a-\u052f"
    "\u0531-\u0556\u10a0-\u10c5\u13a0-\u13f5\u13f8-\u13fd\u1c90-\u1cba\u1cbd-\u1cbf\u1d00-\u1d2b\u1d6b-\u1d77"
    "\u1d79-\u1d9a\u1e00-\u1f15\u1f18-\u1f1d\u1f20-\u1f45\u1f48-\u1f4d\u1f50-\u1f57\u1f59\u1f5b\u1f5d\u1f5f-\u1f7d"
    "\u1f80-\u1fb4\u1fb6-\u1fbc\u1fbe\u1fc2-\u1fc4\u1fc6-\u1fcc\u1fd0-\u1fd3\u1fd6-\u1fdb\u1fe0-\u1fec\u1ff2-\u1ff4"
    "\u1ff6-\u1ffc\u2102\u2107\u210a-\u2113\u2115\u2119-\u211d\u2124\u2126\u2128\u212a-\u212d\u212f-\u2134\u2139"
    "\u213c-\u213f\u2145-\u2149\u214e\u2183\u2184\u2c00-\u2c7b\u2c7e-\u2ce4\u2ceb-\u2cee\u2cf2\u2cf3\ua640-\ua66d"
    "\ua680-\ua69b\ua722-\ua76f\ua771-\ua787\ua78b-\ua78e\uab70-\uabbf\ufb00-\ufb06\ufb13-\ufb17\uff21-\uff3a"
    "\uff41-\uff5a\U00010400-\U0001044f\U000104b0-\U000104d3\U000104d8-\U000104fb\U00010c80-\U00010cb2"
    "\U00010cc0-\U00010cf2\U000118a0-\U000118df\U0001e900-\U0001e943"
)
_DEEPSEEK2 = (
    "[\r\n]",
    rf"\s?[{_CASED}]+",
    "\\s?[!-/:-~\uff01-\uff0f\uff1a-\uff5e\u2018-\u201f\u3000-\u3002]+",
    r"\s+$",
    "[\u4e00-\u9fa5\u0800-\u4e00\uac00-\ud7ff]+",
    r"\p{N}",
)
_DEEPSEEK3 = (
    r"\p{N}{1,3}",
    "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+",
    r"""[!"#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+"""
    "|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+"
    r"|\s+(?!\S)|\s+",
)

# Each pattern cuts every piece that the one before it left. SmolLM2 needs two: once the digits are cut off, the
# look-ahead of the second pattern can no longer see them, and no single pattern does that.
SPLITS: dict[str, tuple[str, ...]] = {
    "gpt2": (_GPT2,),
    "gpt4": (_GPT4,),
    "llama3": (_LLAMA3,),
    "o200k": (_O200K,),  # GPT-4o and Llama 4
    "qwen2": (_QWEN2,),
    "smollm2": (_DIGITS, _GPT2),
    "tekken": (_TEKKEN,),
}
# Splits that files ask for and that are neither trained with nor compiled. Of these, what a pattern leaves between two
# places where it fits is a piece too.
LAYERED: dict[str, tuple[str, ...]] = {"deepseek2": _DEEPSEEK2, "deepseek3": _DEEPSEEK3}

# The same splits as other libraries word them.
_ALSO = {
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}++| ?\p{N}++| ?[^\s\p{L}\p{N}]++|\s++$|\s+(?!\S)|\s": "gpt2",
    r"'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+": "gpt2",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}++|\p{N}{1,3}+| ?[^\s\p{L}\p{N}]++[\r\n]*+|\s++$|\s*[\r\n]"
    r"|\s+(?!\S)|\s": "gpt4",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)"
    r"|\s+": "llama3",
}
_KNOWN = _ALSO | {pattern: name for name, (pattern, *others) in SPLITS.items() if not others}


def splitter(split: str) -> Callable[[str], Iterable[str]]:
    """Give the function that cuts text the way a family of models does, or by a pattern of one's own.

    Args:
        split: a key of `SPLITS` or `LAYERED`, or a pattern, see `check_split`.

    Returns:
        A function from text to its pieces, in order. Joined, they are the text.

    Raises:
        ValueError: the name is not known, or the pattern is none.

    Example:
        >>> list(splitter("gpt2")("a  12"))
        ['a', ' ', ' 12']
        >>> list(splitter("smollm2")("a  12"))
        ['a', '  ', '1', '2']
        >>> list(splitter("[a-z]+")("a  12"))
        ['a', '  12']

    Source: the tokenizer files of GPT-2, Llama 3 and 4, Qwen2, SmolLM2, Tekken, DeepSeek V2 and V3; `tiktoken` 0.14 for
    GPT-4.
    """
    split = check_split(split)
    if split not in SPLITS and split not in LAYERED:
        return own_splitter(split)
    patterns = SPLITS.get(split) or map(_with_gaps, LAYERED[split])
    first, *others = [regex.compile(pattern).findall for pattern in patterns]

    def cut(text: str) -> Iterable[str]:
        pieces = first(text)
        for other in others:
            pieces = chain.from_iterable(map(other, pieces))
        return pieces

    return cut


def _with_gaps(pattern: str) -> str:
    return rf"{pattern}|(?:(?!{pattern})[\s\S])+"


def check_split(split: str, field: str = "split") -> str:
    """Give the key of `SPLITS` or `LAYERED` that a split stands for, or the pattern as it is used and saved.

    Args:
        split: such a key or a regular expression. What holds only letters, digits, dots, hyphens and
            underscores, and starts with a letter, is taken for a name.
        field: what the error calls it.

    Raises:
        ValueError: the name is not known, or the pattern breaks a rule of `own_pattern`.
    """
    if isinstance(split, str) and (split in SPLITS or split in LAYERED):
        return split
    if not isinstance(split, str) or re.fullmatch(r"[A-Za-z][\w.-]*", split):
        raise ValueError(f"{field}: got {split!r}, allowed {', '.join(SPLITS)}, or a regular expression")
    return _KNOWN.get(split) or check_pattern(split, field)


def lone_surrogate(text: str) -> ValueError:
    """Make the error for text that is not Unicode, because it holds half of a surrogate pair.

    Example:
        >>> print(lone_surrogate("a\\ud800"))
        text: got the lone surrogate '\\ud800' at 1, allowed Unicode text
    """
    place = re.search(r"[\ud800-\udfff]", text).start()
    return ValueError(f"text: got the lone surrogate {text[place]!a} at {place}, allowed Unicode text")
