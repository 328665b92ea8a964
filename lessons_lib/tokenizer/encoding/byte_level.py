"""Byte-level byte-pair encoding of text: cut it into pieces, take each piece as bytes, merge them into tokens."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from lessons_lib.tokenizer.encoding.borders import word_border
from lessons_lib.tokenizer.encoding.bpe import IdRanks, Pair, merge, no_token
from lessons_lib.tokenizer.encoding.split import SPLITS, check_split, lone_surrogate, splitter

if TYPE_CHECKING:
    from lessons_lib.tokenizer.encoding.compiled import CompiledEncoder

MOST_TOKENS, MOST_MERGES = 1 << 20, 1 << 22
_LONG = 1 << 18  # characters or bytes from which the compiled code, which takes half a second to load, is worth it


class ByteLevel:
    """The encoder that GPT, Llama 3 and 4, Qwen and SmolLM2 use.

    A list of merges ranks pairs of tokens. Tiktoken's files rank tokens instead: there any two neighbours may join that
    make up a token, and those that make up the token of lowest id join first.

    Args:
        tokens: bytes of each id; None for an id that no text turns into.
        merges: pair of ids and the id they join into, the first to be joined first. None for tiktoken's ranks.
        split: how text is cut into pieces, a key of `SPLITS` or `LAYERED` in `encoding.split`, or a pattern.
        nfc: whether text is brought to Unicode's composed form first, so that decoding gives that form back.
        whole_pieces: whether a piece that is a token is taken whole, merges or no merges (`ignore_merges` in files).
        strict: what to do with bytes that have no token, 21 of them in SmolLM2. True raises, so that decoding always
            gives the text back. False drops them, as the reference does.

    Raises:
        ValueError: two tokens are the same, a merge does not fit its tokens, or there are more than 2**20 tokens or
            2**22 merges.

    Example:
        >>> tokens = [bytes([byte]) for byte in range(256)] + [b"su", b"sun"]
        >>> encoder = ByteLevel(tokens, merges=[((115, 117), 256), ((256, 110), 257)], split="gpt2")
        >>> encoder.encode("sun!")
        [257, 33]
        >>> ByteLevel(tokens, split="gpt2").encode("sun!")
        [257, 33]
    """

    drops_first_space = False
    kept_whole = ()

    def __init__(
        self,
        tokens: Sequence[bytes | None],
        merges: Sequence[tuple[Pair, int]] | None = None,
        *,
        split: str,
        nfc: bool = False,
        whole_pieces: bool = False,
        strict: bool = True,
    ) -> None:
        self.tokens = list(tokens)
        self.merges = None if merges is None else list(merges)
        self.split, self.nfc, self.whole_pieces, self.strict = check_split(split), nfc, whole_pieces, strict
        for name, entries, most in (("tokens", self.tokens, MOST_TOKENS), ("merges", self.merges or [], MOST_MERGES)):
            if len(entries) > most:
                raise ValueError(f"{name}: got {len(entries)}, allowed at most {most}")
        ids = self._ids_by_token()
        self._check_merges()
        self._cut = splitter(self.split)
        self._pieces = _Pieces(self, ids)

    def border(self, text: str, start: int, end: int) -> int:
        """Give the last place between two others where the text may be cut, or 0."""
        if self.split not in SPLITS:
            return 0
        while place := word_border(text, start, end):
            # A character with another composed form may turn into a letter and a mark, behind which nothing is sure.
            if not self.nfc or unicodedata.is_normalized("NFC", text[place - 1]):
                return place
            end = place
        return 0

    def encode(self, text: str, first: bool = True, continues: bool = False) -> list[int]:
        """Turn text into ids.

        Raises:
            ValueError: the text holds a lone surrogate, or a byte that has no token (see `strict`).
        """
        if self.nfc:
            text = unicodedata.normalize("NFC", text)
        is_long = len(text) >= _LONG and self.split in SPLITS  # those that have compiled code
        return self._compiled.encode(text) if is_long else self._encode_plainly(text)

    def encode_bytes(self, data: bytes) -> list[int]:
        """Turn bytes into ids: one piece, never cut."""
        is_long = len(data) >= _LONG and self.split in SPLITS
        return self._compiled.encode_bytes(data) if is_long else list(self._pieces.merged(data))

    def _encode_plainly(self, text: str) -> list[int]:
        try:
            return list(chain.from_iterable(map(self._pieces.__getitem__, self._cut(text))))
        except UnicodeEncodeError:
            raise lone_surrogate(text) from None

    @cached_property
    def _compiled(self) -> CompiledEncoder:
        from lessons_lib.tokenizer.encoding.compiled import CompiledEncoder

        return CompiledEncoder(
            self.tokens, self.merges, split=self.split, whole_pieces=self.whole_pieces, strict=self.strict
        )

    def _ids_by_token(self) -> dict[bytes, int]:
        ids = {token: i for i, token in enumerate(self.tokens) if token is not None}
        if len(ids) + self.tokens.count(None) < len(self.tokens):
            twice, i = next((token, i) for i, token in enumerate(self.tokens) if token and ids[token] != i)
            raise ValueError(f"tokens[{i}]: got {twice!r}, also id {ids[twice]}, allowed each token once")
        return ids

    def _check_merges(self) -> None:
        size = len(self.tokens)
        for rank, ((left, right), joined) in enumerate(self.merges or []):
            pair = [self.tokens[i] if 0 <= i < size else None for i in (left, right, joined)]
            if None in pair or pair[0] + pair[1] != pair[2]:
                raise ValueError(
                    f"merges[{rank}]: got {((left, right), joined)}, allowed two tokens and what they join to"
                )


class _Pieces(dict[str, tuple[int, ...]]):
    """The ids of each piece of text seen so far: a dict that fills itself, since most words of a text come again."""

    _MOST = 1 << 16  # entries; at some 250 bytes each, 16 MB
    _LONGEST = 64  # characters of a piece worth keeping

    def __init__(self, encoder: ByteLevel, ids: dict[bytes, int]) -> None:
        super().__init__()
        self._whole = ids if encoder.whole_pieces else {}
        self._strict = encoder.strict
        self._byte_ids = [ids.get(bytes([byte])) for byte in range(256)]
        if encoder.merges is None:
            self._ranks, self._results = IdRanks(encoder.tokens, ids), range(len(encoder.tokens))
        else:
            self._ranks = {pair: rank for rank, (pair, _) in enumerate(encoder.merges)}
            self._results = [joined for _, joined in encoder.merges]

    def __missing__(self, piece: str) -> tuple[int, ...]:
        ids = self.merged(piece.encode("utf-8"))
        if len(piece) <= self._LONGEST:
            if len(self) >= self._MOST:
                self.clear()
            self[piece] = ids
        return ids

    def merged(self, data: bytes) -> tuple[int, ...]:
        if (whole := self._whole.get(data)) is not None:
            return (whole,)
        ids = [self._byte_ids[byte] for byte in data]
        if None in ids:
            if self._strict:
                raise no_token(data[ids.index(None)])
            ids = [i for i in ids if i is not None]
        return tuple(merge(ids, self._ranks, self._results))
