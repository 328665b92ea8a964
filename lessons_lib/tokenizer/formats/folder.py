"""The tokenizer in a model's folder: `tokenizer.json` or SentencePiece's file, and what the files beside it say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from lessons_lib.errors import CheckpointError
from lessons_lib.files import ModelFolder
from lessons_lib.tokenizer.chat import ChatTemplate
from lessons_lib.tokenizer.formats.generation_config import generation_ends
from lessons_lib.tokenizer.formats.huggingface import TokenizerFile
from lessons_lib.tokenizer.formats.sentencepiece_file import load_sentencepiece
from lessons_lib.tokenizer.formats.settings import ADDED_TOKEN, CONFIG, HARMLESS, check_setting, check_settings
from lessons_lib.tokenizer.formats.vocabulary import MOST_SPECIAL, MOST_TOKENS, Source, read_template
from lessons_lib.tokenizer.tokenizer import Tokenizer

JSON, PIECES, SETTINGS, TEMPLATE = "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "chat_template.jinja"
MORE_TEMPLATES, TOOL_USE = "additional_chat_templates", "tool_use.jinja"
SPECIAL = "special_tokens_map.json"


def read_folder(folder: ModelFolder, strict: bool) -> Tokenizer:
    """Make the tokenizer of a model's folder.

    Where `tokenizer.json` and the SentencePiece file that it was made from lie there both, the former is read, as
    everybody else does.

    Args:
        folder: the folder.
        strict: see `ByteLevel`.

    Raises:
        CheckpointError: there is none, or its files are malformed, disagree or describe a tokenizer of another kind.
    """
    beside = _Beside(folder)
    if JSON not in folder and PIECES not in folder:
        rule = "the tokenizer of the model beside its weights, or one of its kind: load(..., tokenizer=...)"
        raise CheckpointError(folder.path, JSON, "no such file", rule)
    if JSON in folder:
        return _from_json(folder, beside, strict)
    return _from_pieces(folder, beside)


def _from_json(folder: ModelFolder, beside: _Beside, strict: bool) -> Tokenizer:
    file = TokenizerFile(folder.path / JSON, folder.json(JSON), {f"{SETTINGS}: added_tokens_decoder": beside.added()})
    ids = {name: i for i, name in enumerate(file.tokens) if name is not None}
    bos, eos, pad = beside.named(ids)
    if file.bos_token_id is not None:
        if bos not in (None, file.bos_token_id):
            allowed = f"{file.tokens[file.bos_token_id]!r}, which {JSON} adds"
            raise beside.source.error("bos_token", file.tokens[bos], allowed)
        bos = file.bos_token_id
    # The settings can ask for a token that tokenizer.json doesn't add, as DeepSeek's do. They take none away: where the
    # file has a template of its own, that is what transformers follows.
    adds_bos = file.bos_token_id is not None or (beside.flag("add_bos_token") is True and bos is not None)
    adds_space = beside.flag("add_prefix_space")
    if file.is_byte_level:
        check_setting(beside.source, "add_prefix_space", adds_space, (None, False))
    return file.build(
        strict,
        adds_space=adds_space is not False,
        bos_token_id=bos,
        adds_bos=adds_bos,
        eos_token_ids=beside.ends(eos, len(file.tokens)),
        pad_token_id=pad,
        chat_template=beside.template(),
    )


def _from_pieces(folder: ModelFolder, beside: _Beside) -> Tokenizer:
    added = beside.added()
    options = {
        "special_tokens": {token["content"]: token["id"] for token in added if token["special"]},
        "chat_template": beside.template(),
        "adds_bos": beside.flag("add_bos_token") is not False,
        "legacy": beside.flag("legacy") is True,
    }
    try:
        with folder.reading(PIECES) as path:
            tokenizer = load_sentencepiece(path, **options)
    except CheckpointError:
        raise
    except ValueError as error:  # a special token that the file has elsewhere
        raise beside.source.error("added_tokens_decoder", str(error), f"what fits {PIECES}") from None
    for token in (token for token in added if not token["special"]):
        i, spelling = token["id"], token["content"].replace("\u2581", " ").encode()
        if i >= tokenizer.vocab_size or tokenizer.token_bytes(i) != spelling:
            raise beside.source.error(f"added_tokens_decoder[{i}]", token, f"the token that {PIECES} has there")
    tokenizer.eos_token_ids = beside.ends(tokenizer.eos_token_id, tokenizer.vocab_size)
    return tokenizer


class _Beside:
    """The settings in the files beside the vocabulary."""

    def __init__(self, folder: ModelFolder) -> None:
        self.folder = folder
        self.source = Source(str(folder.path / SETTINGS), "", "")
        # Older folders name the tokens that start and end a text in a file of their own.
        self.settings: Mapping[str, Any] = folder.json_or_empty(SPECIAL) | folder.json_or_empty(SETTINGS)
        for name, value in self.settings.items():  # there may be any others: models keep notes here
            check_setting(self.source, name, value, CONFIG.get(name, HARMLESS))

    def flag(self, name: str) -> bool | None:
        value = self.settings.get(name)
        check_setting(self.source, name, value, (None, False, True))
        return value

    def added(self) -> list[dict[str, Any]]:
        """Give the added tokens, spelt as `tokenizer.json` spells them."""
        field, listed = "added_tokens_decoder", self.settings.get("added_tokens_decoder") or {}
        if not isinstance(listed, dict) or len(listed) > MOST_SPECIAL:
            raise self.source.error(field, listed, f"an object of at most {MOST_SPECIAL}")
        return [self._added(f"{field}[{i!r}]", i, token) for i, token in listed.items()]

    def _added(self, field: str, i: str, token: object) -> dict[str, Any]:
        shape = {"content": str, "special": bool}
        if not isinstance(token, dict) or any(type(token.get(name)) is not kind for name, kind in shape.items()):
            raise self.source.error(field, token, "an object with content and special")
        check_settings(self.source, f"{field}.", token, ADDED_TOKEN)
        if not (i.isascii() and i.isdigit() and len(i) < 10 and int(i) < MOST_TOKENS):
            raise self.source.error("added_tokens_decoder", f"id {i}", f"0 to {MOST_TOKENS - 1}")
        return token | {"id": int(i)}

    def named(self, ids: Mapping[str, int]) -> list[int | None]:
        """Give the ids of the tokens that start a text, end it and fill a batch."""
        found = []
        for field in ("bos_token", "eos_token", "pad_token"):
            name = self.settings.get(field)
            name = name.get("content") if isinstance(name, dict) else name  # an added token written out
            # transformers gives a token to fill batches with that has no id a new one; nothing is ever filled here.
            if name is not None and (not isinstance(name, str) or (name not in ids and field != "pad_token")):
                raise self.source.error(field, name, "a token of the vocabulary")
            found.append(ids.get(name))
        return found

    def ends(self, eos: int | None, size: int) -> list[int]:
        """Give the ids that end an answer: that of the settings, and what `generation_config.json` adds."""
        more = generation_ends(self.folder, size) or []
        return list(dict.fromkeys(more if eos is None else [eos, *more]))

    def template(self) -> ChatTemplate | None:
        """Give the chat template: that of files of its own, or of the settings; of several, default and tool_use."""
        if TEMPLATE in self.folder:
            source = Source(str(self.folder.path / TEMPLATE), "", "")
            return read_template(source, "template", self.folder.text(TEMPLATE), self._tool_use())
        found, tool_use = self.settings.get("chat_template"), None
        if isinstance(found, list):
            named = self._named(found)
            found, tool_use = named.get("default"), named.get("tool_use")
        return None if found is None else read_template(self.source, "chat_template", found, tool_use)

    def _tool_use(self) -> str | None:
        """Give the template for conversations with tools, which lies in a folder of its own beside the other's file."""
        path = self.folder.path / MORE_TEMPLATES
        if not path.is_dir() or path.is_symlink():
            return None
        folder = ModelFolder(path)
        return folder.text(TOOL_USE) if TOOL_USE in folder else None

    def _named(self, listed: Iterable[object]) -> dict[object, object]:
        try:
            return {entry["name"]: entry["template"] for entry in listed}
        except (TypeError, KeyError):
            raise self.source.error("chat_template", listed, "a string, or objects with name and template") from None
