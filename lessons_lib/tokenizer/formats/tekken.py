"""Mistral's `tekken.json`: ranks as tiktoken has them, after a block of ids for special tokens."""

import os
from pathlib import Path
from typing import Any

from lessons_lib.files import read_json
from lessons_lib.files.untrusted import VOCABULARY
from lessons_lib.tokenizer.encoding.byte_level import ByteLevel
from lessons_lib.tokenizer.encoding.split import SPLITS
from lessons_lib.tokenizer.formats.ranks import check_ranked
from lessons_lib.tokenizer.formats.vocabulary import LONGEST_SPECIAL, MOST_SPECIAL, MOST_TOKENS, Source
from lessons_lib.tokenizer.tokenizer import Tokenizer

_PARTS = {"config", "vocab", "special_tokens", "version", "type", "image", "audio", "multimodal"}
_LISTS_NONE = ("v3", "v7")  # versions of files that need not list their special tokens, which are these:
_SPECIAL = (
    "<unk> <s> </s> [INST] [/INST] [AVAILABLE_TOOLS] [/AVAILABLE_TOOLS] [TOOL_RESULTS] [/TOOL_RESULTS] [TOOL_CALLS] "
    "[IMG] <pad> [IMG_BREAK] [IMG_END] [PREFIX] [MIDDLE] [SUFFIX] [SYSTEM_PROMPT] [/SYSTEM_PROMPT] [TOOL_CONTENT]"
)


def load_tekken(path: str | os.PathLike[str]) -> Tokenizer:
    """Load the tokenizer of a `tekken.json`.

    Raises:
        CheckpointError: the file is malformed, or describes a tokenizer of another kind.
        OSError: there is no such file.

    Source: mistralai/mistral-common, `Tekkenizer`.
    """
    return read_tekken(Path(path), read_json(Path(path), VOCABULARY))


def read_tekken(path: Path, content: dict[str, Any]) -> Tokenizer:
    """Make the tokenizer of a file whose content is read already."""
    source = Source(str(path), "vocab", "vocab")
    for name in content.keys() - _PARTS:
        raise source.error(name, content[name], "no such part")
    config, vocab = content.get("config"), content.get("vocab")
    if not isinstance(config, dict) or not isinstance(vocab, list):
        raise source.error("config, vocab", [config, vocab], "an object and an array")
    splits = {patterns[0]: name for name, patterns in SPLITS.items() if len(patterns) == 1}
    pattern = config.get("pattern")
    if not isinstance(pattern, str) or pattern not in splits:
        raise source.error("config.pattern", pattern, f"the pattern of {', '.join(splits.values())}")
    reserved = _number(source, config, "default_num_special_tokens", MOST_SPECIAL)
    size = _number(source, config, "default_vocab_size", min(MOST_TOKENS, reserved + len(vocab)))
    if size <= reserved:
        raise source.error("config.default_vocab_size", size, f"more than the {reserved} special tokens")
    chosen = vocab[: size - reserved]  # the file may hold more than the model has
    for i, entry in enumerate(chosen):
        if not isinstance(entry, dict) or type(entry.get("rank")) is not int:
            raise source.error(f"vocab[{i}]", entry, "an object with rank and token_bytes")
    tokens = check_ranked(source, ((entry["rank"], entry.get("token_bytes")) for entry in chosen), len(chosen))
    names, visible = _special(source, content, reserved)
    special = {name: i for i, name in enumerate(names)}
    return Tokenizer(
        ByteLevel([None] * reserved + tokens, split=splits[pattern], whole_pieces=True),
        special_tokens=special,
        visible=visible,
        bos_token_id=special.get("<s>"),
        eos_token_ids=[special[name] for name in ("</s>",) if name in special],
        pad_token_id=special.get("<pad>"),
        adds_bos="<s>" in special,
    )


def _special(source: Source, content: dict[str, Any], reserved: int) -> tuple[list[str], list[str]]:
    """The names by id, numbered ones for what is left, and those of them that show in text."""
    listed = content.get("special_tokens")
    if listed is None:
        if content["config"].get("version") not in _LISTS_NONE:
            raise source.error("special_tokens", None, f"a list, in versions other than {' and '.join(_LISTS_NONE)}")
        listed = [{"rank": i, "token_str": name, "is_control": True} for i, name in enumerate(_SPECIAL.split())]
    if not isinstance(listed, list) or len(listed) > reserved:
        raise source.error("special_tokens", listed, f"an array of at most {reserved}")
    names, visible = [], []
    for i, entry in enumerate(listed):
        shape = {"rank": int, "token_str": str, "is_control": bool}
        if not isinstance(entry, dict) or any(type(entry.get(key)) is not kind for key, kind in shape.items()):
            raise source.error(f"special_tokens[{i}]", entry, "an object with rank, token_str and is_control")
        if entry["rank"] != i:
            raise source.error(f"special_tokens[{i}].rank", entry["rank"], str(i))
        names.append(entry["token_str"])
        if not entry["is_control"]:
            visible.append(entry["token_str"])
    names += [f"<SPECIAL_{i}>" for i in range(len(names), reserved)]
    for i, name in enumerate(names):
        if not 0 < len(name) <= LONGEST_SPECIAL or not _is_unicode(name):
            raise source.error(f"special_tokens[{i}]", name, f"Unicode text of 1 to {LONGEST_SPECIAL} characters")
    if len(set(names)) < len(names):
        raise source.error("special_tokens", "a name twice", "each name once")
    return names, visible


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)


def _number(source: Source, config: dict[str, Any], name: str, most: int) -> int:
    value = config.get(name)
    if type(value) is not int or not 0 <= value <= most:
        raise source.error(f"config.{name}", value, f"0 to {most}")
    return value
