"""Connections that a program takes out of a pool for itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

import chakra
from chakra import Field, Integer, IsolationLevel, Model
from chakra.exceptions import OperationalError, PoolExhausted, SessionError
from conftest import Database
from models import table

#: The number that the database gives to a connection; SQLite has none.
NUMBER = {"postgres": "select pg_backend_pid()", "mysql": "select connection_id()", "sqlite": "select 1"}


class Coin(Model):
    __tablename__ = table("acquired_coins")
    id = Field(Integer, primary_key=True, auto_increment=False)


@pytest.fixture
async def pool(db: Database) -> AsyncIterator[chakra.Pool]:
    db.create(Coin)
    made = await chakra.create_pool(db.url, name="acquired", max_connections=2, acquire_timeout=0.3)
    yield made
    await made.close()


async def test_statements_run_on_one_connection(pool: chakra.Pool, run: Any) -> None:
    number = NUMBER[pool.dialect.name]
    async with pool.acquire() as connection:
        assert pool.metrics().active == 1
        own = await run(connection.raw(number).scalar)
        await run(Coin.objects.using(connection).create, id=1)
        await run(Coin(id=2).save, using=connection)
        await run(Coin.objects.using(connection).bulk_create, [Coin(id=3), Coin(id=4)])
        assert await run(connection.raw("select :n + 1", {"n": 1}).scalar) == 2
        read = await run(connection.raw(f"select id from {Coin.__tablename__} order by id", model=Coin).all)
        assert [coin.id for coin in read] == [1, 2, 3, 4]
        assert [coin.id async for coin in run.stream(Coin.objects.using(connection).order_by("id"))] == [1, 2, 3, 4]
        assert await run(connection.raw(number).scalar) == own
        # Each statement is a transaction of its own: others see it at once.
        assert await run(Coin.objects.using(pool).count) == 4
        assert "open" in repr(connection)
    assert connection.is_released
    assert pool.metrics().active == 0
    with pytest.raises(SessionError):
        await run(Coin.objects.using(connection).count)
    with pytest.raises(SessionError):
        await run(connection.release)


def test_it_is_a_plain_block_too(db: Database) -> None:
    db.create(Coin)
    with db.pool.acquire() as connection:
        Coin.objects.using(connection).create_sync(id=1)
        with chakra.transaction(using=connection):
            Coin.objects.using(connection).create_sync(id=2)
        assert connection.raw("select 1").scalar_sync() == 1
    assert Coin.objects.count_sync() == 2
    acquisition = db.pool.acquire()
    with acquisition:
        with pytest.raises(SessionError, match="entered before"):
            acquisition.__enter__()


async def test_it_may_be_released_by_hand(pool: chakra.Pool) -> None:
    connections = [await pool.acquire() for _ in range(1 if pool.dialect.name == "sqlite" else 2)]
    with pytest.raises(PoolExhausted):
        await pool.acquire()
    for connection in connections:
        await connection.release()
    assert pool.metrics().active == 0
    connection = await pool.acquire()
    del connection  # who forgets it gives it back, too
    another = await pool.acquire()
    assert await another.raw("select 1").scalar() == 1
    await another.release()


async def test_transactions_on_it(pool: chakra.Pool, run: Any) -> None:
    async with pool.acquire() as connection:
        mine = Coin.objects.using(connection)
        async with chakra.transaction(using=connection, isolation_level=IsolationLevel.SERIALIZABLE):
            await run(mine.create, id=1)
            with pytest.raises(ZeroDivisionError):
                async with chakra.transaction(using=connection):
                    await run(mine.create, id=2)
                    raise ZeroDivisionError
            assert await run(mine.count) == 1
        assert await run(Coin.objects.using(pool).count) == 1
        with pytest.raises(ZeroDivisionError):
            async with chakra.transaction(using=connection):
                await run(mine.update, id=7)
                raise ZeroDivisionError
        with pytest.raises(OperationalError):
            async with chakra.transaction(using=connection, read_only=True):
                await run(mine.create, id=9)
        assert await run(mine.values_list("id", flat=True).all) == [1]
        # An error of a statement of its own is no matter for the next.
        with pytest.raises(chakra.exceptions.UniqueViolation):
            await run(mine.create, id=1)
        await run(mine.create, id=3)
    assert await run(Coin.objects.using(pool).count) == 2


#: How many of the server's sessions work on the slow statement.
WORKING = {
    "postgres": "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'select pg_sleep(61%' AND state = 'active'",
    "mysql": "SELECT COUNT(*) FROM information_schema.processlist WHERE info LIKE 'select sleep(61%'",
}


async def test_a_cancelled_statement_costs_the_connection_only(db: Database, pool: chakra.Pool) -> None:
    slow = {
        "postgres": "select pg_sleep(61)",
        "mysql": "select sleep(61)",
        "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n limit 999999999) select 1 from n",
    }[pool.dialect.name]
    async with pool.acquire() as connection:
        task = asyncio.ensure_future(connection.raw(slow).scalar())
        await asyncio.sleep(0.05)
        if db.backend != "sqlite":
            await asyncio.to_thread(until_it_works, db)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        if pool.dialect.name == "sqlite":
            assert await connection.raw("select 1").scalar() == 1
        else:
            with pytest.raises(SessionError):
                await connection.raw("select 1").scalar()
            # Leaving the block tells so as well, where nobody has asked.
            with pytest.raises(SessionError):
                await connection.release()
    for _ in range(3):
        async with pool.acquire() as other:
            assert await other.raw("select 1").scalar() == 1
    assert pool.metrics().active == 0


def until_it_works(db: Database) -> None:
    while db.rows(WORKING[db.backend]) == [(0,)]:
        pass


async def test_what_is_left_on_it_is_not_for_others(db: Database, run: Any) -> None:
    db.create(Coin)
    pool = await run(chakra.create_pool, db.url, name="alone", max_connections=1)
    setting, question, usual = {
        "postgres": ("set statement_timeout = '7s'", "show statement_timeout", "0"),
        "mysql": ("set session sql_notes = 0", "select @@sql_notes", 1),
        "sqlite": ("pragma cache_size = 77", "pragma cache_size", -2000),
    }[pool.dialect.name]
    number = NUMBER[pool.dialect.name]
    async with pool.acquire() as connection:
        first = await run(connection.raw(number).scalar)
    async with pool.acquire() as connection:
        assert await run(connection.raw(number).scalar) == first
        await run(connection.raw(setting).execute)
        assert await run(connection.raw(question).scalar) != usual
    async with pool.acquire() as connection:
        assert await run(connection.raw(question).scalar) == usual
        # Neither is a transaction that nobody has ended.
        await run(connection.raw("begin").execute)
        await run(Coin.objects.using(connection).create, id=5)
    assert await run(Coin.objects.using(pool).count) == 0
    assert pool.metrics().size == 1
    await run(pool.close)


async def test_a_task_that_is_cancelled_while_it_acquires(pool: chakra.Pool) -> None:
    async def hold() -> None:
        async with pool.acquire() as connection:
            await connection.raw("select 1").scalar()
            await asyncio.sleep(0)

    for steps in range(1, 40):
        task = asyncio.ensure_future(hold())
        for _ in range(steps % 8):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    async with pool.acquire() as connection:
        assert await connection.raw("select 1").scalar() == 1
    deadline = asyncio.get_running_loop().time() + 10
    while pool.metrics().active:
        assert asyncio.get_running_loop().time() < deadline, pool.metrics()
        await asyncio.sleep(0.005)
