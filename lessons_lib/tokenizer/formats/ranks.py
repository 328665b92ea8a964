"""Tiktoken's rank files: a token a line, as base64, and its rank, which is its id.

Such a file holds no special tokens and does not say how text is split. Whoever reads one has to know both.
"""

import binascii
import os
from collections.abc import Iterable
from pathlib import Path

from lessons_lib.files import read_text
from lessons_lib.tokenizer.formats.vocabulary import LONGEST_TOKEN, MOST_TOKENS, Source


def read_ranks(path: str | os.PathLike[str]) -> list[bytes]:
    """Read a rank file.

    Args:
        path: the file, such as Llama 3's `tokenizer.model`.

    Returns:
        The tokens by rank.

    Raises:
        CheckpointError: the file is malformed.
        OSError: there is no such file.

    Example:
        Special tokens take ids of their own::

            encoder = ByteLevel(read_ranks("gpt2.tiktoken"), split="gpt2", whole_pieces=True)
            tokenizer = Tokenizer(encoder, special_tokens={"<|endoftext|>": 50256})

    Source: openai/tiktoken, `load_tiktoken_bpe`.
    """
    source = Source(str(path), "ranks", "ranks")
    lines = read_text(Path(path)).removesuffix("\n").split("\n")
    ranked = (line.partition(" ") for line in lines)
    return check_ranked(source, ((rank, spelling) for spelling, _, rank in ranked), len(lines))


def is_rank_file(path: Path) -> bool:
    """Tell whether a file starts as rank files do: tools give them all sorts of names."""
    with path.open("rb") as file:
        spelling, _, rank = file.readline(LONGEST_TOKEN).rstrip(b"\n").partition(b" ")
    return rank == b"0" and bool(spelling)


def check_ranked(source: Source, ranked: Iterable[tuple[object, object]], count: int) -> list[bytes]:
    """Take tokens from a file that gives a rank and base64 for each.

    Args:
        source: the file.
        ranked: the rank, a number or its digits, and the base64 of every token, in order of rank.
        count: how many there are.

    Raises:
        CheckpointError: the first rule that the file breaks.
    """
    if not 0 < count <= MOST_TOKENS:
        raise source.error(source.tokens, f"{count} tokens", f"1 to {MOST_TOKENS}")
    ids: dict[bytes, int] = {}
    for i, (rank, spelling) in enumerate(ranked):
        if type(rank) not in (int, str) or str(rank) != str(i):
            raise source.error(f"{source.tokens}[{i}]", rank, f"rank {i}: ranks count up from 0")
        try:
            token = binascii.a2b_base64(spelling, strict_mode=True)
        except (TypeError, ValueError):  # not ASCII, or not base64
            raise source.error(f"{source.tokens}[{i}]", spelling, "a token in base64") from None
        if not 0 < len(token) <= LONGEST_TOKEN:
            raise source.error(f"{source.tokens}[{i}]", f"{len(token)} bytes", f"1 to {LONGEST_TOKEN}")
        if ids.setdefault(token, i) != i:
            raise source.error(f"{source.tokens}[{i}]", f"{token!r}, also rank {ids[token]}", "each token once")
    for byte in range(256):
        if bytes([byte]) not in ids:
            raise source.error(source.tokens, f"no token for byte 0x{byte:02X}", "a token a byte")
    return list(ids)
