"""Read SentencePiece's `.model` files, which are protobuf messages.

Few of their fields matter. A setting that changes what encoding does, and that `SentencePiece` does not know, is an
error.
"""

import os
import struct
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lessons_lib import arguments
from lessons_lib.tokenizer.chat import ChatTemplate
from lessons_lib.tokenizer.formats.sentencepiece_vocabulary import (
    CONTROL,
    MOST_PIECES,
    NORMAL,
    UNUSED,
    build_sentencepiece,
)
from lessons_lib.tokenizer.formats.vocabulary import Source
from lessons_lib.tokenizer.tokenizer import Tokenizer

MOST_FILE_BYTES = 8 << 20  # the largest published file has 4.7 MB
MOST_FIELDS = 1 << 16  # of a message inside the file

# How the first Mistral was taught to chat; its marks are plain text.
# Source: mistral-common, version 1 of the instruct format.
MISTRAL_CHAT = (
    "{% set starts_with_system = messages and messages[0].role == 'system' %}"
    "{% set turns = messages[1:] if starts_with_system else messages %}"
    "{% set system = messages[0].content + '\n\n' if starts_with_system and messages[0].content else '' %}"
    "{{ bos_token }}{% for turn in turns %}"
    "{% if turn.role == 'user' %} [INST] {{ system if loop.first else '' }}{{ turn.content }} [/INST]"
    "{% elif turn.role == 'assistant' %} {{ turn.content }}{{ eos_token }}"
    "{% else %}{{ raise_exception('got role ' + turn.role + ', allowed user, assistant and one system first') }}"
    "{% endif %}{% endfor %}"
)


# Wire types: how a value is stored.
_VARINT, _FIXED64, _SIZED, _FIXED32 = 0, 1, 2, 5
_FIXED = {_FIXED64: 8, _FIXED32: 4}  # bytes


class _Kind(NamedTuple):
    wire: int
    read: Callable[[Any], Any]  # from what is stored to what it stands for; raises ValueError
    rule: str


_INT = _Kind(_VARINT, lambda stored: stored - (1 << 64) if stored >> 63 else stored, "any")
_BOOL = _Kind(_VARINT, {0: False, 1: True}.__getitem__, "0 or 1")
_FLOAT = _Kind(_FIXED32, lambda stored: struct.unpack("<f", stored)[0], "any")
_STR = _Kind(_SIZED, bytes.decode, "UTF-8")
_BYTES = _Kind(_SIZED, bytes, "any")


class _Field(NamedTuple):
    name: str
    kind: _Kind
    default: Any
    only: Any = None  # the value that it must have


# The fields that are read, by number.
_PIECE = {1: _Field("piece", _STR, ""), 2: _Field("score", _FLOAT, 0.0), 3: _Field("type", _INT, NORMAL)}
_TRAINER = {
    3: _Field("model_type", _INT, 1, only=2),
    24: _Field("treat_whitespace_as_suffix", _BOOL, False, only=False),
    35: _Field("byte_fallback", _BOOL, False, only=True),
    46: _Field("bos_piece", _STR, "<s>"),
    47: _Field("eos_piece", _STR, "</s>"),
    48: _Field("pad_piece", _STR, "<pad>"),
}
_NORMALIZER = {
    1: _Field("name", _STR, "", only="identity"),
    2: _Field("precompiled_charsmap", _BYTES, b"", only=b""),
    3: _Field("add_dummy_prefix", _BOOL, True),
    4: _Field("remove_extra_whitespaces", _BOOL, True),
    5: _Field("escape_whitespaces", _BOOL, True, only=True),
}
_DENORMALIZER = {2: _NORMALIZER[2]}
_PIECES = 1  # the number of the field that stands there once a piece
_PARTS = {2: ("trainer_spec", _TRAINER), 3: ("normalizer_spec", _NORMALIZER), 5: ("denormalizer_spec", _DENORMALIZER)}

_NAMES = {"model_type": {1: "1 (unigram)", 2: "2 (BPE)", 3: "3 (words)", 4: "4 (characters)"}}


def load_sentencepiece(
    path: str | os.PathLike[str],
    *,
    special_tokens: Mapping[str, int] | None = None,
    chat_template: ChatTemplate | None = None,
    adds_bos: bool = True,
    legacy: bool = False,
) -> Tokenizer:
    """Load the tokenizer of a `.model` file: byte-pair encoding with byte fallback.

    Control pieces, such as `<s>`, become special tokens, and user-defined pieces that the chat template names too.

    Args:
        path: the file.
        special_tokens: ids of the special tokens that a model has beyond those in the file.
        chat_template: how messages become one text; the file does not say.
        adds_bos: see `Tokenizer`.
        legacy: see `SentencePiece`. A model's `tokenizer_config.json` tells.

    Raises:
        CheckpointError: the file is malformed, or describes a tokenizer of another kind.
        OSError: there is no such file.

    Source: google/sentencepiece, `sentencepiece_model.proto`.
    """
    reader = _Reader(arguments.path("path", path))
    settings, pieces = reader.read()
    names, scores, kinds = zip(*pieces, strict=True) if pieces else ((), (), ())
    if UNUSED in kinds:
        raise reader.source.error(f"pieces[{kinds.index(UNUSED)}].type", f"{UNUSED} (unused)", "1 to 4 and 6")
    control = {name: i for i, (name, kind) in enumerate(zip(names, kinds, strict=True)) if kind == CONTROL}
    bos, eos, pad = (control.get(settings[name]) for name in ("bos_piece", "eos_piece", "pad_piece"))
    return build_sentencepiece(
        reader.source,
        names,
        scores,
        kinds,
        special_tokens=special_tokens or {},
        encoder_options={
            "adds_space": settings["add_dummy_prefix"],
            "squeezes": settings["remove_extra_whitespaces"],
            "legacy": legacy,
        },
        options={
            "bos_token_id": bos,
            "eos_token_ids": [] if eos is None else [eos],
            "pad_token_id": pad,
            "adds_bos": adds_bos and bos is not None,
            "chat_template": chat_template,
        },
    )


