"""Cut a text into passages: small enough to be about one thing, large enough to say it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from lessons_lib import arguments

WAYS = ("headings", "sentences", "tokens")
Span = tuple[int, int]  # where a stretch of the text begins and ends


class Chunk(NamedTuple):
    """A stretch of a text.

    Attributes:
        text: exactly `source[start:end]`.
        start, end: where it stands in the text, in characters.
        heading: the headings that it stands under, outermost first, such as "Attention > Masks".
    """

    text: str
    start: int
    end: int
    heading: str = ""

    @property
    def titled(self) -> str:
        """The headings and the text: what a search should read, for a passage alone may not say what it is about."""
        return f"{self.heading}\n{self.text}" if self.heading else self.text


def count_tokens(text: str) -> int:
    """Words and signs, a rough measure of what a model reads."""
    return len(_TOKEN.findall(text))


def chunk(
    text: str,
    size: int,
    overlap: int = 0,
    by: str = "sentences",
    length: Callable[[str], int] = count_tokens,
) -> list[Chunk]:
    """Cut a text into chunks that follow each other. Sentences stay whole where they fit, and so do words.

    Args:
        text: plain text or Markdown.
        size: the most tokens of a chunk. Longer sentences are cut between words, longer words anywhere.
        overlap: the most tokens of a chunk that the next one repeats; less than `size`.
        by: "sentences"; "headings", where no chunk goes on past one of Markdown's headings; or "tokens", where
            sentences do not matter.
        length: how many tokens a stretch has; that of two words together is the sum of theirs. For an encoder,
            `lambda text: len(wordpiece.encode(text)) - 2`.

    Returns:
        The chunks, none of them empty: every character that is no space stands in one or more.

    Raises:
        ValueError: naming the argument.

    Example:
        >>> [c.text for c in chunk("The sun sets. It is dark. The moon is up.", size=8)]
        ['The sun sets. It is dark.', 'The moon is up.']
    """
    if not isinstance(text, str):
        raise ValueError(f"text: got {arguments.described(text)}, allowed a str")
    size = arguments.whole("size", size, least=1)
    overlap = arguments.whole("overlap", overlap, least=0, most=size - 1)
    if by not in WAYS:
        raise ValueError(f"by: got {arguments.described(by)}, allowed {', '.join(WAYS)}")
    sections = _sections(text) if by == "headings" else [((0, len(text)), "")]
    chunks = []
    for section, heading in sections:
        wholes = _stripped(text, *section) if by == "tokens" else _sentences(text, section)
        parts = [part for whole in wholes for part in _small_enough(text, whole, size, length)]
        chunks += [Chunk(text[a:b], a, b, heading) for a, b in _packed(parts, size, overlap)]
    return chunks


def _packed(parts: list[tuple[Span, int]], size: int, overlap: int) -> Iterator[Span]:
    """Put parts, each with its length, together from the left as long as they fit."""
    first = 0
    while first < len(parts):
        last, total = first, parts[first][1]
        while last + 1 < len(parts) and total + parts[last + 1][1] <= size:
            last += 1
            total += parts[last][1]
        yield parts[first][0][0], parts[last][0][1]
        if last + 1 == len(parts):
            return
        # Go back over the last parts as far as the overlap allows, and the part that comes next still fits.
        first, repeated, room = last + 1, 0, min(overlap, size - parts[last + 1][1])
        while repeated + parts[first - 1][1] <= room:
            first -= 1
            repeated += parts[first][1]


def _small_enough(text: str, span: Span, size: int, length: Callable[[str], int]) -> Iterator[tuple[Span, int]]:
    """The span with its length if it fits; else its words, and a word that does not fit in halves."""
    start, end = span
    if (total := length(text[start:end])) <= size:
        yield span, total
        return
    words = [match.span() for match in _WORD.finditer(text, start, end)]
    if len(words) > 1:
        for word in words:
            yield from _small_enough(text, word, size, length)
    elif end - start == 1:
        yield span, total  # one character is as small as it gets
    else:
        for half in ((start, (start + end) // 2), ((start + end) // 2, end)):
            yield from _small_enough(text, half, size, length)


def _sentences(text: str, span: Span) -> Iterator[Span]:
    """Where the sentences and paragraphs of a stretch stand, without the spaces around them."""
    start, end = span
    ends = [match.end() for match in _END.finditer(text, start, end)]
    for place in (*ends, end):
        yield from _stripped(text, start, place)
        start = place


def _stripped(text: str, start: int, end: int) -> Iterator[Span]:
    """A stretch without the spaces around it, if anything is left."""
    if rest := text[start:end].lstrip():
        yield end - len(rest), end - len(rest) + len(rest.rstrip())


def _sections(text: str) -> Iterator[tuple[Span, str]]:
    """The stretches from heading to heading, and the headings above each. What stands in a fence of code is code."""
    above: list[tuple[int, str]] = []
    start, place, fence = 0, 0, ""
    for line in text.splitlines(keepends=True):
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence) and not line.strip(" \r\n" + fence[0]):
            fence = ""
        elif not fence and (heading := _HEADING.match(line)):
            if text[start:place].strip():
                yield (start, place), " > ".join(title for _, title in above)
            above = [(depth, title) for depth, title in above if depth < len(heading[1])]
            above.append((len(heading[1]), heading[2].strip(" \t#")))
            start = place
        place += len(line)
    if text[start:].strip():
        yield (start, len(text)), " > ".join(title for _, title in above)


_TOKEN = re.compile(r"\w+|[^\w\s]")
_WORD = re.compile(r"\S+")
_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+([^\r\n]+)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
# A sentence ends at its sign, with the quotation marks and brackets that close there, before a space; a paragraph ends
# at an empty line. Each run of signs is tried once, so that time stays in proportion to the text.
_END = re.compile(r"""(?<![.!?…])[.!?…]++["'”’»)\]]*+(?=\s)|[。！？]++|\n[^\S\n]*+\n""")
