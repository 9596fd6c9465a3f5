"""Blocks inside a session's block: begin, savepoints, transactions; row locks, threads and cancelled flushes."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import chakra
from chakra import IsolationLevel, Session
from chakra.exceptions import OperationalError, SessionError, StaleObjectError, UniqueViolation
from chakra.testing import assert_num_queries
from conftest import Database
from session_models import MODELS, Choir, Concert, Face, Refused, Score, Singer, inside, refused_session, session_of


@pytest.fixture
def music(db: Database) -> Database:
    db.create(*MODELS)
    return db


@contextlib.contextmanager
def refused() -> Iterator[None]:
    """Around a block that ends by `Refused`."""
    try:
        yield
    except Refused:
        return
    pytest.fail("the block did not end by its exception")


def names(model: Any = Singer) -> list[str]:
    return list(model.objects.order_by("name").values_list("name", flat=True).all_sync())


async def test_begin_commits_at_its_end(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        async with inside(run, session.begin()) as begun:
            assert begun is session
            assert session.in_transaction
            session.add(Singer(name="Ada"))
        assert not session.in_transaction
        with refused():
            async with inside(run, session.begin()):
                bo = Singer(name="Bo")
                session.add(bo)
                await run(session.flush)
                raise Refused
        assert bo not in session
        session.add(Singer(name="Cleo"))
    assert names() == ["Ada", "Cleo"]


async def test_begin_takes_options(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        block = session.begin(isolation_level=IsolationLevel.SERIALIZABLE, read_only=True)
        session.add(Singer(name="Ada"))
        with pytest.raises(OperationalError):
            async with inside(run, block):
                pass
        session.add(Singer(name="Bo"))
        await run(session.flush)
        with pytest.raises(SessionError, match="begun already"):
            await inside(run, session.begin()).__aenter__()
        with pytest.raises(SessionError, match="entered before"):
            await inside(run, block).__aenter__()
    assert names() == ["Bo"]


async def test_a_savepoint_is_kept(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        session.add(Singer(name="Ada"))
        async with inside(run, session.begin_nested()):
            session.add(Singer(name="Bo"))
        assert await run(Singer.objects.count) == 2
    assert names() == ["Ada", "Bo"]


async def test_a_savepoint_is_taken_back(music: Database, run: Face) -> None:
    stored = await run(Singer.objects.create, name="Ada", pitch=440)
    async with session_of(run) as session:
        ada = await run(session.get, Singer, stored.id)
        ada.pitch = 441
        kept = Singer(name="Kept")
        session.add(kept)
        with refused():
            async with inside(run, session.begin_nested()):
                ada.pitch = 442
                ada.name = "Zoe"
                lost = Singer(name="Lost")
                session.add(lost)
                session.delete(kept)
                await run(session.flush)
                ada.name = "Not even flushed"
                raise Refused
        assert (ada.name, ada.pitch) == ("Ada", 441)
        assert lost not in session
        assert lost.id is None
        assert kept in session
        assert await run(session.get, Singer, kept.id) is kept
    assert [(one.name, one.pitch) for one in Singer.objects.order_by("name").all_sync()] == [
        ("Ada", 441),
        ("Kept", 440),
    ]


async def test_savepoints_in_savepoints(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        singer = Singer(name="0")
        session.add(singer)
        async with inside(run, session.begin_nested()):
            singer.name = "1"
            with refused():
                async with inside(run, session.begin_nested()):
                    singer.name = "2"
                    async with inside(run, session.begin_nested()):
                        singer.name = "3"
                    assert singer.name == "3"
                    raise Refused
            assert singer.name == "1"
    assert names() == ["1"]


async def test_a_kept_savepoint_goes_with_its_session(music: Database, run: Face) -> None:
    stored = await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        ada = await run(session.get, Singer, stored.id)
        async with inside(run, session.begin_nested()):
            ada.name = "Bo"
            new = Singer(name="New")
            session.add(new)
        await run(session.rollback)
        assert ada.name == "Ada"
        assert new.id is None
    assert names() == ["Ada"]


async def test_an_error_in_a_savepoint(music: Database, run: Face) -> None:
    await run(Choir.objects.create, name="Bach")
    async with session_of(run) as session:
        session.add(Choir(name="Brahms"))
        with pytest.raises(UniqueViolation):
            async with inside(run, session.begin_nested()):
                session.add(Choir(name="Bach"))
        session.add(Choir(name="Chopin"))
    assert names(Choir) == ["Bach", "Brahms", "Chopin"]


async def test_a_savepoint_may_be_ended_inside(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        async with inside(run, session.begin_nested()) as savepoint:
            session.add(Singer(name="Ada"))
            await run(session.flush)
            await run(savepoint.rollback)
        async with inside(run, session.begin_nested()) as savepoint:
            session.add(Singer(name="Bo"))
            await run(savepoint.commit)
        with pytest.raises(SessionError, match="savepoint is open"):
            async with inside(run, session.begin_nested()):
                await run(session.commit)
        with pytest.raises(SessionError, match="savepoint is open"):
            async with inside(run, session.begin_nested()):
                await run(session.rollback)
    assert names() == ["Bo"]


async def test_a_transaction_inside_is_a_savepoint(music: Database, run: Face) -> None:
    async with session_of(run) as session:
        session.add(Singer(name="Ada"))
        with refused():
            async with inside(run, chakra.transaction()):
                bo = Singer(name="Bo")
                session.add(bo)
                assert await run(Singer.objects.count) == 2
                raise Refused
        assert bo not in session
        async with inside(run, chakra.transaction()):
            session.add(Singer(name="Cleo"))
    assert names() == ["Ada", "Cleo"]


async def test_a_session_inside_a_transaction(music: Database, run: Face) -> None:
    with refused():
        async with inside(run, chakra.transaction()):
            async with session_of(run) as session:
                singer = Singer(name="Ada")
                session.add(singer)
            assert await run(Singer.objects.count) == 1
            async with refused_session(run) as session:
                session.add(Singer(name="Bo"))
                await run(session.flush)
            assert await run(Singer.objects.count) == 1
            raise Refused
    assert names() == []
    assert not singer._is_loaded()


async def test_get_for_update(music: Database, run: Face) -> None:
    stored = await run(Singer.objects.create, name="Ada")
    async with session_of(run) as session:
        singer = await run(session.get, Singer, stored.id)
        assert not session.in_transaction
        with assert_num_queries(1):
            assert await run(session.get, Singer, stored.id, for_update=True) is singer
        assert session.in_transaction
        assert await run(session.get, Singer, stored.id + 1, for_update=True) is None


async def test_locked_rows_wait_for_each_other(music: Database) -> None:
    stored = await Singer.objects.create(name="Ada", pitch=0)

    async def count_up() -> None:
        async with Session() as session:
            singer = await session.get(Singer, stored.id, for_update=True)
            assert singer is not None
            singer.pitch += 1

    await asyncio.gather(*(count_up() for _ in range(8)))
    assert (await Singer.objects.get()).pitch == 8


def test_sessions_of_threads_do_not_meet(music: Database) -> None:
    failed: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(5):
                with Session() as session:
                    session.add(Singer(name=f"{number} {turn}"))
                    assert Singer.objects.filter(name=f"{number} {turn}").count_sync() == 1
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert Singer.objects.count_sync() == 40


async def test_a_thread_started_inside_joins(music: Database) -> None:
    async with Session() as session:
        session.add(Singer(name="Ada"))
        assert await asyncio.to_thread(Singer.objects.count_sync) == 1
    assert names() == ["Ada"]


async def test_flushes_at_once_write_each_object_once(music: Database) -> None:
    async with Session() as session:
        for number in range(50):
            session.add(Singer(name=f"{number}"))
        counts = await asyncio.gather(*(Singer.objects.count() for _ in range(20)), session.flush(), session.flush())
        assert counts[:20] == [50] * 20
    assert Singer.objects.count_sync() == 50


async def every_connection_is_back() -> None:
    """Connections of cancelled statements are cleaned or closed meanwhile; none may be missing in the end."""
    deadline = time.monotonic() + 30
    while chakra.get_pool().metrics().active:
        assert time.monotonic() < deadline, "a connection is missing"
        await asyncio.sleep(0.01)


async def test_a_cancelled_flush(music: Database) -> None:
    for delay in range(30):
        async with Session() as session:
            singers = [Singer(name=f"{delay}") for _ in range(20)]
            session.add(Choir(name=f"choir {delay}", singers=singers))
            task = asyncio.create_task(session.flush())
            for _ in range(delay):
                await asyncio.sleep(0)
            task.cancel()
            try:
                await task
            except asyncio.CancelledError:
                await session.rollback()
                assert all(singer.id is None for singer in singers)
                assert await Choir.objects.filter(name=f"choir {delay}").count() == 0
            else:
                assert await Choir.objects.filter(name=f"choir {delay}").count() == 1
                await session.rollback()
    assert (Choir.objects.count_sync(), Singer.objects.count_sync()) == (0, 0)
    await every_connection_is_back()


async def test_a_cancelled_block(music: Database) -> None:
    for delay in range(30):

        async def block(number: int = delay) -> None:
            async with Session() as session:
                session.add(Choir(name=f"choir {number}", singers=[Singer(name="Ada")]))

        task = asyncio.create_task(block())
        for _ in range(delay):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    assert Choir.objects.count_sync() == Singer.objects.count_sync()
    await Score.objects.create(title="the pool is whole")


async def test_awaitables_that_nobody_awaits(music: Database) -> None:
    async with Session() as session:
        session.add(Singer(name="Ada"))
        flush = session.flush()
        flush.close()  # type: ignore[attr-defined]
        del flush
        assert await Singer.objects.count() == 1
    assert names() == ["Ada"]


async def test_changes_of_many_objects_in_few_statements(music: Database, run: Face) -> None:
    made = [Singer(name=f"singer {number}", pitch=number) for number in range(500)]
    await run(Singer.objects.bulk_create, made)
    async with session_of(run) as session:
        singers = [singer async for singer in run.stream(Singer.objects.order_by("pitch"))]
        for singer in singers:
            singer.name = f"changed {singer.pitch}"
        with assert_num_queries(3):
            await run(session.commit)
    assert [one.name for one in Singer.objects.order_by("pitch").all_sync()] == [f"changed {n}" for n in range(500)]


async def test_versions_of_many_changes(music: Database, run: Face) -> None:
    await run(Concert.objects.bulk_create, [Concert(hall=f"hall {number}") for number in range(10)])
    async with session_of(run) as session:
        concerts = [concert async for concert in run.stream(Concert.objects.order_by("id"))]
        for concert in concerts:
            concert.hall = "one and the same" if concert.id % 2 else f"other {concert.id}"
        with assert_num_queries(1):
            await run(session.flush)
        assert {concert.version for concert in concerts} == {2}
        await run(session.execute, f"update {Concert.__tablename__} set version = 9 where id = {concerts[3].id}")
        for concert in concerts:
            concert.hall = "stale"
        with pytest.raises(StaleObjectError, match=rf"{concerts[3].id}"):
            await run(session.flush)
        await run(session.rollback)
        assert {concert.version for concert in concerts} == {1}
    assert {concert.hall for concert in Concert.objects.all().all_sync()} == {f"hall {n}" for n in range(10)}
