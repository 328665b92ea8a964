"""Write a tokenizer as ``tokenizer.json``, which the ``tokenizers`` library and all that builds on it can open."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from lessons_lib.files import replace_file
from lessons_lib.files.untrusted import MAX_TEXT_BYTES
from lessons_lib.tokenizer.encoding.alphabet import bytes_to_symbols
from lessons_lib.tokenizer.encoding.byte_level import ByteLevel
from lessons_lib.tokenizer.formats.huggingface import pre_tokenizer
from lessons_lib.tokenizer.formats.special_names import check_apart, check_names
from lessons_lib.tokenizer.formats.vocabulary import LONGEST_TOKEN

if TYPE_CHECKING:
    from lessons_lib.tokenizer.tokenizer import Tokenizer


def save_tokenizer(tokenizer: Tokenizer, path: str | os.PathLike[str]) -> None:
    """Write a tokenizer to a file, which is replaced as a whole or not at all.

    Args:
        tokenizer: One whose encoder is ``ByteLevel``.
        path: The file, usually named ``tokenizer.json``.

    Raises:
        ValueError: The encoder is of another kind, or a file of this tokenizer could not be read back.
        OSError: The file cannot be written.

    Source: the ``tokenizers`` library, ``tokenizer.json`` version 1.0.
    """
    if not isinstance(tokenizer.encoder, ByteLevel):
        raise ValueError(f"encoder: got {type(tokenizer.encoder).__name__}, allowed ByteLevel")
    content = json.dumps(_content(tokenizer), ensure_ascii=False).encode()
    if len(content) > MAX_TEXT_BYTES:
        raise ValueError(f"tokenizer: got {len(content)} bytes as a file, allowed {MAX_TEXT_BYTES}")
    with replace_file(path) as file:
        file.write(content)


def _content(tokenizer: Tokenizer) -> dict[str, Any]:
    encoder = tokenizer.encoder
    symbols = [None if token is None else bytes_to_symbols(token) for token in encoder.tokens]
    _check_readable(tokenizer, symbols)
    # Special tokens stand among the others too: readers that number them anew would close the gaps between ids.
    ids = {name: i for i, name in enumerate(symbols) if name is not None} | tokenizer.special_tokens
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": i,
                "content": name,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": name not in tokenizer.visible,
            }
            for name, i in sorted(tokenizer.special_tokens.items(), key=lambda item: item[1])
        ],
        "normalizer": {"type": "NFC"} if encoder.nfc else None,
        "pre_tokenizer": pre_tokenizer(encoder.split),
        "post_processor": _post_processor(tokenizer),
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
            "vocab": ids,
            "merges": [[symbols[left], symbols[right]] for left, right in joinable_pairs(encoder)],
        },
    }


def _check_readable(tokenizer: Tokenizer, symbols: list[str | None]) -> None:
    # What reading would refuse is not written.
    check_names(list(tokenizer.special_tokens))
    check_apart(tokenizer.special_tokens, symbols)
    for i, name in enumerate(symbols):
        if name is not None and not 0 < len(name) <= LONGEST_TOKEN:
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
