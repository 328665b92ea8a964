r"""How text is cut into pieces before any merging: a token never crosses the border between two pieces.

Each family of models has its own pattern, kept here as data. The patterns need the ``regex`` module: ``re`` knows no
``\p{L}``, and its ``\s`` also matches U+001C to U+001F.
"""

from collections.abc import Callable, Iterable
from itertools import chain

import regex

_GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
_QWEN2 = _LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
_DIGITS = r"\p{N}|\P{N}+"

# Each pattern cuts every piece that the one before it left. SmolLM2 needs two: once the digits are cut off, the
# look-ahead of the second pattern can no longer see them, and no single pattern does that.
SPLITS: dict[str, tuple[str, ...]] = {
    "gpt2": (_GPT2,),
    "llama3": (_LLAMA3,),
    "qwen2": (_QWEN2,),
    "smollm2": (_DIGITS, _GPT2),
}


def splitter(name: str) -> Callable[[str], Iterable[str]]:
    """Give the function that cuts text the way a family of models does.

    Args:
        name: A key of ``SPLITS``.

    Returns:
        A function from text to its pieces, in order. Joined, they are the text.

    Raises:
        ValueError: The name is not known.

    Example:
        >>> list(splitter("gpt2")("a  12"))
        ['a', ' ', ' 12']
        >>> list(splitter("smollm2")("a  12"))
        ['a', '  ', '1', '2']

    Source: the tokenizer files of GPT-2, Llama 3, Qwen2 and SmolLM2.
    """
    if name not in SPLITS:
        raise ValueError(f"split: got {name!r}, allowed {', '.join(SPLITS)}")
    first, *others = [regex.compile(pattern).findall for pattern in SPLITS[name]]

    def split(text: str) -> Iterable[str]:
        pieces = first(text)
        for cut in others:
            pieces = chain.from_iterable(map(cut, pieces))
        return pieces

    return split
