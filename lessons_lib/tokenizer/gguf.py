"""The tokenizer inside a GGUF file, as its metadata gives it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from lessons_lib.tokenizer.chat import ChatTemplate
from lessons_lib.tokenizer.tokenizer import Tokenizer
from lessons_lib.tokenizer.vocabulary import Source, Vocabulary, build_tokenizer, check_id, read_template

_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED = 1, 3, 4, 5  # values of tokenizer.ggml.token_type


class _Family(NamedTuple):
    split: str
    nfc: bool = False
    whole_pieces: bool = False
    adds_bos: bool = False


# What tokenizer.ggml.pre stands for.
_FAMILIES = {
    "gpt-2": _Family("gpt2"),
    "llama-bpe": _Family("llama3", whole_pieces=True, adds_bos=True),
    "qwen2": _Family("qwen2", nfc=True),
    "smollm": _Family("smollm2"),
}


def tokenizer_from_gguf(metadata: Mapping[str, Any], file: str, *, strict: bool = True) -> Tokenizer:
    """Make the tokenizer that a GGUF file describes.

    Args:
        metadata: The file's metadata, such as ``load_gguf(path).metadata``.
        file: The file's name, for error messages.
        strict: See ``Tokenizer``.

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
        self.choice("model", {"gpt2": True})
        family = self.choice("pre", _FAMILIES)
        if self.flag("add_space_prefix", default=False):
            raise self.source.error("tokenizer.ggml.add_space_prefix", True, "False: no byte-level model has one")
        names, kinds, merges = self.array("tokens"), self.array("token_type"), self.array("merges")
        if len(kinds) != len(names):
            raise self.source.error("tokenizer.ggml.token_type", f"{len(kinds)} entries", f"{len(names)}, one a token")
        for i, kind in enumerate(kinds):
            if kind not in (_NORMAL, _CONTROL, _USER_DEFINED, _UNUSED):
                raise self.source.error(f"tokenizer.ggml.token_type[{i}]", kind, "1, 3, 4 or 5")
        visible = {i for i, kind in enumerate(kinds) if kind == _USER_DEFINED}
        return build_tokenizer(
            self.source,
            Vocabulary(
                tokens=[None if kind == _UNUSED else name for name, kind in zip(names, kinds, strict=True)],
                merges=merges,
                special=visible | {i for i, kind in enumerate(kinds) if kind == _CONTROL},
                visible=visible,
                split=family.split,
                options={
                    "nfc": family.nfc,
                    "whole_pieces": family.whole_pieces,
                    "strict": strict,
                    "bos_token_id": next(iter(self.ids(len(names), "bos")), None),
                    "eos_token_ids": self.ids(len(names), "eos", "eot", "eom"),
                    "pad_token_id": next(iter(self.ids(len(names), "padding")), None),
                    "adds_bos": self.flag("add_bos_token", default=family.adds_bos),
                    "chat_template": self.template(),
                },
            ),
        )

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

    def ids(self, size: int, *keys: str) -> list[int]:
        found = [(f"{key}_token_id", self.get(f"{key}_token_id")) for key in keys]
        return [check_id(self.source, f"tokenizer.ggml.{key}", i, size) for key, i in found if i is not None]
