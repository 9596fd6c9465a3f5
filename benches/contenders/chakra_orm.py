"""Chakra, async and blocking, through its public interface only."""

from __future__ import annotations

from typing import Any, ClassVar

import chakra
from benches.contender import Contender
from benches.databases import POOL_SIZE, Database
from benches.records import Record
from chakra import BigInteger, Boolean, DateTime, Decimal, Field, Integer, Model, String


class Row(Model):
    """The measured model; both modes share it, as an application would."""

    __tablename__ = "bench_chakra"

    id = Field(BigInteger, primary_key=True)
    username = Field(String(50))
    email = Field(String(120))
    active = Field(Boolean)
    age = Field(Integer)
    balance = Field(Decimal(12, 2))
    created_at = Field(DateTime)


class Chakra(Contender):
    """`await` everything."""

    name = "chakra"
    package = "chakra"
    family = "chakra"
    _users: ClassVar[int] = 0

    async def open(self, database: Database) -> None:
        if Chakra._users == 0:
            await chakra.connect(database.url(self.table), max_connections=POOL_SIZE)
        Chakra._users += 1
        if database.name == "sqlite":
            await chakra.create_all(models=[Row])

    async def close(self) -> None:
        Chakra._users -= 1
        if Chakra._users == 0:
            await chakra.close_pool()

    def build(self, rows: list[Record]) -> Any:
        return [Row(**row) for row in rows]

    def insert_many(self, batch: Any) -> Any:
        return Row.objects.bulk_create(batch)

    def insert(self, row: Record) -> Any:
        return Row.objects.create(**row)

    def get(self, key: int) -> Any:
        return Row.objects.get(id=key)

    def all(self) -> Any:
        return Row.objects.all()

    def between(self, low: int, high: int) -> Any:
        return Row.objects.filter(id__gte=low, id__lt=high)

    def update(self, key: int, age: int) -> Any:
        return Row.objects.filter(id=key).update(age=age)


class ChakraSync(Chakra):
    """The blocking twins."""

    name = "chakra sync"
    mode = "blocking"

    def insert_many(self, batch: Any) -> Any:
        return Row.objects.bulk_create_sync(batch)

    def insert(self, row: Record) -> Any:
        return Row.objects.create_sync(**row)

    def get(self, key: int) -> Any:
        return Row.objects.get_sync(id=key)

    def all(self) -> Any:
        return Row.objects.all_sync()

    def between(self, low: int, high: int) -> Any:
        return Row.objects.filter(id__gte=low, id__lt=high).all_sync()

    def update(self, key: int, age: int) -> Any:
        return Row.objects.filter(id=key).update_sync(age=age)


class ChakraSession(Chakra):
    """A session around each call, as a web request has one."""

    name = "chakra session"

    async def insert_many(self, batch: Any) -> Any:
        async with chakra.Session() as session:
            session.add_all(batch)
            await session.commit()

    async def insert(self, row: Record) -> Any:
        async with chakra.Session() as session:
            session.add(Row(**row))

    async def get(self, key: int) -> Any:
        async with chakra.Session():
            return await Row.objects.get(id=key)

    async def all(self) -> Any:
        async with chakra.Session():
            return await Row.objects.all()

    async def between(self, low: int, high: int) -> Any:
        async with chakra.Session():
            return await Row.objects.filter(id__gte=low, id__lt=high)

    async def update(self, key: int, age: int) -> Any:
        async with chakra.Session():
            await Row.objects.filter(id=key).update(age=age)

    async def from_map(self, key: int, times: int) -> Any:
        async with chakra.Session() as session:
            row = await session.get(Row, key)
            for _ in range(times):
                await session.get(Row, key)
            return row


CONTENDERS = (Chakra, ChakraSync, ChakraSession)
