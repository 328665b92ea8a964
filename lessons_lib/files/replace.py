"""Files and folders that are replaced whole or not at all, whatever ends the process meanwhile.

What is new is written beside the old under a hidden name that ends in `.tmp`, brought to the disk, and then renamed. No
system call puts a folder in the place of another everywhere, so the old one first steps aside, to a name that ends in
`.old`. Who is killed leaves such names behind; the next one to save there puts back what stepped aside and removes the
rest.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from lessons_lib import arguments

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_DAY = 24 * 3600  # seconds


@contextmanager
def replace_file(path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file that takes the place of another when the block ends, and is gone if the block fails.

    A link stays a link: what it points to is replaced. The new file has the mode of the old one.

    Args:
        path: the file; its folder exists.

    Raises:
        OSError: if it cannot be written; what was there before stays.
    """
    target = Path(os.path.realpath(arguments.path("path", path)))
    with _saving(target):
        unfinished = _beside(target, "tmp")
        try:
            with open(unfinished, "xb", opener=_private if target.exists() else None) as file:
                _take_mode(unfinished, target)
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, target)
            _sync(target.parent)
        except BaseException:
            unfinished.unlink(missing_ok=True)
            raise


@contextmanager
def replace_folder(path: str | os.PathLike[str]) -> Iterator[tuple[Path, Path]]:
    """Make a folder that takes the place of another when the block ends, and is gone if the block fails.

    A link stays a link: what it points to is replaced. The new folder, and each file in it, has the mode of the old one
    of its name.

    Args:
        path: the folder; it and those above it need not exist.

    Returns:
        The folder to write to, and the one that will be replaced.

    Raises:
        OSError: if something cannot be written; what was there before stays.
    """
    target = Path(os.path.realpath(path))
    target.parent.mkdir(parents=True, exist_ok=True)
    with _saving(target):
        unfinished = _beside(target, "tmp")
        try:
            unfinished.mkdir(mode=0o700 if target.exists() else 0o777)
            _take_mode(unfinished, target)
            yield unfinished, target
            for new in unfinished.iterdir():
                _sync(new)
                _take_mode(new, target / new.name)
            _sync(unfinished)
            _swap(unfinished, target)
        except BaseException:
            shutil.rmtree(unfinished, ignore_errors=True)
            raise


def stepped_aside(path: str | os.PathLike[str]) -> Path | None:
    """Find the folder that was at a path before a save was killed at the moment when nothing was there."""
    target = Path(os.path.realpath(path))
    if target.exists():
        return None
    return max(_leftovers(target, "old"), key=lambda folder: folder.stat().st_ctime_ns, default=None)


def _swap(new: Path, target: Path) -> None:
    aside = _beside(target, "old")
    if target.exists():
        os.replace(target, aside)
    try:
        os.replace(new, target)
    except BaseException:
        if aside.exists():
            os.replace(aside, target)
        raise
    _sync(target.parent)
    shutil.rmtree(aside, ignore_errors=True)


@contextmanager
def _saving(target: Path) -> Iterator[None]:
    """Share the folder around a target with others that save into it; who comes alone clears up first.

    A lock ends with its process, so what lies there while nobody holds one belongs to nobody. Where a folder cannot be
    locked, a day without a change says the same.
    """
    handle = None
    with suppress(OSError):
        handle = os.open(target.parent, os.O_RDONLY) if fcntl else None
    try:
        alone = handle is not None and _try_lock(handle)
        _clear_up(target, alone)
        if handle is not None:
            with suppress(OSError):
                fcntl.flock(handle, fcntl.LOCK_SH)
        yield
    finally:
        if handle is not None:
            os.close(handle)


def _try_lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _clear_up(target: Path, alone: bool) -> None:
    """Put back what stepped aside, and remove what was left unfinished."""
    aside = stepped_aside(target)
    if aside is not None and (alone or fcntl is None):
        os.replace(aside, target)
    for path in (*_leftovers(target, "tmp"), *_leftovers(target, "old")):
        if alone or time.time() - path.stat().st_mtime > _DAY:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _leftovers(target: Path, kind: str) -> list[Path]:
    """What this module left beside a target: by its name, no link, and of the same user."""
    form = re.compile(rf"\.{re.escape(target.name)}\.[0-9a-f]{{16}}\.{kind}")
    found = []
    with suppress(OSError):
        for entry in os.scandir(target.parent):
            if form.fullmatch(entry.name) and not entry.is_symlink() and _is_ours(entry.stat(follow_symlinks=False)):
                found.append(Path(entry.path))
    return found


def _is_ours(found: os.stat_result) -> bool:
    return not hasattr(os, "getuid") or found.st_uid == os.getuid()


def _beside(target: Path, kind: str) -> Path:
    return target.with_name(f".{target.name}.{secrets.token_hex(8)}.{kind}")


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)  # until it has the mode of what it replaces


def _take_mode(new: Path, old: Path) -> None:
    if old.exists():
        os.chmod(new, stat.S_IMODE(old.stat().st_mode))


def _sync(path: Path) -> None:
    """Bring what was written to the disk, names in a folder too; Windows can do that for files only."""
    windows = os.name == "nt"
    if windows and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if windows else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
