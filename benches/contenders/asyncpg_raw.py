"""asyncpg: the raw async baseline on PostgreSQL: one connection, its pool, and COPY."""

from __future__ import annotations

from typing import Any

import asyncpg

from benches.contender import Contender
from benches.databases import POOL_SIZE, Database
from benches.records import COLUMNS, Record


class AsyncpgRecord(Contender):
    """Records over one connection, values read by name as one reads attributes; many rows by COPY."""

    name = "asyncpg"
    package = "asyncpg"
    databases = ("postgres",)
    raw = True
    row_style = "name"
    note = "one connection, bulk by COPY"

    async def open(self, database: Database) -> None:
        self._connection = await asyncpg.connect(database.url(self.table))
        self._select = f"SELECT {', '.join(COLUMNS)} FROM {self.table}"

    async def close(self) -> None:
        await self._connection.close()

    def build(self, rows: list[Record]) -> Any:
        return [tuple(row.values()) for row in rows]

    async def insert_many(self, batch: Any) -> None:
        columns = COLUMNS[-len(batch[0]) :]
        await self._connection.copy_records_to_table(self.table, records=batch, columns=columns)

    async def insert(self, row: Record) -> Any:
        return await self._connection.fetchval(self._insert_sql(len(row)) + " RETURNING id", *row.values())

    async def get(self, key: int) -> Any:
        return await self._connection.fetchrow(self._select + " WHERE id = $1", key)

    async def all(self) -> Any:
        return await self._connection.fetch(self._select)

    async def between(self, low: int, high: int) -> Any:
        return await self._connection.fetch(self._select + " WHERE id >= $1 AND id < $2", low, high)

    async def update(self, key: int, age: int) -> None:
        await self._connection.execute(f"UPDATE {self.table} SET age = $1 WHERE id = $2", age, key)

    def _insert_sql(self, width: int) -> str:
        slots = ", ".join(f"${i}" for i in range(1, width + 1))
        return f"INSERT INTO {self.table} ({', '.join(COLUMNS[-width:])}) VALUES ({slots})"


class AsyncpgExecutemany(AsyncpgRecord):
    """The same, with rows unpacked by position and many rows by executemany."""

    name = "asyncpg unpacked"
    row_style = "unpack"
    note = "one connection, bulk by executemany"

    async def insert_many(self, batch: Any) -> None:
        await self._connection.executemany(self._insert_sql(len(batch[0])), batch)


class AsyncpgPool(AsyncpgRecord):
    """The same over asyncpg's pool."""

    name = "asyncpg pool"
    note = f"pool of {POOL_SIZE}"

    async def open(self, database: Database) -> None:
        self._connection = await asyncpg.create_pool(database.url(self.table), min_size=POOL_SIZE, max_size=POOL_SIZE)
        self._select = f"SELECT {', '.join(COLUMNS)} FROM {self.table}"


CONTENDERS = (AsyncpgRecord, AsyncpgExecutemany, AsyncpgPool)
