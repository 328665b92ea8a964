"""From the parts that a tokenizer file holds to a tokenizer: the checks that all formats share."""

import reprlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from lessons_lib.errors import CheckpointError
from lessons_lib.tokenizer.chat import ChatTemplate
from lessons_lib.tokenizer.encoding.alphabet import SYMBOL_TO_BYTE, symbols_to_bytes
from lessons_lib.tokenizer.encoding.byte_level import MOST_MERGES, MOST_TOKENS, ByteLevel
from lessons_lib.tokenizer.tokenizer import Tokenizer

LONGEST_TOKEN = 4096  # characters
MOST_SPECIAL = 1 << 14  # Gemma 3 has 6,415
LONGEST_SPECIAL = 128  # characters

# Digits-first vocabularies were trained without the bytes that their text never held. The others hold all that occur.
_MAY_LACK_BYTES = {"smollm2"}
_NEVER_IN_UTF8 = {0xC0, 0xC1, *range(0xF5, 0x100)}


@dataclass(frozen=True)
class Source:
    """The file that a vocabulary comes from and what it calls its fields, for error messages."""

    file: str
    tokens: str
    merges: str

    def error(self, name: str, got: object, allowed: str) -> CheckpointError:
        """Make the error that says which rule this file breaks."""
        return CheckpointError(self.file, name, got if isinstance(got, str) else reprlib.repr(got), allowed)


@dataclass
class Vocabulary:
    """What a tokenizer file says, before any of it is believed.

    Args:
        tokens: every token by id, spelt in the byte alphabet, special tokens as they are; None where unused.
        merges: "left right" or [left, right], in order.
        special: ids of special tokens.
        visible: those of them that `skip_special_tokens` keeps.
        split: key of `SPLITS` or `LAYERED`.
        needs_all_bytes: whether a byte without a token would become something that this library does not follow.
        encoder_options: the other arguments of `ByteLevel`.
        options: those of `Tokenizer`.
    """

    tokens: Sequence[Any]
    merges: Sequence[Any]
    special: set[int]
    visible: set[int]
    split: str
    needs_all_bytes: bool = False
    encoder_options: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


def build_tokenizer(source: Source, vocabulary: Vocabulary) -> Tokenizer:
    """Check a vocabulary and make its tokenizer.

    Raises:
        CheckpointError: the first rule that the file breaks.
    """
    ids = _ids_by_name(source, vocabulary)
    _check_special(source, vocabulary)
    tokens = [_to_bytes(source, vocabulary, i, name) for i, name in enumerate(vocabulary.tokens)]
    special_tokens = {vocabulary.tokens[i]: i for i in sorted(vocabulary.special)}
    ordinary = {name: i for name, i in ids.items() if i not in vocabulary.special}
    needs_all_bytes = vocabulary.needs_all_bytes or vocabulary.split not in _MAY_LACK_BYTES
    lacking = {SYMBOL_TO_BYTE[symbol] for symbol in SYMBOL_TO_BYTE.keys() - ordinary.keys()} - _NEVER_IN_UTF8
    if needs_all_bytes and lacking:
        raise source.error(source.tokens, f"no token for byte 0x{min(lacking):02X}", "a token a byte")
    encoder = ByteLevel(
        [None if i in vocabulary.special else token for i, token in enumerate(tokens)],
        read_merges(source, vocabulary.merges, ordinary),
        split=vocabulary.split,
        **vocabulary.encoder_options,
    )
    return Tokenizer(
        encoder,
        special_tokens=special_tokens,
        visible=[vocabulary.tokens[i] for i in vocabulary.visible],
        **vocabulary.options,
    )


def read_template(source: Source, name: str, text: object, tool_use: object = None) -> ChatTemplate:
    """Take a chat template from a field of a file, and the one for conversations with tools where there are two."""
    for one in (text, "" if tool_use is None else tool_use):
        if not isinstance(one, str):
            raise source.error(name, one, "one template, a string")
    try:
        return ChatTemplate(text, tool_use)
    except ValueError as error:
        raise source.error(name, f"a template that fails: {error}", "Unicode text of at most 64 KB") from None


def check_id(source: Source, name: str, value: object, size: int) -> int:
    """Take a token id from a field of a file."""
    if type(value) is not int or not 0 <= value < size:
        raise source.error(name, value, f"an id below {size}")
    return value


def _ids_by_name(source: Source, vocabulary: Vocabulary) -> dict[str, int]:
    names = vocabulary.tokens
    if not 0 < len(names) <= MOST_TOKENS:
        raise source.error(source.tokens, f"{len(names)} tokens", f"1 to {MOST_TOKENS}")
    ids: dict[str, int] = {}
    for i, name in enumerate(names):
        if name is None and i not in vocabulary.special:
            continue
        if type(name) is not str or not 0 < len(name) <= LONGEST_TOKEN:
            raise source.error(f"{source.tokens}[{i}]", name, f"a string of 1 to {LONGEST_TOKEN} characters")
        if ids.setdefault(name, i) != i:
            raise source.error(f"{source.tokens}[{i}]", f"{name!r}, also id {ids[name]}", "each token once")
    return ids


def _check_special(source: Source, vocabulary: Vocabulary) -> None:
    """They are searched for all at once, so they may be neither many nor long."""
    if len(vocabulary.special) > MOST_SPECIAL:
        raise source.error(source.tokens, f"{len(vocabulary.special)} special tokens", f"at most {MOST_SPECIAL}")
    for i in vocabulary.special:
        if len(name := vocabulary.tokens[i]) > LONGEST_SPECIAL:
            raise source.error(f"{source.tokens}[{i}]", name, f"special tokens of at most {LONGEST_SPECIAL} characters")


def _to_bytes(source: Source, vocabulary: Vocabulary, i: int, name: str | None) -> bytes | None:
    if name is None:
        return None
    try:
        return name.encode("utf-8") if i in vocabulary.special else symbols_to_bytes(name)
    except ValueError:
        raise source.error(f"{source.tokens}[{i}]", name, "the 256 symbols of the byte alphabet") from None


def read_merges(
    source: Source, merges: Sequence[Any], ordinary: Mapping[str, int], special: Container[str] = ()
) -> list[tuple[tuple[int, int], int]]:
    """Take the merges from a file.

    Args:
        source: the file.
        merges: "left right" or [left, right], in order.
        ordinary: id of each token that text turns into.
        special: names of tokens that text never turns into: merges that make one are left out.

    Returns:
        Pair of ids and the id they join into.

    Raises:
        CheckpointError: a merge is malformed, not of such tokens, or there twice.
    """
    if len(merges) > MOST_MERGES:
        raise source.error(source.merges, f"{len(merges)} merges", f"at most {MOST_MERGES}")
    read: dict[tuple[int, int], int] = {}
    for rank, entry in enumerate(merges):
        # Split at single spaces only: other white space is part of no symbol, and must not be forgiven.
        pair = entry.split(" ", 2) if type(entry) is str else entry
        try:
            left, right = pair
            if special and (left in special or right in special or left + right in special):
                continue
            ids, joined = (ordinary[left], ordinary[right]), ordinary[left + right]
        except (TypeError, ValueError, KeyError):
            raise source.error(f"{source.merges}[{rank}]", entry, "two tokens whose join is a token") from None
        if ids in read:
            raise source.error(f"{source.merges}[{rank}]", f"{entry!r} again", "each merge once")
        read[ids] = joined
    return list(read.items())
