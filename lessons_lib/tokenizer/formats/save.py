"""Write a tokenizer as `tokenizer.json`, which the `tokenizers` library and all that builds on it can open."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from lessons_lib.files import replace_file
from lessons_lib.files.untrusted import VOCABULARY
from lessons_lib.tokenizer.encoding.alphabet import bytes_to_symbols
from lessons_lib.tokenizer.encoding.byte_level import ByteLevel
from lessons_lib.tokenizer.encoding.sentencepiece import SentencePiece
from lessons_lib.tokenizer.formats.save_pieces import pieces_content
from lessons_lib.tokenizer.formats.special_names import check_apart, check_names
from lessons_lib.tokenizer.formats.split_parts import pre_tokenizer
from lessons_lib.tokenizer.formats.vocabulary import LONGEST_TOKEN

if TYPE_CHECKING:
    from lessons_lib.tokenizer.tokenizer import Tokenizer


def save_tokenizer(tokenizer: Tokenizer, path: str | os.PathLike[str]) -> None:
    """Write a tokenizer to a file, which is replaced as a whole or not at all.

    It holds all that turns text into ids and back, but neither the chat template nor `eos_token_ids`: the format
    has no place for them. `load_tokenizer` reads it back.

    Args:
        tokenizer: one whose encoder is `ByteLevel` or `SentencePiece`.
        path: the file, usually named `tokenizer.json`.

    Raises:
        ValueError: the encoder is of another kind, the format cannot say what it does, or a file of this tokenizer
            could not be read back.
        OSError: the file cannot be written.

    Source: the `tokenizers` library, `tokenizer.json` version 1.0.
    """
    content = json.dumps(_content(tokenizer), ensure_ascii=False).encode()
    if excess := VOCABULARY.excess(content):
        raise ValueError(f"tokenizer: got {excess[0]} as a file, allowed {excess[1]}")
    with replace_file(path) as file:
        file.write(content)


def _content(tokenizer: Tokenizer) -> dict[str, Any]:
    encoder = tokenizer.encoder
    if isinstance(encoder, ByteLevel):
        parts = _byte_level(encoder)
    elif isinstance(encoder, SentencePiece):
        parts = pieces_content(encoder, tokenizer)
    else:
        raise ValueError(f"encoder: got {type(encoder).__name__}, allowed ByteLevel or SentencePiece")
    _check_readable(tokenizer, parts["model"]["vocab"])
    # Special tokens stand among the others too: readers that number them anew would close the gaps between ids.
    parts["model"]["vocab"] |= tokenizer.special_tokens
    added = parts.pop("added_tokens", [])
    is_late = parts.pop("finds_special_late", False)
    added += [(i, name, is_late, name not in tokenizer.visible) for name, i in tokenizer.special_tokens.items()]
    around = {"version": "1.0", "truncation": None, "padding": None, "post_processor": _post_processor(tokenizer)}
    return around | {"added_tokens": [_added(*one) for one in sorted(added)]} | parts


def _added(i: int, name: str, normalized: bool, special: bool) -> dict[str, Any]:
    near = {"single_word": False, "lstrip": False, "rstrip": False}
    return {"id": i, "content": name} | near | {"normalized": normalized, "special": special}


def _byte_level(encoder: ByteLevel) -> dict[str, Any]:
    symbols = [None if token is None else bytes_to_symbols(token) for token in encoder.tokens]
    return {
        "normalizer": {"type": "NFC"} if encoder.nfc else None,
        "pre_tokenizer": pre_tokenizer(encoder.split),
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": None,
            "end_of_word_suffix": None,
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": encoder.whole_pieces,
            "vocab": {name: i for i, name in enumerate(symbols) if name is not None},
            "merges": [[symbols[left], symbols[right]] for left, right in joinable_pairs(encoder)],
        },
    }


def _check_readable(tokenizer: Tokenizer, ids: dict[str, int]) -> None:
    """What reading would refuse is not written."""
    check_names(list(tokenizer.special_tokens))
    check_apart(tokenizer.special_tokens, list(ids))
    for name, i in ids.items():
        if not 0 < len(name) <= LONGEST_TOKEN:
            raise ValueError(f"tokens[{i}]: got {len(name)} bytes, allowed 1 to {LONGEST_TOKEN} in a file")


def joinable_pairs(encoder: ByteLevel) -> list[tuple[int, int]]:
    """List the ids of every two tokens that may be joined, the first to be joined first."""
    if encoder.merges is not None:
        return [pair for pair, _ in encoder.merges]
    ids = {token: i for i, token in enumerate(encoder.tokens) if token is not None}
    pairs = []
    for token in ids:  # in order of id, which is their rank
        halves = ((ids.get(token[:cut]), ids.get(token[cut:])) for cut in range(1, len(token)))
        pairs += sorted(pair for pair in halves if None not in pair)
    return pairs


def _post_processor(tokenizer: Tokenizer) -> dict[str, Any] | None:
    if not tokenizer.adds_bos:
        return None
    [name] = [name for name, i in tokenizer.special_tokens.items() if i == tokenizer.bos_token_id]
    bos, text, second = (
        {"SpecialToken": {"id": name, "type_id": 0}},
        {"Sequence": {"id": "A", "type_id": 0}},
        {"Sequence": {"id": "B", "type_id": 1}},
    )
    return {
        "type": "TemplateProcessing",
        "single": [bos, text],
        "pair": [bos, text, second],
        "special_tokens": {name: {"id": name, "ids": [tokenizer.bos_token_id], "tokens": [name]}},
    }
