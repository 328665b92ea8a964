r"""Training text in blocks, so that none of it has to fit into memory at once.

A text may be cut only where its pieces stay what they are. One such place is behind a letter or number and in front of
anything but a letter, a mark, a number or an apostrophe: there every split ends a piece, whatever stands around it.
"""

import os
import re
from collections.abc import Iterable, Iterator, Sequence

import regex

from lessons_lib.tokenizer.encoding.split import lone_surrogate

Source = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

_SIZE = 1 << 18  # characters; their code points, 1 MB, stay in the processor's cache
_BORDER = regex.compile(r"(?r)[\p{L}\p{N}](?=[^\p{L}\p{M}\p{N}'])")  # from right to left, so the last one


def blocks(source: Source, special_tokens: Sequence[str] = (), size: int = _SIZE) -> Iterator[str]:
    """Read training text block by block.

    Args:
        source: A text, a file of UTF-8 text as a path, or several of either. Pieces never span two texts.
        special_tokens: Names that end a text where they stand, and are left out.
        size: Characters to read at once. A text with no place to cut it is one block all the same.

    Yields:
        Texts whose pieces, taken together, are those of the source.

    Raises:
        ValueError: Something in the source is neither text nor a path, or a text is not Unicode.
        OSError: A file cannot be read.

    Example:
        >>> list(blocks(["one two<|end|>three four", "five"], ["<|end|>"]))
        ['one two', 'three four', 'five']
    """
    longest_first = sorted(special_tokens, key=len, reverse=True)
    special = re.compile("|".join(map(re.escape, longest_first)))
    for text in [source] if isinstance(source, str | os.PathLike) else source:
        for block in _cut(_read(text, size), longest_first):
            yield from filter(None, special.split(block)) if longest_first else [block]


def _read(text: str | os.PathLike[str], size: int) -> Iterator[str]:
    if isinstance(text, str):
        for start in range(0, len(text), size):
            chunk = text[start : start + size]
            try:
                chunk.encode("utf-8")
            except UnicodeEncodeError:  # found here, its place in the whole text can be told
                raise lone_surrogate(text) from None
            yield chunk
        return
    if not isinstance(text, os.PathLike):
        raise ValueError(f"source: got {type(text).__name__}, allowed texts (str) and files (pathlib.Path)")
    with open(text, encoding="utf-8", newline="") as file:  # line ends as they are
        try:
            while chunk := file.read(size):
                yield chunk
        except UnicodeDecodeError as error:
            raise ValueError(f"{text}: got byte 0x{error.object[error.start]:02X}, allowed UTF-8 text") from None


def _cut(chunks: Iterable[str], names: Sequence[str]) -> Iterator[str]:
    held, looked_at = "", 0
    for chunk in chunks:
        held += chunk
        if border := _last_border(held, looked_at, names):
            yield held[:border]
            held = held[border:]
        looked_at = max(0, len(held) - max(map(len, names), default=1))
    if held:
        yield held


def _last_border(text: str, start: int, names: Sequence[str]) -> int:
    # Where the text may be cut, or 0. A name of a special token may begin before the border and has to be seen whole.
    end = len(text) + 1 - max(map(len, names), default=1)
    while match := _BORDER.search(text, start, end):
        end = match.end()
        if not any(name in text[max(0, end - len(name) + 1) : end + len(name) - 1] for name in names):
            return end
    return 0