class _Reader:
    """Reads one `.model` file."""

    def __init__(self, path: Path) -> None:
        self.source = Source(str(path), "pieces", "")
        if (size := path.stat().st_size) > MOST_FILE_BYTES:
            raise self.source.error("size", f"{size} bytes", f"at most {MOST_FILE_BYTES}")
        self.data = path.read_bytes()

    def read(self) -> tuple[dict[str, Any], list[tuple[Any, ...]]]:
        """Give the settings by name; and name, score and kind of each piece."""
        parts: dict[int, bytes] = {}
        pieces: list[bytes] = []
        for number, wire, value in self.fields("model", self.data, MOST_PIECES + 100):
            if number != _PIECES and number not in _PARTS:
                continue
            if wire != _SIZED:
                raise self.source.error(f"model: field {number}: wire type", str(wire), f"{_SIZED}")
            if number == _PIECES:
                pieces.append(value)
            elif number in parts:
                raise self.source.error(_PARTS[number][0], "a second one", "one")
            else:
                parts[number] = value
        # The settings come after the pieces in a file, yet they say whether reading the pieces is worth the time.
        settings: dict[str, Any] = {}
        for number, (name, known) in _PARTS.items():
            settings |= self.settings(name, parts.get(number, b""), known)
        return settings, [tuple(self.message(f"pieces[{i}]", data, _PIECE).values()) for i, data in enumerate(pieces)]

    def settings(self, where: str, data: bytes, known: Mapping[int, _Field]) -> dict[str, Any]:
        """Read a message whose fields say what encoding does."""
        values = self.message(where, data, known)
        for field in known.values():
            if field.only is not None and (value := values[field.name]) != field.only:
                got, allowed = (_NAMES.get(field.name, {}).get(v, repr(v)) for v in (value, field.only))
                raise self.source.error(f"{where}.{field.name}", got, allowed)
        return values

    def message(self, where: str, data: bytes, known: Mapping[int, _Field]) -> dict[str, Any]:
        """Read the known fields of a message, in their order, and pass over the others."""
        found: dict[int, Any] = {}
        for number, wire, value in self.fields(where, data, MOST_FIELDS):
            if number not in known:
                continue
            field = known[number]
            if wire != field.kind.wire:
                raise self.source.error(f"{where}.{field.name}: wire type", str(wire), str(field.kind.wire))
            if number in found:
                raise self.source.error(f"{where}.{field.name}", "a second one", "one")
            try:
                found[number] = field.kind.read(value)
            except (ValueError, LookupError):
                raise self.source.error(f"{where}.{field.name}", value, field.kind.rule) from None
        return {field.name: found.get(number, field.default) for number, field in known.items()}

    def fields(self, where: str, data: bytes, most: int) -> Iterator[tuple[int, int, int | bytes]]:
        """Give number, wire type and value of each field of a message."""
        at = count = 0
        while at < len(data):
            key, at = self.number(where, data, at)
            number, wire = key >> 3, key & 7
            count += 1
            if count > most:
                raise self.source.error(f"{where}: fields", f"more than {most}", f"at most {most}")
            if not 0 < number < 1 << 29:
                raise self.source.error(f"{where}: number of a field", number, "1 to 2^29 - 1")
            if wire == _VARINT:
                value, at = self.number(where, data, at)
                yield number, wire, value
                continue
            if wire == _SIZED:
                size, at = self.number(where, data, at)
            elif wire in _FIXED:
                size = _FIXED[wire]
            else:
                raise self.source.error(f"{where}: field {number}: wire type", str(wire), "0, 1, 2 and 5")
            if size > len(data) - at:
                left = f"at most {len(data) - at} (what is left to read)"
                raise self.source.error(f"{where}: field {number}", f"{size} bytes", left)
            yield number, wire, data[at : at + size]
            at += size

    def number(self, where: str, data: bytes, at: int) -> tuple[int, int]:
        """Read a number of 64 bits, 7 in a byte and the lowest first; give it and where the next thing begins."""
        if at < len(data) and data[at] < 0x80:  # nearly all are of one byte
            return data[at], at + 1
        value = 0
        for shift in range(0, 70, 7):
            if at == len(data):
                raise self.source.error(where, "an end inside a number", "whole numbers")
            byte = data[at]
            at += 1
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                break
        if byte >= 0x80 or value >> 64:
            raise self.source.error(where, "a number that goes on", "numbers of 64 bits")
        return value, at
