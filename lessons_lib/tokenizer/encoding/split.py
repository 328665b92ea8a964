r"""How text is cut into pieces before any merging: a token never crosses the border between two pieces.

Each family of models has its own pattern, kept here as data. The patterns need the ``regex`` module: ``re`` knows no
``\p{L}``, and its ``\s`` also matches U+001C to U+001F.
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
        split: A key of `SPLITS`, or a pattern, see `check_split`.

    Returns:
        A function from text to its pieces, in order. Joined, they are the text.

    Raises:
        ValueError: The name is not known, or the pattern is none.

    Example:
        >>> list(splitter("gpt2")("a  12"))
        ['a', ' ', ' 12']
        >>> list(splitter("smollm2")("a  12"))
        ['a', '  ', '1', '2']
        >>> list(splitter("[a-z]+")("a  12"))
        ['a', '  12']

    Source: the tokenizer files of GPT-2, Llama 3 and 4, Qwen2, SmolLM2 and Tekken; `tiktoken` 0.14 for GPT-4.
    """
    if (split := check_split(split)) not in SPLITS:
        return own_splitter(split)
    first, *others = [regex.compile(pattern).findall for pattern in SPLITS[split]]

    def cut(text: str) -> Iterable[str]:
        pieces = first(text)
        for other in others:
            pieces = chain.from_iterable(map(other, pieces))
        return pieces

    return cut


def check_split(split: str, field: str = "split") -> str:
    """Give the key of `SPLITS` that a split stands for, or the pattern of one's own as it is used and saved.

    Args:
        split: A key of `SPLITS` or a regular expression. What holds only letters, digits, dots, hyphens and
            underscores, and starts with a letter, is taken for a name.
        field: What the error calls it.

    Raises:
        ValueError: The name is not known, or the pattern breaks a rule of `own_pattern`.
    """
    if not isinstance(split, str) or (split not in SPLITS and re.fullmatch(r"[A-Za-z][\w.-]*", split)):
        raise ValueError(f"{field}: got {split!r}, allowed {', '.join(SPLITS)}, or a regular expression")
    if split in SPLITS:
        return split
    return _KNOWN.get(split) or check_pattern(split, field)


def lone_surrogate(text: str) -> ValueError:
    """Make the error for text that is not Unicode, because it holds half of a surrogate pair.

    Example:
        >>> print(lone_surrogate("a\\ud800"))
        text: got the lone surrogate '\\ud800' at 1, allowed Unicode text
    """
    place = re.search(r"[\ud800-\udfff]", text).start()
    return ValueError(f"text: got the lone surrogate {text[place]!a} at {place}, allowed Unicode text")
