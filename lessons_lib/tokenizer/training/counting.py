"""Counting pieces: all that training needs to know of a text is how often it holds each piece."""

from collections import Counter
from collections.abc import Iterable

from lessons_lib.tokenizer.encoding.split import lone_surrogate, splitter


def count_pieces(texts: Iterable[str], split: str) -> dict[bytes, int]:
    """Count the pieces of texts.

    Args:
        texts: any number of them, of any length; a piece never spans two.
        split: a key of `SPLITS` in `encoding.split`, or a pattern of one's own.

    Returns:
        How often each piece occurs, in UTF-8.

    Raises:
        ValueError: the split is not known, or a text holds a lone surrogate.

    Example:
        >>> count_pieces(["the sun", " the sun"], "gpt2")
        {b'the': 1, b' sun': 2, b' the': 1}
    """
    cut = splitter(split)
    counts: Counter[bytes] = Counter()
    for text in texts:
        try:
            counts.update(map(str.encode, cut(text)))
        except UnicodeEncodeError:
            raise lone_surrogate(text) from None
    return dict(counts)
