"""PgBouncer in transaction mode between a pool and PostgreSQL; the behaviour suite runs through it elsewhere."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path

import databases
import psycopg
import pytest
import servers

import chakra
from chakra import Field, Integer, Model
from conftest import absent, past_chakra, postgres_url
from models import table

WORKING = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'select pg_sleep(62%' AND state = 'active'"


class Pooled(Model):
    __tablename__ = table("pooled")
    id = Field(Integer, primary_key=True)


@pytest.fixture
def pooler() -> Iterator[str]:
    """The URL of a pooler that nobody else uses."""
    with tempfile.TemporaryDirectory(prefix="chakra-") as name:
        folder = Path(name)
        # The pooler's account has to find its own folder in it.
        folder.chmod(0o755)
        server = servers.PgBouncer(folder / "pgbouncer", past_chakra(postgres_url()))
        try:
            server.create(lambda port: databases.lets_in(databases.KINDS["postgres"], port))
        except servers.Unavailable as error:
            server.stop()
            absent(str(error))
        yield server.url
        server.stop()


async def test_types_are_looked_up_inside_a_transaction(pooler: str) -> None:
    pool = await chakra.create_pool(pooler, name="pooler", max_connections=2)
    # Types that the driver does not know: nothing of the transaction is lost while they are looked up.
    text = "select 'x'::information_schema.sql_identifier, to_tsvector(:words) where :number > 0"
    async with chakra.transaction(using=pool):
        await chakra.create_all(pool=pool, models=[Pooled])
        await Pooled.objects.using(pool).create()
        for _ in range(2):
            await chakra.raw(text, {"words": "a b", "number": 1}, using=pool).execute()
        assert await Pooled.objects.using(pool).count() == 1
    await chakra.drop_all(pool=pool, models=[Pooled])
    await pool.close()


async def test_a_cancelled_statement_ends_on_the_server(pooler: str) -> None:
    def until(working: int) -> None:
        with psycopg.connect(past_chakra(postgres_url()), autocommit=True) as connection:
            while connection.execute(WORKING.encode()).fetchone() != (working,):
                pass

    pool = await chakra.create_pool(pooler, name="pooler alone", max_connections=1)
    task = asyncio.ensure_future(chakra.raw("select pg_sleep(62)", using=pool).scalar())
    await asyncio.sleep(0)
    await asyncio.to_thread(until, 1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await asyncio.to_thread(until, 0)
    assert await chakra.raw("select 1", using=pool).scalar() == 1
    await pool.close()
