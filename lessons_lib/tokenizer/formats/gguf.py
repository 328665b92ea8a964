"""The tokenizer inside a GGUF file, as its metadata gives it."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from lessons_lib.tokenizer.chat import ChatTemplate
from lessons_lib.tokenizer.encoding.sentencepiece import SPACE
from lessons_lib.tokenizer.formats.sentencepiece_vocabulary import (
    CONTROL,
    NORMAL,
    UNKNOWN,
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


# What tokenizer.ggml.pre stands for: llama.cpp's names, in so far as the split is one of ours. The first of those that
# stand for the same is the one that is written.
PRE_TOKENIZERS = {
    name: kind
    for kind, names in {
        _PreTokenizer("gpt2"): "gpt-2 phi-2 jais gigachat mellum modern-bert a.x-4.0 exaone4 trillion granite-docling "
        "jina-es jina-de jina-v2-es jina-v2-de",
        _PreTokenizer(
            "llama3", whole_pieces=True, adds_bos=True
        ): "llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano",
        _PreTokenizer("llama3"): "dbrx smaug-bpe glm4 chatglm-bpe",
        _PreTokenizer("o200k", whole_pieces=True, adds_bos=True): "llama4",
        _PreTokenizer("o200k"): "gpt-4o kanana2 talkie minimax-m2",
        _PreTokenizer("qwen2", nfc=True): "qwen2 deepseek-r1-qwen kormo f2llmv2 megrez",
        _PreTokenizer("qwen2"): "stablelm2 hunyuan solar-open grok-2",
        _PreTokenizer("smollm2"): "smollm starcoder refact codeshell exaone minerva-7b mellum2",
        _PreTokenizer("smollm2", nfc=True): "command-r",
        _PreTokenizer("gpt2", nfc=True): "olmo mpt",
        _PreTokenizer("tekken", whole_pieces=True, adds_bos=True): "tekken",
        _PreTokenizer("deepseek2"): "deepseek-llm",
        _PreTokenizer("deepseek3"): "deepseek-v3 hunyuan-dense joyai-llm hy_v4",
    }.items()
    for name in names.split()
}


def tokenizer_from_gguf(metadata: Mapping[str, Any], file: str, *, strict: bool = True) -> Tokenizer:
    """Make the tokenizer that a GGUF file describes.

    Args:
        metadata: the file's metadata, such as `load_gguf(path).metadata`.
        file: the file's name, for error messages.
        strict: see `ByteLevel`.

    Raises:
        CheckpointError: a field is missing, malformed or of a kind that this library does not read.

    Source: the GGUF specification, "Tokenizer".
    """
    return _Reader(metadata, file).read(strict)


class _Reader:
    """Reads the `tokenizer.` fields of one file."""

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
            if kind not in (NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED):
                raise self.source.error(f"tokenizer.ggml.token_type[{i}]", kind, "1 to 5")
        visible = {i for i, kind in enumerate(kinds) if kind == USER_DEFINED}
        return build_tokenizer(
            self.source,
            Vocabulary(
                tokens=[None if kind == UNUSED else name for name, kind in zip(names, kinds, strict=True)],
                merges=merges,
                special=visible | {i for i, kind in enumerate(kinds) if kind in (UNKNOWN, CONTROL)},
                visible=visible,
                split=family.split,
                encoder_options={"nfc": family.nfc, "whole_pieces": family.whole_pieces, "strict": strict},
                options=self.options(len(names), adds_bos=family.adds_bos),
            ),
        )

    def sentencepiece(self) -> Tokenizer:
        if self.get("pre") is not None:
            self.choice("pre", {"default": None})
        if self.get("precompiled_charsmap") is not None and (table := self.array("precompiled_charsmap")):
            raise self.source.error("tokenizer.ggml.precompiled_charsmap", table, "none: text must stay as it is")
        names = self.array("tokens")
        kinds = self.one_a_token("token_type", names)
        # The one kind whose names have their spaces as they are: llama.cpp looks for them before it marks any.
        spaced = [i for i, kind in enumerate(kinds) if kind == USER_DEFINED and type(names[i]) is str]
        return build_sentencepiece(
            self.source,
            names,
            self.one_a_token("scores", names),
            kinds,
            found_late={names[i].replace(" ", SPACE): i for i in spaced},
            special_tokens={},
            encoder_options={
                "adds_space": self.flag("add_space_prefix", default=True),
                "squeezes": self.flag("remove_extra_whitespaces", default=False),
            },
            options=self.options(len(names), adds_bos=True),
        )

    def options(self, size: int, *, adds_bos: bool) -> dict[str, Any]:
        """Give what both kinds of vocabularies say of the tokens outside the text."""
        bos = next(iter(self.ids(size, "bos")), None)
        pad = self.get("padding_token_id")  # of no use here; converters write one that does not exist
        return {
            "bos_token_id": bos,
            "eos_token_ids": self.ids(size, "eos", "eot", "eom"),
            "pad_token_id": pad if type(pad) is int and 0 <= pad < size else None,
            "adds_bos": self.flag("add_bos_token", default=adds_bos) and bos is not None,
            "chat_template": self.template(),
        }

    def template(self) -> ChatTemplate | None:
        name = "tokenizer.chat_template"
        if name not in self.metadata:
            return None
        return read_template(self.source, name, self.metadata[name], self.metadata.get(f"{name}.tool_use"))

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
