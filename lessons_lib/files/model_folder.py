"""The folder of a model: each of its files is opened and parsed once, and none leads out of it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lessons_lib.errors import CheckpointError
from lessons_lib.files.untrusted import PAGE, SETTINGS, VOCABULARY, read_json, read_text

_LIMITS = dict.fromkeys(("config.json", "generation_config.json", "adapter_config.json", "params.json"), PAGE)
_LIMITS["tokenizer.json"] = VOCABULARY
SAFE_ENDINGS = (".safetensors", ".json", ".jinja", ".model")


class ModelFolder:
    """The files of a model in one folder, which a stranger may have filled.

    A file must lie in the folder itself. In the cache of the Hugging Face Hub it may also be a link to what the cache
    keeps for the same repository, for that is how `huggingface_hub` lays out its files. A link is followed to its end
    before it is judged, and the file at its end is the one that is opened.

    Args:
        path: the folder; or that of a whole repository in the Hub's cache, `models--OWNER--NAME`, which stands for the
            version that its `main` points to.

    Raises:
        CheckpointError: for a repository without such a version.

    Example:
        >>> "config.json" in ModelFolder(".")
        False
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = _snapshot(Path(path))
        self._parsed: dict[str, str | dict[str, Any]] = {}

    def __contains__(self, name: str) -> bool:
        return (self.path / name).is_file()

    def names(self) -> list[str]:
        """The names of all files and folders in it, sorted."""
        return sorted(os.listdir(self.path))

    def text(self, name: str) -> str:
        """The UTF-8 text of a file.

        Raises:
            CheckpointError: if there is no such file, it leads out of the folder or is too large.
        """
        return self._once(name, read_text)

    def json(self, name: str) -> dict[str, Any]:
        """The JSON object in a file: the same one at each call, so not to be changed.

        Raises:
            CheckpointError: if there is no such file, it leads out of the folder or holds anything else.
        """
        return self._once(name, lambda path: read_json(path, _LIMITS.get(name, SETTINGS)))

    def json_or_empty(self, name: str) -> dict[str, Any]:
        """The JSON object in a file that a model may come without."""
        return self.json(name) if name in self else {}

    @contextmanager
    def reading(self, name: str) -> Iterator[Path]:
        """Give the path at which a file really lies; errors inside the block name it as the folder does.

        Raises:
            CheckpointError: if there is no such file, it leads out of the folder or is of a kind that can run code.
        """
        real = self._real(name)
        try:
            yield real
        except CheckpointError as error:
            raise CheckpointError(self.path / name, error.field, error.got, error.allowed) from None

    def _once(self, name: str, read: Any) -> Any:
        if name not in self._parsed:
            with self.reading(name) as path:
                self._parsed[name] = read(path)
        return self._parsed[name]

    def _real(self, name: str) -> Path:
        if Path(name).name != name or "\\" in name or name in ("", ".", ".."):
            raise CheckpointError(self.path, "file name", repr(name), "a bare file name")
        if not name.endswith(SAFE_ENDINGS):
            rule = f"{', '.join(SAFE_ENDINGS)} (other formats can run code)"
            raise CheckpointError(self.path, "file name", repr(name), rule)
        path = self.path / name
        if not path.is_file():
            raise CheckpointError(path, "file", "nothing", "a file")
        real = path.resolve()
        if not _belongs(real, self.path.resolve()):
            raise CheckpointError(path, "file", "a link out of the folder", "a file in the folder")
        return real


def _belongs(file: Path, folder: Path) -> bool:
    """Whether a file lies in a folder, or in the Hub's cache of the repository that the folder is a version of."""
    if file.parent == folder:
        return True
    repository = next((path.parent for path in folder.parents if path.name == "snapshots"), None)
    if repository is None or not repository.name.startswith("models--"):
        return False
    return file.is_relative_to(repository) or _is_shared(file, repository.parent / "blobs")


def _is_shared(file: Path, store: Path) -> bool:
    """Whether a file lies where the cache keeps, under its hash, what several repositories have in common."""
    named = re.fullmatch("[0-9a-f]{64}", file.name) and file.parent == store / file.name[:2]
    return bool(named) and (store / ".huggingface-shared-blobs").is_file()


def _snapshot(folder: Path) -> Path:
    """The version that a whole repository in the Hub's cache stands for; any other folder stands for itself."""
    versions, main = folder / "snapshots", folder / "refs" / "main"
    if not folder.resolve().name.startswith("models--") or not versions.is_dir():
        return folder
    found = sorted(path.name for path in versions.iterdir() if path.is_dir() and not path.is_symlink())
    wanted = read_text(main).strip() if main.is_file() else found[0] if len(found) == 1 else None
    if wanted not in found:
        got, rule = wanted or "nothing", f"a folder of {versions}: {', '.join(found) or 'there is none'}"
        raise CheckpointError(main, "version", got, rule)
    return versions / wanted
