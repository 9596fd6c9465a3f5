"""Cancelling at every step of a transaction, with a pool of one connection, which no step may harm."""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

import chakra
from chakra import Field, Integer, Model
from conftest import Database
from models import table

#: Cancels for each database and kind of work.
ROUNDS = 420
WITHIN_SECONDS = 30


class Note(Model):
    __tablename__ = table("cancelled_notes")
    id = Field(Integer, primary_key=True, auto_increment=False)


@dataclass
class Progress:
    """How far one block came."""

    #: The body is over: from here on the commit may be on its way.
    ending: bool = False
    #: The commit was acknowledged.
    kept: bool = False


async def plain(number: int, progress: Progress) -> None:
    async with chakra.transaction():
        await Note.objects.create(id=number)
        await Note.objects.count()
        progress.ending = True
    progress.kept = True


async def nested(number: int, progress: Progress) -> None:
    async with chakra.transaction():
        async with chakra.transaction():
            await Note.objects.create(id=number)
        try:
            async with chakra.transaction():
                await Note.objects.create(id=-number)
                raise LookupError
        except LookupError:
            pass
        progress.ending = True
    progress.kept = True


async def streamed(number: int, progress: Progress) -> None:
    async with chakra.transaction():
        await Note.objects.create(id=number)
        async for _ in Note.objects.order_by("id").stream(batch_size=1):
            await asyncio.sleep(0)
        progress.ending = True
    progress.kept = True


class Refused(Exception):
    pass


async def rolled_back(number: int, progress: Progress) -> None:
    """Cancelled in the rollback too: twice, where the second cancel comes before it is over."""
    with contextlib.suppress(Refused):
        async with chakra.transaction():
            await Note.objects.create(id=number)
            raise Refused
    with contextlib.suppress(Refused):
        async with chakra.transaction():
            await Note.objects.create(id=number)
            task = asyncio.current_task()
            if task is not None and number > 0 and number % 3 == 0:
                asyncio.get_running_loop().call_soon(task.cancel)
            raise Refused


async def contended(number: int, progress: Progress) -> None:
    """Waits for the one connection, which others have at the same time."""
    others = [asyncio.ensure_future(Note.objects.count()) for _ in range(3)]
    try:
        async with chakra.transaction():
            await Note.objects.create(id=number)
            progress.ending = True
        progress.kept = True
    finally:
        for other in others[1:]:
            other.cancel()
        await asyncio.gather(*others, return_exceptions=True)


async def idle_in_transaction(db: Database) -> int:
    """Server processes that wait inside a transaction which nobody will end."""
    if db.backend != "postgres":
        return 0
    sql = (
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in transaction%'"
    )
    return int((await asyncio.to_thread(db.rows, sql))[0][0])


@pytest.mark.parametrize("work", [plain, nested, streamed, rolled_back, contended])
@pytest.mark.timeout(300)
async def test_no_cancel_harms_the_connection(db: Database, work: Callable[[int, Progress], Awaitable[None]]) -> None:
    db.create(Note)
    await chakra.close_pool()
    pool = await chakra.connect(db.url, max_connections=1, acquire_timeout=WITHIN_SECONDS)
    chance = random.Random(7)
    typical = await seconds_of(work)
    rounds: dict[int, Progress] = {}
    finished = 0
    for number in range(1, ROUNDS + 1):
        if number % 100 == 0:
            await Note.objects.delete()
            rounds.clear()
        progress = rounds[number] = Progress()
        task = asyncio.create_task(work(number, progress))
        # As many turns of the loop, or so much of the time that a round takes.
        if number % 2:
            for _ in range(chance.randrange(25)):
                await asyncio.sleep(0)
        else:
            await asyncio.sleep(chance.random() * 1.5 * typical)
        task.cancel()
        await asyncio.wait([task], timeout=WITHIN_SECONDS)
        assert task.done()
        if not task.cancelled():
            assert task.exception() is None
        finished += not task.cancelled()
        if number % 20 == 0:
            await check(pool, rounds)
    await check(pool, rounds)
    # Else the cancels came all too early, or too late, and the rest of this test says little.
    assert 0 < finished < ROUNDS
    assert await idle_in_transaction(db) == 0
    assert pool.metrics().size <= 1
    await pool.close()


async def seconds_of(work: Callable[[int, Progress], Awaitable[None]]) -> float:
    """How long a round takes that nobody cancels."""
    runs = 10
    begun = time.perf_counter()
    for number in range(runs):
        await work(-ROUNDS - number, Progress())
    taken = time.perf_counter() - begun
    await Note.objects.delete()
    return taken / runs


async def check(pool: chakra.Pool, rounds: dict[int, Progress]) -> None:
    """The pool answers, and holds what was acknowledged and nothing that was given up."""
    found = set(await asyncio.wait_for(Note.objects.values_list("id", flat=True), WITHIN_SECONDS))
    assert {number for number, progress in rounds.items() if progress.kept} <= found
    assert found <= {number for number, progress in rounds.items() if progress.ending}
    assert pool.metrics().waiting == 0
