"""The tokenizer in a model's folder: `tokenizer.json`, or the SentencePiece file that it was made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lessons_lib.errors import CheckpointError
from lessons_lib.files import ModelFolder
from lessons_lib.tokenizer import ChatTemplate, Tokenizer, load_sentencepiece
from lessons_lib.tokenizer.formats.generation_config import generation_ends
from lessons_lib.tokenizer.formats.huggingface import read_folder
from lessons_lib.tokenizer.formats.vocabulary import MOST_TOKENS

JSON, PIECES, SETTINGS, TEMPLATE = "tokenizer.json", "tokenizer.model", "tokenizer_config.json", "chat_template.jinja"


def tokenizer_from_folder(folder: ModelFolder) -> Tokenizer:
    """Load the tokenizer that lies beside a model's weights.

    Llama 2 and its kin come with a SentencePiece file and a translation of it into `tokenizer.json`. There the original
    is read, with the chat template and the added tokens of `tokenizer_config.json`.

    Raises:
        CheckpointError: if there is none, or its files are malformed or disagree.
    """
    pieces, translated = PIECES in folder, JSON in folder
    if pieces and not (translated and _is_byte_level(folder)):
        return _from_pieces(folder)
    if not translated:
        rule = "the tokenizer of the model beside its weights, or one of its kind: load(..., tokenizer=...)"
        raise CheckpointError(folder.path, JSON, "no such file", rule)
    return read_folder(folder, strict=True)


def _is_byte_level(folder: ModelFolder) -> bool:
    model = folder.json(JSON).get("model")
    return not (isinstance(model, dict) and model.get("byte_fallback") is True)


def _from_pieces(folder: ModelFolder) -> Tokenizer:
    settings = folder.json_or_empty(SETTINGS)
    try:
        added = {int(i): token for i, token in (settings.get("added_tokens_decoder") or {}).items()}
        if max(added, default=0) >= MOST_TOKENS or min(added, default=0) < 0:
            raise ValueError(f"added_tokens_decoder: got id {max(added)}, allowed 0 to {MOST_TOKENS - 1}")
        template = _template(folder, settings)
        with folder.reading(PIECES) as path:
            tokenizer = load_sentencepiece(
                path,
                special_tokens={token["content"]: i for i, token in added.items() if token["special"] is True},
                chat_template=None if template is None else ChatTemplate(template),
                adds_bos=settings.get("add_bos_token", True) is True,
                legacy=settings.get("legacy") is True,
            )
        for i, token in added.items():
            if token["special"] is not True and tokenizer.token_bytes(i) != _spelling(token["content"]):
                raise ValueError(f"added token {token['content']!r:.40}: {PIECES} has another one at {i}")
        ends = generation_ends(folder, tokenizer.vocab_size) or []
        tokenizer.eos_token_ids += [end for end in ends if end not in tokenizer.eos_token_ids]
    except CheckpointError:
        raise
    except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
        raise CheckpointError(folder.path / SETTINGS, "settings", str(error), f"what fits {PIECES}") from None
    return tokenizer


def _template(folder: ModelFolder, settings: Mapping[str, Any]) -> str | None:
    return folder.text(TEMPLATE) if TEMPLATE in folder else settings.get("chat_template")


def _spelling(content: str) -> bytes:
    return content.replace("\u2581", " ").encode()  # SentencePiece's sign for a space
