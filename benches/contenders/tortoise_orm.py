"""Tortoise ORM."""

from __future__ import annotations

from typing import Any

from tortoise import Tortoise, fields
from tortoise.models import Model

from benches.contender import Contender
from benches.databases import POOL_SIZE, Database
from benches.records import Record


class Row(Model):
    """The measured model."""

    id = fields.BigIntField(primary_key=True)
    username = fields.CharField(max_length=50)
    email = fields.CharField(max_length=120)
    active = fields.BooleanField()
    age = fields.IntField()
    balance = fields.DecimalField(max_digits=12, decimal_places=2)
    created_at = fields.DatetimeField()

    class Meta:
        table = "bench_tortoise"


async def initialise(database: Database, table: str, module: str) -> None:
    """Connect, with the models of a module."""
    if database.name == "sqlite":
        url = f"sqlite://{database.path(table)}?journal_mode=WAL&synchronous=NORMAL&foreign_keys=ON"
    else:
        url = f"asyncpg://{database.url(table).partition('://')[2]}?minsize=1&maxsize={POOL_SIZE}"
    # every sample runs in a task of its own, which would not see a context that is local to the task of `open`
    application = {"models": [module], "default_connection": database.name}
    config = {"connections": {database.name: url}, "apps": {"benches": application}}
    await Tortoise.init(config=config, use_tz=True, _enable_global_fallback=True)


class TortoiseOrm(Contender):
    """Async only; aiosqlite and asyncpg underneath."""

    name = "Tortoise"
    package = "tortoise-orm"

    async def open(self, database: Database) -> None:
        await initialise(database, self.table, __name__)
        if database.name == "sqlite":
            await Tortoise.generate_schemas()

    async def close(self) -> None:
        await Tortoise.close_connections()

    def build(self, rows: list[Record]) -> Any:
        return [Row(**row) for row in rows]

    def insert_many(self, batch: Any) -> Any:
        return Row.bulk_create(batch)

    def insert(self, row: Record) -> Any:
        return Row.create(**row)

    def get(self, key: int) -> Any:
        return Row.get(id=key)

    def all(self) -> Any:
        return Row.all()

    def between(self, low: int, high: int) -> Any:
        return Row.filter(id__gte=low, id__lt=high)

    def update(self, key: int, age: int) -> Any:
        return Row.filter(id=key).update(age=age)


CONTENDERS = (TortoiseOrm,)
