"""The harness's own work on a contender's SQLite file, done in a process of its own.

Some contenders carry their own copy of SQLite. Two copies in one process do not see each other's locks on a file, and
closing it in one drops the locks of the other, after which committed rows get lost. So the harness never opens a file
in the process that measures.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from typing import Any


def make(path: str) -> None:
    """Create the file in WAL mode, which it then keeps."""
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")


def add(path: str, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Insert rows of plain values."""
    slots = ", ".join("?" * len(columns))
    with closing(sqlite3.connect(path, timeout=10)) as connection:
        connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({slots})", rows)
        connection.commit()


def settle(path: str, table: str, rows: int) -> None:
    """Delete what was inserted after the first `rows` rows."""
    with closing(sqlite3.connect(path, timeout=10)) as connection:
        connection.execute(f"DELETE FROM {table} WHERE id > ?", (rows,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()


def highest_key(path: str, table: str) -> int:
    """The largest key stored."""
    with closing(sqlite3.connect(path, timeout=10)) as connection:
        return connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0]
