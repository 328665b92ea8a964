"""Load a tokenizer, by the name of a published one or from a file."""

import os
from collections.abc import Callable
from pathlib import Path

from lessons_lib import arguments, assets
from lessons_lib.errors import CheckpointError
from lessons_lib.files import ModelFolder, read_json
from lessons_lib.files.untrusted import VOCABULARY
from lessons_lib.tokenizer.chat import ChatTemplate
from lessons_lib.tokenizer.formats.folder import read_folder
from lessons_lib.tokenizer.formats.gguf import tokenizer_from_gguf
from lessons_lib.tokenizer.formats.huggingface import read_tokenizer_json
from lessons_lib.tokenizer.formats.published import PUBLISHED, load_published
from lessons_lib.tokenizer.formats.ranks import is_rank_file
from lessons_lib.tokenizer.formats.sentencepiece_file import MISTRAL_CHAT, load_sentencepiece
from lessons_lib.tokenizer.formats.tekken import load_tekken, read_tekken
from lessons_lib.tokenizer.tokenizer import Tokenizer


def load_tokenizer(name_or_path: str | os.PathLike[str], *, strict: bool = True) -> Tokenizer:
    """Load a tokenizer.

    Args:
        name_or_path: `gpt2`, `cl100k` (GPT-4), `o200k` (GPT-4o), `llama3`, `llama4`, `qwen2.5`, `qwen3`,
            `smollm2`, `tekken` or `mistral-v1`, whose files are fetched the first time. Or a path: a
            `tokenizer.json`, the folder of a model that holds one, a `tekken.json`, a SentencePiece `.model` or a
            `.gguf`. From a folder, the chat template and the ids that start and end a text are read too.
        strict: whether bytes that have no token raise an error, see `ByteLevel`.

    Raises:
        CheckpointError: a file is malformed or describes a tokenizer of another kind.
        AssetError: a file has to be fetched and cannot be.
        OSError: there is no such name, file or folder.

    Example:
        >>> load_tokenizer("gpt2").encode("The sun is shining")
        [464, 4252, 318, 22751]
    """
    path = arguments.path("tokenizer", name_or_path)
    name = name_or_path if isinstance(name_or_path, str) else ""
    if name in PUBLISHED:
        return load_published(name)
    if name in _OTHERS:
        asset, load = _OTHERS[name]
        return load(assets.fetch(asset), strict)
    if path.is_dir():
        return read_folder(ModelFolder(path), strict)
    if not path.exists():
        names = ", ".join([*PUBLISHED, *_OTHERS])
        raise FileNotFoundError(f"tokenizer: got {str(path)!r}, allowed {names}, or a file or folder that exists")
    if path.suffix == ".json":
        content = read_json(path, VOCABULARY)
        return read_tekken(path, content) if "config" in content else read_tokenizer_json(path, content, strict)
    if path.suffix == ".gguf":
        return _load_gguf(path, strict)
    if is_rank_file(path):
        raise CheckpointError(path, "format", "a rank file, which does not say how text is split", "read_ranks for it")
    return load_sentencepiece(path)


def _load_gguf(path: Path, strict: bool) -> Tokenizer:
    from lessons_lib.formats import load_gguf  # brings torch with it

    return tokenizer_from_gguf(load_gguf(path).metadata, str(path), strict=strict)


# Names whose files say everything themselves: the asset, and what reads it.
_OTHERS: dict[str, tuple[str, Callable[[Path, bool], Tokenizer]]] = {
    "smollm2": ("smollm2-135m-instruct", _load_gguf),
    "tekken": ("tekken", lambda path, strict: load_tekken(path)),
    "mistral-v1": (
        "mistral-v1",
        lambda path, strict: load_sentencepiece(path, chat_template=ChatTemplate(MISTRAL_CHAT)),
    ),
}
