"""A tokenizer as the metadata of a GGUF file: what `tokenizer_from_gguf` reads back."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from lessons_lib.tokenizer.encoding.alphabet import bytes_to_symbols
from lessons_lib.tokenizer.encoding.byte_level import ByteLevel
from lessons_lib.tokenizer.encoding.sentencepiece import SPACE, SentencePiece
from lessons_lib.tokenizer.formats.gguf import PRE_TOKENIZERS
from lessons_lib.tokenizer.formats.save import joinable_pairs
from lessons_lib.tokenizer.formats.sentencepiece_vocabulary import BYTE, CONTROL, NORMAL, UNKNOWN, UNUSED, USER_DEFINED
from lessons_lib.tokenizer.tokenizer import Tokenizer


def gguf_fields(tokenizer: Tokenizer, size: int) -> dict[str, Any]:
    """Describe a tokenizer in the words of GGUF, but for the ids that start and end a text: the model's say counts too.

    Args:
        tokenizer: one whose encoder is `ByteLevel`, of a family that llama.cpp knows, or `SentencePiece`.
        size: tokens to list, as many as the model's embedding has rows; those that the tokenizer lacks are unused.

    Returns:
        Metadata by key.

    Raises:
        ValueError: the format cannot hold such a tokenizer.

    Source: the GGUF specification, "Tokenizer".
    """
    encoder = tokenizer.encoder
    names = [f"[PAD{i}]" for i in range(size)]
    kinds = np.full(size, UNUSED, np.int32)
    for name, i in tokenizer.special_tokens.items():
        names[i], kinds[i] = name, USER_DEFINED if name in tokenizer.visible else CONTROL
    if isinstance(encoder, ByteLevel):
        fields = _byte_level(encoder, names, kinds)
    elif isinstance(encoder, SentencePiece):
        fields = _sentencepiece(encoder, names, kinds)
    else:
        raise ValueError(f"encoder: got {type(encoder).__name__}, allowed ByteLevel or SentencePiece")
    fields |= {"tokens": names, "token_type": kinds, "add_bos_token": tokenizer.adds_bos}
    if tokenizer.pad_token_id is not None:
        fields["padding_token_id"] = tokenizer.pad_token_id
    template = tokenizer.chat_template
    templates = {} if template is None else {"tokenizer.chat_template": template.source}
    if template is not None and template.tool_use is not None:
        templates |= {"tokenizer.chat_templates": ["tool_use"], "tokenizer.chat_template.tool_use": template.tool_use}
    return {f"tokenizer.ggml.{key}": value for key, value in fields.items()} | templates


def _byte_level(encoder: ByteLevel, names: list[str], kinds: np.ndarray) -> dict[str, Any]:
    """Enter the encoder's tokens among the names and their types; return the fields that are its own."""
    settings = (encoder.split, encoder.nfc, encoder.whole_pieces)
    known: dict[tuple, str] = {}
    for pre, family in PRE_TOKENIZERS.items():
        known.setdefault((family.split, family.nfc, family.whole_pieces), pre)
    if settings not in known:
        rule = f"(split, nfc, whole_pieces) of {', '.join(known.values())}: {', '.join(map(str, known))}"
        raise ValueError(f"encoder: got {settings}, allowed {rule}")
    for i, token in enumerate(encoder.tokens):
        if token is not None:
            names[i], kinds[i] = bytes_to_symbols(token), NORMAL
    merges = [f"{names[left]} {names[right]}" for left, right in joinable_pairs(encoder)]
    return {"model": "gpt2", "pre": known[settings], "merges": merges, "add_space_prefix": False}


def _sentencepiece(encoder: SentencePiece, names: list[str], kinds: np.ndarray) -> dict[str, Any]:
    """Enter the encoder's pieces among the names and their types; return the fields that are its own."""
    if encoder.cuts_words:
        raise ValueError("encoder.cuts_words: got True, allowed False: GGUF has no word for it")
    found = {*encoder.whole.values(), *encoder.apart}
    for i, piece in enumerate(encoder.pieces):
        if isinstance(piece, bytes):
            names[i], kinds[i] = f"<0x{piece[0]:02X}>", BYTE
        elif piece is not None:
            names[i], kinds[i] = piece, USER_DEFINED if i in found else NORMAL
    for i in encoder.whole.values():  # llama.cpp looks for these before it marks spaces
        names[i] = encoder.pieces[i].replace(SPACE, " ")
    scores = np.zeros(len(names), np.float32)
    scores[: len(encoder.pieces)] = encoder.scores if encoder.scores is not None else _scores(encoder, found)
    if "<unk>" in names:
        kinds[names.index("<unk>")] = UNKNOWN
    fields = {"model": "llama", "pre": "default", "scores": scores, "add_space_prefix": encoder.adds_space}
    return fields | ({"remove_extra_whitespaces": True} if encoder.squeezes else {})


def _scores(encoder: SentencePiece, found: set[int]) -> list[float]:
    """Give each piece a score so that they rank the pairs as the merges do.

    Raises:
        ValueError: no scores do: some pair that makes a piece is not listed, or comes after one that makes another.
    """
    ids = {piece: i for i, piece in enumerate(encoder.pieces) if isinstance(piece, str) and i not in found}
    listed = {pair: joined for pair, joined in encoder.merges if joined not in found}
    scores, order = [0.0] * len(encoder.pieces), [joined for joined, _ in groupby(listed.values())]
    for rank, joined in enumerate(order):
        scores[joined] = float(-rank)
    for piece, i in ids.items():
        pairs = [(ids.get(piece[:cut]), ids.get(piece[cut:])) for cut in range(1, len(piece))]
        if any(listed.get(pair) != i for pair in pairs if None not in pair) or len(order) > len(set(order)):
            raise ValueError(
                f"encoder.merges: got an order in which {piece!r:.80} has no one place, allowed one a piece"
            )
    return scores
