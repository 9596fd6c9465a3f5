"""What objects hold after an end that was cancelled, that failed, or that came while something was under way."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import weakref
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import chakra
from chakra import Field, ForeignKey, Integer, Model, String
from chakra.exceptions import ChakraError, SessionError
from conftest import AsyncFace, BlockingFace, Database
from models import table

Face = AsyncFace | BlockingFace
WITHIN_SECONDS = 30


class Ledger(Model):
    __tablename__ = table("ended_ledgers")
    id = Field(Integer, primary_key=True)
    name = Field(String(40))
    number = Field(Integer, default=0)


class LedgerLine(Model):
    __tablename__ = table("ended_ledger_lines")
    id = Field(Integer, primary_key=True)
    ledger_id = Field(Integer, ForeignKey(f"{table('ended_ledgers')}.id", on_delete="CASCADE"))


class Refused(Exception):
    pass


@pytest.fixture
def ledgers(db: Database) -> Database:
    """A pool of one connection, so that what comes next sees what came before at its end."""
    db.create(Ledger, LedgerLine)
    db.pool.close_sync()
    db.pool = chakra.connect_sync(db.url, max_connections=1, acquire_timeout=WITHIN_SECONDS)
    return db


async def names() -> list[str]:
    return sorted(await Ledger.objects.values_list("name", flat=True))


def is_new(ledger: Ledger) -> bool:
    return ledger.id is None and not ledger._is_loaded()


def cancel_next() -> None:
    """Cancels the next thing that this task waits for."""
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


async def cancelled(work: Callable[[], Awaitable[None]]) -> None:
    """Runs work that is cancelled, in a task of its own; what it refused may come first."""

    async def run() -> None:
        await work()

    task = asyncio.create_task(run())
    with pytest.raises((asyncio.CancelledError, Refused)):
        await asyncio.wait_for(task, WITHIN_SECONDS)


async def agree(*ledgers: Ledger) -> None:
    """Objects say that they are stored where the database holds them."""
    assert [ledger._is_loaded() for ledger in ledgers] == [not is_new(ledger) for ledger in ledgers]
    assert await names() == sorted(ledger.name for ledger in ledgers if ledger._is_loaded())


async def test_a_rollback_that_is_cancelled(ledgers: Database) -> None:
    stored, new = await Ledger.objects.create(name="stored"), Ledger(name="new")

    async def work() -> None:
        async with chakra.transaction():
            await new.save()
            stored.number = 5
            await stored.save()
            cancel_next()
            raise Refused

    await cancelled(work)
    assert is_new(new)
    assert stored._changed_fields() == ["number"]
    assert await names() == ["stored"]
    await new.save()
    await stored.save()
    assert await Ledger.objects.filter(number=5).count() == 1
    assert await names() == ["new", "stored"]


async def test_a_cancelled_block_whose_rollback_is_cancelled_too(ledgers: Database) -> None:
    new = Ledger(name="new")

    async def work() -> None:
        async with chakra.transaction():
            await new.save()
            cancel_next()
            try:
                await asyncio.sleep(WITHIN_SECONDS)
            finally:
                cancel_next()

    await cancelled(work)
    assert is_new(new)
    assert await names() == []


def cancel_at_every_turn(task: asyncio.Task[None]) -> None:
    """Cancels a task over and over until it ends, as a cancel scope of anyio does."""
    if not task.done():
        task.cancel()
        asyncio.get_running_loop().call_soon(cancel_at_every_turn, task)


async def test_a_cancel_that_comes_again_and_again(ledgers: Database) -> None:
    outer, inner = Ledger(name="outer"), Ledger(name="inner")

    async def work() -> None:
        async with chakra.transaction():
            await outer.save()
            async with chakra.transaction():
                await inner.save()
                task = asyncio.current_task()
                assert task is not None
                cancel_at_every_turn(task)
                await asyncio.sleep(WITHIN_SECONDS)

    await cancelled(work)
    assert is_new(outer)
    assert is_new(inner)
    assert await names() == []
    await outer.save()
    await inner.save()
    assert await names() == ["inner", "outer"]


async def test_a_nested_rollback_that_is_cancelled(ledgers: Database) -> None:
    outer, inner = Ledger(name="outer"), Ledger(name="inner")

    async def work() -> None:
        async with chakra.transaction():
            await outer.save()
            try:
                async with chakra.transaction():
                    await inner.save()
                    cancel_next()
                    raise Refused
            except (asyncio.CancelledError, Refused):
                assert is_new(inner)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(0)

    await asyncio.wait_for(asyncio.create_task(work()), WITHIN_SECONDS)
    assert (is_new(outer), is_new(inner)) == (False, True)
    assert await names() == ["outer"]


@pytest.mark.parametrize("nested", [False, True])
async def test_a_commit_that_is_cancelled(ledgers: Database, nested: bool) -> None:
    """Once it has begun it runs to its end; that of a nested block goes with the outer one, which is rolled back."""
    outer, inner = Ledger(name="outer"), Ledger(name="inner")

    async def work() -> None:
        async with chakra.transaction():
            await outer.save()
            async with chakra.transaction():
                await inner.save()
                if nested:
                    cancel_next()
            cancel_next()

    await cancelled(work)
    await agree(outer, inner)
    assert outer._is_loaded() or nested


async def have_the_commit_fail(run: Face, db: Database) -> None:
    """Leaves what only a commit notices: a reference to nothing on SQLite, else a connection that is no more."""
    if db.backend == "sqlite":
        await run(chakra.raw("PRAGMA defer_foreign_keys = ON").all)
        await run(LedgerLine(ledger_id=-1).save)
        return
    own = {"postgres": "SELECT pg_backend_pid() AS id", "mysql": "SELECT CONNECTION_ID() AS id"}[db.backend]
    number = await run(chakra.raw(own).scalar)
    end = {"postgres": f"SELECT pg_terminate_backend({number}, 10000)", "mysql": f"KILL {number}"}[db.backend]
    await asyncio.to_thread(db.rows, end)


@pytest.mark.parametrize("nested", [False, True])
async def test_a_commit_that_fails(ledgers: Database, run: Face, nested: bool) -> None:
    stored, new = await Ledger.objects.create(name="stored"), Ledger(name="new")

    async def work() -> None:
        await run(new.save)
        stored.number = 5
        await run(stored.save)

    async def block(inner: Callable[[], Awaitable[None]]) -> None:
        if isinstance(run, AsyncFace):
            async with chakra.transaction():
                await inner()
        else:
            with chakra.transaction():
                await inner()

    async def whole() -> None:
        await (block(work) if nested else work())
        await have_the_commit_fail(run, ledgers)

    with pytest.raises(ChakraError):
        await block(whole)
    assert is_new(new)
    assert stored._changed_fields() == ["number"]
    assert await names() == ["stored"]
    await run(new.save)
    await run(stored.save)
    assert await Ledger.objects.filter(number=5).count() == 1
    assert await names() == ["new", "stored"]


async def test_what_arrives_after_the_end_shares_its_fate(ledgers: Database) -> None:
    for raises in (True, False):
        ledger = Ledger(name=f"raises: {raises}")
        saving: list[asyncio.Task[None]] = []

        async def work(ledger: Ledger = ledger, raises: bool = raises, saving: Any = saving) -> None:
            async with chakra.transaction():
                await Ledger.objects.count()
                saving.append(asyncio.create_task(ledger.save()))
                await asyncio.sleep(0)  # the statement is on its way
                if raises:
                    raise Refused

        with contextlib.suppress(Refused):
            await asyncio.wait_for(work(), WITHIN_SECONDS)
        outcome = (await asyncio.gather(*saving, return_exceptions=True))[0]
        assert outcome is None or isinstance(outcome, SessionError)
        stored = await Ledger.objects.filter(name=ledger.name).count()
        assert (stored, ledger._is_loaded()) in [(0, False), (1, True)]
        assert not (raises and stored)


async def test_an_inner_block_that_ends_after_the_outer_one_began_to(ledgers: Database) -> None:
    outer, inner = chakra.transaction(), chakra.transaction()
    ledger = Ledger(name="kept")
    await outer.__aenter__()
    await inner.__aenter__()
    await ledger.save()
    ending = asyncio.create_task(outer.commit())
    await asyncio.sleep(0)
    await inner.__aexit__(None, None, None)
    await asyncio.wait_for(ending, WITHIN_SECONDS)
    await outer.__aexit__(None, None, None)
    assert ledger._is_loaded()
    assert await names() == ["kept"]


async def test_a_block_that_nobody_ends_is_rolled_back(ledgers: Database) -> None:
    ledger = Ledger(name="lost")
    block = chakra.transaction()
    block.__enter__()
    ledger.save_sync()
    assert ledger._is_loaded()
    block._leave()
    del block
    gc.collect()
    assert is_new(ledger)
    assert await names() == []


async def test_a_block_keeps_nothing_alive(ledgers: Database, run: Face) -> None:
    """What it wrote may go; of what is still there all is taken back, however often it was written."""
    kept = [Ledger(name=f"kept {number}") for number in range(3)]
    seen: list[weakref.ref[Ledger]] = []

    async def work() -> None:
        for _ in range(6):
            many = [Ledger(name="many") for _ in range(700)]
            await run(Ledger.objects.bulk_create, many)
            seen.extend(weakref.ref(one) for one in many)
        for round_ in range(1_500):
            for one in kept:
                one.number = round_
                await run(one.save)
        del many
        gc.collect()
        assert not [one for one in seen if one() is not None]
        raise Refused

    with contextlib.suppress(Refused):
        if isinstance(run, AsyncFace):
            async with chakra.transaction():
                await work()
        else:
            with chakra.transaction():
                await work()
    assert all(is_new(one) for one in kept)
    assert await names() == []
    for one in kept:
        await run(one.save)
    assert await Ledger.objects.filter(number=1_499).count() == 3
