"""The tokenizer inside a GGUF file, as its metadata gives it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from lessons_lib.tokenizer.chat import ChatTemplate
from lessons_lib.tokenizer.formats.sentencepiece_vocabulary import (
    CONTROL,
    NORMAL,
    UNUSED,
    USER_DEFINED,
    build_sentencepiece,
)
from lessons_lib.tokenizer.formats.vocabulary import Source, Vocabulary, build_tokenizer, check_id, read_template
from lessons_lib.tokenizer.tokenizer import Tokenizer


class _PreTokenizer(NamedTuple):
    split: str
    nfc: bool = False
    whole_pieces: bool = False
    adds_bos: bool = False


# What tokenizer.ggml.pre stands for.
PRE_TOKENIZERS = {
    "gpt-2": _PreTokenizer("gpt2"),
    "llama-bpe": _PreTokenizer("llama3", whole_pieces=True, adds_bos=True),
    "llama4": _PreTokenizer("o200k", whole_pieces=True, adds_bos=True),
    "qwen2": _PreTokenizer("qwen2", nfc=True),
    "smollm": _PreTokenizer("smollm2"),
}


def tokenizer_from_gguf(metadata: Mapping[str, Any], file: str, *, strict: bool = True) -> Tokenizer:
    """Make the tokenizer that a GGUF file describes.

    Args:
        metadata: The file's metadata, such as ``load_gguf(path).metadata``.
        file: The file's name, for error messages.
        strict: See ``ByteLevel``.

    Raises:
        CheckpointError: A field is missing, malformed or of a kind that this library does not read.

    Source: the GGUF specification, "Tokenizer".
    """
    return _Reader(metadata, file).read(strict)


class _Reader:
    """Reads the ``tokenizer.`` fields of one file."""

    def __init__(self, metadata: Mapping[str, Any], file: str) -> None:
        self.metadata = metadata
        self.source = Source(file, "tokenizer.ggml.tokens", "tokenizer.ggml.merges")

    def read(self, strict: bool) -> Tokenizer:
        byte_level = self.choice("model", {"gpt2": True, "llama": False})
        return self.byte_level(strict) if byte_level else self.sentencepiece()

    def byte_level(self, strict: bool) -> Tokenizer:
        family = self.choice("pre", PRE_TOKENIZERS)
        if self.flag("add_space_prefix", default=False):
            raise self.source.error("tokenizer.ggml.add_space_prefix", True, "False: no byte-level model has one")
        names, merges = self.array("tokens"), self.array("merges")
        kinds = self.one_a_token("token_type", names)
        for i, kind in enumerate(kinds):
            if kind not in (NORMAL, CONTROL, USER_DEFINED, UNUSED):
                raise self.source.error(f"tokenizer.ggml.token_type[{i}]", kind, "1, 3, 4 or 5")
        visible = {i for i, kind in enumerate(kinds) if kind == USER_DEFINED}
        return build_tokenizer(
            self.source,
            Vocabulary(
                tokens=[None if kind == UNUSED else name for name, kind in zip(names, kinds, strict=True)],
                merges=merges,
                special=visible | {i for i, kind in enumerate(kinds) if kind == CONTROL},
                visible=visible,
                split=family.split,
                encoder_options={"nfc": family.nfc, "whole_pieces": family.whole_pieces, "strict": strict},
                options=self.options(len(names), adds_bos=family.adds_bos),
            ),
        )

    def sentencepiece(self) -> Tokenizer:
        if self.get("pre") is not None:
            self.choice("pre", {"default": None})
        if self.flag("remove_extra_whitespaces", default=False):
            raise self.source.error("tokenizer.ggml.remove_extra_whitespaces", True, "False")
        if (table := self.get("precompiled_charsmap")) is not None:
            raise self.source.error("tokenizer.ggml.precompiled_charsmap", table, "none: text must stay as it is")
        names = self.array("tokens")
        return build_sentencepiece(
            self.source,
            names,
            self.one_a_token("scores", names),
            self.one_a_token("token_type", names),
            special_tokens={},
            encoder_options={"adds_space": self.flag("add_space_prefix", default=True)},
            options=self.options(len(names), adds_bos=True),
        )

    def options(self, size: int, *, adds_bos: bool) -> dict[str, Any]:
        """Give what both kinds of vocabularies say of the tokens outside the text."""
        bos = next(iter(self.ids(size, "bos")), None)
        return {
            "bos_token_id": bos,
            "eos_token_ids": self.ids(size, "eos", "eot", "eom"),
            "pad_token_id": next(iter(self.ids(size, "padding")), None),
            "adds_bos": self.flag("add_bos_token", default=adds_bos) and bos is not None,
            "chat_template": self.template(),
        }

    def template(self) -> ChatTemplate | None:
        name = "tokenizer.chat_template"
        return read_template(self.source, name, self.metadata[name]) if name in self.metadata else None

    def get(self, key: str) -> Any:
        return self.metadata.get(f"tokenizer.ggml.{key}")

    def choice(self, key: str, allowed: Mapping[str, Any]) -> Any:
        value = self.get(key)
        if type(value) is not str or value not in allowed:
            raise self.source.error(f"tokenizer.ggml.{key}", value, " or ".join(allowed))
        return allowed[value]

    def flag(self, key: str, *, default: bool) -> bool:
        value = self.get(key)
        if value is not None and type(value) is not bool:
            raise self.source.error(f"tokenizer.ggml.{key}", value, "True or False")
        return default if value is None else value

    def array(self, key: str) -> list[Any]:
        value = self.get(key)
        if hasattr(value, "tolist"):  # numbers may come as a numpy array
            value = value.tolist()
        if not isinstance(value, list | tuple):
            raise self.source.error(f"tokenizer.ggml.{key}", value, "an array")
        return list(value)

    def one_a_token(self, key: str, names: list[Any]) -> list[Any]:
        values = self.array(key)
        if len(values) != len(names):
            raise self.source.error(f"tokenizer.ggml.{key}", f"{len(values)} entries", f"{len(names)}, one a token")
        return values

    def ids(self, size: int, *keys: str) -> list[int]:
        found = [(f"{key}_token_id", self.get(f"{key}_token_id")) for key in keys]
        return [check_id(self.source, f"tokenizer.ggml.{key}", i, size) for key, i in found if i is not None]
