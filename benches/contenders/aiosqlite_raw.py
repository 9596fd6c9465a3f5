"""aiosqlite: the raw async baseline on SQLite."""

from __future__ import annotations

from typing import Any

import aiosqlite

from benches.contender import Contender
from benches.contenders.sqlite_text import SELECT, insert_sql, storable
from benches.databases import SQLITE_DDL, SQLITE_PRAGMAS, Database
from benches.records import Record


class AiosqliteTuple(Contender):
    """Tuples of storage values over one connection: nothing converted."""

    name = "aiosqlite tuple"
    package = "aiosqlite"
    databases = ("sqlite",)
    raw = True
    row_style = "unpack"
    note = "text for Decimal and datetime"

    async def open(self, database: Database) -> None:
        self._connection = await aiosqlite.connect(database.path(self.table))
        for pragma, value in SQLITE_PRAGMAS.items():
            await self._connection.execute(f"PRAGMA {pragma} = {value}")
        await self._connection.execute(SQLITE_DDL.format(table=self.table))
        self._select = SELECT.format(table=self.table)

    async def close(self) -> None:
        await self._connection.close()

    def build(self, rows: list[Record]) -> Any:
        return [storable(row) for row in rows]

    async def insert_many(self, batch: Any) -> None:
        await self._connection.executemany(insert_sql(self.table, len(batch[0])), batch)
        await self._connection.commit()

    async def insert(self, row: Record) -> None:
        await self._connection.execute(insert_sql(self.table, len(row)), storable(row))
        await self._connection.commit()

    async def get(self, key: int) -> Any:
        async with self._connection.execute(self._select + " WHERE id = ?", (key,)) as cursor:
            return await cursor.fetchone()

    async def all(self) -> Any:
        return await self._connection.execute_fetchall(self._select)

    async def between(self, low: int, high: int) -> Any:
        return await self._connection.execute_fetchall(self._select + " WHERE id >= ? AND id < ?", (low, high))

    async def update(self, key: int, age: int) -> None:
        await self._connection.execute(f"UPDATE {self.table} SET age = ? WHERE id = ?", (age, key))
        await self._connection.commit()


CONTENDERS = (AiosqliteTuple,)
