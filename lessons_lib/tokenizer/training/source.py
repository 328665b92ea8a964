"""Training text in blocks, so that none of it has to fit into memory at once.

A text may be cut only where its pieces stay what they are, see `encoding.borders`.
"""

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from lessons_lib.tokenizer.encoding.borders import SIZE, Border, cut, word_border
from lessons_lib.tokenizer.encoding.split import lone_surrogate

Source = str | os.PathLike[str] | Iterable[str | os.PathLike[str]]

_RULE = "allowed texts (str) and files (pathlib.Path)"
# A whole source of one word that ends like this was meant as a file.
_FILE_NAME = re.compile(r"\S+\.(txt|text|md|csv|tsv|jsonl?|xml|html?|parquet|gz|bz2|xz|zst|zip)", re.IGNORECASE)


def blocks(
    source: Source, special_tokens: Sequence[str] = (), size: int = SIZE, border: Border = word_border
) -> Iterator[str]:
    """Read training text block by block.

    Args:
        source: a text, a file of UTF-8 text as a path, or several of either. Pieces never span two texts.
        special_tokens: names that end a text where they stand, and are left out.
        size: characters to read at once. A text with no place to cut it is one block all the same.
        border: where a text may be cut, see `encoding.borders`.

    Yields:
        Texts whose pieces, taken together, are those of the source.

    Raises:
        ValueError: something in the source is neither text nor a path, or a text is not Unicode.
        OSError: a file cannot be read.

    Example:
        >>> list(blocks(["one two<|end|>three four", "five"], ["<|end|>"]))
        ['one two', 'three four', 'five']
    """
    longest_first = sorted(special_tokens, key=len, reverse=True)
    texts = _texts(source, border, longest_first, size)
    if not longest_first:
        return texts
    special = re.compile("|".join(map(re.escape, longest_first)))
    return filter(None, chain.from_iterable(map(special.split, texts)))


def _texts(source: Source, border: Border, names: Sequence[str], size: int) -> Iterator[str]:
    """The texts of the source that are not empty, long ones in parts."""
    for n, text in enumerate(_several(source)):
        if isinstance(text, str):
            if len(text) <= size:
                if n == 0:
                    _check_no_file(text, "source[0]")
                if text:
                    yield text
            else:
                yield from cut(_chunks(text, size), border, names, size)
        elif isinstance(text, os.PathLike):
            yield from cut(_read(text, size), border, names, size)
        else:
            raise ValueError(f"source[{n}]: got {type(text).__name__}, {_RULE}")


def _several(source: Source) -> Iterable[str | os.PathLike[str]]:
    if isinstance(source, str):
        _check_no_file(source, "source")
        if _FILE_NAME.fullmatch(source):
            raise ValueError(f"source: got {source!r}, the name of a file; allowed text, or pathlib.Path({source!r})")
    if isinstance(source, str | os.PathLike):
        return [source]
    if isinstance(source, bytes | bytearray | memoryview | Mapping) or not isinstance(source, Iterable):
        raise ValueError(f"source: got {type(source).__name__}, {_RULE}, or several of either")
    return source


def _check_no_file(text: str, field: str) -> None:
    """A name given as str would be trained on itself. Looked at for the first text only: each look is a system call."""
    try:
        is_file = len(text) < 1000 and "\n" not in text and bool(text) and Path(text).is_file()
    except (OSError, ValueError):  # no name can look like this
        return
    if is_file:
        raise ValueError(f"{field}: got {text!r}, the name of a file; allowed text, or pathlib.Path({text!r})")


def _chunks(text: str, size: int) -> Iterator[str]:
    for start in range(0, len(text), size):
        chunk = text[start : start + size]
        try:
            chunk.encode("utf-8")
        except UnicodeEncodeError:  # found here, its place in the whole text can be told
            raise lone_surrogate(text) from None
        yield chunk


def _read(path: str | os.PathLike[str], size: int) -> Iterator[str]:
    with open(path, encoding="utf-8", newline="") as file:  # line ends as they are
        try:
            while chunk := file.read(size):
                yield chunk
        except UnicodeDecodeError as error:
            raise ValueError(f"{path}: got byte 0x{error.object[error.start]:02X}, allowed UTF-8 text") from None
