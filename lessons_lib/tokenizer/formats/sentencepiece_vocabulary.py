"""From the pieces that a file lists to a SentencePiece tokenizer: the checks that all formats share."""

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from lessons_lib.tokenizer.encoding.sentencepiece import SentencePiece
from lessons_lib.tokenizer.formats.vocabulary import (
    LONGEST_SPECIAL,
    LONGEST_TOKEN,
    MOST_SPECIAL,
    Source,
    read_merges,
)
from lessons_lib.tokenizer.tokenizer import Tokenizer

MOST_PIECES = 1 << 19  # twice as many as the largest published vocabulary, Gemma's, has

# What a piece is for, as both formats number it.
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = range(1, 7)

_BYTE = re.compile("<0x[0-9A-F]{2}>")
_MARK = re.compile(r"<.+>|\[.+\]")
_SURROGATE = re.compile("[\ud800-\udfff]")


def build_sentencepiece(
    source: Source,
    names: Sequence[Any],
    scores: Sequence[Any] | None,
    kinds: Sequence[Any],
    *,
    merges: Sequence[Any] = (),
    found_late: Mapping[str, int] | None = None,
    special_tokens: Mapping[str, int],
    encoder_options: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Tokenizer:
    """Check a vocabulary and make its tokenizer.

    Unknown and control pieces become special tokens. So do those user-defined pieces that look like a mark and stand in
    the chat template, since no text may forge a mark; the other user-defined pieces are found in any text.

    Args:
        source: the file.
        names: every piece by id, as the file spells it.
        scores: its score; as many as names. None for a file that lists merges.
        kinds: what it is for, 1 to 6; as many as names.
        merges: "left right" or [left, right], in order.
        found_late: those user-defined pieces that are looked for after spaces are marked, by what is looked for then;
            the others are looked for before. None if all are, as they are spelt.
        special_tokens: ids of special tokens beyond the file's.
        encoder_options: the other arguments of `SentencePiece`.
        options: the other arguments of `Tokenizer`.

    Raises:
        CheckpointError: the first rule that the file breaks.
        ValueError: one of `special_tokens` has another id in the file, or the id of another piece.
    """
    ids = _ids_by_name(source, names, scores, kinds)
    for name, i in special_tokens.items():
        if ids.get(name, i) != i:
            raise ValueError(f"special_tokens[{name!r}]: got {i}, allowed {ids[name]}, its id in the file")
    template = options["chat_template"].source if options["chat_template"] else ""
    user_defined = {name for name, i in ids.items() if kinds[i] == USER_DEFINED}
    visible = {name for name in user_defined if _MARK.fullmatch(name) and name in template}
    special = {name: i for name, i in ids.items() if kinds[i] in (UNKNOWN, CONTROL) or name in visible}
    found = {name: ids[name] for name in user_defined - visible}
    if len(special) + len(found) > MOST_SPECIAL:  # text is searched for all of them at once
        allowed = f"at most {MOST_SPECIAL}"
        raise source.error(source.tokens, f"{len(special) + len(found)} special and user-defined ones", allowed)
    pieces: list[str | bytes | None] = [None] * len(names)
    for name, i in ids.items():
        if name not in special:
            pieces[i] = bytes([int(name[3:5], 16)]) if kinds[i] == BYTE else name
    if lacking := set(range(256)) - {piece[0] for piece in pieces if isinstance(piece, bytes)}:
        raise source.error(source.tokens, f"no token for byte 0x{min(lacking):02X}", "a token a byte")
    held = set(found.values())
    late = found if found_late is None else {spelling: i for spelling, i in found_late.items() if i in held}
    if scores is not None:
        order: dict[str, Any] = {"scores": scores}
    else:
        ordinary = {piece: i for i, piece in enumerate(pieces) if isinstance(piece, str)}
        order = {"merges": read_merges(source, merges, ordinary, special)}
    encoder = SentencePiece(pieces, **order, whole=late, apart=held - set(late.values()), **encoder_options)
    return Tokenizer(encoder, special_tokens=special | special_tokens, visible=visible, **options)


def is_byte(name: str) -> bool:
    """Whether a piece is spelt as a byte to fall back on is."""
    return bool(_BYTE.fullmatch(name))


def _ids_by_name(
    source: Source, names: Sequence[Any], scores: Sequence[Any] | None, kinds: Sequence[Any]
) -> dict[str, int]:
    if not 0 < len(names) <= MOST_PIECES:
        raise source.error(source.tokens, f"{len(names)} tokens", f"1 to {MOST_PIECES}")
    ids: dict[str, int] = {}
    listed = [0.0] * len(names) if scores is None else scores
    for i, (name, score, kind) in enumerate(zip(names, listed, kinds, strict=True)):
        field = f"{source.tokens}[{i}]"
        if type(kind) is not int or not NORMAL <= kind <= BYTE:
            raise source.error(f"{field}, type", kind, "1 to 6")
        if type(score) is not float or not math.isfinite(score):
            raise source.error(f"{field}, score", score, "a finite number")
        most = LONGEST_SPECIAL if kind in (UNKNOWN, CONTROL, USER_DEFINED) else LONGEST_TOKEN
        if type(name) is not str or not 0 < len(name) <= most or _SURROGATE.search(name):
            raise source.error(field, name, f"Unicode text of 1 to {most} characters")
        if kind == BYTE and not is_byte(name):
            raise source.error(field, name, "<0x00> to <0xFF> for a byte")
        if kind != UNUSED and ids.setdefault(name, i) != i:
            raise source.error(field, f"{name!r}, also id {ids[name]}", "each token once")
    return ids
