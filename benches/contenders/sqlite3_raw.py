"""The standard library's sqlite3: the raw blocking baseline on SQLite, in three forms."""

from __future__ import annotations

import sqlite3
from datetime import datetime
from decimal import Decimal
from typing import Any

from benches.contender import Contender
from benches.contenders.sqlite_text import SELECT, insert_sql, storable
from benches.databases import SQLITE_DDL, SQLITE_PRAGMAS, Database
from benches.records import Record


class Sqlite3Tuple(Contender):
    """Storage values in, tuples of storage values out: nothing converted."""

    name = "sqlite3 tuple"
    mode = "blocking"
    databases = ("sqlite",)
    raw = True
    row_style = "unpack"
    note = "text for Decimal and datetime"

    async def open(self, database: Database) -> None:
        self._connection = sqlite3.connect(database.path(self.table))
        for pragma, value in SQLITE_PRAGMAS.items():
            self._connection.execute(f"PRAGMA {pragma} = {value}")
        self._connection.execute(SQLITE_DDL.format(table=self.table))
        self._select = SELECT.format(table=self.table)

    async def close(self) -> None:
        self._connection.close()

    def build(self, rows: list[Record]) -> Any:
        return [storable(row) for row in rows]

    def insert_many(self, batch: Any) -> None:
        with self._connection:
            self._connection.executemany(insert_sql(self.table, len(batch[0])), batch)

    def insert(self, row: Record) -> None:
        with self._connection:
            self._connection.execute(insert_sql(self.table, len(row)), storable(row))

    def get(self, key: int) -> Any:
        return self._connection.execute(self._select + " WHERE id = ?", (key,)).fetchone()

    def all(self) -> Any:
        return self._connection.execute(self._select).fetchall()

    def between(self, low: int, high: int) -> Any:
        return self._connection.execute(self._select + " WHERE id >= ? AND id < ?", (low, high)).fetchall()

    def update(self, key: int, age: int) -> None:
        with self._connection:
            self._connection.execute(f"UPDATE {self.table} SET age = ? WHERE id = ?", (age, key))


class Sqlite3Converted(Sqlite3Tuple):
    """Decimals, datetimes and booleans converted by hand in both directions; rows stay tuples."""

    name = "sqlite3 converted"
    note = "tuples, converted by hand"

    def build(self, rows: list[Record]) -> Any:
        return [tuple(row.values()) for row in rows]

    def insert_many(self, batch: Any) -> None:
        super().insert_many([(*row[:-2], str(row[-2]), row[-1].isoformat(" ")) for row in batch])

    def get(self, key: int) -> Any:
        return self._row(*super().get(key))

    def all(self) -> Any:
        return [self._row(*row) for row in self._connection.execute(self._select)]

    def between(self, low: int, high: int) -> Any:
        return [self._row(*row) for row in super().between(low, high)]

    @staticmethod
    def _row(key: int, username: str, email: str, active: int, age: int, balance: str, created_at: str) -> Any:
        return (key, username, email, bool(active), age, Decimal(balance), datetime.fromisoformat(created_at))


class Account:
    """A row as a plain Python object."""

    def __init__(
        self, id: int, username: str, email: str, active: int, age: int, balance: str, created_at: str
    ) -> None:
        self.id = id
        self.username = username
        self.email = email
        self.active = bool(active)
        self.age = age
        self.balance = Decimal(balance)
        self.created_at = datetime.fromisoformat(created_at)


class Sqlite3Object(Sqlite3Converted):
    """As `Sqlite3Converted`, with an ordinary object per row."""

    name = "sqlite3 object"
    row_style = "attribute"
    note = "plain objects, converted by hand"

    @staticmethod
    def _row(*values: Any) -> Account:
        return Account(*values)


CONTENDERS = (Sqlite3Tuple, Sqlite3Converted, Sqlite3Object)
