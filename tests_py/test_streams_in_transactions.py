"""Streams of more rows than anybody could read to the end, inside of transactions."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

import chakra
from chakra import Field, Integer, Model
from chakra.exceptions import SessionError
from conftest import AsyncFace, BlockingFace, Database
from models import table

Face = AsyncFace | BlockingFace
ROWS = 2_000
WITHIN_SECONDS = 20


class Droplet(Model):
    __tablename__ = table("endless_droplets")
    id = Field(Integer, primary_key=True)
    number = Field(Integer, default=0)


@pytest.fixture
def droplets(db: Database) -> Database:
    db.create(Droplet)
    Droplet.objects.bulk_create_sync([Droplet() for _ in range(ROWS)])
    db.pool.close_sync()
    db.pool = chakra.connect_sync(db.url, max_connections=1, acquire_timeout=WITHIN_SECONDS)
    return db


def endless() -> Any:
    """Each row of three with each other: eight thousand million."""
    name = Droplet.__tablename__
    return chakra.raw(f"SELECT one.id FROM {name} one CROSS JOIN {name} two CROSS JOIN {name} three")


async def test_it_may_be_left_early(droplets: Database, run: Face) -> None:
    async def work() -> None:
        await run(Droplet.objects.create, number=1)
        async for _ in run.stream(endless()):
            break
        await run(Droplet.objects.create, number=2)

    async def block() -> None:
        if isinstance(run, AsyncFace):
            async with chakra.transaction():
                await work()
        else:
            with chakra.transaction():
                await work()

    begun = time.monotonic()
    if droplets.backend == "mysql":
        # To give the statement up is to give the transaction up, which is told.
        with pytest.raises(SessionError, match="has ended"):
            await block()
    else:
        await block()
    assert time.monotonic() - begun < WITHIN_SECONDS
    kept = [] if droplets.backend == "mysql" else [1, 2]
    assert await Droplet.objects.filter(number__gt=0).order_by("id").values_list("number", flat=True) == kept
    assert chakra.get_pool().metrics().active == 0


async def test_a_cancelled_reader_leaves_a_usable_pool(droplets: Database) -> None:
    async def work() -> None:
        async with chakra.transaction():
            await Droplet.objects.create(number=1)
            async for _ in endless().stream(batch_size=10):
                await asyncio.sleep(0)

    for wait in (0.0, 0.01, 0.2):
        with pytest.raises(asyncio.TimeoutError):
            await asyncio.wait_for(work(), wait)
        assert await asyncio.wait_for(Droplet.objects.filter(number=1).count(), WITHIN_SECONDS) == 0


@pytest.mark.parametrize("db", ["postgres"], indirect=True)
async def test_statements_run_between_its_rows(droplets: Database, run: Face) -> None:
    """Where the server keeps the rows, nothing is read into memory for them."""

    async def work() -> None:
        read = 0
        async for batch in run.stream(endless(), batch_size=100):
            read += len(batch)
            droplet = await run(Droplet.objects.create, number=read)
            if isinstance(run, AsyncFace):
                async with chakra.transaction():
                    await run(droplet.save)
            else:
                with chakra.transaction():
                    await run(droplet.save)
            if read == 2_000:
                break

    if isinstance(run, AsyncFace):
        async with chakra.transaction():
            await work()
    else:
        with chakra.transaction():
            await work()
    assert await Droplet.objects.filter(number__gt=0).count() == 20
