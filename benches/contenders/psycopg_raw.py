"""psycopg: the raw blocking baseline on PostgreSQL."""

from __future__ import annotations

from typing import Any

import psycopg

from benches.contender import Contender
from benches.databases import Database
from benches.records import COLUMNS, Record


class PsycopgTuple(Contender):
    """Tuples over one connection in autocommit mode; many rows by COPY."""

    name = "psycopg"
    package = "psycopg"
    mode = "blocking"
    databases = ("postgres",)
    raw = True
    row_style = "unpack"
    note = "one connection, bulk by COPY"

    async def open(self, database: Database) -> None:
        self._connection = psycopg.connect(database.url(self.table), autocommit=True)
        self._select = f"SELECT {', '.join(COLUMNS)} FROM {self.table}"

    async def close(self) -> None:
        self._connection.close()

    def build(self, rows: list[Record]) -> Any:
        return [tuple(row.values()) for row in rows]

    def insert_many(self, batch: Any) -> None:
        columns = ", ".join(COLUMNS[-len(batch[0]) :])
        with self._connection.cursor() as cursor, cursor.copy(f"COPY {self.table} ({columns}) FROM STDIN") as copy:
            for row in batch:
                copy.write_row(row)

    def insert(self, row: Record) -> Any:
        columns, slots = ", ".join(COLUMNS[1:]), ", ".join(["%s"] * len(row))
        sql = f"INSERT INTO {self.table} ({columns}) VALUES ({slots}) RETURNING id"
        return self._connection.execute(sql, tuple(row.values())).fetchone()

    def get(self, key: int) -> Any:
        return self._connection.execute(self._select + " WHERE id = %s", (key,)).fetchone()

    def all(self) -> Any:
        return self._connection.execute(self._select).fetchall()

    def between(self, low: int, high: int) -> Any:
        return self._connection.execute(self._select + " WHERE id >= %s AND id < %s", (low, high)).fetchall()

    def update(self, key: int, age: int) -> None:
        self._connection.execute(f"UPDATE {self.table} SET age = %s WHERE id = %s", (age, key))


CONTENDERS = (PsycopgTuple,)
