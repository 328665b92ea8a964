"""What the two readers share: a file mapped into memory, and the rule for tensor names."""

import mmap
import os

from lessons_lib import arguments
from lessons_lib.errors import CheckpointError
from lessons_lib.files.untrusted import refuse_stand_in

FilePath = str | os.PathLike[str]


def map_file(path: FilePath, *, min_size: int, access: int = mmap.ACCESS_READ) -> mmap.mmap:
    """Map a file into memory: the system reads a page when it is first touched.

    Args:
        path: the file. It must not shrink while it is mapped.
        min_size: bytes that a valid file has at least.
        access: `mmap.ACCESS_READ`, or `mmap.ACCESS_COPY` for memory that may be changed without changing the file.

    Raises:
        CheckpointError: the file has fewer than `min_size` bytes.
        OSError: the file cannot be opened.
    """
    with open(arguments.path("path", path), "rb") as file:
        size = os.fstat(file.fileno()).st_size
        if size < min_size:
            raise CheckpointError(path, "file size", f"{size} bytes", f"at least {min_size} bytes")
        data = mmap.mmap(file.fileno(), 0, access=access)
    refuse_stand_in(path, data[:100])
    return data


def release(data: mmap.mmap) -> None:
    """Give back the memory of all pages that were read; one that is used again is read again.

    Only for a file that nobody has changed in memory, for the changes would go. Windows has no such call; there the
    pages stay until the system needs their memory.
    """
    if hasattr(data, "madvise"):
        data.madvise(mmap.MADV_DONTNEED)


def check_name(path: FilePath, name: str, max_bytes: int) -> None:
    """Refuse a tensor name that is empty, too long, unprintable or looks like a way through the file system."""
    rule = f"1 to {max_bytes} bytes, printable, without '..', '\\' or a leading '/'"
    # An unprintable name may hold a lone surrogate, which has no bytes: so that test comes first.
    if not name or not name.isprintable() or len(name.encode()) > max_bytes:
        raise CheckpointError(path, "tensor name", repr(name), rule)
    if ".." in name or "\\" in name or name.startswith("/"):
        raise CheckpointError(path, "tensor name", repr(name), rule)
