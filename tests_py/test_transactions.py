"""What a block of `chakra.transaction()` promises, asynchronous and blocking."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import chakra
from chakra import Field, ForeignKey, Integer, IsolationLevel, Model, OneToMany, String
from chakra.exceptions import (
    ConfigError,
    NotFoundError,
    OperationalError,
    SessionError,
    UniqueViolation,
)
from conftest import AsyncFace, BlockingFace, Database
from models import table

Face = AsyncFace | BlockingFace


class Purse(Model):
    __tablename__ = table("transaction_purses")
    id = Field(Integer, primary_key=True)
    owner = Field(String(40), unique=True)
    cents = Field(Integer, default=0)
    coins = OneToMany("test_transactions.Coin", back_populates="purse")


class Coin(Model):
    __tablename__ = table("transaction_coins")
    id = Field(Integer, primary_key=True)
    worth = Field(Integer)
    purse_id = Field(Integer, ForeignKey(f"{Purse.__tablename__}.id", on_delete="CASCADE"))
    purse = chakra.ForeignKey(Purse, back_populates="coins")


@contextlib.asynccontextmanager
async def block(run: Face, **options: Any) -> AsyncIterator[chakra.transaction]:
    """A block of either face."""
    if isinstance(run, AsyncFace):
        async with chakra.transaction(**options) as asynchronous:
            yield asynchronous
    else:
        with chakra.transaction(**options) as blocking:
            yield blocking


@pytest.fixture
def purses(db: Database) -> Database:
    db.create(Purse, Coin)
    return db


def owners() -> list[str]:
    return sorted(purse.owner for purse in Purse.objects.all_sync())


class Refused(Exception):
    pass


async def test_a_block_is_kept_as_a_whole(purses: Database, run: Face) -> None:
    async with block(run):
        await run(Purse.objects.create, owner="ada")
        await run(Purse.objects.bulk_create, [Purse(owner="bob"), Purse(owner="eve")])
        assert await run(Purse.objects.count) == 3
        assert [purse.owner async for purse in run.stream(Purse.objects.order_by("owner"))] == ["ada", "bob", "eve"]
    assert owners() == ["ada", "bob", "eve"]


async def test_an_exception_takes_everything_back(purses: Database, run: Face) -> None:
    with pytest.raises(Refused):
        async with block(run):
            purse = await run(Purse.objects.create, owner="ada")
            purse.cents = 5
            await run(purse.save)
            raise Refused
    assert owners() == []
    with pytest.raises(NotFoundError):
        async with block(run):
            await run(Purse.objects.create, owner="ada")
            await run(Purse.objects.get, owner="nobody")
    assert owners() == []


async def test_every_way_to_the_database_joins(purses: Database, run: Face) -> None:
    with pytest.raises(Refused):
        async with block(run):
            ada = await run(Purse.objects.create, owner="ada")
            await run(ada.coins.create, worth=5)
            assert await run(Purse.objects.filter(coins__worth=5).count) == 1
            again = await run(Purse.objects.prefetch_related("coins").get, owner="ada")
            assert [coin.worth for coin in again.coins] == [5]
            lazily = await run(Purse.objects.get, owner="ada")
            assert [coin.worth for coin in await lazily.coins] == [5]
            await run(ada.refresh)
            assert await run(Purse.objects.filter(owner="ada").update, cents=7) == 1
            assert await run(Coin.objects.filter(purse__owner="ada").delete) == 1
            raise Refused
    assert owners() == []


async def test_a_block_can_be_ended_early(purses: Database, run: Face) -> None:
    async with block(run) as taken_back:
        await run(Purse.objects.create, owner="ada")
        await run(taken_back.rollback)
        with pytest.raises(SessionError, match="has ended"):
            await run(Purse.objects.count)
    async with block(run) as kept:
        await run(Purse.objects.create, owner="bob")
        await run(kept.commit)
        with pytest.raises(SessionError, match="has ended"):
            await run(kept.commit)
    assert owners() == ["bob"]


async def test_inner_blocks_are_savepoints(purses: Database, run: Face) -> None:
    async with block(run):
        await run(Purse.objects.create, owner="ada")
        with pytest.raises(UniqueViolation):
            async with block(run):
                await run(Purse.objects.create, owner="bob")
                await run(Purse.objects.create, owner="ada")
        async with block(run):
            await run(Purse.objects.create, owner="eve")
            with pytest.raises(Refused):
                async with block(run):
                    await run(Purse.objects.create, owner="mallory")
                    raise Refused
        await run(Purse.objects.create, owner="zoe")
    assert owners() == ["ada", "eve", "zoe"]


async def test_options_are_of_the_outermost(purses: Database, run: Face) -> None:
    async with block(run, isolation_level=IsolationLevel.SERIALIZABLE):
        for options in ({"isolation_level": IsolationLevel.READ_COMMITTED}, {"read_only": True}):
            with pytest.raises(SessionError, match="outermost"):
                async with block(run, **options):
                    pass
        await run(Purse.objects.create, owner="ada")
    assert owners() == ["ada"]


@pytest.mark.parametrize("level", [None, *IsolationLevel])
async def test_a_transaction_that_only_reads(purses: Database, run: Face, level: IsolationLevel | None) -> None:
    await run(Purse.objects.create, owner="ada")
    for write in (
        lambda: run(Purse.objects.create, owner="eve"),
        lambda: run(Purse.objects.update, cents=1),
        lambda: run(Purse.objects.bulk_create, [Purse(owner="eve")]),
    ):
        with pytest.raises(OperationalError, match=r"(?i)read.only"):
            async with block(run, read_only=True, isolation_level=level):
                assert await run(Purse.objects.count) == 1
                await write()
    await run(Purse.objects.create, owner="bob")
    assert owners() == ["ada", "bob"]


async def test_a_snapshot_stays(purses: Database, run: Face) -> None:
    async with block(run, read_only=True, isolation_level=IsolationLevel.REPEATABLE_READ):
        assert await run(Purse.objects.count) == 0
        # A thread of its own begins in a context of its own.
        stranger = threading.Thread(target=Purse.objects.create_sync, kwargs={"owner": "ada"})
        stranger.start()
        stranger.join()
        assert await run(Purse.objects.count) == 0
    assert owners() == ["ada"]


async def test_strangers_see_nothing_before_the_end(purses: Database) -> None:
    written, looked = asyncio.Event(), asyncio.Event()

    async def stranger() -> int:
        await written.wait()
        seen = await Purse.objects.count()
        looked.set()
        return seen

    outside = asyncio.create_task(stranger())
    async with chakra.transaction():
        await Purse.objects.create(owner="ada")
        written.set()
        await looked.wait()
    assert await outside == 0
    assert owners() == ["ada"]


async def test_tasks_started_inside_join(purses: Database) -> None:
    async def add(name: str) -> None:
        await Purse.objects.create(owner=name)

    with pytest.raises(Refused):
        async with chakra.transaction():
            await asyncio.gather(*(add(f"gathered {number}") for number in range(20)))
            await asyncio.wait_for(add("waited for"), 30)
            await asyncio.create_task(add("a task"))
            await asyncio.to_thread(Purse.objects.create_sync, owner="a thread")
            assert await Purse.objects.count() == 23
            raise Refused
    assert owners() == []
    async with chakra.transaction():
        await asyncio.gather(*(add(f"gathered {number}") for number in range(20)))
    assert len(owners()) == 20


async def test_inner_blocks_of_several_tasks_take_turns(purses: Database) -> None:
    async def pair(number: int) -> None:
        async with chakra.transaction():
            await Purse.objects.create(owner=f"{number} one")
            await asyncio.sleep(0)
            await Purse.objects.create(owner=f"{number} two")
            if number % 3 == 0:
                raise Refused

    async with chakra.transaction():
        outcomes = await asyncio.gather(*(pair(number) for number in range(12)), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [Refused if n % 3 == 0 else type(None) for n in range(12)]
    assert owners() == sorted(f"{n} {part}" for n in range(12) if n % 3 for part in ("one", "two"))


async def test_a_task_that_outlives_its_block(purses: Database) -> None:
    ended = asyncio.Event()

    async def late() -> None:
        await ended.wait()
        await Purse.objects.create(owner="late")

    async with chakra.transaction():
        await Purse.objects.create(owner="ada")
        task = asyncio.create_task(late())
        await asyncio.sleep(0)
    ended.set()
    with pytest.raises(SessionError, match="has ended"):
        await task
    assert owners() == ["ada"]


async def test_a_cancelled_block_leaves_nothing(purses: Database) -> None:
    inside = asyncio.Event()

    async def work() -> None:
        async with chakra.transaction():
            await Purse.objects.create(owner="ada")
            inside.set()
            await asyncio.sleep(3600)

    task = asyncio.create_task(work())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert owners() == []
    assert chakra.get_pool().metrics().active == 0


async def test_functions_in_transactions(purses: Database) -> None:
    @chakra.transaction()
    async def move(amount: int, *, fails: bool = False) -> int:
        await Purse.objects.create(owner=f"{amount}")
        if fails:
            raise Refused
        return amount

    @chakra.transaction()
    def move_blocking(amount: int) -> int:
        Purse.objects.create_sync(owner=f"{amount}")
        raise Refused

    assert await asyncio.gather(move(1), move(2)) == [1, 2]
    with pytest.raises(Refused):
        await move(3, fails=True)
    with pytest.raises(Refused):
        move_blocking(4)
    assert owners() == ["1", "2"]
    assert move.__name__ == "move"
    with pytest.raises(TypeError, match="generator"):

        @chakra.transaction()
        def numbers() -> Any:
            yield 1


def test_each_thread_has_its_own(purses: Database) -> None:
    barrier = threading.Barrier(2)
    seen: list[Any] = []

    def look() -> None:
        barrier.wait()
        seen.append(Purse.objects.count_sync())
        barrier.wait()

    thread = threading.Thread(target=look)
    thread.start()
    with chakra.transaction():
        Purse.objects.create_sync(owner="ada")
        barrier.wait()
        barrier.wait()
    thread.join()
    assert seen == [0]
    assert owners() == ["ada"]


async def test_other_pools_have_no_part_in_it(purses: Database, tmp_path: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    other = await chakra.create_pool(f"sqlite:///{folder}/other.db", name="other")
    await chakra.create_all(other, models=[Purse, Coin])
    with pytest.raises(Refused):
        async with chakra.transaction():
            await Purse.objects.create(owner="ada")
            await Purse.objects.using("other").create(owner="bob")
            async with chakra.transaction(using=other):
                await Purse.objects.using(other).create(owner="eve")
                await Purse.objects.create(owner="zoe")
            raise Refused
    assert owners() == []
    assert await Purse.objects.using("other").order_by("owner").values_list("owner", flat=True) == ["bob", "eve"]
    await other.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks are of Unix")
def test_a_forked_child_has_no_part_in_it(purses: Database) -> None:
    with chakra.transaction():
        Purse.objects.create_sync(owner="ada")
        child = os.fork()
        if child == 0:
            try:
                Purse.objects.count_sync()
            except SessionError as error:
                os._exit(0 if "forked" in str(error) else 1)
            os._exit(2)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        Purse.objects.create_sync(owner="bob")
    assert owners() == ["ada", "bob"]


async def test_wrong_use_is_told(purses: Database) -> None:
    once = chakra.transaction()
    with pytest.raises(SessionError, match="not entered"):
        await once.commit()
    async with once:
        pass
    with pytest.raises(SessionError, match="one for each block"):
        async with once:
            pass
    with pytest.raises(ConfigError, match=r"IsolationLevel\.SERIALIZABLE"):
        chakra.transaction(isolation_level="serial")  # type: ignore[arg-type]
    with pytest.raises(TypeError, match=r"@chakra.transaction\(\)"):
        chakra.transaction(lambda: None)  # type: ignore[arg-type]
    with pytest.raises(SessionError, match="nowhere"):
        async with chakra.transaction(using="nowhere"):
            pass


async def test_a_failure_that_is_passed_over(purses: Database, run: Face) -> None:
    """PostgreSQL does nothing more after a failure, and says so; the others go on."""

    async def work() -> None:
        async with block(run):
            await run(Purse.objects.create, owner="ada")
            with contextlib.suppress(UniqueViolation):
                await run(Purse.objects.create, owner="ada")

    if purses.backend == "postgres":
        with pytest.raises(SessionError, match="rolled back instead of committed"):
            await work()
        assert owners() == []
    else:
        await work()
        assert owners() == ["ada"]


def test_loops_come_and_go(purses: Database) -> None:
    async def work(number: int) -> None:
        async with chakra.transaction():
            await Purse.objects.create(owner=f"{number}")

    for number in range(5):
        asyncio.run(work(number))
    assert len(owners()) == 5


async def test_a_new_block_may_begin_where_an_older_one_has_ended(purses: Database) -> None:
    ended = asyncio.Event()

    async def worker() -> None:
        await ended.wait()
        async with chakra.transaction():
            await Purse.objects.create(owner="worker")

    async with chakra.transaction():
        task = asyncio.create_task(worker())
        await asyncio.sleep(0)
    ended.set()
    await task
    assert owners() == ["worker"]


async def test_a_commit_that_is_refused_takes_everything_back(purses: Database) -> None:
    await chakra.close_pool()
    pool = await chakra.connect(purses.url, max_connections=2, acquire_timeout=0.2)
    outer, inner = chakra.transaction(), chakra.transaction()
    await outer.__aenter__()
    await Purse.objects.create(owner="ada")
    await inner.__aenter__()
    await Purse.objects.create(owner="bob")
    with pytest.raises(SessionError, match="nested in it"):
        await outer.commit()
    with contextlib.suppress(SessionError):
        await inner.__aexit__(None, None, None)
    with pytest.raises(SessionError, match="has ended"):
        await Purse.objects.create(owner="eve")
    await outer.__aexit__(None, None, None)
    assert await Purse.objects.count() == 0
    assert pool.metrics().active == 0
    await pool.close()
