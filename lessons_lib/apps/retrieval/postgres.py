"""An index in PostgreSQL with pgvector: for more passages than memory holds, and for many programs at once.

It is used like `Index` and gives the same answers, for it compares a question with every passage too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from lessons_lib import arguments
from lessons_lib.apps.retrieval.index import as_matrix, storable
from lessons_lib.apps.retrieval.passage import Hit, Passage, checked

try:
    import psycopg
    from psycopg import sql
except ImportError:
    raise ImportError("PostgreSQL needs a package that is not installed: pip install 'psycopg[binary]'") from None

PATIENCE = 5  # seconds for a connection, unless the address has a connect_timeout of its own


class PostgresIndex:
    """Passages and their vectors in one table. Each call is one transaction: it happens whole or not at all.

    A connection that broke is made anew at the next call, so the database may go away and come back.

    Args:
        address: as PostgreSQL's own tools take it. Its password is never shown.
        table: the table's name: small letters, digits and `_`. It is made when the first passage comes.

    Raises:
        ValueError: for a name or an address that is none, or a table of that name that is no index.
        OSError: the database cannot be reached, or refuses.

    Source: the documentation of pgvector, version 0.6.
    """

    def __init__(self, address: str, table: str = "passages") -> None:
        if not isinstance(table, str) or not re.fullmatch("[a-z_][a-z0-9_]{0,62}", table):
            raise ValueError(f"table: got {arguments.described(table)}, allowed small letters, digits and _, up to 63")
        try:
            settings = psycopg.conninfo.conninfo_to_dict(address)
        except psycopg.Error:
            raise ValueError("address: got what PostgreSQL cannot read, allowed postgresql://user@host/name") from None
        self._settings: dict[str, Any] = {"connect_timeout": PATIENCE} | settings
        self._name = f"{settings.get('dbname', 'the database')} at {settings.get('host', 'this machine')}"
        self._table, self._connection, self._lock = table, None, Lock()
        with self._transaction() as run:
            self._size(run)

    def __repr__(self) -> str:
        return f"PostgresIndex({self._table} in {self._name})"

    def __len__(self) -> int:
        with self._transaction() as run:
            return 0 if self._size(run) is None else run("SELECT count(*) FROM {table}").fetchone()[0]

    @property
    def size(self) -> int | None:
        """How many numbers a vector has, C; None while nothing was added."""
        with self._transaction() as run:
            return self._size(run)

    @property
    def passages(self) -> list[Passage]:
        """All passages, in the order in which they came."""
        with self._transaction() as run:
            if self._size(run) is None:
                return []
            return [Passage(*found) for found in run("SELECT id, text FROM {table} ORDER BY number").fetchall()]

    def add(self, passages: Iterable[Passage | tuple[str, str]], vectors: ArrayLike) -> None:
        """Add passages with their vectors, as `Index.add` does.

        Raises:
            ValueError: naming what does not fit.
            OSError: the database cannot be reached, or refuses.
        """
        new = storable(checked(passages))
        with self._transaction() as run:
            matrix = as_matrix(vectors, len(new), self._size(run))
            if not new:
                return
            run("SELECT pg_advisory_xact_lock(hashtext(%s))", [self._table])  # who adds waits for who adds already
            self._make(run, matrix.shape[1])
            ids = [passage.id for passage in new]
            checked(new, [found for (found,) in run("SELECT id FROM {table} WHERE id = ANY(%s)", [ids]).fetchall()])
            with run.copy("COPY {table} (id, text, vector) FROM STDIN") as rows:
                for passage, vector in zip(new, matrix, strict=True):
                    rows.write_row((*passage, _written(vector)))

    def remove(self, ids: Iterable[str]) -> None:
        """Remove passages by their ids, as `Index.remove` does.

        Raises:
            ValueError: for an id that is not there; nothing is removed then.
            OSError: the database cannot be reached, or refuses.
        """
        gone = sorted(set(ids))
        with self._transaction() as run:
            known = set()
            if self._size(run) is not None:
                known = {found for (found,) in run("DELETE FROM {table} WHERE id = ANY(%s) RETURNING id", [gone])}
            if unknown := set(gone) - known:
                raise ValueError(f"ids: got {min(unknown)!r}, allowed ids of passages that are there")

    def search(self, vector: ArrayLike, count: int = 10) -> list[Hit]:
        """The passages whose vectors point most nearly in the same direction, as `Index.search` gives them.

        Raises:
            ValueError: for a vector of another size, or without a direction.
            OSError: the database cannot be reached, or refuses.
        """
        count = arguments.whole("count", count, least=1, most=1 << 31)
        with self._transaction() as run:
            size = self._size(run)
            asked = as_matrix(np.asarray(vector)[None], 1, size, "vector")[0]
            if size is None:
                return []
            # <#> is the product of two vectors, made negative so that the smallest is the best.
            query = (
                "SELECT id, text, -(vector <#> %s::vector) FROM {table} ORDER BY vector <#> %s::vector, number LIMIT %s"
            )
            return [Hit(*found) for found in run(query, [_written(asked), _written(asked), count]).fetchall()]

    def close(self) -> None:
        """Close the connection; the next call opens another."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _size(self, run: _Run) -> int | None:
        """The size of the table's vectors, or None where there is no table yet."""
        columns = "SELECT attname, atttypmod FROM pg_attribute WHERE attrelid = to_regclass(%s) AND attnum > 0"
        found = dict(run(columns, [self._table]).fetchall())
        if found and not found.keys() >= {"number", "id", "text", "vector"}:
            raise ValueError(f"table: got {self._table}, allowed one that an index has made, or a new name")
        return found.get("vector")

    def _make(self, run: _Run, size: int) -> None:
        run("CREATE EXTENSION IF NOT EXISTS vector")
        run(
            "CREATE TABLE IF NOT EXISTS {table} (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
            f" id text NOT NULL UNIQUE, text text NOT NULL, vector vector({size:d}) NOT NULL)"
        )

    @contextmanager
    def _transaction(self) -> Iterator[_Run]:
        """One transaction at a time, over a connection that answers; the driver's errors become OSErrors."""
        with self._lock:
            try:
                self._answering()
                with self._connection.transaction(), self._connection.cursor() as cursor:
                    yield _Run(cursor, self._table)
            except psycopg.Error as error:
                kind = ConnectionError if isinstance(error, psycopg.OperationalError) else OSError
                raise kind(f"{self._name}: {str(error).strip().partition(chr(10))[0]}") from None

    def _answering(self) -> None:
        if self._connection is not None:
            try:
                self._connection.execute("SELECT 1")
                return
            except psycopg.OperationalError:  # it broke since the last call
                self._connection.close()
                self._connection = None
        self._connection = psycopg.connect(**self._settings, autocommit=True)  # but for `transaction`


class _Run:
    """Runs statements in which `{table}` stands for the table's name, quoted."""

    def __init__(self, cursor: Any, table: str) -> None:
        self._cursor, self._table = cursor, sql.Identifier(table)

    def __call__(self, statement: str, values: list[Any] | None = None) -> Any:
        return self._cursor.execute(sql.SQL(statement).format(table=self._table), values)

    def copy(self, statement: str) -> Any:
        """Open the statement's stream of rows."""
        return self._cursor.copy(sql.SQL(statement).format(table=self._table))


def _written(vector: np.ndarray) -> str:
    """A vector as pgvector reads it, every digit kept."""
    return f"[{','.join(map(repr, vector.tolist()))}]"
