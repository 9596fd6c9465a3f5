"""The rows that every contender stores and reads: deterministic, seven columns, ordinary values."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

COLUMNS = ("id", "username", "email", "active", "age", "balance", "created_at")

Record = dict[str, Any]

_START = datetime(2021, 3, 4, 5, 6, 7, 890123, tzinfo=timezone.utc)


def record(key: int) -> Record:
    """The row whose primary key is `key`."""
    return {
        "id": key,
        "username": f"user_{key:06d}",
        "email": f"user.{key:06d}@mail.example",
        "active": key % 3 != 0,
        "age": 18 + key % 60,
        "balance": Decimal(key * 7919 % 100_000_000).scaleb(-2),
        "created_at": _START + timedelta(seconds=key * 61, microseconds=key * 7),
    }


def records(first: int, count: int) -> list[Record]:
    """`count` rows with consecutive keys from `first` on."""
    return [record(key) for key in range(first, first + count)]


def without_key(rows: list[Record]) -> list[Record]:
    """The same rows as an application has them before the database chose their keys."""
    return [{column: row[column] for column in COLUMNS[1:]} for row in rows]


def values(row: Record) -> tuple[Any, ...]:
    """The row in column order."""
    return tuple(row[column] for column in COLUMNS)
