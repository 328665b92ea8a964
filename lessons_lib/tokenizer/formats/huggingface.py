"""The `tokenizer.json` of Hugging Face's libraries: a vocabulary of bytes, or one of SentencePiece."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lessons_lib.tokenizer.formats.pipeline import Pipeline
from lessons_lib.tokenizer.formats.sentencepiece_vocabulary import (
    BYTE,
    CONTROL,
    NORMAL,
    UNUSED,
    USER_DEFINED,
    build_sentencepiece,
    is_byte,
)
from lessons_lib.tokenizer.formats.settings import ADDED_TOKEN, FILE, MODEL, check_setting, check_settings
from lessons_lib.tokenizer.formats.vocabulary import (
    MOST_SPECIAL,
    MOST_TOKENS,
    Source,
    Vocabulary,
    build_tokenizer,
)
from lessons_lib.tokenizer.tokenizer import Tokenizer


def read_tokenizer_json(path: Path, content: dict[str, Any], strict: bool) -> Tokenizer:
    """Make the tokenizer of a `tokenizer.json` whose content is read already.

    Args:
        path: the file, for error messages.
        content: what it holds.
        strict: see `ByteLevel`.

    Raises:
        CheckpointError: the file is malformed or describes a tokenizer of another kind.

    Source: the `tokenizers` library, `tokenizer.json` version 1.0.
    """
    return TokenizerFile(path, content).build(strict)


class TokenizerFile:
    """What a `tokenizer.json` holds, and the tokenizer that it describes.

    Args:
        path: the file, for error messages.
        content: what it holds.
        added: more added tokens than those in the file, as it spells them.

    Raises:
        CheckpointError: the file is malformed or describes a tokenizer of another kind.
    """

    def __init__(self, path: Path, content: dict[str, Any], added: Mapping[str, list] | None = None) -> None:
        self.source = Source(str(path), "model.vocab", "model.merges")
        self.file = content
        check_settings(self.source, "", self.file, FILE)
        self.model = self._object("model")
        check_settings(self.source, "model.", self.model, MODEL)
        self.tokens: list[str | None] = []
        """Every token by id, as the file spells it; None where unused."""
        self.added: dict[int, dict[str, Any]] = {}
        """The added tokens by id."""
        self._read_tokens(added or {})
        self.pipeline = Pipeline(self.source, content)
        self.is_byte_level = self.pipeline.is_byte_level()
        special = {self.tokens[i]: i for i, token in self.added.items() if token["special"] or self.is_byte_level}
        self.bos_token_id = self.pipeline.bos(special)

    def build(self, strict: bool, *, adds_space: bool = True, **options: Any) -> Tokenizer:
        """Make the tokenizer.

        Args:
            strict: see `ByteLevel`.
            adds_space: False if a text gets no space in front, whatever the file says.
            options: what is known of `Tokenizer`'s arguments from outside the file.
        """
        options = {"bos_token_id": self.bos_token_id, "adds_bos": self.bos_token_id is not None} | options
        merges = self.model.get("merges")
        if not isinstance(merges, list):
            raise self.source.error("model.merges", merges, "an array")
        if self.is_byte_level:
            return self._byte_level(merges, strict, options)
        return self._sentencepiece(merges, adds_space, options)

    def _byte_level(self, merges: list, strict: bool, options: dict[str, Any]) -> Tokenizer:
        lacks_bytes = self.model.get("unk_token") is not None or self.model.get("byte_fallback")
        vocabulary = Vocabulary(
            tokens=self.tokens,
            merges=merges,
            special=set(self.added),
            visible={i for i, token in self.added.items() if not token["special"]},
            split=self.pipeline.split(),
            needs_all_bytes=bool(lacks_bytes) and not strict,
            encoder_options={
                "nfc": self.pipeline.composes(),
                "whole_pieces": self._flag("ignore_merges"),
                "strict": strict,
            },
            options=options,
        )
        return build_tokenizer(self.source, vocabulary)

    def _sentencepiece(self, merges: list, adds_space: bool, options: dict[str, Any]) -> Tokenizer:
        check_setting(self.source, "model.byte_fallback", self.model.get("byte_fallback"), (True,))
        check_setting(self.source, "model.ignore_merges", self.model.get("ignore_merges"), (None, False))
        late = [i for i in sorted(self.added) if self.added[i].get("normalized") is True]
        spaces = self.pipeline.spaces({self.tokens[i]: self.added[i]["special"] for i in late})._asdict()
        if not adds_space:
            spaces |= {"adds_space": False, "drops_space": False}
        kinds = [self._kind(i, name) for i, name in enumerate(self.tokens)]
        return build_sentencepiece(
            self.source,
            [f"unused {i}" if name is None else name for i, name in enumerate(self.tokens)],
            None,
            kinds,
            merges=merges,
            found_late=self._found_late(spaces),
            special_tokens={},
            encoder_options=spaces,
            options={"chat_template": None} | options,
        )

    def _kind(self, i: int, name: str | None) -> int:
        if name is None:
            return UNUSED
        if i in self.added:
            return CONTROL if self.added[i]["special"] else USER_DEFINED
        return BYTE if is_byte(name) else NORMAL

    def _found_late(self, spaces: Mapping[str, Any]) -> dict[str, int]:
        """The added tokens that are looked for after the normalizer, by what it makes of them.

        A special one is looked for as it is all the same: text never turns into one, and a chat template means it.
        """
        if not any(kind == "Replace" for kind, _ in self.pipeline.parts("normalizer")):
            return {}
        front = "\u2581" if spaces["doubles_space"] and spaces["legacy"] else ""
        late = (i for i, token in self.added.items() if token.get("normalized") is True and not token["special"])
        return {front + self.tokens[i].replace(" ", "\u2581"): i for i in late}

    def _read_tokens(self, more: Mapping[str, list]) -> None:
        vocab, added = self.model.get("vocab"), self.file.get("added_tokens", [])
        if not isinstance(vocab, dict) or not isinstance(added, list):
            raise self.source.error("model.vocab, added_tokens", [vocab, added], "an object and an array")
        if len(vocab) > MOST_TOKENS or len(added) > MOST_SPECIAL:
            got = f"{len(vocab)} and {len(added)} tokens"
            raise self.source.error("model.vocab, added_tokens", got, f"at most {MOST_TOKENS} and {MOST_SPECIAL}")
        new: dict[str, Any] = {}
        for field, tokens in ({"added_tokens": added} | more).items():
            for n, token in enumerate(tokens):
                self._add(f"{field}[{n}]", token, vocab, new)
        most = -1
        for ids in (vocab, new):
            for name, i in ids.items():
                if type(i) is not int or not 0 <= i < MOST_TOKENS:
                    raise self.source.error(f"model.vocab[{name!r}]", i, f"an id below {MOST_TOKENS}")
                most = max(most, i)
        self.tokens = [None] * (1 + most)  # published vocabularies leave ids unused, between special tokens
        for ids in (vocab, new):
            for name, i in ids.items():
                if self.tokens[i] is not None:
                    got = f"id {i}, also that of {self.tokens[i]!r}"
                    raise self.source.error(f"model.vocab[{name!r}]", got, "each id once")
                self.tokens[i] = name

    def _add(self, field: str, token: object, vocab: Mapping[str, Any], new: dict[str, Any]) -> None:
        shape = {"id": int, "content": str, "special": bool}
        if not isinstance(token, dict) or any(type(token.get(name)) is not kind for name, kind in shape.items()):
            raise self.source.error(field, token, "an object with id, content and special")
        check_settings(self.source, f"{field}.", token, ADDED_TOKEN)
        name = token["content"]
        known = vocab[name] if name in vocab else new.setdefault(name, token["id"])
        if known != token["id"]:
            raise self.source.error(field, token, f"the id it has in the vocabulary, {known!r:.80}")
        self.added[token["id"]] = token

    def _object(self, name: str) -> dict[str, Any]:
        value = self.file.get(name)
        if not isinstance(value, dict):
            raise self.source.error(name, value, "an object")
        return value

    def _flag(self, name: str) -> bool:
        check_setting(self.source, f"model.{name}", self.model.get(name), (None, False, True))
        return self.model.get(name) is True
