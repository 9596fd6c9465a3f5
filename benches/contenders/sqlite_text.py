"""How the raw SQLite contenders store a row: text for Decimals and datetimes, integers for booleans."""

from __future__ import annotations

from typing import Any

from benches.records import COLUMNS, Record

SELECT = f"SELECT {', '.join(COLUMNS)} FROM {{table}}"


def storable(row: Record) -> tuple[Any, ...]:
    """The row's values as SQLite stores them; the key is left out if the row has none."""
    *plain, balance, created_at = row.values()
    return (*plain, str(balance), created_at.isoformat(" "))


def insert_sql(table: str, width: int) -> str:
    """An INSERT of the last `width` columns: all seven, or six when the database chooses the key."""
    columns = COLUMNS[-width:]
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * width)})"
