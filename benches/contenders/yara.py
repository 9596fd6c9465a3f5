"""Yara: its default mode, and on SQLite also the mode that runs statements on the event loop's thread."""

from __future__ import annotations

from typing import Any, ClassVar

from yara_orm import Model, YaraOrm, fields

from benches.contender import Contender
from benches.databases import POOL_SIZE, Database
from benches.records import Record


class Columns(Model):
    """The measured columns."""

    id = fields.BigIntField(pk=True)
    username = fields.CharField(max_length=50)
    email = fields.CharField(max_length=120)
    active = fields.BooleanField()
    age = fields.IntField()
    balance = fields.DecimalField(max_digits=12, decimal_places=2)
    created_at = fields.DatetimeField()

    class Meta:
        abstract = True


class Row(Columns):
    """The model of the default connection."""

    class Meta:
        table = "bench_yara"


class BlockingRow(Columns):
    """The model of the connection that blocks the loop."""

    class Meta:
        table = "bench_yara_blocking"
        default_connection = "blocking"


class Yara(Contender):
    """Async only; its own engine underneath."""

    name = "Yara"
    package = "yara-orm"
    model: ClassVar[type[Model]] = Row

    async def open(self, database: Database) -> None:
        await YaraOrm.init(f"{database.url(self.table)}?max_size={POOL_SIZE}", use_tz=True)
        if database.name == "sqlite":
            await YaraOrm.generate_schemas(models=[Row])

    async def close(self) -> None:
        await YaraOrm.close()

    def build(self, rows: list[Record]) -> Any:
        return [self.model(**row) for row in rows]

    def insert_many(self, batch: Any) -> Any:
        return self.model.bulk_create(batch)

    def insert(self, row: Record) -> Any:
        return self.model.create(**row)

    def get(self, key: int) -> Any:
        return self.model.get(id=key)

    def all(self) -> Any:
        return self.model.all()

    def between(self, low: int, high: int) -> Any:
        return self.model.filter(id__gte=low, id__lt=high)

    def update(self, key: int, age: int) -> Any:
        return self.model.filter(id=key).update(age=age)


class YaraBlocking(Yara):
    """SQLite's `sync_fast_path`: awaitables that are complete when made, at the price of a blocked loop."""

    name = "Yara blocking"
    databases = ("sqlite",)
    blocks_loop = True
    model = BlockingRow
    note = "sync_fast_path=1"

    async def open(self, database: Database) -> None:
        url = f"{database.url(self.table)}?sync_fast_path=1&max_size={POOL_SIZE}"
        await YaraOrm.add_connection("blocking", url)
        await YaraOrm.generate_schemas(models=[BlockingRow])


CONTENDERS = (Yara, YaraBlocking)
