"""Oxyde."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from oxyde import Field, Model, db

from benches.contender import Contender
from benches.databases import POOL_SIZE, Database
from benches.records import Record

_BATCH = 4_000
"""Oxyde leaves the databases' limits on parameters to the caller: 32,766 on SQLite for seven columns a row."""


class Row(Model):
    """The measured model."""

    id: int | None = Field(default=None, db_pk=True)
    username: str = Field(max_length=50)
    email: str = Field(max_length=120)
    active: bool
    age: int
    balance: Decimal = Field(max_digits=12, decimal_places=2)
    created_at: datetime

    class Meta:
        is_table = True
        table_name = "bench_oxyde"


class Oxyde(Contender):
    """Async only; its own engine underneath."""

    name = "Oxyde"
    package = "oxyde"

    async def open(self, database: Database) -> None:
        await db.init(default=database.url(self.table), settings=db.PoolSettings(max_connections=POOL_SIZE))
        if database.name == "sqlite":
            await db.create_tables(await db.get_connection())

    async def close(self) -> None:
        await db.close()

    def build(self, rows: list[Record]) -> Any:
        return [Row(**row) for row in rows]

    def insert_many(self, batch: Any) -> Any:
        return Row.objects.bulk_create(batch, batch_size=_BATCH)

    def insert(self, row: Record) -> Any:
        return Row.objects.create(**row)

    def get(self, key: int) -> Any:
        return Row.objects.get(id=key)

    def all(self) -> Any:
        return Row.objects.all()

    def between(self, low: int, high: int) -> Any:
        return Row.objects.filter(id__gte=low, id__lt=high).all()

    def update(self, key: int, age: int) -> Any:
        return Row.objects.filter(id=key).update(age=age)


CONTENDERS = (Oxyde,)
