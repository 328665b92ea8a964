"""Tokenizer files as Hugging Face writes them: ``tokenizer.json``, alone or in a model's folder.

The format describes a pipeline of parts. A part that this library does not know is an error, never skipped: a tokenizer
that is nearly right gives a model that is quietly wrong.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lessons_lib.files import ModelFolder
from lessons_lib.tokenizer.encoding.split import SPLITS
from lessons_lib.tokenizer.formats.generation_config import generation_ends
from lessons_lib.tokenizer.formats.vocabulary import (
    MOST_TOKENS,
    Source,
    Vocabulary,
    build_tokenizer,
    check_id,
    read_template,
)
from lessons_lib.tokenizer.tokenizer import Tokenizer

_GPT2 = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
_TO_BYTES = _GPT2 | {"use_regex": False}


def pre_tokenizer(split: str) -> dict[str, Any]:
    """Give the part of the file that stands for a split, a key of ``SPLITS``."""
    if split == "gpt2":
        return _GPT2
    if split == "smollm2":
        parts = [{"type": "Digits", "individual_digits": True}, _GPT2]
    else:
        pattern = {"Regex": SPLITS[split][0]}
        parts = [{"type": "Split", "pattern": pattern, "behavior": "Isolated", "invert": False}, _TO_BYTES]
    return {"type": "Sequence", "pretokenizers": parts}


# The settings that are read; those that have no say here must have one of the values listed. Old files leave some out.
_PARTS = {
    "added_tokens": None,
    "decoder": None,
    "model": None,
    "normalizer": (None, {"type": "NFC"}),
    "padding": (None,),
    "post_processor": None,
    "pre_tokenizer": None,
    "truncation": (None,),
    "version": ("1.0",),
}
_MODEL = {
    "byte_fallback": (None, False),
    "continuing_subword_prefix": (None, ""),
    "dropout": (None,),
    "end_of_word_suffix": (None, ""),
    "fuse_unk": (None, False),
    "ignore_merges": (None, False, True),
    "merges": None,
    "type": (None, "BPE"),
    "unk_token": (None,),
    "vocab": None,
}


def read_folder(folder: ModelFolder, strict: bool) -> Tokenizer:
    """Make the tokenizer of a model's folder: ``tokenizer.json`` and the files beside it.

    Args:
        folder: The folder.
        strict: See ``ByteLevel``.

    Raises:
        CheckpointError: A file is malformed or describes a tokenizer of another kind.
    """
    reader = _Reader(folder.path / "tokenizer.json", folder.json("tokenizer.json"))
    vocabulary = reader.read(strict)
    _add_settings(folder, vocabulary)
    return build_tokenizer(reader.source, vocabulary)


def read_tokenizer_json(path: Path, content: dict[str, Any], strict: bool) -> Tokenizer:
    """Make the tokenizer of a ``tokenizer.json`` whose content is read already.

    Args:
        path: The file, for error messages.
        content: What it holds.
        strict: See ``ByteLevel``.

    Raises:
        CheckpointError: The file is malformed or describes a tokenizer of another kind.

    Source: the ``tokenizers`` library, ``tokenizer.json`` version 1.0.
    """
    reader = _Reader(path, content)
    return build_tokenizer(reader.source, reader.read(strict))


class _Reader:
    """Reads one ``tokenizer.json``."""

    def __init__(self, path: Path, content: dict[str, Any]) -> None:
        self.source = _source(path)
        self.file = content

    def read(self, strict: bool) -> Vocabulary:
        self.settings("", self.file, _PARTS)
        model = self.object("model")
        self.settings("model.", model, _MODEL)
        if self.object("decoder").get("type") != "ByteLevel":
            raise self.source.error("decoder", self.file["decoder"], "ByteLevel")
        merges = model.get("merges")
        if not isinstance(merges, list):
            raise self.source.error("model.merges", merges, "an array")
        tokens, special, visible = self.tokens(model.get("vocab"))
        bos = self.bos({tokens[i]: i for i in special})
        return Vocabulary(
            tokens=tokens,
            merges=merges,
            special=special,
            visible=visible,
            split=self.split(),
            encoder_options={
                "nfc": self.file.get("normalizer") is not None,
                "whole_pieces": model.get("ignore_merges") is True,
                "strict": strict,
            },
            options={"bos_token_id": bos, "adds_bos": bos is not None},
        )

    def settings(self, prefix: str, found: Mapping[str, Any], known: Mapping[str, tuple | None]) -> None:
        for name, value in found.items():
            if name not in known:
                raise self.source.error(prefix + name, value, "no such setting")
            values = known[name]
            # Compare types too: 0 is not False.
            if values and not any(type(value) is type(v) and value == v for v in values):
                raise self.source.error(prefix + name, value, " or ".join(map(json.dumps, values)))

    def object(self, name: str) -> dict[str, Any]:
        value = self.file.get(name)
        if not isinstance(value, dict):
            raise self.source.error(name, value, "an object")
        return value

    def tokens(self, vocab: object) -> tuple[list[str], set[int], set[int]]:
        added = self.file.get("added_tokens", [])
        if not isinstance(vocab, dict) or not isinstance(added, list):
            raise self.source.error("model.vocab, added_tokens", [vocab, added], "an object and an array")
        ids, special, visible = dict(vocab), set(), set()
        for n, token in enumerate(added):
            name, token_id = self.added(f"added_tokens[{n}]", token)
            if ids.setdefault(name, token_id) != token_id:
                raise self.source.error(f"added_tokens[{n}]", token, f"the id it has in the vocabulary, {ids[name]}")
            special.add(token_id)
            if not token["special"]:
                visible.add(token_id)
        # Published vocabularies leave ids unused, between special tokens.
        numbers = [check_id(self.source, f"model.vocab[{name!r}]", i, MOST_TOKENS) for name, i in ids.items()]
        tokens: list[str | None] = [None] * (1 + max(numbers, default=-1))
        for name, i in ids.items():
            if tokens[i] is not None:
                raise self.source.error(f"model.vocab[{name!r}]", f"id {i}, also that of {tokens[i]!r}", "each id once")
            tokens[i] = name
        return tokens, special, visible

    def added(self, field: str, token: object) -> tuple[str, int]:
        shape = {"id": int, "content": str, "special": bool}
        if not isinstance(token, dict) or any(type(token.get(name)) is not kind for name, kind in shape.items()):
            raise self.source.error(field, token, "an object with id, content and special")
        # These would make a special token take in its surroundings, or not be found inside a word.
        for name in ("lstrip", "rstrip", "single_word"):
            if token.get(name, False) is not False:
                raise self.source.error(f"{field}.{name}", token[name], "false")
        return token["content"], token["id"]

    def split(self) -> str:
        part = self.object("pre_tokenizer")
        try:
            return _SPLITS[_signatures(part)]
        except (TypeError, KeyError):
            allowed = f"the byte-level splits {', '.join(SPLITS)}"
            raise self.source.error("pre_tokenizer", part, allowed) from None

    def bos(self, special: Mapping[str, int]) -> int | None:
        """Give the id of the token that the post-processor puts in front of a text, if it does.

        What it puts behind a text is read and left out: see ``Tokenizer.encode_prompt``.
        """
        part = self.file.get("post_processor")
        is_sequence = isinstance(part, dict) and part.get("type") == "Sequence"
        parts = part.get("processors") if is_sequence else [part] if part is not None else []
        try:
            templates = [one for one in parts if one["type"] != "ByteLevel"]  # which moves offsets: nobody asks here
            if not templates:
                return None
            [template] = templates
            single = template["single"]
            at = [entry.get("Sequence", {}).get("id") for entry in single].index("A")
            ids = [_added_id(template, entry, special) for entry in single[:at] + single[at + 1 :]]
            if at > 1:
                raise TypeError
            return ids[0] if at else None
        except (TypeError, KeyError, ValueError, AttributeError):
            allowed = "ByteLevel, or a template of the text, at most one special token before it and some behind it"
            raise self.source.error("post_processor", part, allowed) from None


def _added_id(template: dict[str, Any], entry: dict[str, Any], special: Mapping[str, int]) -> int:
    # The id of a special token that a post-processor adds.
    name = entry["SpecialToken"]["id"]
    given = template.get("special_tokens", {}).get(name, {}).get("ids", [special[name]])
    if template["type"] != "TemplateProcessing" or given != [special[name]]:
        raise TypeError
    return special[name]


def _signatures(part: dict[str, Any]) -> tuple[tuple[Any, ...], ...]:
    # The settings of a pre-tokenizer that change what it does, step by step.
    return tuple(map(_signature, part["pretokenizers"] if part["type"] == "Sequence" else [part]))


def _signature(part: dict[str, Any]) -> tuple[Any, ...]:
    match part["type"]:
        case "ByteLevel":
            return "ByteLevel", part.get("add_prefix_space", True), part.get("use_regex", True)
        case "Digits":
            return "Digits", part["individual_digits"]
        case "Split":
            return "Split", part["pattern"]["Regex"], part["behavior"], part["invert"]
        case other:
            raise KeyError(other)


_SPLITS = {_signatures(pre_tokenizer(name)): name for name in SPLITS}


def _add_settings(folder: ModelFolder, vocabulary: Vocabulary) -> None:
    """Read the files beside ``tokenizer.json`` that say which tokens start and end a text, and how to chat."""
    config_file, template_file = (folder.path / name for name in ("tokenizer_config.json", "chat_template.jinja"))
    config = folder.json_or_empty(config_file.name)
    if "auto_map" in config:
        raise _source(config_file).error("auto_map", config["auto_map"], "no code from model folders")
    bos, eos, pad = (
        _named_id(config_file, config, name, vocabulary) for name in ("bos_token", "eos_token", "pad_token")
    )
    ends = [] if eos is None else [eos]
    ends += generation_ends(folder, len(vocabulary.tokens)) or []
    if bos is not None:
        added = vocabulary.options["bos_token_id"]
        if added not in (None, bos):
            name = vocabulary.tokens[added]
            raise _source(config_file).error("bos_token", config["bos_token"], f"{name!r}, which tokenizer.json adds")
        vocabulary.options["bos_token_id"] = bos
    vocabulary.options |= {"eos_token_ids": list(dict.fromkeys(ends)), "pad_token_id": pad}
    if template_file.name in folder:
        text = folder.text(template_file.name)
        vocabulary.options["chat_template"] = read_template(_source(template_file), "template", text)
    elif config.get("chat_template") is not None:
        source = _source(config_file)
        vocabulary.options["chat_template"] = read_template(source, "chat_template", config["chat_template"])


def _named_id(file: Path, config: Mapping[str, Any], field: str, vocabulary: Vocabulary) -> int | None:
    name = config.get(field)
    if isinstance(name, dict):  # an added token written out
        name = name.get("content")
    if name is None:
        return None
    if name not in vocabulary.tokens:
        raise _source(file).error(field, name, "a token of the vocabulary")
    return vocabulary.tokens.index(name)


def _source(path: Path) -> Source:
    return Source(str(path), "model.vocab", "model.merges")
