"""Token ids in a file that is mapped into memory: a training text may be larger than the memory.

`NAME.bin` holds the ids and nothing else; `NAME.json` says of what vocabulary they are, how many, and their sha256.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable

import numpy as np

from lessons_lib import arguments
from lessons_lib.errors import CheckpointError
from lessons_lib.files import read_json, replace_file, sha256_of
from lessons_lib.tokenizer import Tokenizer

_DTYPES = {"uint16": 2, "uint32": 4}  # bytes of an id
_AT_ONCE = 256  # documents


def write_tokens(
    path: str | os.PathLike[str], documents: Iterable[str], tokenizer: Tokenizer, separator: int | None = None
) -> int:
    """Encode documents and write their ids one behind the other.

    Each of the two files is replaced whole or not at all. Who kills the process between them has two that do not fit
    together, which `TokenFile` says.

    Args:
        path: of the ids, such as `train.bin`; beside it goes `train.json`.
        documents: texts, read one by one: they need not fit into memory together.
        tokenizer: what encodes them; names of special tokens in a text are plain text.
        separator: an id that goes behind each document; None for none.

    Returns:
        How many ids were written.

    Raises:
        ValueError: if there are no ids.
        OSError: if something cannot be written; what was there before stays.
    """
    path = arguments.path("path", path)
    dtype = np.dtype("uint16" if tokenizer.vocab_size <= 1 << 16 else "uint32").newbyteorder("<")
    digest, count = hashlib.sha256(), 0
    with replace_file(path) as file:
        for texts in _slices(documents, _AT_ONCE):
            ids = tokenizer.encode_batch(texts)
            ends = () if separator is None else (separator,)
            row = np.array([each for document in ids for each in (*document, *ends)], dtype)
            file.write(row)
            digest.update(row)
            count += len(row)
        if not count:
            raise ValueError("documents: got no token, allowed at least one")
        values = {"dtype": dtype.name, "count": count, "vocab_size": tokenizer.vocab_size, "sha256": digest.hexdigest()}
        with replace_file(path.with_suffix(".json")) as about:
            about.write(json.dumps(values, indent=1).encode() + b"\n")
    return count


class TokenFile:
    """The ids of a file that `write_tokens` wrote, mapped and not read.

    Args:
        path: of the ids.
        tokenizer: if given, the one that must have made them, told by its number of tokens.
        check: read the whole file and compare its sha256.

    Attributes:
        tokens: uint16 or uint32 [N], for `Windows`.
        vocab_size: of the tokenizer that made them.

    Raises:
        CheckpointError: if the file is damaged, cut short, or of another vocabulary.
        OSError: if a file cannot be read.
    """

    def __init__(self, path: str | os.PathLike[str], tokenizer: Tokenizer | None = None, check: bool = True) -> None:
        path = arguments.path("path", path)
        about = path.with_suffix(".json")
        values = read_json(about)
        name, count, self.vocab_size = (values.get(key) for key in ("dtype", "count", "vocab_size"))
        if not isinstance(name, str) or name not in _DTYPES:
            raise CheckpointError(about, "dtype", repr(name), " or ".join(_DTYPES))
        for field, value in (("count", count), ("vocab_size", self.vocab_size)):
            if type(value) is not int or value < 1:
                raise CheckpointError(about, field, repr(value), "a whole number, 1 or more")
        if tokenizer is not None and tokenizer.vocab_size != self.vocab_size:
            allowed = f"{tokenizer.vocab_size}, as the tokenizer has"
            raise CheckpointError(about, "vocab_size", self.vocab_size, allowed)
        if (size := path.stat().st_size) != count * _DTYPES[name]:
            raise CheckpointError(path, "size", f"{size} bytes", f"{count * _DTYPES[name]}, as {about.name} says")
        self.tokens = np.memmap(path, np.dtype(name).newbyteorder("<"), "r")
        if check and (found := sha256_of(path)) != values.get("sha256"):
            raise CheckpointError(path, "sha256", found, f"{values.get('sha256')}, as {about.name} says")

    def __len__(self) -> int:
        return len(self.tokens)


def _slices(documents: Iterable[str], size: int) -> Iterable[list[str]]:
    part: list[str] = []
    for document in documents:
        part.append(document)
        if len(part) == size:
            yield part
            part = []
    if part:
        yield part
