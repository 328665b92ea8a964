"""One argument says where an index is kept: in memory, in a folder, or in a database that many programs share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from lessons_lib.apps.retrieval.index import Index

if TYPE_CHECKING:
    from lessons_lib.apps.retrieval.postgres import PostgresIndex

ADDRESSES = ("postgresql://", "postgres://")


def open_index(place: str | os.PathLike[str] | None = None) -> Index | PostgresIndex:
    """Open an index, or begin one that is not there yet. All kinds give the same answers.

    Args:
        place: None for memory; a folder; or the address of a PostgreSQL database with pgvector, such as
            `postgresql://user@host/database`.

    Raises:
        CheckpointError: a file of the folder is damaged.
        OSError: the place cannot be read or reached.

    Example:
        >>> len(open_index())
        0
    """
    if isinstance(place, str) and place.startswith(ADDRESSES):
        from lessons_lib.apps.retrieval.postgres import PostgresIndex  # few have its driver

        return PostgresIndex(place)
    return Index(place)
