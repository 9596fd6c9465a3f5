"""The databases that are measured, and the harness's own access to them.

The harness makes room for a contender, puts its table back after writes and looks up keys with a plain driver, so that
no contender has to be trusted with that.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Protocol

from benches import sqlite_files
from benches.records import COLUMNS, records, values

POSTGRES_URL = os.environ.get("CHAKRA_TEST_POSTGRES_URL", "postgresql://root@127.0.0.1:5432/test")
POOL_SIZE = 10

SQLITE_DDL = """CREATE TABLE {table} (id INTEGER PRIMARY KEY, username VARCHAR(50) NOT NULL,
    email VARCHAR(120) NOT NULL, active INTEGER NOT NULL, age INTEGER NOT NULL, balance TEXT NOT NULL,
    created_at TEXT NOT NULL)"""
POSTGRES_DDL = """CREATE TABLE {table} (id BIGSERIAL PRIMARY KEY, username VARCHAR(50) NOT NULL,
    email VARCHAR(120) NOT NULL, active BOOLEAN NOT NULL, age INTEGER NOT NULL, balance NUMERIC(12,2) NOT NULL,
    created_at TIMESTAMPTZ NOT NULL)"""
SQLITE_PRAGMAS = {"journal_mode": "WAL", "synchronous": "NORMAL", "foreign_keys": "ON", "busy_timeout": "5000"}

_LOCK = 0x6265_6E63_6865
"""Advisory lock of a run: the tables have fixed names, so two runs on one database would drop each other's."""


class Unavailable(Exception):
    """The database does not answer; the message says why."""


class Database(Protocol):
    """One kind of database."""

    name: str

    def url(self, table: str) -> str:
        """Where the contender with this table connects to."""

    def prepare(self, table: str, rows: int) -> None:
        """Make room before the contender opens."""

    def settle(self, table: str, rows: int) -> None:
        """Put the table back to its first `rows` rows."""

    def highest_key(self, table: str) -> int:
        """The largest key stored."""

    def drop(self, table: str) -> None:
        """Remove what `prepare` made."""

    def close(self) -> None:
        """End the harness's own access."""

    def version(self) -> str:
        """The server's or library's version."""


class Sqlite:
    """A file per contender in one temporary directory; each contender creates its own table in it."""

    name = "sqlite"

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._worker = ProcessPoolExecutor(1, get_context("spawn"))

    def path(self, table: str) -> str:
        """The contender's file."""
        return str(self._directory / f"{table}.db")

    def url(self, table: str) -> str:
        return f"sqlite:///{self.path(table)}"

    def prepare(self, table: str, rows: int) -> None:
        self._elsewhere(sqlite_files.make, self.path(table))

    def settle(self, table: str, rows: int) -> None:
        self._elsewhere(sqlite_files.settle, self.path(table), table, rows)

    def highest_key(self, table: str) -> int:
        return self._elsewhere(sqlite_files.highest_key, self.path(table), table)

    def add(self, file: str, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        """Add rows of plain values to a table in the file of a contender."""
        self._elsewhere(sqlite_files.add, self.path(file), table, columns, rows)

    def drop(self, table: str) -> None:
        """The temporary directory goes as a whole."""

    def close(self) -> None:
        self._worker.shutdown()

    def version(self) -> str:
        return f"SQLite {sqlite3.sqlite_version} (sqlite3 module; others may bring their own)"

    def _elsewhere(self, function: Callable[..., Any], *arguments: Any) -> Any:
        return self._worker.submit(function, *arguments).result()


class Postgres:
    """One server; a table per contender, created and filled by the harness, the same for all."""

    name = "postgres"

    def __init__(self, url: str) -> None:
        try:
            import psycopg
        except ImportError as error:
            raise Unavailable(f"the harness needs psycopg ({error})") from error
        try:
            self._connection = psycopg.connect(url, autocommit=True, connect_timeout=5)
        except psycopg.OperationalError as error:
            reason = str(error).strip().splitlines()[0]
            raise Unavailable(f"no PostgreSQL answers (set CHAKRA_TEST_POSTGRES_URL): {reason}") from error
        locked = self._connection.execute("SELECT pg_try_advisory_lock(%s)", (_LOCK,)).fetchone()
        if not locked or not locked[0]:
            self._connection.close()
            raise Unavailable("another run of the benchmarks uses this database")
        self._url = url

    def url(self, table: str) -> str:
        return self._url

    def prepare(self, table: str, rows: int) -> None:
        self.make(table, POSTGRES_DDL.format(table=table), COLUMNS, map(values, records(1, rows)))
        self._connection.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", (table, rows))

    def make(self, table: str, definition: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Create a table and fill it."""
        self.drop(table)
        with self._connection.cursor() as cursor:
            cursor.execute(definition)
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
            cursor.execute(f"VACUUM ANALYZE {table}")

    def make_index(self, name: str, table: str, column: str) -> None:
        """Create an index."""
        self._connection.execute(f"CREATE INDEX {name} ON {table} ({column})")

    def settle(self, table: str, rows: int) -> None:
        self._connection.execute(f"DELETE FROM {table} WHERE id > %s", (rows,))
        self._connection.execute(f"VACUUM {table}")

    def highest_key(self, table: str) -> int:
        return self._connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0]

    def drop(self, table: str) -> None:
        self._connection.execute(f"DROP TABLE IF EXISTS {table} CASCADE")

    def close(self) -> None:
        self._connection.close()

    def version(self) -> str:
        return f"PostgreSQL {self._connection.info.parameter_status('server_version')}"
