"""Peewee: blocking, and its asyncio extension."""

from __future__ import annotations

from typing import Any

import peewee
from playhouse.postgres_ext import DateTimeTZField
from playhouse.pwasyncio import AsyncPostgresqlDatabase, AsyncSqliteDatabase

from benches.contender import Contender
from benches.databases import POOL_SIZE, SQLITE_PRAGMAS, Database
from benches.records import Record


def _model(table: str, database: Any, created_at: peewee.Field) -> type[peewee.Model]:
    """The measured model; Peewee binds a model to one database, so each connection gets its own."""

    class Row(peewee.Model):
        id = peewee.BigAutoField() if isinstance(database, peewee.PostgresqlDatabase) else peewee.AutoField()
        username = peewee.CharField(max_length=50)
        email = peewee.CharField(max_length=120)
        active = peewee.BooleanField()
        age = peewee.IntegerField()
        balance = peewee.DecimalField(max_digits=12, decimal_places=2)

        class Meta:
            table_name = table

    Row._meta.add_field("created_at", created_at)
    Row._meta.set_database(database)
    return Row


class Peewee(Contender):
    """The blocking interface."""

    name = "Peewee"
    package = "peewee"
    mode = "blocking"

    async def open(self, database: Database) -> None:
        if database.name == "sqlite":
            self._database = peewee.SqliteDatabase(database.path(self.table), pragmas=SQLITE_PRAGMAS)
            self._row = _model(self.table, self._database, peewee.DateTimeField(formats=DATETIME_FORMATS))
            self._row.create_table()
        else:
            url = database.url(self.table)
            self._database = peewee.PostgresqlDatabase(url, prefer_psycopg3=True)
            self._row = _model(self.table, self._database, DateTimeTZField())

    async def close(self) -> None:
        self._database.close()

    def build(self, rows: list[Record]) -> Any:
        return [self._row(**row) for row in rows]

    def insert_many(self, batch: Any) -> None:
        with self._database.atomic():
            if batch[0].id is None:
                self._row.bulk_create(batch, batch_size=500)
                return
            for rows in peewee.chunked(batch, 500):  # bulk_create would let the database choose other keys
                self._row.insert_many([row.__data__ for row in rows]).execute()

    def insert(self, row: Record) -> Any:
        return self._row.create(**row)

    def get(self, key: int) -> Any:
        return self._row.get(self._row.id == key)

    def all(self) -> Any:
        return list(self._row.select())

    def between(self, low: int, high: int) -> Any:
        row = self._row
        return list(row.select().where((row.id >= low) & (row.id < high)))

    def update(self, key: int, age: int) -> Any:
        return self._row.update(age=age).where(self._row.id == key).execute()


class PeeweeAsync(Peewee):
    """The asyncio extension (aiosqlite and asyncpg underneath)."""

    name = "Peewee async"
    mode = "async"

    async def open(self, database: Database) -> None:
        if database.name == "sqlite":
            path = database.path(self.table)
            self._database = AsyncSqliteDatabase(path, pragmas=SQLITE_PRAGMAS, pool_size=POOL_SIZE)
            self._row = _model(self.table, self._database, peewee.DateTimeField(formats=DATETIME_FORMATS))
            await self._database.acreate_tables([self._row])
        else:
            self._database = AsyncPostgresqlDatabase(database.url(self.table), pool_size=POOL_SIZE)
            self._row = _model(self.table, self._database, DateTimeTZField())

    async def close(self) -> None:
        await self._database.close_pool()

    def insert_many(self, batch: Any) -> Any:
        return self._database.run(super().insert_many, batch)

    def insert(self, row: Record) -> Any:
        return self._database.run(self._row.create, **row)

    def get(self, key: int) -> Any:
        return self._database.run(super().get, key)

    def all(self) -> Any:
        return self._database.list(self._row.select())

    def between(self, low: int, high: int) -> Any:
        row = self._row
        return self._database.list(row.select().where((row.id >= low) & (row.id < high)))

    def update(self, key: int, age: int) -> Any:
        return self._database.run(super().update, key, age)


DATETIME_FORMATS = ["%Y-%m-%d %H:%M:%S.%f%z"]

CONTENDERS = (Peewee, PeeweeAsync)
