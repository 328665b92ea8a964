r"""Borders: where a text may be cut in two whose pieces, taken together, are those of the whole.

So a text is read part by part and never held whole. One such place is behind a letter or number and in front of
anything but a letter, a mark, a number or an apostrophe: there every known split ends a piece, whatever stands around.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence

import regex

SIZE = 1 << 18  # characters of a part; their code points, 1 MB, stay in the processor's cache
_WORD = regex.compile(r"(?r)[\p{L}\p{N}](?=[^\p{L}\p{M}\p{N}'])")  # from right to left, so the last one

Border = Callable[[str, int, int], int]
"""From a text, a start and an end to the last place in between where the text may be cut, or 0 for none."""


def word_border(text: str, start: int, end: int) -> int:
    """Give the last place where every key of `SPLITS` cuts.

    Example:
        >>> word_border("the sun is", 0, 10)
        7
    """
    match = _WORD.search(text, start, end)
    return match.end() if match else 0


def no_border(text: str, start: int, end: int) -> int:
    """Give 0: for patterns that may look as far as they like, a text stays whole."""
    return 0


def cut(chunks: Iterable[str], border: Border, names: Sequence[str] = (), size: int = SIZE) -> Iterator[str]:
    """Cut a text that comes in chunks into parts at borders.

    Args:
        chunks: the text, in chunks of any lengths.
        border: where it may be cut.
        names: what is never cut in two, nor at a place where that could be told only from what follows.
        size: characters to gather before a border is looked for. With no border the text is one part.

    Yields:
        Parts that are not empty; joined, they are the text.

    Example:
        >>> list(cut(["the s", "un is", " up"], word_border, size=5))
        ['the', ' sun', ' is', ' up']
    """
    held, looked_at = "", 0
    for chunk in _gathered(chunks, size):
        held += chunk
        if place := _last_border(held, looked_at, border, names):
            yield held[:place]
            held = held[place:]
        looked_at = max(0, len(held) - max(map(len, names), default=1))
    if held:
        yield held


def _gathered(chunks: Iterable[str], size: int) -> Iterator[str]:
    found, length = [], 0
    for chunk in chunks:
        found.append(chunk)
        length += len(chunk)
        if length >= size:
            yield "".join(found)
            found, length = [], 0
    yield "".join(found)


def _last_border(text: str, start: int, border: Border, names: Sequence[str]) -> int:
    # A name may begin before the border and has to be seen whole.
    end = max(0, len(text) + 1 - max(map(len, names), default=1))  # below 0 it would count from the end
    while place := border(text, start, end):
        end = place
        if not any(name in text[max(0, end - len(name) + 1) : end + len(name) - 1] for name in names):
            return end
    return 0
